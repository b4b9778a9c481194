/**
 * A call: what is known of it, what can happen to it, what it makes happen.
 *
 *   (leg arrives)
 *        |            .---- 3 ----.          .------ 7 -----.
 *        v            v           |          v              |
 *      menu ---1--> queued --2--> offering --4--> talking --5--> reconnecting
 *        |            ^  |           |               |  ^--6-------'  |
 *        |            |  |           |               |                |
 *        |            '--|-----------|---------------|-------8--------'
 *        '-------9-------+-----9-----+-------9-------+--------9--> ended
 *
 *  1 the flow (or a fault in it) sends the caller to an agent     2 the ACD claimed an agent
 *  3 no answer, declined, unreachable: back to the caller's place  4 the agent's phone answers
 *  5 the agent's leg is lost, nobody hung up                       6 the agent's new leg answers
 *  7 (the page came back while its old leg still stood: a new leg is made at once)
 *  8 the agent did not come back in time: the caller goes first in the queue
 *  9 the caller leaves, the agent hangs up, the flow ends
 *
 * The state is plain JSON and complete: with it and a look at the phone system a call goes on after a restart.
 */
import type { AgentId, CallId, LegId } from '../../kernel/ids.ts'
import type { EpochMs } from '../../kernel/clock.ts'
import type { HangUpCause, Key, Media } from '../../telephony/port.ts'
import type { CalendarMoment } from '../../calendar/core/moment.ts'
import type { FlowLibrary, Language } from '../../ivr/core/flow.ts'
import type { IvrState } from '../../ivr/core/node-type.ts'
import type { OfferEnd } from '../../agents/core/agent.ts'
import type { Outcome } from '../contract.ts'
import type { CallEntry } from './journal-entry.ts'

export type Phase = 'menu' | 'queued' | 'offering' | 'talking' | 'reconnecting' | 'ended'

/** `flow`: the IVR waits; `announce`: next queue announcement; `ring`: RONA; `reconnect`: patience for a lost page; `redial`: look whether its phone is back; `sweep`: hang up again what still stands; `unmute`: the recording is heard again. */
export type TimerName = 'flow' | 'announce' | 'ring' | 'reconnect' | 'redial' | 'sweep' | 'unmute'

export interface AgentParty {
  agentId: AgentId
  legId: LegId
  /** A leg was made and its end was not seen. */
  hasLeg: boolean
  offeredAt: EpochMs
  rang: boolean
}

export interface CallState {
  callId: CallId
  /** Number of decisions taken. */
  seq: number
  /** Number of ids given away for legs, bridges and playbacks. */
  made: number
  /** Number of journal entries written. */
  entries: number
  phase: Phase
  arrivedAt: EpochMs
  citizenLegId: LegId
  ani: string
  dnis: string
  trunk: string
  ivr?: IvrState
  choices: readonly string[]
  language: Language
  queue?: { groupId: string, priority: number, joinedAt: EpochMs, waits: boolean }
  agent?: AgentParty
  /** The first answer. */
  answeredAt?: EpochMs
  playback?: { id: string, purpose: 'flow' | 'announcement' | 'hold' }
  music: boolean
  bridgeId?: string
  timers: Readonly<Partial<Record<TimerName, EpochMs>>>
  /** Legs that we hang up and whose end was not seen yet, with the number of attempts. */
  leaving: Readonly<Record<LegId, number>>
  refusedFull: boolean
  /** The recording is silent at the agent's wish until then. */
  mutedUntil?: EpochMs
  outcome?: Outcome
}

export type LegPresence = 'down' | 'ringing' | 'up'

