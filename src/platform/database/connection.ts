/**
 * One connection to PostgreSQL for one life: postgres.js with a single connection that is never made anew. The library's own
 * reconnecting is not used, since a statement that meets the loss of its connection there may wait for ever, run outside the
 * transaction that it belongs to, or end the process (docs/decisions/0012).
 */
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { DatabaseAway, DatabaseRefusal } from './errors.ts'

export interface ConnectionOptions {
  url: string
  /** Shown in pg_stat_activity. */
  name: string
  connectMs: number
  /** Bound of one statement in PostgreSQL itself; 0: none. */
  statementMs: number
  /** Bound of one statement from here, a little later; then the connection is cut. 0: none. */
  answerMs: number
}

/** Rows as arrays, in the order of `columns`. */
export interface Answer {
  columns: string[]
  rows: unknown[][]
  /** Rows that were given or changed. */
  count: number
}

export interface Connection {
  /** False for good once the connection was lost or cut. */
  readonly alive: boolean
  /** Runs one statement with $1, $2 …; rejects with `DatabaseAway` or `DatabaseRefusal`. */
  run: (text: string, values: readonly unknown[]) => Promise<Answer>
  /** Runs statements without parameters, several at once. */
  runText: (text: string) => Promise<void>
  /** The bytes of a `copy … to stdout`, at the pace of who reads them. Nothing else may be asked before their end. */
  copyOut: (text: string) => Promise<Readable>
  /** Feeds a `copy … from stdin`; only inside a transaction, where a refusal at its very end is noticed. */
  copyIn: (text: string, source: Readable) => Promise<void>
  /** Cuts it now: what is under way fails as away. */
  cut: () => void
  /** Says good-bye; resolves when it is closed, at the latest after a second. */
  close: () => Promise<void>
}

const BIGINT = 20
const TEXT = 25
const JSON_TYPE = 114
const JSONB = 3802
const TIMESTAMPTZ = 1184
const CLOSE_S = 1
/** `bigint` comes as a number, `timestamptz` as milliseconds; JSON goes in as text. Moments go in as `Date`, text or milliseconds. */
const types = {
  bigint: { to: BIGINT, from: [BIGINT], serialize: String, parse: Number },
  moment: { to: TIMESTAMPTZ, from: [TIMESTAMPTZ], serialize: (at: unknown) => (at instanceof Date ? at : new Date(at as string | number)).toISOString(), parse: (text: string) => Date.parse(text) },
  json: { to: JSONB, from: [JSON_TYPE, JSONB], serialize: (value: unknown) => typeof value === 'string' ? value : JSON.stringify(value), parse: (text: string) => JSON.parse(text) as unknown },
  jsonText: { to: JSON_TYPE, from: [], serialize: (value: unknown) => typeof value === 'string' ? value : JSON.stringify(value), parse: (text: string) => text },
  text: { to: TEXT, from: [TEXT], serialize: String, parse: (text: string) => text }
}

/** Connects and signs in; rejects with `DatabaseAway` or, where PostgreSQL answers but does not let us in, `DatabaseRefusal`. */
export async function openConnection ({ url, name, connectMs, statementMs, answerMs }: ConnectionOptions): Promise<Connection> {
  let socket: Socket | undefined
  let lost: DatabaseAway | undefined
  /** Rejections of the statements under way. */
  const underWay = new Set<(error: DatabaseAway) => void>()

  function lose (error: DatabaseAway): void {
    lost ??= error
    for (const reject of [...underWay]) reject(lost)
    socket?.destroy()
  }

  const options: postgres.Options<typeof types> = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: connectMs / 1000,
    types: types as never,
    connection: { application_name: name, statement_timeout: statementMs, idle_in_transaction_session_timeout: statementMs, TimeZone: 'UTC' },
    onnotice: () => {},
    onclose: () => { lose(new DatabaseAway('database away: connection lost')) }
  }
  // Not in the library's types: how it gets its socket. A second one it does not get.
  const socketOption = {
    async socket ({ host, port }: { host: string[], port: number[] }): Promise<Socket> {
      if (lost !== undefined || socket !== undefined) throw lost ?? new DatabaseAway('database away: connection lost')
      socket = await dial(host[0] ?? '127.0.0.1', port[0] ?? 5432, connectMs)
      return socket
    }
  }
  const client = postgres(url, { ...options, ...socketOption })

  async function bounded<Result> (statement: PromiseLike<Result>, ms: number): Promise<Result> {
    if (lost !== undefined) throw lost
    let forget = (): void => {}
    try {
      return await new Promise<Result>((resolve, reject) => {
        const late = ms === 0 ? undefined : setTimeout(() => { lose(new DatabaseAway('database away: no answer in time')) }, ms)
        underWay.add(reject)
        forget = () => {
          clearTimeout(late)
          underWay.delete(reject)
        }
        statement.then(resolve, reject)
      })
    } catch (error) {
      const named = namedError(error)
      // What is no answer of PostgreSQL says that this connection is no good any more.
      if (named instanceof DatabaseAway) lose(named)
      throw named
    } finally {
      forget()
    }
  }

  const connection: Connection = {
    get alive () { return lost === undefined },
    async run (text, values) {
      const rows = await bounded(client.unsafe(text, values as never[], { prepare: true, simple: false } as postgres.UnsafeQueryOptions).values(), answerMs)
      return { columns: rows.columns?.map(column => column.name) ?? [], rows, count: rows.count ?? 0 }
    },
    async runText (text) { await bounded(client.unsafe(text), answerMs) },
    async copyOut (text) {
      const rows = await bounded(client.unsafe(text).readable(), answerMs)
      // The library holds the connection back while the rows are read slower than they come, and lets it go on with the next
      // reading only: behind the last row there is none.
      return rows.once('end', () => { socket?.resume() })
    },
    async copyIn (text, source) {
      const target = await bounded(client.unsafe(text).writable(), answerMs)
      // The library drops what PostgreSQL says after the last byte, and then never ends the stream: in a transaction the
      // next statement is refused in its place.
      const refused = new Promise<never>((_resolve, reject) => {
        target.once('prefinish', () => { bounded(client.unsafe('select 1'), 0).catch(reject) })
      })
      await bounded(Promise.race([pipeline(source, target), refused]), 0)
    },
    cut: () => { lose(new DatabaseAway('database away: connection cut')) },
    async close () {
      const before = lost
      lost ??= new DatabaseAway('database connection closed')
      if (before === undefined) await client.end({ timeout: CLOSE_S })
      socket?.destroy()
    }
  }
  try {
    await bounded(client.unsafe('select 1'), connectMs)
    return connection
  } catch (error) {
    lose(new DatabaseAway('database away: not connected'))
    throw error
  }
}

/** A connected socket; rejects within `timeoutMs`. */
async function dial (host: string, port: number, timeoutMs: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  return await new Promise<Socket>((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(late)
      socket.destroy()
      reject(error)
    }
    const late = setTimeout(() => { fail(new DatabaseAway('database away: no connection in time')) }, timeoutMs)
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(late)
      socket.removeListener('error', fail)
      resolve(socket)
    })
  })
}

function namedError (error: unknown): DatabaseAway | DatabaseRefusal {
  if (error instanceof DatabaseAway || error instanceof DatabaseRefusal) return error
  if (error instanceof postgres.PostgresError) return new DatabaseRefusal(error.message, error.code, error.constraint_name)
  return new DatabaseAway(`database away: ${error instanceof Error ? (error as NodeJS.ErrnoException).code ?? error.message : String(error)}`, { cause: error })
}
