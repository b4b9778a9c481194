/** Decides what a call does next. Pure: the same state, input and context give the same answer. */
import { accept, refuse, unreachable, type Decision } from '../../kernel/decision.ts'
import type { LegId } from '../../kernel/ids.ts'
import type { HangUpCause } from '../../telephony/port.ts'
import { endCall } from './ending.ts'
import { beginFlow, onQueueFull, returnToQueue, stepFlow } from './menu.ts'
import { endPlayback, onResync } from './resync.ts'
import type { CallContext, CallEffect, CallInput, CallRefusal, CallState } from './state.ts'
import { onAgentLost, onAnswered, onPhoneBack, onReconnectTime, onRedialTime } from './talking.ts'
import { muteRecording, recordAgain, unmuteRecording } from './recording.ts'
import { beginTurn, clearTimers, forgetLeaving, hangUp, journal, setTimer, type Turn } from './turn.ts'
import { endOffer, offerEndOf, onAnnounceTime, onOffered, onPosition, onQueueResult, onRinging } from './waiting.ts'

/** Late news (of legs, playbacks, timers that no longer count) is accepted and changes nothing. */
export function decide (state: CallState, input: CallInput, context: CallContext): Decision<CallState, CallEffect, CallRefusal> {
  if (input.type === 'hang-up' || input.type === 'mute-recording' || input.type === 'unmute-recording') {
    if (state.agent?.agentId !== input.agentId) return refuse('not-your-call')
    if (state.phase !== 'talking' && state.phase !== 'reconnecting') return refuse('not-in-call')
  }
  const turn = beginTurn(state, context)
  react(turn, input)
  return accept(turn.state, turn.effects)
}

function react (turn: Turn, input: CallInput): void {
  const { state } = turn
  switch (input.type) {
    case 'arrived':
      return onArrived(turn, input.joinedAt)
    case 'key':
      if (state.phase === 'menu' && input.legId === state.citizenLegId) stepFlow(turn, { type: 'key', key: input.key })
      return
    case 'played':
      if (state.playback?.id === input.playbackId) endPlayback(turn)
      return
    case 'leg-ringing':
      if (state.agent?.legId === input.legId) onRinging(turn)
      return
    case 'leg-answered':
      return onLegAnswered(turn, input.legId)
    case 'leg-gone':
      return onLegGone(turn, input.legId, input.cause)
    case 'timer':
      return onTimer(turn, input.name)
    case 'queue-result':
      if (onQueueResult(turn, input.result)) onQueueFull(turn)
      return
    case 'position':
      return onPosition(turn, input.ahead, input.waitMinutes)
    case 'offered':
      return onOffered(turn, input.agentId)
    case 'phone-back':
      return onPhoneBack(turn, input.agentId, input.newPage)
    case 'hang-up':
      return endCall(turn, 'agent', false)
    case 'mute-recording':
      return muteRecording(turn, input.reason)
    case 'unmute-recording':
      return unmuteRecording(turn)
    case 'recording-failed':
      return journal(turn, 'fault', {}, { message: 'not recorded', code: input.code })
    case 'effect-failed':
      return onFailure(turn, input)
    case 'resync':
      onResync(turn, input.legs, input.playing, input.agentTaken === true)
      return recordAgain(turn)
    default:
      return unreachable(input)
  }
}

function onArrived (turn: Turn, joinedAt: number | undefined): void {
  const { state } = turn
  journal(turn, 'arrived', { ani: state.ani, dnis: state.dnis, trunk: state.trunk, citizenLegId: state.citizenLegId })
  if (joinedAt === undefined) {
    turn.effects.push({ type: 'answer', legId: state.citizenLegId }, { type: 'record', legId: state.citizenLegId })
    beginFlow(turn)
  } else {
    turn.effects.push({ type: 'record', legId: state.citizenLegId })
    returnToQueue(turn, joinedAt)
  }
}

function onLegAnswered (turn: Turn, legId: LegId): void {
  const { state } = turn
  if (legId === state.citizenLegId || state.leaving[legId] !== undefined) return
  const awaited = state.agent?.legId === legId && (state.phase === 'offering' || state.phase === 'reconnecting')
  if (awaited) onAnswered(turn)
  else if (state.agent?.legId !== legId) hangUp(turn, legId, 'normal')
}

