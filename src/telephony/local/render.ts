/** Asterisk's configuration: the templates of asterisk-config/ with the ports, folders and secrets of this machine filled in. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AsteriskInstallation } from './installation.ts'
import { hostCandidates, natSettings, ownAddress } from './nat.ts'
import { renderTrunks } from './trunks.ts'
import type { Trunk } from './trunks.ts'

export const TEMPLATES = join(import.meta.dirname, '../../../asterisk-config')

/** Asterisk complains of files that are missing; these stand empty. */
const EMPTY = ['acl', 'ccss', 'cdr', 'cli', 'codecs', 'dnsmgr', 'features', 'manager', 'pjproject', 'stasis', 'udptl', 'chan_websocket', 'websocket_client']

export interface AsteriskFolders { etc: string, state: string, spool: string, run: string, log: string, messages: string }

export interface AsteriskSettings {
  sipBind: string
  sipPort: number
  httpPort: number
  rtpPorts: { from: number, to: number }
  ariUser: string
  ariPassword: string
  watchKey: string
  trunks: readonly Trunk[]
  /** Seats that the fallback queue rings, e.g. `seat-1001`. */
  seats: readonly string[]
  /** Absolute folder of the hotline's prompts. */
  soundsDir: string
  /** Offer the browsers of this machine sound over 127.0.0.1 beside the machine's own address. */
  loopbackMedia: boolean
  /** What others reach this machine by, where that is not its own address. */
  mediaAddress?: string | undefined
  /** How long the fallback queue keeps a caller before it takes a message. */
  fallbackSeconds: number
}

/**
 * Replaces each `{{name}}` by its value. A name without a value is a fault, so that no half-filled file is ever used;
 * so is a value that would add lines of its own, unless the placeholder stands alone on its line.
 */
export function fill (template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/^\{\{(\w+)\}\}$|\{\{(\w+)\}\}/gm, (_, block: string | undefined, inline: string | undefined) => {
    const name = (block ?? inline) as string
    const value = values[name]
    if (value === undefined) throw new Error(`the configuration template asks for ${name}, which is not known`)
    if (block === undefined && /[\r\n]/.test(value)) throw new Error(`the configuration value ${name} must be one line`)
    return value
  })
}

/** Leaves out the `load` lines of modules that are not in `available`. */
export function keepAvailable (modulesConf: string, available: ReadonlySet<string>): string {
  return modulesConf.split('\n').filter(line => {
    const module = /^load\s*=>?\s*(\S+)/.exec(line)?.[1]
    return module === undefined || available.has(module)
  }).join('\n')
}

/** The members of the fallback queue. */
export function renderMembers (seats: readonly string[]): string {
  return seats.filter(seat => /^[a-z0-9-]{1,64}$/.test(seat)).map(seat => `member => PJSIP/${seat}`).join('\n')
}

/** Writes the whole configuration into `folders.etc`, readable by the owner only. Files that the operator put there are removed. */
export function renderConfiguration (installation: AsteriskInstallation, settings: AsteriskSettings, folders: AsteriskFolders): void {
  for (const folder of [folders.etc, join(folders.state, 'keys'), join(folders.log, 'cel-custom'), folders.run, folders.messages,
    ...['monitor', 'recording', 'outgoing', 'tmp', 'system'].map(name => join(folders.spool, name))]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  const values = configurationValues(installation, settings, folders)
  const templates = readdirSync(TEMPLATES).filter(name => name.endsWith('.conf'))
  for (const name of readdirSync(folders.etc)) if (!templates.includes(name)) rmSync(join(folders.etc, name), { recursive: true })
  for (const name of templates) {
    const filled = fill(readFileSync(join(TEMPLATES, name), 'utf8'), values)
    writeConfiguration(join(folders.etc, name), name === 'modules.conf' ? keepAvailable(filled, new Set(readdirSync(installation.modulesDir))) : filled)
  }
  for (const name of EMPTY) {
    const file = join(folders.etc, `${name}.conf`)
    if (!existsSync(file)) writeConfiguration(file, '')
  }
}

/** Writes the fallback queue anew; Asterisk takes it up when app_queue is reloaded. Answers whether anything changed. */
export function renderQueues (seats: readonly string[], folders: Pick<AsteriskFolders, 'etc'>): boolean {
  const file = join(folders.etc, 'queues.conf')
  const text = fill(readFileSync(join(TEMPLATES, 'queues.conf'), 'utf8'), { fallback_members: renderMembers(seats) })
  if (readFileSync(file, 'utf8') === text) return false
  writeConfiguration(file, text)
  return true
}

function configurationValues (installation: AsteriskInstallation, settings: AsteriskSettings, folders: AsteriskFolders): Record<string, string> {
  const { dataDir, modulesDir } = installation
  return {
    etc_dir: folders.etc,
    state_dir: folders.state,
    spool_dir: folders.spool,
    run_dir: folders.run,
    log_dir: folders.log,
    messages_dir: folders.messages,
    program_directories: dataDir === undefined ? '' : `astmoddir => ${modulesDir}\nastdatadir => ${dataDir}\nastagidir => ${join(dataDir, 'agi-bin')}`,
    music_dir: installation.musicDir ?? '',
    sounds_dir: settings.soundsDir,
    sip_bind: settings.sipBind,
    sip_port: String(settings.sipPort),
    http_port: String(settings.httpPort),
    rtp_first: String(settings.rtpPorts.from),
    rtp_last: String(settings.rtpPorts.to),
    nat: natSettings(settings.mediaAddress),
    ice_host_candidates: hostCandidates({ own: ownAddress(), mediaAddress: settings.mediaAddress, loopback: settings.loopbackMedia }),
    ari_user: settings.ariUser,
    ari_password: settings.ariPassword,
    watch_key: settings.watchKey,
    trunks: renderTrunks(settings.trunks),
    fallback_members: renderMembers(settings.seats),
    fallback_seconds: String(settings.fallbackSeconds)
  }
}

function writeConfiguration (file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
