/** What is written down of each call and of each agent: facts, never guesses. */
import type { EpochMs } from '../../kernel/clock.ts'
import type { AgentId, CallId, LegId } from '../../kernel/ids.ts'
import type { Json } from '../../kernel/json.ts'
import type { Outcome } from '../contract.ts'

export type CallEntryType =
  | 'arrived' | 'choice' | 'queued' | 'queue-refused' | 'offered' | 'ringing' | 'offer-ended' | 'answered'
  | 'agent-lost' | 'agent-back' | 'requeued' | 'ended' | 'fault' | 'resumed' | 'recording-muted' | 'recording-unmuted'

/** Columns of the call's row that this entry makes known. Absent = says nothing about it. */
export interface CallFacts {
  ani?: string
  dnis?: string
  trunk?: string
  /** The phone system's id of the citizen's leg: the key into its channel event log. */
  citizenLegId?: LegId
  flow?: string
  flowVersion?: string
  choices?: readonly string[]
  skillGroup?: string
  queuedAt?: EpochMs
  /** From entering the agent queue to the answer, or to the end of an unanswered call (domain rules, section 5). */
  waitMs?: number
  agentId?: AgentId
  answeredAt?: EpochMs
  talkMs?: number
  endedAt?: EpochMs
  outcome?: Outcome
  /** Who or what ended it: `caller`, `agent`, `flow`, `fault`, `unknown`. */
  endedBy?: 'caller' | 'agent' | 'flow' | 'fault' | 'unknown'
}

/** One event of a call. Unique by (callId, seq); seq starts at 1 and has no gaps. */
export interface CallEntry {
  callId: CallId
  seq: number
  at: EpochMs
  type: CallEntryType
  data: { readonly [key: string]: Json | undefined }
  facts: CallFacts
}

/** One change of an agent's state. Unique by (agentId, seq). */
export interface AgentEntry {
  agentId: AgentId
  seq: number
  at: EpochMs
  state: string
  reason?: string
  callId?: CallId
  /** When the state ends by itself. */
  until?: EpochMs
}

/**
 * Where entries go. Neither method waits for the database nor throws. An entry handed over survives `kill -9` of this
 * process, whether the database is there or not: it stands in the local spool (written to the kernel in this very call,
 * sealed) until the database has it, and the next start sends what is left.
 */
export interface Journal {
  call: (entry: CallEntry) => void
  agent: (entry: AgentEntry) => void
}
