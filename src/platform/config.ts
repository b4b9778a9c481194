/**
 * Configuration from the environment. Each variable stands once, in the table below, with its default and its meaning:
 * docs/configuration.md is written from it (scripts/write-configuration-doc.ts), and a test holds the two together.
 */
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { CIPHERS, type Cipher } from './ciphers.ts'
import { needSecret, parseIceServers } from './ice-servers.ts'
import type { IceServer } from './ice-servers.ts'

/** Thrown when variables are wrong: one clear sentence for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor (problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** What a reader throws: what would be right, Chinese and English. */
class Wanted extends Error {
  readonly zh: string
  readonly en: string
  constructor (zh: string, en: string) {
    super(en)
    this.zh = zh
    this.en = en
  }
}

export interface Variable<T> {
  readonly name: string
  /** Text that is read when the variable is absent or empty; undefined: the value is undefined then. */
  readonly fallback: string | undefined
  /** The default as it is documented, where that says more than `fallback`. */
  readonly shownDefault?: string
  readonly zh: string
  readonly en: string
  /** Set by the launcher for the server; an operator has no need of it. */
  readonly internal?: true
  readonly read: (text: string) => T
}

type Extra = Pick<Variable<unknown>, 'internal' | 'shownDefault'>

function required<T> (name: string, fallback: string, read: (text: string) => T, zh: string, en: string, extra: Extra = {}): Variable<T> {
  return { name, fallback, read, zh, en, ...extra }
}

function optional<T> (name: string, read: (text: string) => T, zh: string, en: string, extra: Extra = {}): Variable<T | undefined> {
  return { name, fallback: undefined, read, zh, en, ...extra }
}

function text (value: string): string {
  return value
}

function whole (from: number, to: number): (text: string) => number {
  return (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < from || number > to) throw new Wanted(`应为 ${from} 到 ${to} 的整数`, `must be a whole number from ${from} to ${to}`)
    return number
  }
}

const port = whole(1, 65535)

function seconds (from: number, to: number): (text: string) => number {
  const read = whole(from, to)
  return value => read(value) * 1000
}

function flag (value: string): boolean {
  if (value === '1') return true
  if (value === '0') return false
  throw new Wanted('应为 0 或 1', 'must be 0 or 1')
}

function iceServers (value: string): IceServer[] {
  const read = parseIceServers(value)
  if (!Array.isArray(read)) throw new Wanted(read.zh, read.en)
  return read
}

function address (value: string): string {
  if (isIP(value) !== 4) throw new Wanted('应为 IPv4 地址', 'must be an address of IPv4')
  return value
}

function tlsMode (value: string): 'auto' | 'on' | 'off' {
  if (value === 'auto') return 'auto'
  if (value === '1') return 'on'
  if (value === '0') return 'off'
  throw new Wanted('应为 auto、1 或 0', 'must be auto, 1 or 0')
}

function path (value: string): string {
  return resolve(value)
}

function url (...protocols: string[]): (text: string) => string {
  return (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed === undefined || !protocols.includes(parsed.protocol)) {
      const shown = protocols.map(protocol => `${protocol}//`).join(' / ')
      throw new Wanted(`应为以 ${shown} 开头的地址`, `must be a URL that begins with ${shown}`)
    }
    return value
  }
}

function portRange (value: string): { from: number, to: number } {
  const match = /^(\d+)-(\d+)$/.exec(value)
  const from = Number(match?.[1])
  const to = Number(match?.[2])
  // Four ports carry one call of two legs; fewer carry none.
  if (match === null || from < 1024 || to > 65535 || to - from < 3) throw new Wanted('应为 起始-结束 两个端口，如 20000-29999，至少四个', 'must be two ports like 20000-29999, at least four of them')
  return { from, to }
}

function timeZone (value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
  } catch {
    throw new Wanted('应为 IANA 时区名，如 Asia/Shanghai', 'must be an IANA time zone such as Asia/Shanghai')
  }
}

