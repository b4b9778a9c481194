/** The server as a process of its own: started, found again, and asked whether it lives. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { adoptDetached, startDetached } from '../platform/process/detached.ts'
import type { DetachedProcess } from '../platform/process/detached.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import type { Running } from './supervisor.ts'

export interface ServerOptions {
  root: string
  /** Holds its pid file and its log. */
  dir: string
  port: number
  /** What the launcher adds to its own environment. */
  env: Readonly<Record<string, string>>
  /** Start anew when a source file changes. */
  dev: boolean
}

export interface Health {
  /** The status of the answer; undefined when none came in time. */
  status?: number
  body?: unknown
}

export const HEALTH_PATH = '/api/v1/health'
const READY_MS = 90_000
const STOP_MS = 15_000
const HEALTH_MS = 5000

/**
 * Starts the server and resolves when it answers, whether or not all its parts are up. One that lives with the same
 * settings and sources is adopted; with others it is replaced: calls wait in Asterisk meanwhile.
 */
export async function startServer (options: ServerOptions): Promise<Running> {
  const pidFile = join(options.dir, 'server.pid.json')
  const logFile = join(options.dir, 'server.log')
  // What Node compiled is kept: a server that is started anew is back in half the time.
  const env = serverEnvironment(process.env, { ...options.env, NODE_COMPILE_CACHE: join(options.dir, 'compile-cache') })
  const fingerprint = createHash('sha256').update(JSON.stringify(env)).update(sourcesMark(options.root)).update(String(options.dev)).digest('hex')
  const base = `http://127.0.0.1:${options.port}`
  const found = adoptDetached(pidFile)
  if (found !== undefined) {
    const same = (found.about as { fingerprint?: string } | null)?.fingerprint === fingerprint
    if (same && await answers(found, base, HEALTH_MS * 2)) return present(found)
    await found.stop({ graceMs: STOP_MS })
  }
  const child = await startDetached({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', ...(options.dev ? ['--watch', '--watch-preserve-output'] : []), join(options.root, 'src/server.ts')],
    cwd: options.root,
    env,
    logFile,
    pidFile,
    about: { fingerprint }
  })
  if (await answers(child, base, READY_MS)) return present(child)
  const ended = !child.alive()
  await child.stop({ graceMs: STOP_MS })
  const words = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
  throw new OperatorError(`The server ${ended ? 'ended' : 'did not answer within 90 s'}; its last words in ${logFile}:\n${words}\n`, '服务未能启动。')
}

/** Asks the server how it is. */
export async function askHealth (base: string, timeoutMs = HEALTH_MS): Promise<Health> {
  try {
    const answer = await fetch(base + HEALTH_PATH, { signal: AbortSignal.timeout(timeoutMs) })
    const body: unknown = await answer.json().catch(() => undefined)
    return { status: answer.status, body }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // Nobody listens, or no answer in time: that it is away is the answer.
    return {}
  }
}

function present (process: DetachedProcess): Running {
  return {
    pid: process.pid,
    adopted: process.adopted,
    gone: process.gone,
    kill: process.signal,
    stop: async () => await process.stop({ signal: 'SIGTERM', graceMs: STOP_MS })
  }
}

async function answers (child: DetachedProcess, base: string, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (child.alive() && performance.now() < until) {
    if ((await askHealth(base)).status !== undefined) return true
    await wait(25)
  }
  return false
}

/** The launcher's environment without what npm put there, and what the launcher adds. */
export function serverEnvironment (own: NodeJS.ProcessEnv, added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !/^(npm_|INIT_CWD$|NODE$|_$|SHLVL$|OLDPWD$|PWD$)/.test(name))
  return { ...Object.fromEntries(kept), NODE_ENV: 'production', ...added }
}

/** Changes when a source of the server, a migration or the dependencies change. */
function sourcesMark (root: string): string {
  const files = ['src', 'migrations'].flatMap(folder => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ts|sql)$/.test(name)).map(name => join(root, folder, name)))
  return [...files, join(root, 'package-lock.json')].sort().map(file => {
    const { size, mtimeMs } = statSync(file)
    return `${file} ${size} ${mtimeMs}`
  }).join('\n')
}
