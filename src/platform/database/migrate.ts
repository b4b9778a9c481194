/** Brings the database to the form that this version expects: plain SQL files, in order, each once, each in a transaction. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSql } from './client.ts'

/** The folder of the migrations that belong to this version. */
export const MIGRATIONS = fileURLToPath(new URL('../../../migrations/', import.meta.url))

/** A lock that all servers of one database take in turn. */
const LOCK = 1_234_500_001
const LOCK_WAIT = '60s'

/** The database cannot be migrated; the message is for the operator. */
export class MigrationError extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MigrationError'
  }
}

export interface Migration { version: number, name: string, text: string, checksum: string }

/** The migrations of this version, in order. */
export async function readMigrations (dir = MIGRATIONS): Promise<Migration[]> {
  const names = (await readdir(dir)).filter(name => name.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const [index, name] of names.entries()) {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
    if (version !== index + 1) throw new MigrationError(`迁移文件 ${name} 编号不连续 (migration files must be numbered 0001, 0002 … without gaps)`)
    const text = await readFile(join(dir, name), 'utf8')
    migrations.push({ version, name, text, checksum: createHash('sha256').update(text).digest('hex') })
  }
  return migrations
}

/**
 * Applies what is missing, up to the version `upTo`, and returns the names of what was applied. Servers that start at once wait for each other.
 * Throws `MigrationError` when an applied file was changed since, when the database is newer than this version, or when a
 * statement fails; what came before stays applied. Errors of the connection are thrown as they are.
 */
export async function migrate (databaseUrl: string, dir = MIGRATIONS, upTo = Infinity): Promise<string[]> {
  const migrations = await readMigrations(dir)
  const sql = createSql({ url: databaseUrl, name: 'hotline-migrate', max: 1, statementMs: 0 })
  try {
    await sql.unsafe(`set lock_timeout = '${LOCK_WAIT}'`)
    await sql`select pg_advisory_lock(${LOCK})`
    await sql`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
    )`
    const applied = await sql<Array<{ version: number, name: string, checksum: string }>>`select version, name, checksum from schema_migrations order by version`
    for (const row of applied) {
      const file = migrations[row.version - 1]
      if (file === undefined) throw new MigrationError(`数据库版本较新 (${row.name})，请升级程序 (the database is newer than this program)`)
      if (file.checksum !== row.checksum) throw new MigrationError(`迁移文件 ${file.name} 在执行之后被修改 (was changed after it had been applied)`)
    }
    const missing = migrations.slice(applied.length, upTo)
    for (const { version, name, text, checksum } of missing) {
      try {
        await sql.begin(async (transaction) => {
          await transaction.unsafe(text)
          await transaction`insert into schema_migrations (version, name, checksum) values (${version}, ${name}, ${checksum})`
        })
      } catch (error) {
        throw new MigrationError(`迁移 ${name} 失败 (migration failed): ${(error as Error).message}`, { cause: error })
      }
    }
    return missing.map(migration => migration.name)
  } finally {
    await sql.end()
  }
}
