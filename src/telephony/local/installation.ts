/** Where an Asterisk program is found on this machine: installed by the operator, or fetched earlier into the user's cache. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { run } from '../../platform/process/run.ts'

export interface AsteriskInstallation {
  /** As the program says, e.g. `22.10.1~dfsg+~cs6.15.60671435-1`. */
  version: string
  /** For people: `Debian sid`, or the path of an installed program. */
  origin: string
  command: string
  /** Come before Asterisk's own arguments. */
  args: readonly string[]
  modulesDir: string
  /** Sounds, documentation and music; undefined: where the program was compiled to look. */
  dataDir?: string
  musicDir?: string
}

/** What is written beside a fetched tree, last of all: a tree without it is not complete. */
export interface FetchedRecord { version: string, suite: string, architecture: string, packages: readonly string[] }

export const RECORD = 'fetched.json'
const OLDEST_MAJOR = 20

/** `${XDG_CACHE_HOME:-~/.cache}/hotline-12345`: all clones of a user share it. */
export function cacheFolder (env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '' ? env.XDG_CACHE_HOME : join(env.HOME ?? homedir(), '.cache')
  return join(base, 'hotline-12345')
}

/** Debian's name of this machine's architecture and of its library folder and loader; undefined when none is served. */
export function debianArchitecture (arch: string = process.arch): { name: string, triple: string, loader: string } | undefined {
  if (arch === 'x64') return { name: 'amd64', triple: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' }
  if (arch === 'arm64') return { name: 'arm64', triple: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' }
  return undefined
}

/** An `asterisk` of version 20 or newer on the PATH, with the modules that the hotline needs; undefined when there is none. */
export async function installedAsterisk (env: NodeJS.ProcessEnv): Promise<AsteriskInstallation | undefined> {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(folder => folder.startsWith('/'))
  const command = folders.map(folder => join(folder, 'asterisk')).find(existsSync)
  if (command === undefined) return undefined
  const { status, output } = await run(command, ['-V'], { timeoutMs: 10_000 })
  const version = /^Asterisk (\S+)/m.exec(output)?.[1]
  if (status !== 0 || version === undefined || Number.parseInt(version) < OLDEST_MAJOR) return undefined
  const triple = debianArchitecture()?.triple ?? ''
  const modulesDir = [`/usr/lib/${triple}/asterisk/modules`, '/usr/lib/asterisk/modules', '/usr/lib64/asterisk/modules', '/usr/local/lib/asterisk/modules']
    .find(folder => existsSync(join(folder, 'app_stasis.so')) && existsSync(join(folder, 'res_pjsip.so')))
  if (modulesDir === undefined) return undefined
  const musicDir = ['/usr/share/asterisk/moh', '/var/lib/asterisk/moh'].find(existsSync)
  return { version, origin: command, command, args: [], modulesDir, ...(musicDir === undefined ? {} : { musicDir }) }
}

/** The newest tree fetched earlier; undefined when there is none. */
export function fetchedAsterisk (cacheDir: string): AsteriskInstallation | undefined {
  const architecture = debianArchitecture()
  if (architecture === undefined || !existsSync(cacheDir)) return undefined
  const trees = readdirSync(cacheDir)
    .filter(name => name.startsWith('asterisk-') && existsSync(join(cacheDir, name, RECORD)))
    .map(name => ({ root: join(cacheDir, name), record: JSON.parse(readFileSync(join(cacheDir, name, RECORD), 'utf8')) as FetchedRecord }))
    .filter(tree => tree.record.architecture === architecture.name)
    .sort((a, b) => b.record.version.localeCompare(a.record.version, 'en', { numeric: true }))
  const newest = trees[0]
  return newest === undefined ? undefined : fetchedTree(newest.root, newest.record)
}

/** How an unpacked Debian tree is run: through its own loader, with its own libraries, wherever it lies. */
export function fetchedTree (root: string, record: Pick<FetchedRecord, 'version' | 'suite'>): AsteriskInstallation {
  const { triple, loader } = debianArchitecture() as { triple: string, loader: string }
  const libraries = join(root, 'usr/lib', triple)
  const command = [join(libraries, loader), join(root, 'lib64', loader), join(root, 'usr/lib', loader)].find(existsSync) ?? join(libraries, loader)
  const modulesDir = [join(libraries, 'asterisk/modules'), join(root, 'usr/lib/asterisk/modules')].find(existsSync) ?? libraries
  return {
    version: record.version,
    origin: `Debian ${record.suite}`,
    command,
    args: ['--library-path', `${libraries}:${join(root, 'usr/lib')}`, join(root, 'usr/sbin/asterisk')],
    modulesDir,
    dataDir: join(root, 'usr/share/asterisk'),
    musicDir: join(root, 'usr/share/asterisk/moh')
  }
}
