/** Recordings as rows: what is there, under which key, until when. */
import { callEvents } from '../calls/tables.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { CallId } from '../kernel/ids.ts'
import { and, asc, eq, expression, inArray, isNull, lt } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'
import { recordings, type RecordingRow } from './tables.ts'

export type RecordingRepository = ReturnType<typeof createRecordingRepository>

export function createRecordingRepository ({ sql: { db } }: { sql: Sql }) {
  return {
    /** False when the call's recording is there already; that one stays. */
    async add (row: RecordingRow): Promise<boolean> {
      const added = await db.insert(recordings).values(row).onConflictDoNothing().returning({ callId: recordings.callId })
      return added.length > 0
    },
    async find (callId: CallId): Promise<RecordingRow | undefined> {
      const [row] = await db.select().from(recordings).where(eq(recordings.callId, callId))
      return row
    },
    /** Which of these calls have a recording that can be heard. */
    async present (callIds: readonly CallId[]): Promise<CallId[]> {
      const rows = await db.select({ callId: recordings.callId }).from(recordings).where(and(inArray(recordings.callId, [...callIds]), isNull(recordings.deletedAt)))
      return rows.map(({ callId }) => callId)
    },
    /** The oldest that began before `before`, at most `limit`. */
    async expired (before: EpochMs, limit: number): Promise<RecordingRow[]> {
      return await db.select().from(recordings).where(and(isNull(recordings.deletedAt), lt(recordings.startedAt, before))).orderBy(asc(recordings.startedAt)).limit(limit)
    },
    /** The row stays and says what became of the sound. */
    async markDeleted (callId: CallId, at: EpochMs, why: 'retention'): Promise<void> {
      await db.update(recordings).set({ file: null, keySealed: null, deletedAt: at, deletedWhy: why }).where(eq(recordings.callId, callId))
    },
    /** When recording was silenced and heard again in this call, in order. */
    async mutes (callId: CallId): Promise<Array<{ at: EpochMs, type: string, reason?: string }>> {
      const rows = await db.select({ at: callEvents.at, type: callEvents.type, reason: expression<string | null>`data->>'reason'` }).from(callEvents)
        .where(and(eq(callEvents.callId, callId), inArray(callEvents.type, ['recording-muted', 'recording-unmuted']))).orderBy(asc(callEvents.seq))
      return rows.map(({ at, type, reason }) => ({ at, type, ...(reason === null ? {} : { reason }) }))
    }
  }
}
