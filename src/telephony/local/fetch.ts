/**
 * Brings an Asterisk to a machine that has none: Debian's own packages with all their libraries, resolved, verified and
 * downloaded by a private apt, unpacked into the user's cache. Needs no root; the system is not touched.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { diskError, OperatorError } from '../../platform/process/operator-error.ts'
import { holdLock } from '../../platform/process/lock.ts'
import { run } from '../../platform/process/run.ts'
import { debianMirrors, privateApt } from './apt.ts'
import { debianArchitecture, fetchedAsterisk, fetchedTree, installedAsterisk, RECORD } from './installation.ts'
import type { AsteriskInstallation, FetchedRecord } from './installation.ts'

const PACKAGES = [
  'asterisk', 'asterisk-modules', 'asterisk-config', 'asterisk-core-sounds-en-gsm', 'asterisk-core-sounds-en-wav', 'asterisk-moh-opsound-wav'
]
/** sid has the long-term release; bullseye (16) is what is left when sid is just then not installable. */
const SUITES = ['sid', 'bullseye']
const UNFINISHED = 'fetching-'
const NEEDED_BYTES = 700 * 1024 * 1024
const UPDATE_MS = 180_000
const DOWNLOAD_MS = 900_000
const UNPACK_MS = 300_000
const REPORT_MS = 5000

export type Report = (line: string) => void

/**
 * The Asterisk to run: an installed one of version 20 or newer, else one fetched earlier, else one fetched now.
 * Rejects with an `OperatorError` when there is none and none can be brought.
 */
export async function ensureAsterisk (options: { cacheDir: string, env: NodeJS.ProcessEnv, report: Report }): Promise<AsteriskInstallation> {
  const present = await installedAsterisk(options.env) ?? fetchedAsterisk(options.cacheDir)
  if (present !== undefined) return present
  try {
    mkdirSync(options.cacheDir, { recursive: true, mode: 0o700 })
    const file = join(options.cacheDir, 'fetch.lock')
    const release = await holdLock(file, 1_200_000, () => options.report('Another start is fetching Asterisk; waiting for it ...'))
    if (release === undefined) {
      throw new OperatorError(`Another start has been fetching Asterisk for 20 minutes; remove ${file} if it is not so.`,
        `另一进程正在获取 Asterisk 已超过 20 分钟;如非如此请删除 ${file}。`)
    }
    try {
      // Whoever held the lock may have brought it.
      return fetchedAsterisk(options.cacheDir) ?? await fetchAsterisk(options.cacheDir, options.report)
    } finally {
      release()
    }
  } catch (error) {
    throw diskError(error, options.cacheDir) ?? error
  }
}