function onLegGone (turn: Turn, legId: LegId, cause: HangUpCause): void {
  const { state } = turn
  forgetLeaving(turn, legId)
  if (legId === state.citizenLegId) return endCall(turn, 'caller', true)
  if (state.agent?.legId !== legId) return
  state.agent = { ...state.agent, hasLeg: false }
  if (state.phase === 'offering') endOffer(turn, offerEndOf(cause))
  else if (state.phase === 'talking' || state.phase === 'reconnecting') onAgentLost(turn)
}

function onTimer (turn: Turn, name: NonNullable<Extract<CallInput, { type: 'timer' }>['name']>): void {
  const { state } = turn
  clearTimers(turn, name)
  switch (name) {
    case 'flow': {
      const awaited = state.ivr?.timer?.name
      if (state.phase === 'menu' && awaited !== undefined) stepFlow(turn, { type: 'timer', name: awaited })
      return
    }
    case 'announce':
      return onAnnounceTime(turn)
    case 'ring':
      return endOffer(turn, 'no-answer')
    case 'reconnect':
      return onReconnectTime(turn)
    case 'redial':
      return onRedialTime(turn)
    case 'sweep':
      return sweep(turn)
    case 'unmute':
      return unmuteRecording(turn)
  }
}

/** Hangs up again what should be gone; after enough attempts it is given up and written down. */
function sweep (turn: Turn): void {
  const { state, context } = turn
  for (const [legId, attempts] of Object.entries(state.leaving)) {
    if (attempts >= context.rules.sweeps) {
      forgetLeaving(turn, legId)
      journal(turn, 'fault', {}, { message: 'leg did not end', legId })
    } else {
      state.leaving = { ...state.leaving, [legId]: attempts + 1 }
      turn.effects.push({ type: 'hang-up', legId, cause: 'normal' })
    }
  }
  if (Object.keys(state.leaving).length > 0) setTimer(turn, 'sweep', context.rules.sweepMs)
}

function onFailure (turn: Turn, failure: Extract<CallInput, { type: 'effect-failed' }>): void {
  const { state } = turn
  switch (failure.effect) {
    case 'play':
      // Nobody will tell us of the end of what never began.
      if (failure.playbackId !== undefined && state.playback?.id === failure.playbackId) endPlayback(turn)
      return
    case 'create-leg':
      if (failure.legId === undefined || state.agent?.legId !== failure.legId) return
      // It may stand half-made (a time-out): hanging up what is not there does no harm.
      if (failure.code === 'timeout' || failure.code === 'fault') hangUp(turn, failure.legId, 'normal')
      state.agent = { ...state.agent, hasLeg: false }
      if (state.phase === 'offering') endOffer(turn, 'unreachable')
      else if (state.phase === 'reconnecting') onAgentLost(turn)
      return
    case 'connect':
      // One of the two has just left: its own end is on the way. Anything else must not leave them in silence.
      if (failure.code !== 'not-found' && state.phase === 'talking' && state.agent !== undefined) {
        journal(turn, 'fault', {}, { message: 'bridge failed', code: failure.code })
        hangUp(turn, state.agent.legId, 'normal')
        onAgentLost(turn)
      }
      return
    case 'answer':
    case 'stop-play':
    case 'start-music':
    case 'stop-music':
    case 'destroy-bridge':
    case 'mute-recording':
      // What must not be in it may be: this is for people to know.
      return journal(turn, 'fault', {}, { message: 'recording not muted', code: failure.code })
    case 'hang-up':
    case 'record':
    case 'enqueue':
    case 'withdraw':
    case 'ask-position':
    case 'prepare-pop':
    case 'ask-phone':
    case 'agent-rang':
    case 'agent-answered':
    case 'agent-offer-ended':
    case 'agent-call-ended':
    case 'agent-call-taken':
    case 'journal':
      return
    default:
      unreachable(failure.effect)
  }
}
