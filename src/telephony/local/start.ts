/** Runs an Asterisk of our own from a folder of its own: renders its configuration, starts it, or finds it alive. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Json } from '../../kernel/json.ts'
import { adoptDetached, startDetached } from '../../platform/process/detached.ts'
import type { DetachedProcess } from '../../platform/process/detached.ts'
import { OperatorError } from '../../platform/process/operator-error.ts'
import { freeSipPort, freeTcpPort, tcpPortFree, udpPortFree } from '../../platform/process/ports.ts'
import { ensureAsterisk } from './fetch.ts'
import { cacheFolder } from './installation.ts'
import type { AsteriskInstallation } from './installation.ts'
import { renderConfiguration } from './render.ts'
import type { AsteriskFolders } from './render.ts'
import { LOOPBACK_TRUNK } from './trunks.ts'
import type { Trunk } from './trunks.ts'

export interface LocalAsteriskOptions {
  /** Everything it writes lies here: configuration, logs, spool, pid file. One folder, one Asterisk. */
  dir: string
  /** Left out: a free one of the loopback address. */
  sipPort?: number
  sipBind?: string
  /** ARI and the phones' WebSocket, on 127.0.0.1. Left out: a free one. */
  httpPort?: number
  /** Left out: 400 ports somewhere between 30000 and 60000. */
  rtpPorts?: { from: number, to: number }
  /** True: whoever calls from this machine comes over the trunk `loopback`. */
  demo?: boolean
  trunks?: readonly Trunk[]
  seats?: readonly string[]
  /** Left out: one is made up. */
  ariPassword?: string
  watchKey?: string
  /** Absolute folder of the prompts; left out: ivr-flows/prompts. */
  soundsDir?: string
  fallbackSeconds?: number
  /** See HOTLINE_MEDIA_ADDRESS. */
  mediaAddress?: string | undefined
  installation?: AsteriskInstallation
  report?: (line: string) => void
}

export interface LocalAsterisk {
  /** With user and password: `http://hotline:...@127.0.0.1:PORT`. */
  ariUrl: string
  sipPort: number
  httpPort: number
  rtpPorts: { from: number, to: number }
  /** The channel event log: one JSON object a line. Not written by an Asterisk without res_cdrel_custom (before 22.7). */
  celFile: string
  version: string
  folders: AsteriskFolders
  watchKey: string
  pid: number
  adopted: boolean
  alive: () => boolean
  /** Resolves, in words, when the process is gone. */
  gone: Promise<string>
  kill: (signal: NodeJS.Signals) => void
  /** Ends it with all its calls; resolves when it is gone. */
  stop: () => Promise<void>
}

export const ARI_USER = 'hotline'
const READY_MS = 30_000
const LONGEST_SOCKET_FOLDER = 90

/** The folders of an Asterisk in `dir`. Its command socket lies elsewhere when the path would be too long for one. */
export function asteriskFolders (dir: string): AsteriskFolders {
  const run = join(dir, 'run')
  const short = join(tmpdir(), `hotline-${createHash('sha256').update(run).digest('hex').slice(0, 12)}`)
  return {
    etc: join(dir, 'etc'),
    state: join(dir, 'state'),
    spool: join(dir, 'spool'),
    run: run.length > LONGEST_SOCKET_FOLDER ? short : run,
    log: join(dir, 'log'),
    messages: join(dir, 'messages')
  }
}

/**
 * Starts Asterisk and resolves when it serves ARI. One that lives in `dir` with the same settings is adopted, with its calls;
 * with other settings it is stopped first. Rejects with what Asterisk said when it does not come up within 30 s.
 */
