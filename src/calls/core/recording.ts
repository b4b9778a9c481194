/** What a call does about its recording. That there is one is no condition for anything: a call that cannot be recorded goes on. */
import type { MuteReason } from './state.ts'
import { clearTimers, journal, setTimer, type Turn } from './turn.ts'

/** Silence in the recording while an identity or card number is said (domain rules, section 5); asked again: more time. */
export function muteRecording (turn: Turn, reason: MuteReason): void {
  const { state, context } = turn
  const before = state.mutedUntil
  setTimer(turn, 'unmute', context.rules.muteMs)
  state.mutedUntil = context.at + context.rules.muteMs
  if (before !== undefined) return
  turn.effects.push({ type: 'mute-recording', muted: true })
  journal(turn, 'recording-muted', {}, { reason, agentId: state.agent?.agentId })
}

export function unmuteRecording (turn: Turn): void {
  if (turn.state.mutedUntil === undefined) return
  clearTimers(turn, 'unmute')
  delete turn.state.mutedUntil
  turn.effects.push({ type: 'mute-recording', muted: false })
  journal(turn, 'recording-unmuted')
}

/** After we could not see: whoever was killed may not have come to it. */
export function recordAgain (turn: Turn): void {
  const { state } = turn
  if (state.phase === 'ended') return
  turn.effects.push({ type: 'record', legId: state.citizenLegId })
  if (state.mutedUntil !== undefined) turn.effects.push({ type: 'mute-recording', muted: true })
}
