/**
 * An agent's state. The server owns it; the browser shows it.
 *
 *                         +--------------------------- 3 ---------------------------+
 *                         v                                                         |
 *  offline --1--> not-ready --2--> ready --4--> reserved --5--> ringing --6--> talking --7--> wrap-up --8--> ready
 *     ^              ^  ^                           |              |              |              '--3--> not-ready
 *     '------9-------'  '-----------10--------------+--------------+------11------'
 *
 *  1 the desk signs in         2 示闲                       3 示忙 (from talking: after the call), or a new sign-in
 *  4 the ACD claims the agent  5 the phone rings            6 the phone is answered
 *  7 the call ends             8 the time for wrap-up is over, or 示闲
 *  9 sign-out, or gone too long  10 no answer, declined, unreachable; a caller who left first brings back ready
 * 11 the page was lost and did not come back in time: the call is taken away
 *
 * `desk` (a page is connected) and `phone` (its phone can be rung) stand beside the state: only a ready agent with both
 * is available to the ACD. A page that reloads keeps the state for `graceMs`; gone for longer is not-ready(disconnected).
 */
import type { AgentStateName } from '../contract.ts'
import { accept, refuse, unreachable, type Decision } from '../../kernel/decision.ts'
import type { EpochMs } from '../../kernel/clock.ts'
import type { AgentId, CallId } from '../../kernel/ids.ts'

/** Reasons that the server sets by itself; all others are reason codes of the operator. */
export const SERVER_REASONS = ['signed-in', 'ring-no-answer', 'declined', 'unreachable', 'disconnected'] as const

export interface AgentRules {
  /** Time for wrap-up, 60 s by default (domain rules, section 5), and what one extension adds. */
  wrapUpMs: number
  extensionMs: number
  /** A page may be away so long without consequences. */
  graceMs: number
  /** not-ready(disconnected) for so long becomes offline. */
  offlineAfterMs: number
  /** An offer that brought neither answer nor end after so long is forgotten: no agent stays stuck. */
  offerMaxMs: number
}

export interface AgentState {
  agentId: AgentId
  name: AgentStateName
  reason?: string
  /** When this state began; kept over an offer that the caller ended, so that idle time is not lost. */
  since: EpochMs
  /** When wrap-up ends. */
  until?: EpochMs
  callId?: CallId
  /** What 示忙 during a call asked for: taken when the call is over. */
  afterwards?: { reason: string }
  desk: boolean
  phone: boolean
  /** When the last page went away. */
  deskLostAt?: EpochMs
  /** Idle since, while an offer is open. */
  idleSince?: EpochMs
  /** Number of changes written down. */
  seq: number
}

export type AgentInput =
  | { type: 'desk-connected' }
  /** With the password: whoever was away without a page, over a restart for instance, begins with 示忙. */
  | { type: 'signed-in' }
  | { type: 'desk-lost' }
  | { type: 'phone-reachable' }
  | { type: 'phone-unreachable' }
  | { type: 'make-ready' }
  | { type: 'make-not-ready', reason: string }
  | { type: 'extend-wrap-up' }
  | { type: 'sign-out' }
  | { type: 'reserve', callId: CallId }
  | { type: 'rang', callId: CallId }
  | { type: 'answered', callId: CallId }
  | { type: 'offer-ended', callId: CallId, why: OfferEnd }
  /** `wrapUpMs`: as the call's skill group has it. */
  | { type: 'call-ended', callId: CallId, wrapUpMs?: number }
  | { type: 'call-taken-away', callId: CallId }
  /** The call of this agent does not live any more, and nobody said how it ended. */
  | { type: 'call-vanished' }
  /** After a restart: the call says that it has this agent. */
  | { type: 'adopt', callId: CallId, talking: boolean }
  | { type: 'time' }

/** Why ringing an agent ended without an answer. */
export type OfferEnd = 'no-answer' | 'declined' | 'unreachable' | 'caller-left' | 'interrupted'

export type AgentEffect =
  | { type: 'journal' }
  | { type: 'available' }
  | { type: 'unavailable' }

export type AgentRefusal = 'not-signed-in' | 'in-call' | 'not-in-wrap-up' | 'not-available'

