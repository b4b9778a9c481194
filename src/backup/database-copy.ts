/**
 * The database as streams: one consistent view of all tables out, and back into tables that the migrations made. The
 * PostgreSQL that the hotline brings has no pg_dump; this works with any.
 */
import type { Readable } from 'node:stream'
import { openConnection, type Connection } from '../platform/database/connection.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import { inOrder, type BackedUpTable, type Manifest } from './core/manifest.ts'

const CONNECT_MS = 10_000

export type DatabaseContent = Pick<Manifest, 'postgres' | 'migrations' | 'tables' | 'sequences'>

/** Triggers come back as they were: some watch even where others are switched off. */
const ENABLED: Readonly<Record<string, string>> = { O: 'enable', A: 'enable always', R: 'enable replica', D: 'disable' }
const OPEN = { connectMs: CONNECT_MS, statementMs: 0, answerMs: 0 }
const quoted = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ')

/**
 * Gives each table's rows, as one moment saw them, to `store`, which returns how many they were. Nobody waits for it: it
 * only reads. Rejects when the database is lost in the middle.
 */
export async function copyDatabaseOut (url: string, store: (table: string, rows: Readable) => Promise<number>): Promise<DatabaseContent> {
  const connection = await openConnection({ url, name: 'hotline-backup', ...OPEN })
  try {
    await connection.runText('begin isolation level repeatable read read only')
    const [version] = await column(connection, 'show server_version')
    const migrations = (await connection.run('select version, name, checksum from schema_migrations order by version', [])).rows
      .map(([version, name, checksum]) => ({ version: version as number, name: name as string, checksum: checksum as string }))
    const tables: BackedUpTable[] = []
    for (const name of await tablesInOrder(connection)) {
      const columns = await column(connection, 'select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = \'\' order by attnum', [`public."${name}"`])
      const partitions = (await connection.run('select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = $1::regclass order by 1', [`public."${name}"`])).rows
        .map(([part, bound]) => ({ name: part as string, bound: bound as string }))
      // Through a query, for a table of partitions cannot be copied as such.
      const rows = await store(name, await connection.copyOut(`copy (select ${quoted(columns)} from public."${name}") to stdout`))
      tables.push({ name, columns, rows, partitions })
    }
    // Last: they only grow, and must not stand behind the rows.
    const sequences: Array<Manifest['sequences'][number]> = []
    for (const name of await column(connection, 'select sequencename from pg_sequences where schemaname = \'public\' order by 1')) {
      const [row] = (await connection.run(`select last_value::text, is_called from public."${name}"`, [])).rows
      sequences.push({ name, last: row?.[0] as string, called: row?.[1] as boolean })
    }
    await connection.runText('commit')
    return { postgres: version as string, migrations, tables, sequences }
  } finally {
    await connection.close()
  }
}

/** Fills the tables, which may hold what migrations put there, with those of a backup: all of them or none. */
export async function copyDatabaseIn (url: string, content: Pick<Manifest, 'tables' | 'sequences'>, rowsOf: (table: BackedUpTable) => Readable): Promise<void> {
  const connection = await openConnection({ url, name: 'hotline-restore', ...OPEN })
  try {
    await connection.runText('begin')
    const present = new Set(await tablesInOrder(connection))
    const missing = content.tables.filter(table => !present.has(table.name)).map(table => table.name)
    if (missing.length > 0) throw new OperatorError(`The backup holds tables that its own migrations do not make: ${missing.join(', ')}.`, '备份中的表与迁移不符。')
    // A backup is not an event: what watches over changes has seen these rows before.
    const watchers = (await connection.run(`select c.relname, t.tgname, t.tgenabled::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and t.tgparentid = 0 and c.relnamespace = 'public'::regnamespace order by 1, 2`, [])).rows as Array<[string, string, string]>
    for (const [table, trigger] of watchers) await connection.runText(`alter table public."${table}" disable trigger "${trigger}"`)
    if (present.size > 0) await connection.runText(`truncate ${[...present].map(name => `public."${name}"`).join(', ')}`)
    for (const table of content.tables) {
      for (const { name, bound } of table.partitions) {
        if (bound !== 'DEFAULT') await connection.runText(`create table if not exists public."${name}" partition of public."${table.name}" ${bound}`)
      }
      await connection.copyIn(`copy public."${table.name}" (${quoted(table.columns)}) from stdin`, rowsOf(table))
      const [count] = await column(connection, `select count(*)::text from public."${table.name}"`)
      if (Number(count) !== table.rows) throw new OperatorError(`${table.name}: ${count} rows were restored, the backup says ${table.rows}.`, '恢复的行数与备份不符。')
    }
    for (const { name, last, called } of content.sequences) await connection.run('select setval($1::regclass, $2::bigint, $3)', [`public."${name}"`, last, called])
    for (const [table, trigger, state] of watchers) await connection.runText(`alter table public."${table}" ${ENABLED[state] ?? 'enable'} trigger "${trigger}"`)
    await connection.runText('commit')
    await connection.runText('analyze')
  } finally {
    await connection.close()
  }
}

export type TargetState = 'empty' | 'filled' | 'in-use'

/** Whether a database may be restored into. */
export async function lookAtTarget (url: string): Promise<TargetState> {
  const connection = await openConnection({ url, name: 'hotline-restore', ...OPEN })
  try {
    const others = await column(connection, 'select application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like \'hotline%\'')
    if (others.length > 0) return 'in-use'
    const tables = await column(connection, 'select relname from pg_class where relnamespace = \'public\'::regnamespace and relkind in (\'r\', \'p\')')
    return tables.length === 0 ? 'empty' : 'filled'
  } finally {
    await connection.close()
  }
}

/** Removes everything of ours in a database. */
export async function emptyDatabase (url: string): Promise<void> {
  const connection = await openConnection({ url, name: 'hotline-restore', ...OPEN })
  try {
    await connection.runText('drop schema public cascade; create schema public')
  } finally {
    await connection.close()
  }
}

/** All tables but the list of migrations, which the migrations keep themselves. */
async function tablesInOrder (connection: Connection): Promise<string[]> {
  const tables = await column(connection, `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    and not relispartition and relname <> 'schema_migrations' order by relname`)
  const references = (await connection.run(`select a.relname, b.relname from pg_constraint
    join pg_class a on a.oid = conrelid join pg_class b on b.oid = confrelid where contype = 'f' and a.relnamespace = 'public'::regnamespace`, [])).rows
  const ordered = inOrder(tables, references as Array<[string, string]>)
  if (ordered === undefined) throw new Error('tables refer to each other in a circle: they cannot be filled one after another')
  return ordered
}

async function column (connection: Connection, text: string, values: unknown[] = []): Promise<string[]> {
  return (await connection.run(text, values)).rows.map(row => row[0] as string)
}
