/** Brings a hotline back from a backup: everything is verified before anything is touched. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Json } from '../kernel/json.ts'
import type { Config } from '../platform/config.ts'
import { migrate, MIGRATIONS, readMigrations } from '../platform/database/migrate.ts'
import { adoptDetached, identify, writePidFile } from '../platform/process/detached.ts'
import { diskError, OperatorError } from '../platform/process/operator-error.ts'
import { loadSecrets } from '../platform/secrets.ts'
import { RESTORING } from '../launcher/launch.ts'
import { startPostgres } from '../launcher/postgres.ts'
import { MANIFEST, SECRETS } from './back-up.ts'
import { readManifest, unfit, type Manifest } from './core/manifest.ts'
import { copyDatabaseIn, emptyDatabase, lookAtTarget } from './database-copy.ts'
import { accounted, filesBelow, hashOf, putBack, readLines, SUMS } from './files.ts'
import { holderOf, KEPT, recordingsFolder, type Report } from './places.ts'
import { keyMarks, openSecrets } from './sealed-secrets.ts'

export interface RestoreOptions {
  config: Config
  dir: string
  /** Data that are there are moved aside (an own database is emptied) instead of refused. */
  replace: boolean
  /** Asked only for a backup with secrets, once all else is known to be good. */
  passphrase: () => Promise<string | undefined>
  clock: Clock
  report: Report
}

const SAY_MS = 3_000
const ASIDE = 'before-restore-'

/** Resolves with the manifest when the hotline can be started again. Rejects, before it changed anything, with what stands in the way. */
export async function restore (options: RestoreOptions): Promise<Manifest> {
  const { config, dir, report } = options
  const manifest = await verify(options)
  const secrets = await secretsFor(options, manifest)
  await demandFree(options)
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
    const holder = join(config.dataDir, 'launcher.pid.json')
    await moveAside(options)
    // Nobody starts a hotline on what is half there: neither now, nor when this is cut off.
    const own = identify(process.pid)
    if (own !== undefined) writePidFile(holder, { ...own, about: null })
    await writeFile(join(config.dataDir, RESTORING), `${dir}\n`, { mode: 0o600 })
    if (secrets !== undefined) {
      await mkdir(dirname(config.secretsFile), { recursive: true, mode: 0o700 })
      await writeFile(config.secretsFile, secrets, { mode: 0o600, flush: true })
    }
    await restoreDatabase(options, manifest)
    await restoreFiles(options)
    await rm(join(config.dataDir, RESTORING))
    await rm(holder, { force: true })
  } catch (error) {
    throw diskError(error, config.dataDir) ?? error
  }
  report('完成 (done)')
  return manifest
}