async function fetchAsterisk (cacheDir: string, report: Report): Promise<AsteriskInstallation> {
  const architecture = debianArchitecture()
  if (architecture === undefined || process.platform !== 'linux') {
    throw new OperatorError('Asterisk can be fetched for Linux on x86-64 and arm64 only: install one and name it by ARI_URL.',
      '仅支持在 x86-64 或 arm64 的 Linux 上自动获取 Asterisk,请自行安装并用 ARI_URL 指定。')
  }
  for (const tool of ['/usr/bin/apt-get', '/usr/bin/dpkg-deb']) {
    if (!existsSync(tool)) {
      throw new OperatorError('Asterisk is fetched with Debian\'s apt, which is not here: install Asterisk 20 or newer, or name one by ARI_URL.',
        '自动获取 Asterisk 需要 Debian 的 apt,本机没有:请安装 Asterisk 20 以上版本,或用 ARI_URL 指定。')
    }
  }
  const disk = statfsSync(cacheDir)
  if (disk.bavail * disk.bsize < NEEDED_BYTES) {
    throw new OperatorError(`Asterisk needs 700 MB of free disk space below ${cacheDir}.`, `${cacheDir} 所在磁盘至少需要 700 MB 空闲空间。`)
  }
  // The lock is ours: what lies there is from a start that was ended.
  for (const name of readdirSync(cacheDir)) if (name.startsWith(UNFINISHED)) rmSync(join(cacheDir, name), { recursive: true, force: true })
  const work = mkdtempSync(join(cacheDir, UNFINISHED))
  const failures: string[] = []
  try {
    for (const suite of SUITES) {
      for (const mirror of debianMirrors(suite)) {
        const attempt = join(work, `${suite}-${failures.length}`)
        const failure = await download({ folder: attempt, suite, mirror, architecture: architecture.name, report })
        if (failure === undefined) return await unpack({ folder: attempt, suite, cacheDir, architecture: architecture.name, report })
        failures.push(`${suite}, ${mirror}: ${failure}`)
        report(`Debian ${suite} from ${mirror} did not work: ${failure}`)
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  throw explain(failures)
}

async function download (job: { folder: string, suite: string, mirror: string, architecture: string, report: Report }): Promise<string | undefined> {
  const env = await privateApt(job)
  job.report(`Reading the package lists of Debian ${job.suite} (${job.mirror}) ...`)
  const update = await run('/usr/bin/apt-get', ['-q', 'update'], { env, timeoutMs: UPDATE_MS })
  // apt-get update answers 0 even when a list could not be read; an empty list then fails the next step.
  if (update.status !== 0 || /^(E|W): (Failed|Some index)/m.test(update.output)) return firstFault(update.output, update.status)
  const archives = join(job.folder, 'cache/archives')
  const progress = setInterval(() => job.report(`Downloading Asterisk: ${folderMegabytes(archives)} of about 110 MB ...`), REPORT_MS)
  try {
    const result = await run('/usr/bin/apt-get',
      ['-q', '-y', '--no-install-recommends', '--download-only', 'install', ...PACKAGES], { env, timeoutMs: DOWNLOAD_MS })
    return result.status === 0 ? undefined : firstFault(result.output, result.status)
  } finally {
    clearInterval(progress)
  }
}

async function unpack (job: { folder: string, suite: string, cacheDir: string, architecture: string, report: Report }): Promise<AsteriskInstallation> {
  const archives = join(job.folder, 'cache/archives')
  const debs = readdirSync(archives).filter(name => name.endsWith('.deb')).sort()
  job.report(`Unpacking ${debs.length} packages ...`)
  const root = join(job.folder, 'root')
  // The merged layout first, so that packages of the old layout land in usr/lib too.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true })
    symlinkSync(join('usr', name), join(root, name))
  }
  const script = 'root=$1; shift; for deb in "$@"; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink --no-same-owner --exclude=./usr/share/man --exclude=./usr/share/locale; done'
  const result = await run('/bin/bash', ['-euo', 'pipefail', '-c', script, 'unpack', root, ...debs.map(deb => join(archives, deb))], { timeoutMs: UNPACK_MS })
  if (result.status !== 0) {
    if (/No space left/.test(result.output)) throw Object.assign(new Error(result.output), { code: 'ENOSPC' })
    throw new Error(`the packages of Asterisk could not be unpacked: ${result.output.slice(-500)}`)
  }
  // What the package's own installation script would do.
  const sounds = join(root, 'usr/share/asterisk/sounds')
  if (existsSync(join(sounds, 'en_US_f_Allison')) && !existsSync(join(sounds, 'en'))) symlinkSync('en_US_f_Allison', join(sounds, 'en'))

  const tree = fetchedTree(root, { version: '', suite: job.suite })
  const said = await run(tree.command, [...tree.args, '-V'], { timeoutMs: 20_000 })
  const version = /^Asterisk (\S+)/m.exec(said.output)?.[1]
  if (said.status !== 0 || version === undefined) throw new Error(`the fetched Asterisk does not run here: ${said.output.slice(-500)}`)
  const record: FetchedRecord = { version, suite: job.suite, architecture: job.architecture, packages: debs }
  writeFileSync(join(root, RECORD), JSON.stringify(record, null, 1) + '\n')
  const target = join(job.cacheDir, `asterisk-${version.replaceAll(/[^0-9A-Za-z.-]+/g, '-')}-${job.architecture}`)
  if (!existsSync(join(target, RECORD))) {
    rmSync(target, { recursive: true, force: true })
    renameSync(root, target)
  }
  job.report(`Asterisk ${version} (Debian ${job.suite}) is ready below ${job.cacheDir}`)
  return fetchedTree(target, record)
}

function folderMegabytes (folder: string): number {
  let bytes = 0
  for (const name of [folder, join(folder, 'partial')].flatMap(at => existsSync(at) ? readdirSync(at).map(file => join(at, file)) : [])) {
    // apt moves a file when it is complete: one that is gone since is counted the next time.
    bytes += statSync(name, { throwIfNoEntry: false })?.size ?? 0
  }
  return Math.round(bytes / 1024 / 1024)
}

function firstFault (output: string, status: number): string {
  const lines = output.split('\n')
  const fault = lines.find(line => /^(E|W): /.test(line)) ?? lines.findLast(line => line.trim() !== '') ?? 'nothing was said'
  return status === -1 ? `no end within the time allowed (${fault})` : fault
}

function explain (failures: readonly string[]): OperatorError {
  const all = failures.join('; ')
  if (/No space left|enough free space/i.test(all)) {
    return new OperatorError('No space is left on the disk to fetch Asterisk.', '磁盘空间不足,无法获取 Asterisk。')
  }
  if (/NO_PUBKEY|not signed|BADSIG|EXPKEYSIG|invalid signature/i.test(all)) {
    return new OperatorError(`Debian's signatures could not be verified, so Asterisk was not fetched (${all}).`,
      'Debian 软件包签名校验失败,未获取 Asterisk。')
  }
  return new OperatorError(`Asterisk could not be fetched: is the Debian mirror reachable? Install Asterisk 20 or newer, or name one by ARI_URL, if not. (${failures[0] ?? ''})`,
    '无法获取 Asterisk:请检查 Debian 镜像是否可达;否则请安装 Asterisk 20 以上版本或用 ARI_URL 指定。')
}