/** A new agent, before the first sign-in. */
export function initialAgent (agentId: AgentId, at: EpochMs): AgentState {
  return { agentId, name: 'offline', since: at, desk: false, phone: false, seq: 0 }
}

/** Whether the ACD may claim this agent. */
export function isAvailable (state: AgentState): boolean {
  return state.name === 'ready' && state.desk && state.phone
}

/** When `time` must be fed, if ever. */
export function nextMoment (state: AgentState, rules: AgentRules): EpochMs | undefined {
  const moments: EpochMs[] = []
  if (state.name === 'wrap-up' && state.until !== undefined) moments.push(state.until)
  if (isOffered(state)) moments.push(state.since + rules.offerMaxMs)
  if (state.deskLostAt !== undefined && (state.name === 'ready' || state.name === 'not-ready')) {
    moments.push(state.deskLostAt + (isDisconnected(state) ? rules.offlineAfterMs : rules.graceMs))
  }
  return moments.length === 0 ? undefined : Math.min(...moments)
}

function isOffered (state: AgentState): boolean {
  return state.name === 'reserved' || state.name === 'ringing'
}

function isDisconnected (state: AgentState): boolean {
  return state.name === 'not-ready' && state.reason === 'disconnected'
}

type Result = Decision<AgentState, AgentEffect, AgentRefusal>

/** Decides. Inputs that speak of another call than the agent's are late news: accepted, without consequence. */
export function decide (state: AgentState, input: AgentInput, at: EpochMs, rules: AgentRules): Result {
  const result = transition(state, input, at, rules)
  if (!result.ok) return result
  const effects: AgentEffect[] = []
  if (isAvailable(state) && !isAvailable(result.state) && input.type !== 'reserve') effects.push({ type: 'unavailable' })
  if (changed(state, result.state)) effects.push({ type: 'journal' })
  if (!isAvailable(state) && isAvailable(result.state)) effects.push({ type: 'available' })
  const next = changed(state, result.state) ? { ...result.state, seq: state.seq + 1 } : result.state
  return accept(next, effects)
}

function changed (before: AgentState, after: AgentState): boolean {
  return before.name !== after.name || before.reason !== after.reason || before.until !== after.until || before.callId !== after.callId
}

/** The lasting facts of an agent, without what belongs to one state. */
function move (state: AgentState, name: AgentStateName, at: EpochMs, more: Partial<AgentState> = {}): AgentState {
  const { agentId, desk, phone, seq } = state
  const lost = state.deskLostAt === undefined ? {} : { deskLostAt: state.deskLostAt }
  return { agentId, desk, phone, seq, ...lost, name, since: at, ...more }
}

