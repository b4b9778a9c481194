/** Recordings (migrations/0008-recordings.sql). */
import { bigint, integer, moment, pgTable, text, uuid, type InferSelectModel } from '../platform/database/drizzle.ts'

export const recordings = pgTable('recordings', {
  callId: uuid().primaryKey(),
  startedAt: moment().notNull(),
  durationMs: integer().notNull(),
  file: text(),
  fileBytes: bigint({ mode: 'number' }).notNull(),
  fileHash: text().notNull(),
  keySealed: text(),
  peaksCitizen: text().notNull(),
  peaksOthers: text().notNull(),
  deletedAt: moment(),
  deletedWhy: text().$type<'retention'>(),
  areaCode: text().notNull(),
  unitId: text().notNull()
})

export type RecordingRow = InferSelectModel<typeof recordings>
