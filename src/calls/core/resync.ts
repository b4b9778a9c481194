/** After a restart or a lost connection: the state is held against what stands in the phone system. */
import type { LegId } from '../../kernel/ids.ts'
import type { CallEffect, LegPresence } from './state.ts'
import { endCall } from './ending.ts'
import { stepFlow } from './menu.ts'
import { afterHoldMessage, giveUpAgent, onAgentLost, onAnswered, reconnectBridge } from './talking.ts'
import { forgetLeaving, journal, type Turn } from './turn.ts'
import { afterAnnouncement, endOffer } from './waiting.ts'

/** @param legs this call's legs that stand now */
export function onResync (turn: Turn, legs: Readonly<Record<LegId, LegPresence>>, playing: boolean, agentTaken: boolean): void {
  const { state } = turn
  for (const [legId] of Object.entries(state.leaving)) {
    if (legs[legId] === undefined) forgetLeaving(turn, legId)
    else turn.effects.push({ type: 'hang-up', legId, cause: 'normal' })
  }
  if (state.phase === 'ended') return
  journal(turn, 'resumed', {}, { phase: state.phase })
  if (legs[state.citizenLegId] === undefined) {
    endCall(turn, 'unknown', true)
    return
  }
  missedPlaybackEnd(turn, playing)
  if (agentTaken && state.agent !== undefined) {
    musicAgain(turn)
    state.agent = { ...state.agent, hasLeg: legs[state.agent.legId] !== undefined }
    if (state.phase === 'offering') endOffer(turn, 'interrupted')
    else giveUpAgent(turn)
    return
  }
  const agentLeg = state.agent === undefined ? undefined : legs[state.agent.legId]
  switch (state.phase) {
    case 'menu':
      return
    case 'queued':
      if (state.queue !== undefined) {
        const { groupId, priority, joinedAt } = state.queue
        turn.effects.push({ type: 'prepare-pop' }, { type: 'enqueue', groupId, priority, joinedAt, again: true })
      }
      musicAgain(turn)
      return
    case 'offering':
      musicAgain(turn)
      if (agentLeg === undefined && state.agent !== undefined) {
        state.agent = { ...state.agent, hasLeg: false }
        endOffer(turn, 'interrupted')
      } else if (agentLeg === 'up') {
        onAnswered(turn)
      } else {
        turn.effects.push({ type: 'prepare-pop' }, ...redial(turn))
      }
      return
    case 'talking':
      turn.effects.push({ type: 'prepare-pop' })
      if (agentLeg === undefined) onAgentLost(turn)
      else reconnectBridge(turn)
      return
    case 'reconnecting':
      turn.effects.push({ type: 'prepare-pop' })
      musicAgain(turn)
      if (agentLeg === 'up') onAnswered(turn)
      else if (agentLeg === undefined && state.agent !== undefined) state.agent = { ...state.agent, hasLeg: false }
  }
}

/** A leg that was made and perhaps not dialled is dialled; one that rings is left ringing. */
function redial ({ state, context }: Turn): CallEffect[] {
  if (state.agent === undefined) return []
  const { agentId, legId } = state.agent
  return [{ type: 'create-leg', legId, agentId, autoAnswer: false, timeoutMs: Math.max(1000, (state.timers.ring ?? context.at) - context.at + 5000) }]
}

function missedPlaybackEnd (turn: Turn, playing: boolean): void {
  const { playback } = turn.state
  if (playback === undefined || playing) return
  endPlayback(turn)
}

/** The current playback is over: what comes after it depends on what it was for. */
export function endPlayback (turn: Turn): void {
  const purpose = turn.state.playback?.purpose
  delete turn.state.playback
  if (purpose === 'flow' && turn.state.phase === 'menu') stepFlow(turn, { type: 'played' })
  else if (purpose === 'hold') afterHoldMessage(turn)
  else afterAnnouncement(turn)
}

function musicAgain (turn: Turn): void {
  if (turn.state.music) turn.effects.push({ type: 'start-music', legId: turn.state.citizenLegId })
}
