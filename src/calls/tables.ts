/** Calls and their events (migrations/0003-calls.sql), and an event as the journal sends it in. */
import type { Json } from '../kernel/json.ts'
import { integer, jsonb, moment, pgTable, primaryKey, text, uuid, type InferSelectModel } from '../platform/database/drizzle.ts'
import type { Outcome } from './contract.ts'
import type { CallFacts } from './core/journal-entry.ts'

export const calls = pgTable('calls', {
  id: uuid().primaryKey(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  startedAt: moment().notNull(),
  aniSealed: text(),
  /** Keyed hash of the normalised number; null when withheld. */
  aniHash: text(),
  dnis: text(),
  trunk: text(),
  citizenLegId: text(),
  flow: text(),
  flowVersion: text(),
  choices: text().array(),
  skillGroup: text(),
  queuedAt: moment(),
  waitMs: integer(),
  agentId: text(),
  answeredAt: moment(),
  talkMs: integer(),
  endedAt: moment(),
  outcome: text().$type<Outcome>(),
  endedBy: text()
})

export type CallRow = InferSelectModel<typeof calls>

export const callEvents = pgTable('call_events', {
  callId: uuid().notNull(),
  seq: integer().notNull(),
  at: moment().notNull(),
  type: text().notNull(),
  data: jsonb().notNull(),
  facts: jsonb().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull()
}, table => [primaryKey({ columns: [table.callId, table.seq] })])

/** An event as it goes in; the number is left out of the facts, it stands sealed in the call's row. */
export interface EventColumns {
  call_id: string
  seq: number
  at: number
  type: string
  data: { readonly [key: string]: Json | undefined }
  facts: Omit<CallFacts, 'ani'>
}
