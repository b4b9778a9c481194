/** Makes a backup of a hotline, which may run and serve calls meanwhile. */
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Config } from '../platform/config.ts'
import { diskError, OperatorError } from '../platform/process/operator-error.ts'
import { loadSecrets } from '../platform/secrets.ts'
import type { Manifest } from './core/manifest.ts'
import { copyDatabaseOut } from './database-copy.ts'
import { filesBelow, openWriter, type Writer } from './files.ts'
import { KEPT, recordingsFolder, withDatabase, type Report } from './places.ts'
import { keyMarks, sealSecrets } from './sealed-secrets.ts'

export interface BackUpOptions {
  config: Config
  /** The folder to make; one that is there must be empty. */
  dir: string
  /** Left out: the backup holds no secrets. */
  passphrase: string | undefined
  clock: Clock
  report: Report
}

const SAY_MS = 3_000
export const MANIFEST = 'manifest.json'
export const SECRETS = 'secrets.sealed.json'

/** Resolves when the whole backup stands in `dir`; until then it is in `dir.partial`, and nothing of it stays when it fails. */
export async function backUp ({ config, dir, passphrase, clock, report }: BackUpOptions): Promise<Manifest> {
  const partial = `${dir}.partial`
  try {
    if (existsSync(dir) && (!(await stat(dir)).isDirectory() || (await readdir(dir)).length > 0)) {
      throw new OperatorError(`${dir} is there already and not empty: name a new folder.`, `${dir} 已存在且不为空:请指定新的目录。`)
    }
    return await withDatabase(config, report, async url => {
      await rm(partial, { recursive: true, force: true })
      await mkdir(partial, { recursive: true, mode: 0o700 })
      const manifest = await fill(url)
      if (existsSync(dir)) await rmdir(dir)
      await rename(partial, dir)
      return manifest
    })
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw diskError(error, dir) ?? error
  }

  async function fill (url: string): Promise<Manifest> {
    const createdAt = new Date(clock.now()).toISOString()
    const secrets = loadSecrets(config.secretsFile)
    const writer = await openWriter(partial)
    // The spool before the database: what is committed in between is then in both, which the journal knows how to take.
    await copyFolder(writer, join(config.dataDir, 'spool'), 'spool')
    report('数据库 (database) ...')
    const content = await copyDatabaseOut(url, async (table, rows) => {
      let said = clock.now()
      const count = await writer.lines(`database/${table}.copy.zst`, rows, bytes => {
        // Large tables take minutes.
        if (clock.now() - said < SAY_MS) return
        said = clock.now()
        report(`  ${table} ... ${Math.round(bytes / 1048576)} MB`)
      })
      report(`  ${table}: ${count}`)
      return count
    })
    for (const name of KEPT) {
      await (name.includes('.') ? writer.file(`data/${name}`, join(config.dataDir, name)) : copyFolder(writer, join(config.dataDir, name), `data/${name}`))
    }
    for (const name of await flowFiles()) await writer.file(`settings/flows/${name}`, join(config.flowsDir, name))
    if (config.trunksFile !== undefined) await writer.file('settings/trunks.json', config.trunksFile)
    await copyRecordings(writer)
    if (passphrase !== undefined) await writer.text(SECRETS, await sealSecrets(await readFile(config.secretsFile, 'utf8'), passphrase))
    const sums = await writer.close()
    const manifest: Manifest = {
      format: 1, createdAt, ...content, secrets: passphrase === undefined ? 'left-out' : 'sealed', keyMarks: keyMarks(secrets), files: writer.files, bytes: writer.bytes, sums
    }
    const last = await open(join(partial, MANIFEST), 'wx', 0o600)
    await last.writeFile(JSON.stringify(manifest, null, 2) + '\n')
    await last.sync()
    await last.close()
    return manifest
  }

  async function flowFiles (): Promise<string[]> {
    return existsSync(config.flowsDir) ? (await readdir(config.flowsDir)).filter(name => name.endsWith('.json')) : []
  }

  async function copyFolder (writer: Writer, folder: string, into: string): Promise<void> {
    for await (const path of filesBelow(folder)) await writer.file(`${into}/${path}`, join(folder, path))
  }

  /** After the database: each row that speaks of a recording finds it. */
  async function copyRecordings (writer: Writer): Promise<void> {
    const folder = recordingsFolder(config)
    const earlier = await newestBeside()
    let count = 0
    let said = clock.now()
    for await (const path of filesBelow(folder)) {
      await writer.file(`recordings/${path}`, join(folder, path), earlier === undefined ? undefined : join(earlier, 'recordings', path))
      count += 1
      if (clock.now() - said < SAY_MS) continue
      said = clock.now()
      report(`  录音 (recordings): ${count}`)
    }
    if (count > 0) report(`  录音 (recordings): ${count}`)
  }

  /** The last whole backup in the same folder: recordings that it has already are not stored twice. */
  async function newestBeside (): Promise<string | undefined> {
    const others = (await readdir(dirname(dir))).filter(name => name !== basename(dir) && !name.endsWith('.partial') && existsSync(join(dirname(dir), name, MANIFEST)))
    const newest = others.sort().at(-1)
    return newest === undefined ? undefined : join(dirname(dir), newest)
  }
}