function transition (state: AgentState, input: AgentInput, at: EpochMs, rules: AgentRules): Result {
  switch (input.type) {
    case 'desk-connected': {
      const { deskLostAt, ...rest } = state
      const here = { ...rest, desk: true }
      return accept(state.name === 'offline' ? move(here, 'not-ready', at, { reason: 'signed-in' }) : here)
    }
    case 'signed-in':
      return accept(state.name === 'ready' && !state.desk ? move(state, 'not-ready', at, { reason: 'signed-in' }) : state)
    case 'desk-lost':
      return accept(state.desk ? { ...state, desk: false, deskLostAt: at } : state)
    case 'phone-reachable':
      return accept(state.phone ? state : { ...state, phone: true })
    case 'phone-unreachable':
      return accept(state.phone ? { ...state, phone: false } : state)
    case 'make-ready':
      if (state.name === 'offline') return refuse('not-signed-in')
      if (isBusy(state)) {
        if (state.name !== 'talking') return refuse('in-call')
        const { afterwards, ...rest } = state
        return accept(rest)
      }
      return accept(state.name === 'ready' ? state : move(state, 'ready', at))
    case 'make-not-ready':
      if (state.name === 'offline') return refuse('not-signed-in')
      if (isBusy(state)) return accept({ ...state, afterwards: { reason: input.reason } })
      if (state.name === 'not-ready' && state.reason === input.reason) return accept(state)
      return accept(move(state, 'not-ready', at, { reason: input.reason }))
    case 'extend-wrap-up':
      if (state.name !== 'wrap-up' || state.until === undefined) return refuse('not-in-wrap-up')
      return accept({ ...state, until: Math.max(state.until, at) + rules.extensionMs })
    case 'sign-out':
      if (isBusy(state)) return refuse('in-call')
      return accept(state.name === 'offline' ? state : move({ ...state, desk: false, phone: false }, 'offline', at))
    case 'reserve':
      if (!isAvailable(state)) return refuse('not-available')
      return accept(move(state, 'reserved', at, { callId: input.callId, idleSince: state.since }))
    case 'rang':
      if (state.name !== 'reserved' || state.callId !== input.callId) return accept(state)
      return accept(move(state, 'ringing', at, carried(state)))
    case 'answered':
      if (state.callId !== input.callId || !isOffered(state)) return accept(state)
      return accept(move(state, 'talking', at, { callId: input.callId, ...wish(state) }))
    case 'offer-ended':
      if (state.callId !== input.callId || !isOffered(state)) return accept(state)
      return accept(afterOffer(state, input.why, at))
    case 'call-ended':
      if (state.callId !== input.callId) return accept(state)
      if (state.name !== 'talking') return accept(afterOffer(state, 'caller-left', at))
      return accept(move(state, 'wrap-up', at, { callId: input.callId, until: at + (input.wrapUpMs ?? rules.wrapUpMs), ...wish(state) }))
    case 'call-taken-away':
      if (state.callId !== input.callId || !isBusy(state)) return accept(state)
      return accept(move(state, 'not-ready', at, { reason: 'disconnected' }))
    case 'call-vanished':
      if (state.name === 'talking') return accept(move(state, 'wrap-up', at, { ...carried(state), until: at + rules.wrapUpMs }))
      return accept(isBusy(state) ? afterOffer(state, 'interrupted', at) : state)
    case 'adopt':
      // The offer goes on: its time begins anew, so that it is not forgotten at the moment in which it is answered.
      if (state.callId === input.callId && isBusy(state)) return accept(isOffered(state) ? { ...state, since: at } : state)
      return accept(move(state, input.talking ? 'talking' : 'reserved', at, { callId: input.callId }))
    case 'time':
      return accept(onTime(state, at, rules))
    default:
      return unreachable(input)
  }
}

/** Reserved, ringing or talking: a call counts on this agent. */
export function isBusy (state: AgentState): boolean {
  return isOffered(state) || state.name === 'talking'
}

function wish (state: AgentState): Partial<AgentState> {
  return state.afterwards === undefined ? {} : { afterwards: state.afterwards }
}

function carried (state: AgentState): Partial<AgentState> {
  return {
    ...wish(state),
    ...(state.callId === undefined ? {} : { callId: state.callId }),
    ...(state.idleSince === undefined ? {} : { idleSince: state.idleSince })
  }
}

/** A caller who left, or a ring that we broke off ourselves, is not the agent's fault: ready again, idle as long as before. */
function afterOffer (state: AgentState, why: OfferEnd, at: EpochMs): AgentState {
  if (state.afterwards !== undefined) return move(state, 'not-ready', at, { reason: state.afterwards.reason })
  switch (why) {
    case 'caller-left':
    case 'interrupted':
      return { ...move(state, 'ready', at), since: state.idleSince ?? at }
    case 'no-answer':
      return move(state, 'not-ready', at, { reason: 'ring-no-answer' })
    case 'declined':
      return move(state, 'not-ready', at, { reason: 'declined' })
    case 'unreachable':
      return move(state, 'not-ready', at, { reason: 'unreachable' })
    default:
      return unreachable(why)
  }
}

function onTime (state: AgentState, at: EpochMs, rules: AgentRules): AgentState {
  if (state.name === 'wrap-up' && state.until !== undefined && at >= state.until) {
    if (state.afterwards !== undefined) return move(state, 'not-ready', at, { reason: state.afterwards.reason })
    return onTime(move(state, 'ready', at), at, rules)
  }
  if (isOffered(state) && at >= state.since + rules.offerMaxMs) return afterOffer(state, 'interrupted', at)
  if (state.deskLostAt === undefined) return state
  if (isDisconnected(state)) return at >= state.deskLostAt + rules.offlineAfterMs ? move(state, 'offline', at) : state
  if (state.name !== 'ready' && state.name !== 'not-ready') return state
  return at >= state.deskLostAt + rules.graceMs ? move(state, 'not-ready', at, { reason: 'disconnected' }) : state
}