export async function startLocalAsterisk (options: LocalAsteriskOptions): Promise<LocalAsterisk> {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 })
  const dir = realpathSync(options.dir)
  const pidFile = join(dir, 'asterisk.pid.json')
  const folders = asteriskFolders(dir)
  const installation = options.installation ??
    await ensureAsterisk({ cacheDir: cacheFolder(process.env), env: process.env, report: options.report ?? (() => {}) })

  const found = adoptDetached(pidFile)
  const before = found?.about as unknown as Known | undefined
  const settings = {
    sipBind: options.sipBind ?? '127.0.0.1',
    sipPort: options.sipPort ?? before?.sipPort ?? await freeSipPort(),
    httpPort: options.httpPort ?? before?.httpPort ?? await freeTcpPort(),
    rtpPorts: options.rtpPorts ?? before?.rtpPorts ?? someRtpPorts(),
    ariUser: ARI_USER,
    ariPassword: options.ariPassword ?? randomBytes(24).toString('base64url'),
    watchKey: options.watchKey ?? randomBytes(18).toString('base64url'),
    trunks: [...(options.trunks ?? []), ...(options.demo === true ? [LOOPBACK_TRUNK] : [])],
    seats: options.seats ?? [],
    soundsDir: options.soundsDir ?? join(import.meta.dirname, '../../../ivr-flows/prompts'),
    loopbackMedia: options.demo === true,
    mediaAddress: options.mediaAddress,
    fallbackSeconds: options.fallbackSeconds ?? 600
  }
  // The seats of the fallback queue are no reason to lose calls: they can be changed while it runs.
  const fingerprint = createHash('sha256').update(JSON.stringify([{ ...settings, seats: [] }, installation.version, folders])).digest('hex')
  const known: Known = { sipPort: settings.sipPort, httpPort: settings.httpPort, rtpPorts: settings.rtpPorts, fingerprint }
  const base = `http://127.0.0.1:${settings.httpPort}`
  const authorization = 'Basic ' + Buffer.from(`${ARI_USER}:${settings.ariPassword}`).toString('base64')

  const present = (process: DetachedProcess): LocalAsterisk => ({
    ariUrl: `http://${ARI_USER}:${encodeURIComponent(settings.ariPassword)}@127.0.0.1:${settings.httpPort}`,
    sipPort: settings.sipPort,
    httpPort: settings.httpPort,
    rtpPorts: settings.rtpPorts,
    celFile: join(folders.log, 'cel-custom/hotline.jsonl'),
    version: installation.version,
    folders,
    watchKey: settings.watchKey,
    pid: process.pid,
    adopted: process.adopted,
    alive: process.alive,
    gone: process.gone,
    kill: process.signal,
    stop: async () => await process.stop({ signal: 'SIGTERM', graceMs: 5000 })
  })

  if (found !== undefined) {
    if (before?.fingerprint === fingerprint && await serves(found, base, authorization, 5000)) return present(found)
    await found.stop({ graceMs: 5000 })
  }
  await demandFree(settings.sipBind, settings.sipPort)
  renderConfiguration(installation, settings, folders)
  const logFile = join(folders.log, 'output')
  const child = await startDetached({
    command: installation.command,
    args: [...installation.args, '-C', join(folders.etc, 'asterisk.conf'), '-f'],
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, LC_ALL: 'C.UTF-8', TERM: 'dumb' },
    logFile,
    pidFile,
    about: known as unknown as Json
  })
  if (await serves(child, base, authorization, READY_MS)) return present(child)
  await child.stop({ graceMs: 2000 })
  throw new OperatorError(`Asterisk did not come up; its last words: ${lastWords([logFile, join(folders.log, 'messages')])}`, 'Asterisk 未能启动。')
}

interface Known { sipPort: number, httpPort: number, rtpPorts: { from: number, to: number }, fingerprint: string }

/** Waits until ARI answers; false when the process is gone before or the time is over. */
async function serves (process: DetachedProcess, base: string, authorization: string, timeoutMs: number): Promise<boolean> {
  for (let left = timeoutMs; left > 0 && process.alive(); left -= 50) {
    try {
      const answer = await fetch(`${base}/ari/asterisk/info?only=status`, { headers: { authorization }, signal: AbortSignal.timeout(2000) })
      await answer.body?.cancel()
      if (answer.status === 200) return true
      // 401 will not change: another password, so not ours.
      if (answer.status === 401) return false
    } catch (error) {
      // Refused until it listens; an answer that does not come counts with its time.
      if ((error as Error).name === 'TimeoutError') left -= 2000
    }
    await wait(50)
  }
  return false
}

async function demandFree (host: string, port: number): Promise<void> {
  let free: boolean
  try {
    free = await udpPortFree(port, host) && await tcpPortFree(port, host)
  } catch (error) {
    throw new OperatorError(`SIP cannot listen on ${host}:${port} (HOTLINE_SIP_BIND, HOTLINE_SIP_PORT): ${(error as Error).message}.`,
      'SIP 监听地址不可用。', { cause: error })
  }
  if (!free) {
    throw new OperatorError(`The SIP port ${port} is in use: stop the program that has it, or set HOTLINE_SIP_PORT.`,
      `SIP 端口 ${port} 已被占用:请停止占用它的程序,或设置 HOTLINE_SIP_PORT。`)
  }
}

function someRtpPorts (): { from: number, to: number } {
  const from = 30_000 + 400 * randomInt(75)
  return { from, to: from + 399 }
}

function lastWords (files: readonly string[]): string {
  const lines = files.flatMap(file => {
    try {
      return readFileSync(file, 'utf8').split('\n').filter(line => /ERROR|WARNING|rror/.test(line)).slice(-3)
    } catch (error) {
      return [(error as Error).message]
    }
  })
  return lines.join(' | ').slice(0, 1000)
}