function host (value: string): string {
  if (!/^[0-9A-Za-z.:-]+$/.test(value)) throw new Wanted('应为 IP 地址或主机名', 'must be an IP address or a host name')
  return value
}

function areaCode (value: string): string {
  if (!/^\d{6}(\d{3})?(\d{3})?$/.test(value)) throw new Wanted('应为 6、9 或 12 位行政区划代码', 'must be an area code of 6, 9 or 12 digits (GB/T 2260)')
  return value
}

/** Seconds after which the leader's board calls a state too long; `boardLimits` in milliseconds. */
const BOARD_STATES = { ringing: 'ringing', talking: 'talking', 'wrap-up': 'wrapUp', 'not-ready': 'notReady', wait: 'wait' } as const
const BOARD_DEFAULT = 'ringing=15,talking=900,wrap-up=90,not-ready=900,wait=60'

function boardLimits (value: string): Record<(typeof BOARD_STATES)[keyof typeof BOARD_STATES], number> {
  const limits: Record<string, number> = {}
  for (const part of [...BOARD_DEFAULT.split(','), ...value.split(',')]) {
    const [name = '', seconds = ''] = part.trim().split('=')
    const known = Object.hasOwn(BOARD_STATES, name) ? BOARD_STATES[name as keyof typeof BOARD_STATES] : undefined
    if (known === undefined || !/^[1-9]\d{0,4}$/.test(seconds)) throw new Wanted(`应为 ${BOARD_DEFAULT} 这样的列表，单位为秒`, `must be a list such as ${BOARD_DEFAULT}, in seconds`)
    limits[known] = Number(seconds) * 1000
  }
  return limits as ReturnType<typeof boardLimits>
}

function dialCode (value: string): string {
  if (!/^0\d{2,3}$/.test(value)) throw new Wanted('应为电话区号，如 0951', 'must be a trunk code such as 0951')
  return value
}

function cipher (value: string): Cipher {
  const known = CIPHERS.find(name => name === value)
  if (known === undefined) throw new Wanted('应为 aes-256-gcm 或 sm4', 'must be aes-256-gcm or sm4')
  return known
}

function timeOfDay (value: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(value)) throw new Wanted('应为 时:分，如 02:30', 'must be a time of day such as 02:30')
  return value
}

