/** PostgreSQL from the dependencies: laid out, started and found again below a folder of ours; root and plain users alike. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Json } from '../kernel/json.ts'
import { openConnection } from '../platform/database/connection.ts'
import { adoptDetached, identify, startDetached, writePidFile } from '../platform/process/detached.ts'
import type { DetachedProcess } from '../platform/process/detached.ts'
import { diskError, OperatorError } from '../platform/process/operator-error.ts'
import { freeTcpPort, tcpPortFree } from '../platform/process/ports.ts'
import { run } from '../platform/process/run.ts'
import { choosePostgresUser } from './postgres-user.ts'
import type { PostgresUser } from './postgres-user.ts'

export interface PostgresOptions {
  /** Holds the data, the log and the pid file. */
  dir: string
  /** On 127.0.0.1. Left out: the one it had before, else a free one. */
  port?: number
  /** Of the database user; the first start sets it. */
  password: string
  /** Where copies for `nobody` lie when root can make no user namespace. */
  shared?: string
  report?: (line: string) => void
}

export interface RunningPostgres {
  /** Of the database `hotline`, with user and password. */
  url: string
  port: number
  pid: number
  adopted: boolean
  alive: () => boolean
  /** Resolves, in words, when the process is gone. */
  gone: Promise<string>
  kill: (signal: NodeJS.Signals) => void
  /** Ends it in order; open connections are cut. */
  stop: () => Promise<void>
}

const DATABASE = 'hotline'
const USER = 'postgres'
const READY_MS = 60_000
const CONNECT_MS = 4_000
/** After a crash the log is played again, however long that takes; within reason. */
const RECOVERY_MS = 900_000
/** Errors are logged without the statement and without details: both may hold personal data. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off'
}

/**
 * Starts PostgreSQL in `dir`, makes the database at the first start, and resolves when it answers queries. One that lives
 * there is adopted. Rejects with an `OperatorError` for what the operator can mend.
 */
export async function startPostgres (options: PostgresOptions): Promise<RunningPostgres> {
  const report = options.report ?? (() => {})
  try {
    mkdirSync(options.dir, { recursive: true, mode: 0o700 })
    const dir = realpathSync(options.dir)
    const pidFile = join(dir, 'postgres.pid.json')
    const data = join(dir, 'data')
    let child = adoptDetached(pidFile) ?? adoptByLock(data, pidFile)
    if (child === undefined) {
      await clearZombieLock(data)
      const user = await choosePostgresUser(dir, report, options.shared)
      if (!existsSync(join(data, 'PG_VERSION'))) await layOut(dir, user, options.password, report)
      const port = options.port ?? await portFor(dir)
      child = await launchPatiently(dir, user, port, pidFile, report)
    }
    const port = (child.about as { port: number }).port
    const url = `postgres://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/${DATABASE}`
    await ensureDatabase(port, options.password)
    const stop = async (): Promise<void> => await child.stop({ signal: 'SIGINT', graceMs: 30_000 })
    return { url, port, pid: child.pid, adopted: child.adopted, alive: child.alive, gone: child.gone, kill: child.signal, stop }
  } catch (error) {
    throw diskError(error, options.dir) ?? error
  }
}

/** initdb into a folder beside, which takes its place when it is complete. */
async function layOut (dir: string, user: PostgresUser, password: string, report: (line: string) => void): Promise<void> {
  report('Laying out the database ...')
  // Where the user may not enter `dir`, `data` is a link to the folder that it may.
  const target = lstatSync(join(dir, 'data'), { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(join(dir, 'data')) : join(dir, 'data')
  const fresh = `${target}.new`
  const passwordFile = join(user.passable ?? dir, 'password.tmp')
  rmSync(fresh, { recursive: true, force: true })
  rmSync(target, { recursive: true, force: true })
  user.make(fresh)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  user.own(passwordFile)
  try {
    const [command, args] = user.command('initdb', ['-D', fresh, '-U', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8',
      '--locale=C.UTF-8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'])
    const result = await run(command, args, { timeoutMs: 120_000, cwd: '/', env: environment() })
    if (/No space left/.test(result.output)) throw Object.assign(new Error(result.output), { code: 'ENOSPC' })
    if (result.status !== 0) throw new OperatorError(`The database could not be laid out: ${result.output.slice(-600)}`, '数据库初始化失败。')
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(fresh, target)
}

async function launch (dir: string, user: PostgresUser, port: number, pidFile: string): Promise<DetachedProcess> {
  const data = realpathSync(join(dir, 'data'))
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, args] = user.command('postgres', ['-D', data, ...settings])
  writeFileSync(join(dir, 'port'), String(port))
  return await startDetached({ command, args, cwd: user.passable ?? dir, env: environment(), logFile: join(dir, 'log'), pidFile, about: { port } as Json })
}

/** After a kill its orphans hold the shared memory for a moment, and PostgreSQL rightly refuses to start beside them. */
async function launchPatiently (dir: string, user: PostgresUser, port: number, pidFile: string, report: (line: string) => void): Promise<DetachedProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const child = await launch(dir, user, port, pidFile)
    try {
      await untilReady(child, dir, report)
      return child
    } catch (error) {
      if (attempt === 10 || !/pre-existing shared memory/.test((error as Error).message)) throw error
      await wait(500)
    }
  }
}

