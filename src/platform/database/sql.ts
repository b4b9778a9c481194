/**
 * SQL as tagged templates: sql`select … where id = ${id}`. Values are always parameters, never text; templates nest.
 *
 * Columns come as camelCase, `timestamptz` as milliseconds (EpochMs), `bigint` as numbers. Moments go in as `Date`, or as
 * milliseconds in a column that is given by name and is called `…At`.
 * Nothing waits for ever: for a free connection `CONNECT_MS`, for an answer `QUERY_MS`; the server itself ends a statement
 * a little sooner. What fails because the database is away rejects with `DatabaseAway`.
 */
import { Socket } from 'node:net'
import pg from 'pg'

const CONNECT_MS = 4_000
const STATEMENT_MS = 10_000
const QUERY_MS = 12_000

/** The database cannot be reached, or did not answer in time. Whether the statement was carried out is not known. */
export class DatabaseAway extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseAway'
  }
}

export type Rows<Row> = Row[] & { /** Rows that were given or changed. */ count: number }

/** A statement, or a part of one: it runs when it is awaited, and not at all when it is put into another. */
export interface Query<Row> extends Promise<Rows<Row>> {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
}

/** Column names (camelCase) and values of one row or of several alike, for `insert into t ${sql({ … })}`. */
class Columns {
  readonly rows: readonly object[]
  constructor (rows: readonly object[]) {
    this.rows = rows
  }
}

/** Runs statements on one connection; all of them or none count. */
export interface Transaction {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- without a type the rows are whatever comes
  <Result extends readonly unknown[] = any[]> (strings: TemplateStringsArray, ...values: unknown[]): Query<Result[number]>
  (rows: object | readonly object[]): Columns
  /** Statements as text, without parameters: for migrations and tests. */
  unsafe: (text: string) => Promise<void>
}

export interface Sql extends Transaction {
  /** Commits what `work` did when it resolves, rolls it back when it rejects. */
  begin: <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>
  /** Closes the pool; statements under way have `timeoutMs` to end. */
  end: (timeoutMs?: number) => Promise<void>
}

export interface SqlOptions {
  url: string
  /** Shown in pg_stat_activity. */
  name: string
  max: number
  /** Bounds of one statement; 0 lets it take its time (migrations). */
  statementMs?: number
  /** Told of each socket, so that it can be cut. */
  onSocket?: (socket: Socket) => void
  /** False while the database is known to be away: statements then fail at once instead of trying for seconds. */
  admits?: () => boolean
}

const TIMESTAMPTZ = 1184
const BIGINT = 20
const types = {
  getTypeParser (oid: number, format?: 'text' | 'binary') {
    if (oid === TIMESTAMPTZ) return (text: string) => Date.parse(text)
    if (oid === BIGINT) return Number
    return pg.types.getTypeParser(oid, format)
  }
} as pg.CustomTypesConfig

/** A pool of connections, made on demand. */
export function createSql ({ url, name, max, statementMs = STATEMENT_MS, onSocket, admits = () => true }: SqlOptions): Sql {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    query_timeout: statementMs === 0 ? 0 : statementMs + QUERY_MS - STATEMENT_MS,
    keepAlive: true,
    options: '-c TimeZone=UTC',
    ...(onSocket === undefined ? {} : { stream: () => tracked(onSocket) })
  })
  // An idle connection that is lost is replaced when it is needed; whoever has one in use hears of it there.
  pool.on('error', () => {})
  // The same for one that is lost while its user does something else: the next statement on it fails.
  pool.on('connect', (client) => { client.on('error', () => {}) })
  let ended: Promise<void> | undefined

  async function connected (): Promise<pg.PoolClient> {
    if (!admits()) throw new DatabaseAway('database away: no heartbeat')
    try {
      return await pool.connect()
    } catch (error) {
      throw asAway(error)
    }
  }

  async function using<Result> (work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await connected()
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      // A statement that was refused leaves a good connection; one that got no answer leaves a bad one.
      client.release(!(error instanceof pg.DatabaseError))
      throw error
    }
  }

  const pooled = speaker(async statement => await using(async client => await run(client, statement)))
  return Object.assign(pooled, {
    async begin<Result> (work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
      const client = await connected()
      try {
        const transaction = speaker(async statement => await run(client, statement))
        await transaction.unsafe('begin')
        let result: Result
        try {
          result = await work(transaction)
        } catch (error) {
          await transaction.unsafe('rollback').catch((lost: unknown) => { throw new DatabaseAway('connection lost in a transaction', { cause: error ?? lost }) })
          throw error
        }
        await transaction.unsafe('commit')
        client.release()
        return result
      } catch (error) {
        client.release(error instanceof DatabaseAway)
        throw error
      }
    },
    async end (timeoutMs = 2_000): Promise<void> {
      ended ??= Promise.race([pool.end(), new Promise<void>(resolve => { setTimeout(resolve, timeoutMs).unref() })])
      await ended
    }
  })
}