function passphrase (value: string): string {
  if (value.length < 12) throw new Wanted('至少 12 个字符', 'must have at least 12 characters')
  return value
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
function logLevel (value: string): typeof LOG_LEVELS[number] {
  const level = LOG_LEVELS.find(known => known === value)
  if (level === undefined) throw new Wanted(`应为 ${LOG_LEVELS.join('、')} 之一`, `must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}

/** All variables, in the order in which they are documented. */
export const variables = {
  port: required('HOTLINE_PORT', '8080', port, '网页、接口、坐席话机共用的对外端口', 'Public port of the pages, the API and the browser phones'),
  bind: required('HOTLINE_BIND', '127.0.0.1', host, '对外端口监听的地址；0.0.0.0 为所有网卡', 'Address that the public port listens on; 0.0.0.0 for all'),
  tls: required('HOTLINE_TLS', 'auto', tlsMode, '对外端口是否使用 HTTPS：auto 为有证书或对其他机器开放时使用；1 总是；0 从不（前面有带证书的反向代理时）',
    'HTTPS on the public port: auto where a certificate is given or the port is open to other machines, 1 always, 0 never (behind a reverse proxy that has the certificate)'),
  tlsCert: optional('HOTLINE_TLS_CERT', path, 'PEM 证书文件（含中间证书）；更新后自动启用，不必重启。需要 HTTPS 而未设时自动生成自签名证书',
    'PEM file of the certificate with its chain; taken up without a restart when it is renewed. Where HTTPS is wanted and none is given, one is made'),
  tlsKey: optional('HOTLINE_TLS_KEY', path, '证书的 PEM 私钥文件', 'PEM file of its private key'),
  sipPort: required('HOTLINE_SIP_PORT', '5060', port, '中继线 SIP 端口（UDP 与 TCP）', 'SIP port of the trunks (UDP and TCP)'),
  sipBind: optional('HOTLINE_SIP_BIND', host, 'SIP 监听的地址', 'Address that SIP listens on', { shownDefault: '127.0.0.1 with HOTLINE_DEMO=1, else 0.0.0.0' }),
  rtpPorts: required('HOTLINE_RTP_PORTS', '20000-29999', portRange, '语音媒体端口范围，双方通话占用四个', 'Range of media ports; a call of two legs takes four'),
  mediaAddress: optional('HOTLINE_MEDIA_ADDRESS', address, '机器在地址转换之后时，自带 Asterisk 对外公布的公网 IPv4 地址（信令与语音）；所有端口须一对一映射',
    'Public IPv4 address that the local Asterisk tells others, for calls and sound, where the machine stands behind address translation; ports must be mapped one to one'),
  iceServers: required('HOTLINE_ICE_SERVERS', '[]', iceServers, '坐席浏览器使用的 STUN/TURN 服务器：逗号分隔的地址，或 JSON 列表 [{"urls":"turn:主机:3478","username":"…","credential":"…"}]',
    'STUN and TURN servers for the browser phones: addresses separated by commas, or a JSON list [{"urls":"turn:host:3478","username":"…","credential":"…"}]', { shownDefault: '–' }),
  turnSecret: optional('HOTLINE_TURN_SECRET', text, '与 TURN 服务器共享的密钥（coturn 的 use-auth-secret），用于为每部话机生成限时凭据',
    'Secret shared with the TURN servers (coturn: use-auth-secret); each phone gets credentials from it that expire'),
  dataDir: required('HOTLINE_DATA_DIR', 'var', path, '数据目录（数据库、日志缓冲、密钥）', 'Folder of all data: database, journal spool, secrets'),
  databaseUrl: optional('DATABASE_URL', url('postgres:', 'postgresql:'), '外部 PostgreSQL 地址；不设则使用自带数据库', 'PostgreSQL of your own; without it the embedded one runs', { shownDefault: 'embedded' }),
  ariUrl: optional('ARI_URL', url('http:', 'https:'), '外部 Asterisk 的 ARI 地址 http://用户:密码@主机:端口；不设则使用自带 Asterisk', 'ARI of an Asterisk of your own, http://user:password@host:port; without it a local one runs', { shownDefault: 'local' }),
  redisUrl: optional('REDIS_URL', url('redis:', 'rediss:'), '多节点时共享状态的 Redis 地址（单节点不需要）', 'Redis that several nodes share; one node needs none'),
  demo: required('HOTLINE_DEMO', '0', flag, '1：创建示例账号、坐席、部门与历史，并开放试拨', '1: sample accounts, agents, departments and history, and the trial phone'),
  demoPassword: optional('HOTLINE_DEMO_PASSWORD', text, '示例账号的密码；不设则随机生成并打印一次', 'Password of the sample accounts; without it one is made up and printed once'),
  timeZone: required('HOTLINE_TIME_ZONE', 'Asia/Shanghai', timeZone, '热线所在时区', 'Time zone of the hotline'),
  areaCode: required('HOTLINE_AREA_CODE', '640100', areaCode, '热线所辖区域代码（GB/T 2260）', 'Area code of the hotline (GB/T 2260)'),
  dialCode: optional('HOTLINE_DIAL_CODE', dialCode, '本地电话区号，用于补全不带区号的固定电话', 'Local trunk code, to complete fixed-line numbers that come without one'),
  flowsDir: required('HOTLINE_FLOWS_DIR', 'ivr-flows', path, '语音导航流程目录', 'Folder of the IVR flows'),
  soundsDir: optional('HOTLINE_SOUNDS_DIR', path, 'Asterisk 所见的提示音目录', 'Folder of the prompts as Asterisk sees it', { shownDefault: 'HOTLINE_FLOWS_DIR/prompts' }),
  trunksFile: optional('HOTLINE_TRUNKS', path, '按地址识别的中继线清单（JSON 文件）', 'JSON file with the trunks, known by their addresses'),
  logLevel: required('HOTLINE_LOG_LEVEL', 'info', logLevel, '日志级别', 'Log level'),
  ringMs: required('HOTLINE_RING_SECONDS', '20', seconds(5, 120), '坐席振铃时限（秒）', 'How long a seat rings before the call goes on, in seconds'),
  wrapUpMs: required('HOTLINE_WRAP_UP_SECONDS', '60', seconds(0, 3600), '话后整理时长（秒）', 'Wrap-up time after a call, in seconds'),
  reconnectMs: required('HOTLINE_RECONNECT_SECONDS', '20', seconds(5, 300), '坐席页面断开后保留通话的时长（秒）', 'How long a call waits for the page of its agent to come back, in seconds'),
  queueLimit: required('HOTLINE_QUEUE_LIMIT', '200', whole(1, 100000), '每个技能组最多排队人数', 'Most callers that wait in one skill group'),
  announceMs: required('HOTLINE_ANNOUNCE_SECONDS', '30', seconds(10, 600), '排队播报间隔（秒）', 'Time between queue announcements, in seconds'),
  boardLimits: required('HOTLINE_BOARD_LIMITS', BOARD_DEFAULT, boardLimits, '班长席提醒时限（秒）：振铃、通话、话后整理、示忙、排队等待；未写的用默认值',
    'When the leader\'s desk calls a state too long, in seconds: ringing, talking, wrap-up, not-ready, and waiting in the queue; what is left out is as by default'),
  sessionIdleMs: required('HOTLINE_SESSION_IDLE_MINUTES', '30', value => whole(5, 1440)(value) * 60_000, '无操作自动退出的时长（分钟）', 'A session without activity ends after so many minutes'),
  spoolBytes: required('HOTLINE_SPOOL_MEGABYTES', '1024', value => whole(16, 1048576)(value) * 1048576, '数据库不可用时本地话务记录缓冲的上限（MB）', 'Bound of the local journal while the database is away, in megabytes'),
  recording: required('HOTLINE_RECORDING', '1', flag, '1：通话录音（默认流程先播报录音告知）；0：不录音', '1: calls are recorded (the default flow says so first); 0: they are not'),
  recordingKeepMs: required('HOTLINE_RECORDING_DAYS', '1095', value => whole(1, 36500)(value) * 86_400_000, '录音保存天数，到期自动删除', 'Recordings are deleted after so many days'),
  muteMs: required('HOTLINE_RECORDING_MUTE_SECONDS', '60', seconds(5, 600), '坐席一次可暂停录音的时长（秒），到时自动恢复', 'Longest silence that an agent can put into a recording at a time, in seconds'),
  diskWarnBytes: required('HOTLINE_DISK_WARN_MEGABYTES', '5120', value => whole(1, 100_000_000)(value) * 1048576, '磁盘剩余低于此值时告警（MB）', 'With less free disk, health and log say so, in megabytes'),
  diskStopBytes: required('HOTLINE_DISK_STOP_MEGABYTES', '1024', value => whole(1, 100_000_000)(value) * 1048576, '磁盘剩余低于此值时不再开始新的录音，通话照常（MB）', 'With less free disk no new recording begins; calls go on; in megabytes'),
  secretsFile: optional('HOTLINE_SECRETS_FILE', path, '密钥文件，首次启动时生成，仅属主可读', 'Secrets, made at the first start, readable by the owner only', { shownDefault: 'HOTLINE_DATA_DIR/secrets.json' }),
  cipher: required('HOTLINE_CIPHER', 'aes-256-gcm', cipher, '个人信息的加密算法：aes-256-gcm，或国密 sm4（SM4-CTR 与 HMAC-SM3）；首次启动生成密钥时采用，已有的密钥不变', 'Algorithm for personal data: aes-256-gcm, or sm4 (SM4-CTR with HMAC-SM3); counts when the keys are made, at the first start, and for new recordings; keys that are there stay'),
  backupDir: optional('HOTLINE_BACKUP_DIR', path, '每日备份的存放目录，最好在另一块磁盘上；不设则不自动备份', 'Folder for a backup each day, best on another disk; without it none is made'),
  backupTime: required('HOTLINE_BACKUP_TIME', '02:30', timeOfDay, '每日备份的时刻', 'Time of day of that backup'),
  backupKeep: required('HOTLINE_BACKUP_KEEP', '14', whole(1, 3650), '保留最近多少份每日备份', 'How many of these backups are kept'),
  backupPassphrase: optional('HOTLINE_BACKUP_PASSPHRASE', passphrase, '加密备份中密钥文件的口令，至少 12 个字符；不设则备份不含密钥，须另行保管密钥文件',
    'Passphrase that seals the secrets in backups, 12 characters or more; without it backups hold no secrets, and the secrets file must be kept elsewhere'),
  serverPort: optional('HOTLINE_SERVER_PORT', port, '服务进程在本机监听的端口', 'Loopback port of the server process', { internal: true, shownDefault: 'HOTLINE_PORT' }),
  celFile: optional('HOTLINE_CEL_FILE', path, 'Asterisk 通道事件日志', 'Channel event log that Asterisk writes', { internal: true })
} satisfies Record<string, Variable<unknown>>

type Read = { [Key in keyof typeof variables]: ReturnType<(typeof variables)[Key]['read']> }
/** Variables whose default depends on another one. */
type Derived = 'sipBind' | 'soundsDir' | 'secretsFile' | 'serverPort'

/** The configuration: paths are absolute, times in milliseconds, sizes in bytes. */
export type Config = Readonly<Omit<Read, Derived> & { [Key in Derived]: Exclude<Read[Key], undefined> }>

/** Reads all variables; throws `ConfigError` naming each bad one. The value of a variable is never part of the message when it may hold a password. */
export function readConfig (env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, variable] of Object.entries(variables) as Array<[string, Variable<unknown>]>) {
    const given = env[variable.name]
    const text = given === undefined || given === '' ? variable.fallback : given
    if (text === undefined) {
      values[key] = undefined
      continue
    }
    try {
      values[key] = variable.read(text)
    } catch (error) {
      if (!(error instanceof Wanted)) throw error
      const shown = /URL|PASSWORD|PASSPHRASE|SECRET$|ICE_SERVERS/.test(variable.name) ? '' : `=${text}`
      problems.push(`${variable.name}${shown}：${error.zh} (${error.en})`)
    }
  }
  const read = values as Read
  if ((read.tlsCert === undefined) !== (read.tlsKey === undefined)) {
    problems.push('HOTLINE_TLS_CERT、HOTLINE_TLS_KEY：证书与私钥须同时设置 (certificate and key belong together: set both or neither)')
  }
  if (needSecret(read.iceServers ?? []) && read.turnSecret === undefined) {
    problems.push('HOTLINE_ICE_SERVERS：TURN 服务器需要 username 与 credential，或设置 HOTLINE_TURN_SECRET (a TURN server needs username and credential, or HOTLINE_TURN_SECRET)')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({
    ...read,
    sipBind: read.sipBind ?? (read.demo ? '127.0.0.1' : '0.0.0.0'),
    soundsDir: read.soundsDir ?? join(read.flowsDir, 'prompts'),
    secretsFile: read.secretsFile ?? join(read.dataDir, 'secrets.json'),
    serverPort: read.serverPort ?? read.port
  })
}