async function untilReady (child: DetachedProcess, dir: string, report: (line: string) => void): Promise<void> {
  let status = ''
  for (let waited = 0; child.alive(); waited += 20) {
    const lock = readLock(join(dir, 'data'))
    // One that was killed leaves its lock behind.
    status = lock?.pid === child.pid ? lock.status : ''
    if (status === 'ready') return
    if (waited > RECOVERY_MS || (waited > READY_MS && status === '')) break
    if (waited > 0 && waited % 5000 === 0) report('PostgreSQL is recovering from a crash ...')
    await wait(20)
  }
  const words = readFileSync(join(dir, 'log'), 'utf8').trimEnd().split('\n').slice(-3).join(' | ')
  await child.stop({ signal: 'SIGINT' })
  if (/No space left/.test(words)) throw Object.assign(new Error(words), { code: 'ENOSPC' })
  throw new OperatorError(`PostgreSQL did not come up; its last words: ${words}`, 'PostgreSQL 未能启动。')
}

async function ensureDatabase (port: number, password: string): Promise<void> {
  const url = `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  let connection
  try {
    connection = await openConnection({ url, name: 'hotline-launcher', connectMs: CONNECT_MS, statementMs: 0, answerMs: READY_MS })
    const found = await connection.run('select 1 from pg_database where datname = $1', [DATABASE])
    if (found.count === 0) await connection.runText(`create database ${DATABASE}`)
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new OperatorError('The database was laid out with another password than the secrets file holds.', '数据库密码与密钥文件不符。', { cause: error })
    }
    throw error
  } finally {
    await connection?.close()
  }
}

async function portFor (dir: string): Promise<number> {
  const file = join(dir, 'port')
  const before = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return Number.isInteger(before) && before > 1024 && before < 65536 && await tcpPortFree(before) ? before : await freeTcpPort()
}

interface Lock { pid: number, port: number, status: string }

/** PostgreSQL's own lock file: pid, folder, start, port, socket, address, key, status. */
function readLock (data: string): Lock | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() }
}

/**
 * A living PostgreSQL that our pid file does not name: we were killed between its start and the writing. A lock that names a
 * stranger, who got the pid after a reboot, would make PostgreSQL refuse to start; it is removed.
 */
function adoptByLock (data: string, pidFile: string): DetachedProcess | undefined {
  const lock = readLock(data)
  const identity = lock === undefined ? undefined : identify(lock.pid)
  if (lock === undefined || identity === undefined) return undefined
  const whose = ownerOf(lock.pid, realpathSync(data))
  if (whose === 'stranger') {
    rmSync(join(data, 'postmaster.pid'), { force: true })
    return undefined
  }
  if (whose === 'unknown' || lock.status !== 'ready') {
    throw new OperatorError(`Another PostgreSQL (process ${lock.pid}) holds ${data}: stop it first.`, `另一个 PostgreSQL 进程(${lock.pid})正在使用该数据目录,请先停止它。`)
  }
  writePidFile(pidFile, { ...identity, about: { port: lock.port } })
  return adoptDetached(pidFile)
}

/**
 * One that was killed stays a zombie where nobody reaps it, as in a container without an init; PostgreSQL takes it for alive
 * and would never start again. Its lock is removed once no process of its works in the folder any more.
 */
async function clearZombieLock (data: string): Promise<void> {
  const lock = readLock(data)
  if (lock === undefined || identify(lock.pid) !== undefined || !existsSync(`/proc/${lock.pid}`)) return
  const folder = realpathSync(data)
  const works = (): boolean => readdirSync('/proc').some(name => /^\d+$/.test(name) && identify(Number(name)) !== undefined && ownerOf(Number(name), folder) === 'ours')
  for (let waited = 0; works(); waited += 100) {
    if (waited > 10_000) throw new OperatorError('PostgreSQL was killed, but its processes do not end.', 'PostgreSQL 的残留进程未退出。')
    await wait(100)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
}

function ownerOf (pid: number, data: string): 'ours' | 'stranger' | 'unknown' {
  try {
    if (!/postgres/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))) return 'stranger'
    return readlinkSync(`/proc/${pid}/cwd`) === data ? 'ours' : 'stranger'
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return 'stranger'
    if (code === 'EACCES' || code === 'EPERM') return 'unknown'
    throw error
  }
}

function environment (): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}