/** Reads everything once and compares it with what the backup says of itself. */
async function verify ({ dir, clock, report }: RestoreOptions): Promise<Manifest> {
  const damaged = (what: string): OperatorError => new OperatorError(`The backup is damaged: ${what}. Nothing was changed.`, '备份已损坏,未做任何改动。')
  const file = join(dir, MANIFEST)
  if (!existsSync(file)) throw new OperatorError(`${dir} holds no whole backup: ${MANIFEST} is missing.`, `${dir} 不是完整的备份。`)
  let manifest: Manifest | undefined
  try {
    manifest = readManifest(JSON.parse(readFileSync(file, 'utf8')) as Json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  if (manifest === undefined) throw damaged(`${MANIFEST} is not one of ours`)
  report(`核对备份 (verifying the backup) ${manifest.createdAt}, ${manifest.files} 个文件 (files), ${Math.ceil(manifest.bytes / 1048576)} MB ...`)
  if (!existsSync(join(dir, SUMS)) || (await hashOf(join(dir, SUMS))).hash !== manifest.sums) throw damaged(`${SUMS} was changed`)
  let files = 0
  let said = clock.now()
  for await (const sum of accounted(dir)) {
    if (sum === undefined) throw damaged(`${SUMS} holds a line that is none`)
    if (!existsSync(join(dir, sum.path))) throw damaged(`${sum.path} is missing`)
    if ((await hashOf(join(dir, sum.path))).hash !== sum.hash) throw damaged(`${sum.path} was changed`)
    files += 1
    if (clock.now() - said < SAY_MS) continue
    said = clock.now()
    report(`  ${files} / ${manifest.files}`)
  }
  if (files !== manifest.files || (manifest.secrets === 'sealed' && !existsSync(join(dir, SECRETS)))) throw damaged('files are missing')
  const why = unfit(manifest, await readMigrations())
  if (why === 'newer') throw new OperatorError('The backup is of a newer version of this program: upgrade the program first.', '备份来自较新的版本:请先升级程序。')
  if (why === 'other') throw new OperatorError('The backup is of another line of this program: its migrations are not those of this version.', '备份的数据库迁移与本程序不符。')
  return manifest
}

/** The text of the secrets to write, after it was seen to fit; undefined when those that are there fit. */
async function secretsFor ({ config, dir, passphrase }: RestoreOptions, manifest: Manifest): Promise<string | undefined> {
  const fits = (marks: string[]): boolean => manifest.keyMarks.every(mark => marks.includes(mark))
  if (manifest.secrets === 'left-out') {
    if (!existsSync(config.secretsFile)) {
      throw new OperatorError(`This backup holds no secrets, and without them no number and no name in it can be read: put your copy of the secrets file at ${config.secretsFile} first.`,
        `该备份不含密钥,没有密钥便无法读取号码与姓名:请先把密钥文件放到 ${config.secretsFile}。`)
    }
    if (!fits(keyMarks(loadSecrets(config.secretsFile)))) {
      throw new OperatorError(`The secrets in ${config.secretsFile} are not those that this backup was made with.`, '密钥文件与该备份不符。')
    }
    return undefined
  }
  const phrase = await passphrase()
  if (phrase === undefined) throw new OperatorError('The secrets in this backup are sealed: set HOTLINE_BACKUP_PASSPHRASE, or run this in a terminal to be asked for it.', '备份中的密钥已加密:请设置 HOTLINE_BACKUP_PASSPHRASE,或在终端中运行以输入口令。')
  const text = await openSecrets(await readFile(join(dir, SECRETS), 'utf8'), phrase)
  if (text === undefined) throw new OperatorError('The passphrase is not the one that this backup was sealed with. Nothing was changed.', '口令不正确,未做任何改动。')
  return text
}

/** What of the data folder would be in the way; secrets that fit are not. */
function inTheWay ({ config }: RestoreOptions): string[] {
  if (!existsSync(config.dataDir)) return []
  return readdirSync(config.dataDir).filter(name => !name.startsWith(ASIDE) && join(config.dataDir, name) !== config.secretsFile)
}

async function demandFree (options: RestoreOptions): Promise<void> {
  const { config, replace } = options
  if (existsSync(config.dataDir) && !(await stat(config.dataDir)).isDirectory()) throw new OperatorError(`${config.dataDir} is not a folder.`, '数据目录不是目录。')
  const holder = holderOf(config.dataDir) ?? ['postgres/postgres', 'server/server', 'asterisk/asterisk'].map(name => adoptDetached(join(config.dataDir, `${name}.pid.json`))?.pid).find(pid => pid !== undefined)
  if (holder !== undefined) throw new OperatorError(`The hotline of ${config.dataDir} runs (process ${holder}): stop it first.`, `热线正在运行(进程 ${holder}):请先停止。`)
  const state = config.databaseUrl === undefined ? 'empty' : await lookAtTarget(config.databaseUrl)
  if (state === 'in-use') throw new OperatorError('A hotline is connected to the database in DATABASE_URL: stop it first.', '有热线正连接着该数据库:请先停止。')
  const recordings = (await filesBelow(recordingsFolder(config)).next()).done !== true
  if (replace || (inTheWay(options).length === 0 && state === 'empty' && !recordings)) return
  throw new OperatorError(`${config.dataDir}${state === 'filled' ? ', or the database in DATABASE_URL,' : ''} is not empty. With --replace what is in the data folder is moved aside${state === 'filled' ? ' and that database is EMPTIED' : ''}.`,
    `数据目录或数据库不为空。加 --replace 则把数据目录中的内容移到一旁${state === 'filled' ? ',并清空该数据库' : ''}。`)
}

async function moveAside (options: RestoreOptions): Promise<void> {
  const { config, clock, report } = options
  const names = inTheWay(options)
  if (config.databaseUrl !== undefined && await lookAtTarget(config.databaseUrl) === 'filled') await emptyDatabase(config.databaseUrl)
  if (names.length === 0) return
  // Below the folder itself, which may be a disk of its own.
  const aside = join(config.dataDir, ASIDE + new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14))
  await mkdir(aside, { mode: 0o700 })
  for (const name of names) await rename(join(config.dataDir, name), join(aside, name))
  report(`原有数据已移至 (what was there is now in) ${aside}`)
}

async function restoreDatabase ({ config, dir, report }: RestoreOptions, manifest: Manifest): Promise<void> {
  const running = config.databaseUrl === undefined
    ? await startPostgres({ dir: join(config.dataDir, 'postgres'), password: loadSecrets(config.secretsFile).databasePassword, report })
    : undefined
  const url = running?.url ?? config.databaseUrl as string
  try {
    report('数据库 (database) ...')
    await migrate(url, MIGRATIONS, manifest.migrations.length)
    await copyDatabaseIn(url, manifest, table => {
      report(`  ${table.name}: ${table.rows}`)
      return readLines(join(dir, `database/${table.name}.copy.zst`))
    })
    const later = await migrate(url)
    if (later.length > 0) report(`  迁移 (migrated): ${later.join(', ')}`)
  } finally {
    await running?.stop()
  }
}

async function restoreFiles ({ config, dir, report }: RestoreOptions): Promise<void> {
  for (const name of ['spool', ...KEPT]) {
    const from = name === 'spool' ? join(dir, 'spool') : join(dir, 'data', name)
    const to = join(config.dataDir, name)
    if (name.includes('.')) {
      if (existsSync(from)) await putBack(from, to)
    } else {
      for await (const path of filesBelow(from)) await putBack(join(from, path), join(to, path))
    }
  }
  let recordings = 0
  for await (const path of filesBelow(join(dir, 'recordings'))) {
    await putBack(join(dir, 'recordings', path), join(recordingsFolder(config), path))
    recordings += 1
  }
  if (recordings > 0) report(`录音 (recordings): ${recordings}`)
  // Flows and trunks lie outside the data folder, perhaps in newer versions: they are put where people can compare them.
  const settings = join(config.dataDir, 'restored-settings')
  let found = false
  for await (const path of filesBelow(join(dir, 'settings'))) {
    await putBack(join(dir, 'settings', path), join(settings, path))
    found = true
  }
  if (found) report(`备份时的流程与中继线文件在此,请与现用的比较 (flows and trunks as they were then; compare them with those in use): ${settings}`)
}
