/** Holds the journal against the phone system's channel event log, so that every call has an end. */
import { copyFileSync, createReadStream, existsSync, statSync, truncateSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Clock } from '../kernel/clock.ts'
import type { CallId, LegId } from '../kernel/ids.ts'
import type { Sql } from '../platform/database/sql.ts'
import { idBound } from '../platform/ids.ts'
import type { Log } from '../platform/log.ts'
import { closingEntry, LONGEST_SILENCE_MS, parseLogLine, type LoggedHangUp, type OpenCall } from './core/reconcile.ts'
import type { RunningJournal } from './journal.ts'

const FLUSH_MS = 30_000
const PAGE = 500
const LOG_BYTES = 32 * 1024 * 1024
/** Calls that are older were closed by silence long ago. */
const LOOK_BACK_MS = 8 * LONGEST_SILENCE_MS
/** More calls than can have ended in the last seconds of a server that was killed. */
const LAST_ENDED = 1000

export interface ReconcileDependencies {
  sql: Sql
  journal: Pick<RunningJournal, 'call' | 'flush'>
  /** Asterisk's channel event log as JSON lines; without it calls are closed by silence alone. */
  celFile: string | undefined
  /** Calls that live now. Asked only after the live calls were found in the phone system. */
  live: () => readonly CallId[]
  /** Drops what the phone system keeps of these calls, which have ended. */
  drop: (callIds: readonly CallId[]) => Promise<void>
  clock: Clock
  log: Log
}

export type Reconciler = ReturnType<typeof createReconciler>

export function createReconciler ({ sql, journal, celFile, live, drop, clock, log }: ReconcileDependencies) {
  async function openCalls (after: CallId): Promise<OpenCall[]> {
    return await sql<OpenCall[]>`
      select open.id as call_id, open.citizen_leg_id, open.queued_at, open.answered_at, latest.seq as last_seq, latest.at as last_at, stage.type as last_stage
      from (select id, citizen_leg_id, queued_at, answered_at from calls where ended_at is null and id > ${after} order by id limit ${PAGE}) open
        join lateral (select seq, at from call_events where call_id = open.id order by seq desc limit 1) latest on true
        left join lateral (
          select type from call_events where call_id = open.id and type in ('arrived', 'queued', 'offered', 'ringing', 'offer-ended', 'answered', 'requeued')
          order by seq desc limit 1
        ) stage on true
      order by open.id`
  }

  /** The hang-ups of these legs, from the log and the part of it that was put aside. */
  async function hangUps (legs: ReadonlySet<LegId>): Promise<Map<LegId, LoggedHangUp>> {
    const found = new Map<LegId, LoggedHangUp>()
    if (celFile === undefined) return found
    for (const file of [`${celFile}.1`, celFile].filter(existsSync)) {
      for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
        const hangUp = parseLogLine(line)
        if (hangUp !== undefined && legs.has(hangUp.legId)) found.set(hangUp.legId, hangUp)
      }
    }
    return found
  }

  /** Calls that ended last: the server may have been killed between their end and the drop of their snapshots. */
  async function lastEnded (): Promise<CallId[]> {
    const rows = await sql<Array<{ id: CallId }>>`
      select id from calls where id > ${idBound(clock.now() - LOOK_BACK_MS)} and ended_at is not null order by ended_at desc limit ${LAST_ENDED}`
    return rows.map(({ id }) => id)
  }

  let running: Promise<number> | undefined
  let first = true

  async function run (): Promise<number> {
    // What lies in the spool is known, too.
    if (!await journal.flush(FLUSH_MS)) return 0
    let closed = 0
    let after = idBound(clock.now() - LOOK_BACK_MS)
    for (;;) {
      const page = await openCalls(after)
      // The live calls are asked for after the rows were read: a call that arrived in between lives, or has told its end.
      const alive = new Set(live())
      const dead = page.filter(call => !alive.has(call.callId))
      const ends = dead.length === 0 ? new Map<LegId, LoggedHangUp>() : await hangUps(new Set(dead.flatMap(call => call.citizenLegId ?? [])))
      const ended: CallId[] = []
      for (const call of dead) {
        const entry = closingEntry(call, call.citizenLegId === null ? undefined : ends.get(call.citizenLegId), clock.now())
        if (entry === undefined) continue
        journal.call(entry)
        ended.push(call.callId)
      }
      await drop(ended)
      closed += ended.length
      const last = page.at(-1)
      if (page.length < PAGE || last === undefined) break
      after = last.callId
    }
    if (first) await drop(await lastEnded())
    first = false
    if (closed > 0) log.info({ closed }, 'calls that ended unseen are closed in the journal')
    return closed
  }

  return {
    /** Ends in the journal what has ended; returns how many calls that were. Runs that overlap are one. Rejects with what the database says. */
    async run (): Promise<number> {
      running ??= run().finally(() => { running = undefined })
      return await running
    },
    /** Keeps the log from filling the disk: its older part stays beside it until the next time. */
    boundLog (): void {
      if (celFile === undefined || !existsSync(celFile) || statSync(celFile).size < LOG_BYTES) return
      copyFileSync(celFile, `${celFile}.1`)
      truncateSync(celFile)
    }
  }
}
