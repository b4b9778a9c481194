/** The pool with a heartbeat that knows whether the database answers. */
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../log.ts'
import { createSql } from './sql.ts'

export { DatabaseAway, DatabaseRefusal, isDatabaseAway } from './errors.ts'
export { createSql, type Query, type Rows, type Sql, type Transaction } from './sql.ts'

const HEARTBEAT_MS = 1_000
const HEARTBEAT_LATE_MS = 4_000

export type Database = ReturnType<typeof createDatabase>

/** A database that hangs is noticed on a connection of its own; then all connections are cut, so that every pending query fails at once. */
export function createDatabase ({ url, clock, log, max = 10 }: { url: string, clock: Clock, log: Log, max?: number }) {
  let up: boolean | undefined
  const sql = createSql({ url, name: 'hotline', max, admits: () => up !== false })
  const pulse = createSql({ url, name: 'hotline-heartbeat', max: 1 })
  const listeners = new Set<(up: boolean) => void>()
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
    cancelLate = clock.at(clock.now() + HEARTBEAT_LATE_MS, () => {
      become(false, 'no heartbeat in time')
      // Whatever waits on a database that hangs fails now, the heartbeat included.
      sql.cut()
      pulse.cut()
    })
    const after = (alive: boolean, reason?: string) => {
      cancelLate()
      if (closed) return
      become(alive, reason)
      cancelNext = clock.at(clock.now() + HEARTBEAT_MS, beat)
    }
    pulse`select 1`.then(() => { after(true) }, (error: unknown) => { after(false, error instanceof Error ? error.message : String(error)) })
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
        const finish = (ready: boolean) => {
          cancel()
          listeners.delete(listen)
          resolve(ready)
        }
        const listen = (now: boolean) => { if (now) finish(true) }
        const cancel = clock.at(clock.now() + timeoutMs, () => { finish(false) })
        listeners.add(listen)
      })
    },
    async close (): Promise<void> {
      closed = true
      cancelNext()
      cancelLate()
      await Promise.all([sql.end(), pulse.end()])
    }
  }
}
