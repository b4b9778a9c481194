/** How calls ended while nobody was there to see it, read from the phone system's channel event log. */
import type { EpochMs } from '../../kernel/clock.ts'
import type { CallId, LegId } from '../../kernel/ids.ts'
import type { CallEntry, CallEntryType, CallFacts } from './journal-entry.ts'

/** The end of a leg, as the log tells it. */
export interface LoggedHangUp {
  legId: LegId
  at: EpochMs
  causeCode: number
  /** Whose side hung up, as far as the log knows; it is not always right, but there is no better witness. */
  by: 'caller' | 'agent' | 'unknown'
}

/** A call whose end the journal does not know, and which does not live. */
export interface OpenCall {
  callId: CallId
  citizenLegId: LegId | null
  queuedAt: EpochMs | null
  answeredAt: EpochMs | null
  lastSeq: number
  lastAt: EpochMs
  /** Type of the last entry that says where the call stood. */
  lastStage: CallEntryType | null
}

/** A call without any sign of life for so long has ended, even if no log says so: an absolute limit far beyond any real call. */
export const LONGEST_SILENCE_MS = 6 * 60 * 60 * 1000

/** The hang-up in one line of the log; undefined for other events and for what is no event at all. */
export function parseLogLine (line: string): LoggedHangUp | undefined {
  // Most lines are others: not worth parsing.
  if (!line.includes('"HANGUP"')) return undefined
  const event = parsed(line)
  if (event?.eventtype !== 'HANGUP') return undefined
  const { eventtime, uniqueid, channame, eventextra } = event
  const seconds = Number(eventtime)
  if (typeof uniqueid !== 'string' || uniqueid === '' || !Number.isFinite(seconds) || seconds <= 0) return undefined
  const extra = typeof eventextra === 'string' ? parsed(eventextra) ?? {} : {}
  return {
    legId: uniqueid,
    at: Math.round(seconds * 1000),
    causeCode: typeof extra.hangupcause === 'number' ? extra.hangupcause : 0,
    by: sideOf(extra.hangupsource, channame)
  }
}

function sideOf (source: unknown, channel: unknown): LoggedHangUp['by'] {
  if (typeof source !== 'string' || source === '') return 'unknown'
  if (source === channel) return 'caller'
  return source.startsWith('PJSIP/seat-') ? 'agent' : 'unknown'
}

function parsed (text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined
  } catch {
    // The last line of a log that was cut off by a crash.
    return undefined
  }
}

/**
 * The entry that ends the call: from its hang-up in the log, or, where the log knows none, after so long a silence
 * that nobody can still be there. Undefined while the call may live on, for example in the fallback queue.
 */
export function closingEntry (call: OpenCall, hangUp: LoggedHangUp | undefined, now: EpochMs): CallEntry | undefined {
  if (hangUp === undefined && now - call.lastAt < LONGEST_SILENCE_MS) return undefined
  // Without a hang-up the last sign of life is the only time that is known.
  const endedAt = Math.max(hangUp?.at ?? call.lastAt, call.lastAt)
  const facts: CallFacts = {
    endedAt,
    outcome: outcomeOf(call, hangUp?.by === 'caller'),
    endedBy: hangUp === undefined ? 'fault' : hangUp.by,
    ...(call.answeredAt !== null ? { talkMs: Math.max(0, endedAt - call.answeredAt) } : call.queuedAt !== null ? { waitMs: Math.max(0, endedAt - call.queuedAt) } : {})
  }
  return {
    callId: call.callId,
    seq: call.lastSeq + 1,
    at: endedAt,
    type: 'ended',
    data: hangUp === undefined ? { source: 'silence' } : { source: 'channel-event-log', causeCode: hangUp.causeCode, stage: call.lastStage ?? 'arrived' },
    facts
  }
}

function outcomeOf ({ answeredAt, queuedAt, lastStage }: OpenCall, byCaller: boolean): NonNullable<CallFacts['outcome']> {
  if (answeredAt !== null) return 'answered'
  if (!byCaller) return 'failed'
  if (lastStage === 'offered' || lastStage === 'ringing') return 'abandoned-while-ringing'
  return queuedAt === null ? 'abandoned-in-menu' : 'abandoned-in-queue'
}
