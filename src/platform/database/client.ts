/**
 * The connection to PostgreSQL. Columns come as camelCase, `timestamptz` as milliseconds (EpochMs), `bigint` as numbers.
 *
 * No wait is endless: the server ends a statement after `STATEMENT_MS`, and a heartbeat on a connection of its own notices
 * a database that is gone or hangs; it then cuts all connections, so that every pending query fails at once.
 */
import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../log.ts'

const CONNECT_SECONDS = 4
const STATEMENT_MS = 10_000
const HEARTBEAT_MS = 1_000
const HEARTBEAT_LATE_MS = 4_000

const types = {
  time: {
    to: 1184,
    from: [1184],
    serialize: (value: number | Date) => new Date(value).toISOString(),
    parse: (value: string) => Date.parse(value)
  },
  whole: { to: 20, from: [20], serialize: (value: number) => String(value), parse: (value: string) => Number(value) }
}

export type Sql = postgres.Sql<{ time: number, whole: number }>
export type Transaction = postgres.TransactionSql<{ time: number, whole: number }>

export interface ClientOptions {
  url: string
  /** Shown in pg_stat_activity. */
  name: string
  max: number
  /** Called with each socket, so that it can be cut. */
  onSocket?: (socket: Socket) => void
}

/** A pool of connections, made on demand. */
export function createSql ({ url, name, max, onSocket }: ClientOptions): Sql {
  const settings: postgres.Options<typeof types> = {
    max,
    types,
    connect_timeout: CONNECT_SECONDS,
    // Seconds between attempts to connect; the library's own grows to 20.
    backoff: attempt => Math.min(0.05 * 2 ** attempt, 1),
    transform: { column: { from: postgres.toCamel, to: postgres.fromCamel }, undefined: null },
    connection: { application_name: name, statement_timeout: STATEMENT_MS, idle_in_transaction_session_timeout: STATEMENT_MS, TimeZone: 'UTC' },
    onnotice: () => {}
  }
  if (onSocket === undefined) return postgres(url, settings) as Sql
  // The library is given a socket that still connects: its failure comes as `error` and `close`, after which the library
  // tries again. (A rejection in this place would leave the connection in limbo for ever.) TLS is negotiated over it.
  let attempts = 0
  const socket = ({ host, port, path }: { host: string[], port: number[], path: string | false }) => {
    const turn = attempts++ % host.length
    const made = typeof path === 'string' ? connect({ path }) : connect({ host: host[turn] ?? '127.0.0.1', port: port[turn] ?? 5432 })
    onSocket(made)
    return made
  }
  return postgres(url, { ...settings, socket } as postgres.Options<typeof types>) as Sql
}

export type Database = ReturnType<typeof createDatabase>

/** The pool, with a heartbeat that knows whether the database answers. */
export function createDatabase ({ url, clock, log, max = 10 }: { url: string, clock: Clock, log: Log, max?: number }) {
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket) })
  }
  const sql = createSql({ url, name: 'hotline', max, onSocket })
  const pulse = createSql({ url, name: 'hotline-heartbeat', max: 1, onSocket })
  const listeners = new Set<(up: boolean) => void>()
  let up: boolean | undefined
  let closed = false
  let cancelNext = () => {}
  let cancelLate = () => {}

  function become (now: boolean, reason?: string): void {
    if (up === now || closed) return
    up = now
    if (now) log.info('database answers')
    else log.error({ reason }, 'database does not answer')
    for (const listener of listeners) listener(now)
  }

  function beat (): void {
    let done = false
    cancelLate = clock.at(clock.now() + HEARTBEAT_LATE_MS, () => {
      become(false, 'no heartbeat in time')
      // Whatever waits on a database that hangs fails now, the heartbeat included.
      for (const socket of sockets) socket.destroy(new Error('database does not answer'))
    })
    const after = (alive: boolean, reason?: string) => {
      if (done || closed) return
      done = true
      cancelLate()
      become(alive, reason)
      cancelNext = clock.at(clock.now() + HEARTBEAT_MS, beat)
    }
    pulse`select 1`.then(() => { after(true) }, (error: unknown) => { after(false, reasonOf(error)) })
  }
  beat()

  return {
    sql,
    /** Whether the last heartbeat was answered; false until the first one was. */
    get up () { return up === true },
    /** Told of each change; returns the removal. */
    onChange (listener: (up: boolean) => void): () => void {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    /** Resolves true when the database answers, false when it does not within `timeoutMs`. */
    async ready (timeoutMs: number): Promise<boolean> {
      if (up === true) return true
      return await new Promise<boolean>((resolve) => {
        const cancel = clock.at(clock.now() + timeoutMs, () => { finish(false) })
        const finish = (ready: boolean) => {
          cancel()
          listeners.delete(listen)
          resolve(ready)
        }
        const listen = (now: boolean) => { if (now) finish(true) }
        listeners.add(listen)
      })
    },
    async close (): Promise<void> {
      closed = true
      cancelNext()
      cancelLate()
      await Promise.all([sql.end({ timeout: 2 }), pulse.end({ timeout: 1 })])
    }
  }
}

function reasonOf (error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : (error as Error).message
}

const AWAY_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN',
  'CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECTION_CONNECT_TIMEOUT'
])

/** Whether an error of a query means that the database is away or overloaded, rather than that the query is wrong. */
export function isDatabaseAway (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return error.message === 'database does not answer'
  // SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention (also statement time-out), 58 system.
  return AWAY_CODES.has(code) || /^(08|53|57|58)[0-9A-Z]{3}$/.test(code)
}
