/**
 * Programs that outlive the one that started them: each in a session of its own, known by a file that names its pid
 * and the moment it was started, so that a later start finds it again and never mistakes a stranger for it.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Json } from '../../kernel/json.ts'

/** A process as the kernel knows it: a pid alone is used again by others. */
export interface ProcessIdentity {
  readonly pid: number
  /** Ticks between the boot and the start of the process. */
  readonly startTicks: string
  readonly bootId: string
}

export interface DetachedProcess {
  readonly pid: number
  /** Found alive rather than started. */
  readonly adopted: boolean
  /** What was written down about it when it was started. */
  readonly about: Json
  alive: () => boolean
  /** Sends a signal; nothing happens when the process is gone. */
  signal: (signal: NodeJS.Signals) => void
  /** Resolves, in words, when the process is gone; never rejects. As long as it lives it keeps this program from ending by itself. */
  readonly gone: Promise<string>
  /** Asks it to end by `signal`, kills it after `graceMs`; resolves when it is gone and its pid file removed. */
  stop: (options?: { signal?: NodeJS.Signals, graceMs?: number }) => Promise<void>
}

export interface DetachedOptions {
  command: string
  args: readonly string[]
  cwd?: string
  env: NodeJS.ProcessEnv
  /** Takes what the program writes; it is appended to. */
  logFile: string
  pidFile: string
  /** Kept in the pid file for who adopts the process; must hold no secrets. */
  about?: Json
}

interface PidFile extends ProcessIdentity { readonly about: Json }

const POLL_MS = 200

/** The identity of a living process; undefined when there is none or it is a zombie. */
export function identify (pid: number): ProcessIdentity | undefined {
  const stat = readOptional(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The program's name stands in brackets and may hold anything: count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const startTicks = fields[19]
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, startTicks, bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() }
}

/** Whether exactly that process lives still. */
export function isAlive (known: ProcessIdentity): boolean {
  const now = identify(known.pid)
  return now !== undefined && now.startTicks === known.startTicks && now.bootId === known.bootId
}

/** Starts the program in a session of its own and writes its pid file. Rejects when it cannot be executed. */
export async function startDetached (options: DetachedOptions): Promise<DetachedProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true })
  mkdirSync(dirname(options.pidFile), { recursive: true })
  const log = openSync(options.logFile, 'a', 0o600)
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd, env: options.env, detached: true, stdio: ['ignore', log, log]
    })
    const gone = new Promise<string>(resolve => {
      child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code ?? 'unknown'}` : `signal ${signal}`))
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const identity = identify(child.pid as number)
    const about = options.about ?? null
    if (identity !== undefined) writePidFile(options.pidFile, { ...identity, about })
    return handle(identity ?? { pid: child.pid as number, startTicks: '', bootId: '' }, about, options.pidFile, gone, false)
  } finally {
    closeSync(log)
  }
}

/** The process that `pidFile` names, when it lives still. A file that names a dead one is removed. */
export function adoptDetached (pidFile: string): DetachedProcess | undefined {
  const known = readPidFile(pidFile)
  if (known === undefined) return undefined
  if (!isAlive(known)) {
    rmSync(pidFile, { force: true })
    return undefined
  }
  const gone = (async () => {
    // Not our child, so the kernel does not tell us: look.
    while (isAlive(known)) await wait(POLL_MS)
    return 'it is gone'
  })()
  return handle(known, known.about, pidFile, gone, true)
}

/** Writes a pid file, for a process that names itself. */
export function writePidFile (pidFile: string, content: PidFile): void {
  mkdirSync(dirname(pidFile), { recursive: true })
  writeFileSync(`${pidFile}.new`, JSON.stringify(content) + '\n', { mode: 0o600 })
  renameSync(`${pidFile}.new`, pidFile)
}

/** What a pid file says; undefined when it is missing or was not written to its end. */
export function readPidFile (pidFile: string): PidFile | undefined {
  const text = readOptional(pidFile)
  if (text === undefined) return undefined
  try {
    const content = JSON.parse(text) as Partial<PidFile> | null
    if (typeof content?.pid !== 'number' || typeof content.startTicks !== 'string' || typeof content.bootId !== 'string') return undefined
    return { pid: content.pid, startTicks: content.startTicks, bootId: content.bootId, about: content.about ?? null }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function handle (identity: ProcessIdentity, about: Json, pidFile: string, gone: Promise<string>, adopted: boolean): DetachedProcess {
  const alive = (): boolean => isAlive(identity)
  const signal = (name: NodeJS.Signals): void => {
    if (!alive()) return
    try {
      process.kill(identity.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const stop = async ({ signal: name = 'SIGTERM', graceMs = 5000 }: { signal?: NodeJS.Signals, graceMs?: number } = {}): Promise<void> => {
    signal(name)
    // A process that was stopped (SIGSTOP) takes its signals only when it goes on.
    signal('SIGCONT')
    const kill = setInterval(() => signal('SIGKILL'), graceMs)
    await gone
    clearInterval(kill)
    if (readPidFile(pidFile)?.startTicks === identity.startTicks) rmSync(pidFile, { force: true })
  }
  return { pid: identity.pid, adopted, about, alive, signal, gone, stop }
}

function readOptional (file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