export type CallInput =
  | { type: 'arrived', /** Already answered and queued before, by the fallback queue. */ joinedAt?: EpochMs }
  | { type: 'key', legId: LegId, key: Key }
  | { type: 'played', playbackId: string }
  | { type: 'leg-ringing', legId: LegId }
  | { type: 'leg-answered', legId: LegId }
  | { type: 'leg-gone', legId: LegId, cause: HangUpCause }
  | { type: 'timer', name: TimerName }
  | { type: 'queue-result', result: 'queued' | 'full' | 'already' }
  | { type: 'position', ahead: number, waitMinutes: number | undefined }
  | { type: 'offered', agentId: AgentId }
  /** The agent's phone can be rung (again). `newPage`: another page than the one that holds the current leg. */
  | { type: 'phone-back', agentId: AgentId, newPage: boolean }
  /** The agent's command. */
  | { type: 'hang-up', agentId: AgentId }
  /** The agent's command, while something is said that must not be recorded (again: more time). */
  | { type: 'mute-recording', agentId: AgentId, reason: MuteReason }
  | { type: 'unmute-recording', agentId: AgentId }
  | { type: 'recording-failed', code: string }
  | { type: 'effect-failed', effect: CallEffect['type'], legId?: LegId, playbackId?: string, code: string }
  /** We could not see for a while (restart, lost connection): what stands in the phone system now. */
  | {
    type: 'resync'
    legs: Readonly<Record<LegId, LegPresence>>
    playing: boolean
    /** This call's agent has got another call meanwhile. */
    agentTaken?: boolean
  }

export type CallEffect =
  | { type: 'answer', legId: LegId }
  | { type: 'play', playbackId: string, legId: LegId, media: readonly Media[] }
  | { type: 'stop-play', playbackId: string }
  | { type: 'start-music', legId: LegId }
  | { type: 'stop-music', legId: LegId }
  | { type: 'create-leg', legId: LegId, agentId: AgentId, autoAnswer: boolean, timeoutMs: number }
  | { type: 'connect', bridgeId: string, legIds: readonly LegId[] }
  | { type: 'destroy-bridge', bridgeId: string }
  | { type: 'hang-up', legId: LegId, cause: HangUpCause }
  /** From here on, or again after we could not see; answered by `recording-failed` where it cannot be. */
  | { type: 'record', legId: LegId }
  | { type: 'mute-recording', muted: boolean }
  | { type: 'enqueue', groupId: string, priority: number, joinedAt: EpochMs, again: boolean, /** Whose offer ended with that. */ frees?: { agentId: AgentId, why: OfferEnd } }
  | { type: 'withdraw' }
  | { type: 'ask-position', groupId: string }
  | { type: 'prepare-pop' }
  /** Answered by `phone-back` if the agent's phone can be rung now. */
  | { type: 'ask-phone', agentId: AgentId }
  | { type: 'agent-rang', agentId: AgentId }
  | { type: 'agent-answered', agentId: AgentId }
  | { type: 'agent-offer-ended', agentId: AgentId, why: OfferEnd }
  | { type: 'agent-call-ended', agentId: AgentId, groupId: string | undefined, talkMs: number }
  | { type: 'agent-call-taken', agentId: AgentId }
  | { type: 'journal', entry: CallEntry }

/** What was about to be said: an identity number, a bank card, something else that is nobody's business. */
export type MuteReason = 'identity' | 'bank' | 'other'

export type CallRefusal = 'not-your-call' | 'not-in-call'

export interface CallRules {
  /** RONA: unanswered for so long, the caller goes back to the queue (20 s by default, screens: incoming call). */
  ringMs: number
  /** A lost page may take so long to come back. */
  reconnectMs: number
  /** From joining to the first announcement of position and wait, and from one announcement to the next. */
  firstAnnounceMs: number
  announceMs: number
  /** After so long a hang-up that brought no end is tried again; so often. */
  sweepMs: number
  sweeps: number
  /** Longest silence that an agent can ask for in the recording, before asking again. */
  muteMs: number
  /** The flow with which calls begin, and the group that takes callers whom no flow can help. */
  flow: string
  generalGroup: string
}

/** What a decision may look at beside the state and the input. */
export interface CallContext {
  at: EpochMs
  flows: FlowLibrary
  moment: CalendarMoment
  rules: CallRules
}

/** A call that has just arrived; the first input is `arrived`. */
export function initialCall (callId: CallId, leg: { id: LegId, ani: string, dnis: string }, trunk: string, at: EpochMs): CallState {
  return {
    callId,
    seq: 0,
    made: 0,
    entries: 0,
    phase: 'menu',
    arrivedAt: at,
    citizenLegId: leg.id,
    ani: leg.ani,
    dnis: leg.dnis,
    trunk,
    choices: [],
    language: 'zh',
    music: false,
    timers: {},
    leaving: {},
    refusedFull: false
  }
}

/** An ended call is forgotten when each of its legs was seen to end, or was hung up in vain too often. */
export function isOver (state: CallState): boolean {
  return state.phase === 'ended' && Object.keys(state.leaving).length === 0
}
