/** Rows of calls and their events, as the database gives and takes them (migrations/0003-calls.sql). */
import type { EpochMs } from '../kernel/clock.ts'
import type { Json } from '../kernel/json.ts'
import type { Outcome } from './contract.ts'
import type { CallFacts } from './core/journal-entry.ts'

export interface CallRow {
  id: string
  areaCode: string
  unitId: string
  startedAt: EpochMs
  aniSealed: string | null
  aniHash: string | null
  dnis: string | null
  trunk: string | null
  citizenLegId: string | null
  flow: string | null
  flowVersion: string | null
  choices: string[] | null
  skillGroup: string | null
  queuedAt: EpochMs | null
  waitMs: number | null
  agentId: string | null
  answeredAt: EpochMs | null
  talkMs: number | null
  endedAt: EpochMs | null
  outcome: Outcome | null
  endedBy: string | null
}

/** An event as it goes in; the number is left out of the facts, it stands sealed in the call's row. */
export interface EventColumns {
  call_id: string
  seq: number
  at: EpochMs
  type: string
  data: { readonly [key: string]: Json | undefined }
  facts: Omit<CallFacts, 'ani'>
}
