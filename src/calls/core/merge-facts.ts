/** Facts of many entries, put together for each call. */
import type { EpochMs } from '../../kernel/clock.ts'
import type { CallId } from '../../kernel/ids.ts'
import type { CallEntry, CallFacts } from './journal-entry.ts'

export interface MergedFacts { callId: CallId, /** Of the earliest entry. */ at: EpochMs, facts: CallFacts }

/** One item a call: what a later entry says counts, what it does not mention stays. */
export function mergeFacts (entries: readonly CallEntry[]): MergedFacts[] {
  const merged = new Map<CallId, MergedFacts>()
  for (const { callId, at, facts } of [...entries].sort((a, b) => a.seq - b.seq)) {
    const known = merged.get(callId)
    merged.set(callId, known === undefined ? { callId, at, facts } : { callId, at: Math.min(known.at, at), facts: { ...known.facts, ...facts } })
  }
  return [...merged.values()]
}
