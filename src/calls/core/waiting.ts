/** The caller in the queue, and the agent's phone ringing for the caller. */
import type { OfferEnd } from '../../agents/core/agent.ts'
import { queueAnnouncement } from '../../ivr/core/announcements.ts'
import type { AgentId } from '../../kernel/ids.ts'
import type { EpochMs } from '../../kernel/clock.ts'
import type { HangUpCause } from '../../telephony/port.ts'
import { clearTimers, hangUp, journal, newId, play, setTimer, startMusic, type Turn } from './turn.ts'

/** The dialling itself gives up a little after our own timer, in case we are not there to do it. */
const DIAL_SPARE_MS = 5000

/** @param again the caller has waited before and is not refused, however long the queue */
export function joinQueue (turn: Turn, groupId: string, priority: number, joinedAt: EpochMs, again = false): void {
  const { state } = turn
  clearTimers(turn, 'flow')
  state.phase = 'queued'
  state.queue = { groupId, priority, joinedAt, waits: true }
  journal(turn, 'queued', { skillGroup: groupId, queuedAt: joinedAt })
  turn.effects.push({ type: 'prepare-pop' })
  turn.effects.push({ type: 'enqueue', groupId, priority, joinedAt, again })
}

/** The ACD took the call, or has no room. True when the flow must go on (its `full` way). */
export function onQueueResult (turn: Turn, result: 'queued' | 'full' | 'already'): boolean {
  const { state, context } = turn
  if (state.queue === undefined || (state.phase !== 'queued' && state.phase !== 'offering')) return false
  if (result === 'full') {
    journal(turn, 'queue-refused', {}, { skillGroup: state.queue.groupId })
    delete state.queue
    state.refusedFull = true
    state.phase = 'menu'
    return true
  }
  // An agent who was free at once may have been offered before this result came back.
  if (!state.music && state.playback === undefined) startMusic(turn)
  if (state.phase === 'queued' && state.timers.announce === undefined) setTimer(turn, 'announce', context.rules.firstAnnounceMs)
  return false
}

/**
 * Back to the caller's own place: who waited longest is served first.
 * @param frees the agent whose offer ended: free once the caller is queued again, so as to find this one before later ones
 */
export function rejoin (turn: Turn, frees?: { agentId: AgentId, why: OfferEnd }): void {
  const { state, context } = turn
  if (state.queue === undefined) return
  state.phase = 'queued'
  state.queue = { ...state.queue, waits: true }
  const { groupId, priority, joinedAt } = state.queue
  turn.effects.push({ type: 'enqueue', groupId, priority, joinedAt, again: true, ...(frees === undefined ? {} : { frees }) })
  if (!state.music && state.playback === undefined) startMusic(turn)
  setTimer(turn, 'announce', context.rules.announceMs)
}

/** Time to tell the caller where they stand. */
export function onAnnounceTime (turn: Turn): void {
  const { state } = turn
  if (state.phase !== 'queued' || state.queue === undefined) return
  setTimer(turn, 'announce', turn.context.rules.announceMs)
  turn.effects.push({ type: 'ask-position', groupId: state.queue.groupId })
}

export function onPosition (turn: Turn, ahead: number, waitMinutes: number | undefined): void {
  const { state } = turn
  if (state.phase !== 'queued') return
  play(turn, 'announcement', queueAnnouncement({ ahead, waitMinutes, language: state.language }))
}

/** The ACD reserved this agent for the call: ring. */
export function onOffered (turn: Turn, agentId: AgentId): void {
  const { state, context } = turn
  if (state.phase !== 'queued' || state.queue === undefined) {
    turn.effects.push({ type: 'agent-offer-ended', agentId, why: 'caller-left' })
    return
  }
  clearTimers(turn, 'announce')
  const legId = newId(turn, 'leg')
  state.phase = 'offering'
  state.queue = { ...state.queue, waits: false }
  state.agent = { agentId, legId, hasLeg: true, offeredAt: context.at, rang: false }
  setTimer(turn, 'ring', context.rules.ringMs)
  journal(turn, 'offered', {}, { agentId, waitMs: context.at - state.queue.joinedAt })
  turn.effects.push({ type: 'create-leg', legId, agentId, autoAnswer: false, timeoutMs: context.rules.ringMs + DIAL_SPARE_MS })
}

export function onRinging (turn: Turn): void {
  const { state } = turn
  if (state.phase !== 'offering' || state.agent === undefined || state.agent.rang) return
  state.agent = { ...state.agent, rang: true }
  journal(turn, 'ringing', {}, { agentId: state.agent.agentId })
  turn.effects.push({ type: 'agent-rang', agentId: state.agent.agentId })
}

/** The offer came to nothing; the caller goes back to the queue. */
export function endOffer (turn: Turn, why: OfferEnd): void {
  const { state } = turn
  if (state.phase !== 'offering' || state.agent === undefined) return
  const { agentId, legId, hasLeg } = state.agent
  clearTimers(turn, 'ring')
  if (hasLeg) hangUp(turn, legId, 'no-answer')
  // Gone as far as we saw: but an attempt to make it, repeated in that moment, may have made it again.
  else turn.effects.push({ type: 'hang-up', legId, cause: 'no-answer' })
  delete state.agent
  journal(turn, 'offer-ended', {}, { agentId, why })
  rejoin(turn, { agentId, why })
}

/** Why the agent's leg ended before it was answered, judged by its cause. */
export function offerEndOf (cause: HangUpCause): OfferEnd {
  switch (cause) {
    case 'no-answer':
      return 'no-answer'
    case 'busy':
    case 'rejected':
      return 'declined'
    case 'normal':
    case 'congestion':
    case 'unallocated':
    case 'other':
      return 'unreachable'
  }
}

/** A prompt to a waiting caller ended: music again. */
export function afterAnnouncement (turn: Turn): void {
  delete turn.state.playback
  if (turn.state.phase === 'queued' || turn.state.phase === 'offering') startMusic(turn)
}
