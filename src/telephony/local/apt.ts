/** A private apt: its own state, lists and cache in a folder, one source, Debian's signatures checked. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../platform/process/run.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const DEFAULT_MIRROR = 'http://deb.debian.org/debian'
const ARCHIVE = 'http://archive.debian.org/debian'

/** The mirrors to try for a suite, in order: what the machine's own apt uses, else Debian's. */
export function debianMirrors (suite: string): string[] {
  const own = mirrorsIn(sourceTexts())
  const mirrors = own.length === 0 ? [DEFAULT_MIRROR] : own.slice(0, 2)
  // Old releases move to the archive one day.
  return suite === 'bullseye' ? [...mirrors, ARCHIVE] : mirrors
}

/** The addresses of Debian's main archive in apt's source files, of both formats; security and foreign archives are left out. */
export function mirrorsIn (texts: readonly string[]): string[] {
  const found = texts.flatMap(text => text.split('\n')).flatMap(line => {
    const words = line.trim().split(/\s+/)
    if (words[0] === 'URIs:') return words.slice(1)
    if (words[0] === 'deb') return words.filter(word => /^https?:\/\//.test(word)).slice(0, 1)
    return []
  })
  const plain = found.map(address => address.replace(/\/+$/, '')).filter(address => /^https?:\/\/.+\/debian$/.test(address))
  return [...new Set(plain)]
}

/** Lays the private apt out in `folder`; the returned environment makes apt-get use it. The machine's own settings for fetching (a proxy) are kept. */
export async function privateApt (options: { folder: string, suite: string, mirror: string, architecture: string }): Promise<NodeJS.ProcessEnv> {
  const { folder, suite, mirror, architecture } = options
  for (const name of ['etc/preferences.d', 'etc/apt.conf.d', 'state/lists/partial', 'cache/archives/partial', 'log']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  // An empty status: as if nothing were installed, so that the libraries come along, libc too.
  writeFileSync(join(folder, 'status'), '')
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING} arch=${architecture}]` : `[arch=${architecture}]`
  writeFileSync(join(folder, 'etc/sources.list'), `deb ${signed} ${mirror} ${suite} main\n`)
  const host = await run('/usr/bin/apt-config', ['dump'], { timeoutMs: 10_000 })
  const settings = host.output.split('\n').filter(line => /^Acquire::(https?|Retries|ForceIPv4|ForceIPv6|Check-Valid-Until|Check-Date|Proxy)/.test(line))
  const conf = join(folder, 'apt.conf')
  writeFileSync(conf, [
    'Dir "/";',
    `Dir::State "${folder}/state";`,
    `Dir::State::lists "${folder}/state/lists";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::State::extended_states "${folder}/state/extended_states";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Cache::archives "${folder}/cache/archives";`,
    `Dir::Etc "${folder}/etc";`,
    `Dir::Etc::sourcelist "${folder}/etc/sources.list";`,
    'Dir::Etc::sourceparts "-";',
    `Dir::Etc::preferencesparts "${folder}/etc/preferences.d";`,
    `Dir::Etc::parts "${folder}/etc/apt.conf.d";`,
    `Dir::Log "${folder}/log";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures {"${architecture}";};`,
    'APT::Install-Recommends "false";',
    // Fetch as ourselves: apt's own user may not enter our folder.
    'APT::Sandbox::User "";',
    'Debug::NoLocking "true";',
    'Acquire::Languages "none";',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    'Acquire::Retries "2";',
    ...settings,
    ''
  ].join('\n'))
  const { PATH, HOME, TMPDIR, http_proxy: http, https_proxy: https, no_proxy: none } = process.env
  return { PATH, HOME, TMPDIR, http_proxy: http, https_proxy: https, no_proxy: none, LC_ALL: 'C', APT_CONFIG: conf }
}

function sourceTexts (): string[] {
  const folder = '/etc/apt/sources.list.d'
  const parts = existsSync(folder) ? readdirSync(folder).filter(name => /\.(list|sources)$/.test(name)).map(name => join(folder, name)) : []
  return ['/etc/apt/sources.list', ...parts].filter(file => existsSync(file)).map(file => readFileSync(file, 'utf8'))
}