interface Statement { text: string, values?: unknown[] }

async function run (client: pg.PoolClient, { text, values }: Statement): Promise<Rows<unknown>> {
  let result
  try {
    result = values === undefined ? await client.query(text) : await client.query<unknown[]>({ text, values, rowMode: 'array' })
  } catch (error) {
    throw error instanceof pg.DatabaseError ? error : asAway(error)
  }
  const rows = values === undefined ? [] : shaped(result as pg.QueryArrayResult<unknown[]>)
  return Object.assign(rows, { count: result.rowCount ?? 0 })
}

function shaped ({ fields, rows }: pg.QueryArrayResult<unknown[]>): unknown[] {
  const names = fields.map(field => camelCase(field.name))
  return rows.map(row => Object.fromEntries(names.map((name, index) => [name, row[index]])))
}

function speaker (execute: (statement: Statement) => Promise<Rows<unknown>>): Transaction {
  const speak = (first: TemplateStringsArray | object | readonly object[], ...values: unknown[]): Query<unknown> | Columns => {
    if (!isTemplate(first)) return new Columns(Array.isArray(first) ? first : [first])
    const start = async () => await execute(compose({ strings: first, values }))
    return {
      strings: first,
      values,
      // It is a promise in all but that it starts when it is asked for.
      then: (resolve, reject) => start().then(resolve, reject),
      catch: reject => start().catch(reject),
      finally: settled => start().finally(settled),
      [Symbol.toStringTag]: 'Query'
    }
  }
  return Object.assign(speak, { unsafe: async (text: string) => { await execute({ text }) } }) as Transaction
}

function isTemplate (first: object): first is TemplateStringsArray {
  return Array.isArray(first) && 'raw' in first
}

function isQuery (value: unknown): value is Query<unknown> {
  return typeof value === 'object' && value !== null && 'strings' in value && 'then' in value
}

/** The text of a statement with $1, $2 … and what stands for them. */
export function compose (query: Pick<Query<unknown>, 'strings' | 'values'>): { text: string, values: unknown[] } {
  const values: unknown[] = []
  const placed = (value: unknown): string => {
    if (isQuery(value)) return textOf(value)
    if (value instanceof Columns) {
      const names = Object.keys(value.rows[0] ?? {})
      const columns = names.map(name => `"${snakeCase(name)}"`).join(', ')
      const given = value.rows.map((row) => {
        const columnsOfRow = row as Readonly<Record<string, unknown>>
        return `(${names.map(name => placed(asColumn(name, columnsOfRow[name]))).join(', ')})`
      })
      return `(${columns}) values ${given.join(', ')}`
    }
    values.push(value instanceof Date ? value.toISOString() : value)
    return `$${values.length}`
  }
  const textOf = ({ strings, values: inner }: Pick<Query<unknown>, 'strings' | 'values'>): string =>
    strings.reduce((text, part, index) => text + placed(inner[index - 1]) + part)
  return { text: textOf(query), values }
}

function asColumn (name: string, value: unknown): unknown {
  return name.endsWith('At') && typeof value === 'number' ? new Date(value) : value
}

function camelCase (name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function snakeCase (name: string): string {
  const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  if (!/^[a-z_][a-z0-9_]*$/.test(snake)) throw new TypeError(`no column name: ${name}`)
  return snake
}

function tracked (onSocket: (socket: Socket) => void): Socket {
  const socket = new Socket()
  onSocket(socket)
  return socket
}

function asAway (error: unknown): Error {
  // Refused sign-in, unknown database, too many connections: the database speaks for itself.
  if (error instanceof pg.DatabaseError) return error
  return new DatabaseAway(`database away: ${error instanceof Error ? (error as NodeJS.ErrnoException).code ?? error.message : String(error)}`, { cause: error })
}

/** Whether an error of a query means that the database is away or overloaded, rather than that the query is wrong. */
export function isDatabaseAway (error: unknown): boolean {
  if (error instanceof DatabaseAway) return true
  // SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention (also statement time-out), 58 system.
  return error instanceof pg.DatabaseError && /^(08|53|57|58)/.test(error.code ?? '')
}
