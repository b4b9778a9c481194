/** Citizen and agent talk; the agent's page may get lost and come back. */
import type { AgentId } from '../../kernel/ids.ts'
import { announcement } from '../../ivr/core/announcements.ts'
import { clearTimers, dissolveBridge, hangUp, journal, newId, play, quiet, setTimer, startMusic, type Turn } from './turn.ts'
import { rejoin } from './waiting.ts'

/** An agent's page that came back gets so long for one ring of its new leg; it answers by itself. */
const REDIAL_RING_MS = 8000
/** While a page is lost, its phone is looked for so often, beside the news of its return. */
const LOOK_AGAIN_MS = 2000

/** The agent's leg was answered: now they hear each other. */
export function onAnswered (turn: Turn): void {
  const { state, context } = turn
  const { agent } = state
  if (agent === undefined) return
  const back = state.phase === 'reconnecting'
  clearTimers(turn, 'ring', 'announce', 'reconnect', 'redial')
  quiet(turn)
  state.phase = 'talking'
  // Written down first: they may talk for a while before we hear that they do, and not live to write it down then.
  if (back) {
    journal(turn, 'agent-back', {}, { agentId: agent.agentId })
  } else {
    const first = state.answeredAt === undefined
    journal(turn, 'answered', {
      agentId: agent.agentId,
      ...(first ? { answeredAt: context.at, waitMs: context.at - (state.queue?.joinedAt ?? context.at) } : {})
    })
    if (first) state.answeredAt = context.at
  }
  connect(turn)
  turn.effects.push({ type: 'agent-answered', agentId: agent.agentId })
}

/** A fresh bridge: an old one may hold what we no longer know of. */
function connect (turn: Turn): void {
  const { state } = turn
  if (state.agent === undefined) return
  dissolveBridge(turn)
  const bridgeId = newId(turn, 'bri')
  state.bridgeId = bridgeId
  turn.effects.push({ type: 'connect', bridgeId, legIds: [state.citizenLegId, state.agent.legId] })
}

/** The bridge may have been lost while we could not see: make it again, harmless where it stands. */
export function reconnectBridge (turn: Turn): void {
  const { state } = turn
  if (state.agent === undefined || state.bridgeId === undefined) return
  turn.effects.push({ type: 'connect', bridgeId: state.bridgeId, legIds: [state.citizenLegId, state.agent.legId] })
}

/** The agent's leg is gone and nobody hung up: the caller is asked to hold, the seat stays reserved. */
export function onAgentLost (turn: Turn): void {
  const { state } = turn
  if (state.agent === undefined) return
  state.agent = { ...state.agent, hasLeg: false }
  setTimer(turn, 'redial', LOOK_AGAIN_MS)
  if (state.phase === 'reconnecting') return
  dissolveBridge(turn)
  state.phase = 'reconnecting'
  setTimer(turn, 'reconnect', turn.context.rules.reconnectMs)
  journal(turn, 'agent-lost', {}, { agentId: state.agent.agentId })
  play(turn, 'hold', announcement('agent-reconnecting', state.language))
}

/** Perhaps only the sound was lost and the page stands: ring it. */
export function onRedialTime (turn: Turn): void {
  const { state } = turn
  if (state.phase !== 'reconnecting' || state.agent === undefined) return
  setTimer(turn, 'redial', LOOK_AGAIN_MS)
  if (!state.agent.hasLeg) turn.effects.push({ type: 'ask-phone', agentId: state.agent.agentId })
}

/**
 * The agent's phone can be rung again. While the page is lost: ring it, it answers by itself. While the old leg still
 * stands though another page has taken over: that leg leads nowhere any more.
 */
export function onPhoneBack (turn: Turn, agentId: AgentId, newPage: boolean): void {
  const { state } = turn
  if (state.agent === undefined || state.agent.agentId !== agentId) return
  if (state.phase === 'talking' && newPage) {
    hangUp(turn, state.agent.legId, 'normal')
    onAgentLost(turn)
  }
  if (state.phase !== 'reconnecting') return
  if (state.agent.hasLeg) {
    if (!newPage) return
    hangUp(turn, state.agent.legId, 'normal')
  }
  const legId = newId(turn, 'leg')
  state.agent = { ...state.agent, legId, hasLeg: true }
  turn.effects.push({ type: 'create-leg', legId, agentId, autoAnswer: true, timeoutMs: REDIAL_RING_MS })
}

/** The agent did not come back in time: somebody else takes the caller, who goes first. */
export function onReconnectTime (turn: Turn): void {
  const { state } = turn
  if (state.phase === 'reconnecting') giveUpAgent(turn)
}

/** This agent does not have the call any more; the caller goes first in the queue. */
export function giveUpAgent (turn: Turn): void {
  const { state } = turn
  if (state.agent === undefined) return
  const { agentId, legId, hasLeg } = state.agent
  if (hasLeg) hangUp(turn, legId, 'normal')
  dissolveBridge(turn)
  delete state.agent
  clearTimers(turn, 'reconnect', 'redial')
  turn.effects.push({ type: 'agent-call-taken', agentId })
  if (state.queue !== undefined) state.queue = { ...state.queue, priority: 9 }
  journal(turn, 'requeued', {}, { agentId })
  turn.effects.push({ type: 'prepare-pop' })
  rejoin(turn)
}

/** The hold message ended: music until the agent is back. */
export function afterHoldMessage (turn: Turn): void {
  delete turn.state.playback
  if (turn.state.phase === 'reconnecting') startMusic(turn)
}
