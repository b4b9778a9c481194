/** How calls end: every call once, with one outcome (contract: Outcome). */
import type { CallFacts } from './journal-entry.ts'
import type { Outcome } from '../contract.ts'
import { clearTimers, dissolveBridge, hangUp, journal, type Turn } from './turn.ts'

/**
 * Ends the call: everything that stands is taken down, the agent is freed.
 * @param citizenLeft the citizen's leg is gone already
 */
export function endCall (turn: Turn, endedBy: NonNullable<CallFacts['endedBy']>, citizenLeft: boolean, detail = ''): void {
  const { state, context } = turn
  if (state.phase === 'ended') return
  const stage = state.phase
  const outcome = outcomeOf(turn, endedBy)
  clearTimers(turn, 'flow', 'announce', 'ring', 'reconnect', 'redial')
  if (state.queue?.waits === true) {
    state.queue = { ...state.queue, waits: false }
    turn.effects.push({ type: 'withdraw' })
  }
  if (state.agent !== undefined) {
    const { agentId, legId, hasLeg } = state.agent
    if (hasLeg) hangUp(turn, legId, 'normal')
    if (stage === 'offering') turn.effects.push({ type: 'agent-offer-ended', agentId, why: 'caller-left' })
    else turn.effects.push({ type: 'agent-call-ended', agentId, groupId: state.queue?.groupId, talkMs: context.at - (state.answeredAt ?? context.at) })
    delete state.agent
  }
  dissolveBridge(turn)
  delete state.playback
  state.music = false
  if (!citizenLeft) hangUp(turn, state.citizenLegId, 'normal')
  state.phase = 'ended'
  state.outcome = outcome
  journal(turn, 'ended', {
    endedAt: context.at,
    outcome,
    endedBy,
    ...(state.answeredAt === undefined ? {} : { talkMs: context.at - state.answeredAt }),
    ...(state.answeredAt === undefined && state.queue !== undefined ? { waitMs: context.at - state.queue.joinedAt } : {})
  }, { stage, ...(detail === '' ? {} : { detail }) })
}

function outcomeOf (turn: Turn, endedBy: NonNullable<CallFacts['endedBy']>): Outcome {
  const { state } = turn
  if (state.answeredAt !== undefined) return 'answered'
  if (endedBy === 'fault') return 'failed'
  if (state.refusedFull) return 'refused-full'
  switch (state.phase) {
    case 'menu':
      return endedBy === 'flow' ? 'ended-in-menu' : 'abandoned-in-menu'
    case 'queued':
      return 'abandoned-in-queue'
    case 'offering':
      return 'abandoned-while-ringing'
    case 'talking':
    case 'reconnecting':
    case 'ended':
      return 'failed'
  }
}
