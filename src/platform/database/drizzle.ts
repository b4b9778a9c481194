/**
 * Tables and ordinary statements in TypeScript: drizzle, speaking through our own connections, so that its statements have the
 * same time-outs, errors and forms of values as hand-written ones. Loaded as CommonJS, which costs a fraction of the time and
 * memory at start that the other form does.
 */
import { createRequire } from 'node:module'
import type { Answer } from './connection.ts'

const load = createRequire(import.meta.url)
const core = load('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core')
const orm = load('drizzle-orm/utils') as typeof import('drizzle-orm/utils')
const operators = load('drizzle-orm/sql') as typeof import('drizzle-orm/sql')
const { PgRemoteDatabase } = load('drizzle-orm/pg-proxy') as typeof import('drizzle-orm/pg-proxy')
const { PgRemoteSession } = load('drizzle-orm/pg-proxy/session') as typeof import('drizzle-orm/pg-proxy/session')

export const { pgTable, text, uuid, integer, smallint, bigint, boolean, jsonb, primaryKey, alias, customType } = core
const { CasingCache } = load('drizzle-orm/casing') as { CasingCache: new (casing: 'snake_case') => { getColumnCasing: (column: import('drizzle-orm').Column) => string } }

export const { getTableColumns } = orm
export type Table = import('drizzle-orm/pg-core').PgTable
export const { eq, ne, and, or, not, lt, lte, gt, gte, isNull, isNotNull, inArray, notInArray, exists, notExists, like, desc, asc, count, sql: expression } = operators

export type { SQL } from 'drizzle-orm/sql'
/** A row as it is read from a table, or as it goes in. */
export type { InferInsertModel, InferSelectModel } from 'drizzle-orm'

/** `timestamptz` as milliseconds since 1970 (EpochMs). */
export const moment = customType<{ data: number, driverData: Date | number }>({
  dataType: () => 'timestamp with time zone',
  toDriver: at => new Date(at)
})

/** A table's columns as PostgreSQL describes them, e.g. `users.roles text[] not null`: for holding tables against migrations. */
export function columnsOf (table: Table): string[] {
  const { name, columns, primaryKeys } = core.getTableConfig(table)
  const casing = new CasingCache('snake_case')
  const keys = new Set(primaryKeys.flatMap(key => key.columns.map(column => casing.getColumnCasing(column))))
  return columns.map(column => {
    const own = casing.getColumnCasing(column)
    return `${name}.${own} ${column.getSQLType()}${column.notNull || keys.has(own) ? ' not null' : ''}`
  })
}

/** Drizzle over one way of running statements; rows come as arrays, as drizzle wants them. */
export function createOrm (run: (text: string, values: readonly unknown[]) => Promise<Answer>) {
  const dialect = new core.PgDialect({ casing: 'snake_case' })
  const session = new PgRemoteSession<Record<string, never>, Record<string, never>>(async (statement, values) => await run(statement, values as unknown[]), dialect, undefined)
  const prepare = session.prepareQuery.bind(session)
  // Drizzle puts a statement that failed, with its values, into a new error: values are personal data, and the first error says more.
  const unwrapping = (...given: Parameters<typeof prepare>): ReturnType<typeof prepare> => {
    const query = prepare(...given)
    const execute = query.execute.bind(query)
    query.execute = async (placeholders) => await (execute(placeholders) as Promise<unknown>).catch((error: unknown) => { throw (error as Error).cause ?? error })
    return query
  }
  session.prepareQuery = unwrapping as typeof prepare
  return new PgRemoteDatabase<Record<string, never>>(dialect, session as never, undefined)
}

export type Orm = ReturnType<typeof createOrm>
