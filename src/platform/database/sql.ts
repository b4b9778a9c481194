/**
 * SQL as tagged templates: sql`select … where id = ${id}`. Values are always parameters, never text; templates nest.
 * Ordinary statements over tables are written with `sql.db` (drizzle.ts) instead.
 *
 * Columns come as camelCase, `timestamptz` as milliseconds (EpochMs), `bigint` as numbers. Moments go in as `Date`, or as
 * milliseconds in a column that is given by name and is called `…At`.
 * Nothing waits for ever: for a free connection `CONNECT_MS`, for an answer `ANSWER_MS`; the server itself ends a statement
 * a little sooner. What fails because the database is away rejects with `DatabaseAway`.
 */
import { Pool, TimeoutError } from 'tarn'
import { openConnection, type Answer, type Connection } from './connection.ts'
import { createOrm, type Orm } from './drizzle.ts'
import { DatabaseAway, DatabaseRefusal } from './errors.ts'

const CONNECT_MS = 4_000
const STATEMENT_MS = 10_000
const ANSWER_MS = 12_000
const IDLE_MS = 60_000
/** Statements that wait for a free connection; beyond that the database is as good as away. */
const MOST_WAITING = 1_000

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
  /** The same connection for statements over tables. */
  readonly db: Orm
  /** Statements as text, without parameters: for migrations and tests. */
  unsafe: (text: string) => Promise<void>
}

export interface Sql extends Transaction {
  /** Commits what `work` did when it resolves, rolls it back when it rejects. */
  begin: <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>
  /** Cuts all connections: what is under way fails at once. New ones are made when they are needed. */
  cut: () => void
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
  /** False while the database is known to be away: statements then fail at once instead of trying for seconds. */
  admits?: () => boolean
}

/** A pool of connections, made on demand. */
export function createSql ({ url, name, max, statementMs = STATEMENT_MS, admits = () => true }: SqlOptions): Sql {
  const living = new Set<Connection>()
  const pool = new Pool<Connection>({
    min: 0,
    max,
    acquireTimeoutMillis: CONNECT_MS,
    createTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    propagateCreateError: true,
    async create () {
      const connection = await openConnection({ url, name, connectMs: CONNECT_MS, statementMs, answerMs: statementMs === 0 ? 0 : statementMs + ANSWER_MS - STATEMENT_MS })
      living.add(connection)
      return connection
    },
    validate: connection => connection.alive,
    async destroy (connection) {
      living.delete(connection)
      await connection.close()
    }
  })
  let ended: Promise<void> | undefined

  async function connected (): Promise<Connection> {
    if (ended !== undefined) throw new DatabaseAway('database pool closed')
    if (!admits()) throw new DatabaseAway('database away: no heartbeat')
    if (pool.numPendingAcquires() >= MOST_WAITING) throw new DatabaseAway('database away: too many statements wait')
    try {
      return await pool.acquire().promise
    } catch (error) {
      if (error instanceof DatabaseRefusal) throw error
      throw error instanceof DatabaseAway ? error : new DatabaseAway(`database away: ${error instanceof TimeoutError ? 'no free connection in time' : String(error)}`, { cause: error })
    }
  }

  const pooled = speaker(async work => {
    const connection = await connected()
    try {
      return await work(connection)
    } finally {
      pool.release(connection)
    }
  })
  return Object.assign(pooled, {
    async begin<Result> (work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
      const connection = await connected()
      try {
        // What is asked for after the end must not run on a connection that serves somebody else by then.
        let over = false
        const transaction = speaker(async statement => {
          if (over) throw new Error('a statement came after the end of its transaction')
          return await statement(connection)
        })
        await connection.runText('begin')
        let result: Result
        try {
          result = await work(transaction)
        } catch (error) {
          over = true
          await connection.runText('rollback').catch((lost: unknown) => { throw new DatabaseAway('database away: connection lost in a transaction', { cause: error ?? lost }) })
          throw error
        }
        over = true
        await connection.runText('commit')
        return result
      } finally {
        pool.release(connection)
      }
    },
    cut () { for (const connection of living) connection.cut() },
    async end (timeoutMs = 2_000): Promise<void> {
      ended ??= Promise.race([pool.destroy().then(() => {}), new Promise<void>(resolve => { setTimeout(resolve, timeoutMs).unref() })])
        .then(() => { for (const connection of living) connection.cut() })
      await ended
    }
  })
}

/** Lends a connection to some work. */
type Lend = <Result>(work: (connection: Connection) => Promise<Result>) => Promise<Result>

function shaped ({ columns, rows, count }: Answer): Rows<unknown> {
  const names = columns.map(camelCase)
  return Object.assign(rows.map(row => Object.fromEntries(names.map((name, index) => [name, row[index]]))), { count })
}

function speaker (lend: Lend): Transaction {
  const speak = (first: TemplateStringsArray | object | readonly object[], ...values: unknown[]): Query<unknown> | Columns => {
    if (!isTemplate(first)) return new Columns(Array.isArray(first) ? first : [first])
    const start = async () => await lend(async connection => {
      const { text, values: given } = compose({ strings: first, values })
      return shaped(await connection.run(text, given))
    })
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
  return Object.assign(speak, {
    db: createOrm(async (text, values) => await lend(async connection => await connection.run(text, values))),
    unsafe: async (text: string) => { await lend(async connection => { await connection.runText(text) }) }
  }) as Transaction
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
