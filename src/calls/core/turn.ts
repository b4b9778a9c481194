/** One decision being taken: the state so far and the effects collected. Nothing outside sees it before it is complete. */
import { ownedId, type LegId, type OwnedKind } from '../../kernel/ids.ts'
import type { HangUpCause, Media } from '../../telephony/port.ts'
import type { Json } from '../../kernel/json.ts'
import type { CallEntryType, CallFacts } from './journal-entry.ts'
import type { CallContext, CallEffect, CallState, TimerName } from './state.ts'

export interface Turn {
  readonly context: CallContext
  /** Replaced field by field; nested values are replaced whole. */
  readonly state: CallState
  readonly effects: CallEffect[]
}

export function beginTurn (state: CallState, context: CallContext): Turn {
  return { context, state: { ...state, seq: state.seq + 1 }, effects: [] }
}

/** A fresh id for something this call owns. */
export function newId (turn: Turn, kind: OwnedKind): string {
  turn.state.made += 1
  return ownedId(turn.state.callId, kind, turn.state.made)
}

export function journal (turn: Turn, type: CallEntryType, facts: CallFacts = {}, data: { readonly [key: string]: Json | undefined } = {}): void {
  const { state, context } = turn
  state.entries += 1
  turn.effects.push({ type: 'journal', entry: { callId: state.callId, seq: state.entries, at: context.at, type, data, facts } })
}

export function setTimer (turn: Turn, name: TimerName, afterMs: number): void {
  turn.state.timers = { ...turn.state.timers, [name]: turn.context.at + afterMs }
}

export function clearTimers (turn: Turn, ...names: TimerName[]): void {
  const timers = { ...turn.state.timers }
  for (const name of names) delete timers[name]
  turn.state.timers = timers
}

/** Plays to the citizen in place of whatever the citizen hears. */
export function play (turn: Turn, purpose: 'flow' | 'announcement' | 'hold', media: readonly Media[]): void {
  quiet(turn)
  const id = newId(turn, 'pla')
  turn.state.playback = { id, purpose }
  turn.effects.push({ type: 'play', playbackId: id, legId: turn.state.citizenLegId, media })
}

export function stopPlayback (turn: Turn): void {
  const { playback } = turn.state
  if (playback === undefined) return
  delete turn.state.playback
  turn.effects.push({ type: 'stop-play', playbackId: playback.id })
}

export function startMusic (turn: Turn): void {
  turn.state.music = true
  turn.effects.push({ type: 'start-music', legId: turn.state.citizenLegId })
}

/** Ends prompt and music on the citizen's leg. */
export function quiet (turn: Turn): void {
  stopPlayback(turn)
  if (!turn.state.music) return
  turn.state.music = false
  turn.effects.push({ type: 'stop-music', legId: turn.state.citizenLegId })
}

/** Hangs up and remembers to look whether it helped. */
export function hangUp (turn: Turn, legId: LegId, cause: HangUpCause): void {
  if (turn.state.leaving[legId] !== undefined) return
  turn.state.leaving = { ...turn.state.leaving, [legId]: 1 }
  if (turn.state.timers.sweep === undefined) setTimer(turn, 'sweep', turn.context.rules.sweepMs)
  turn.effects.push({ type: 'hang-up', legId, cause })
}

/** A leg that we wanted gone is gone. */
export function forgetLeaving (turn: Turn, legId: LegId): void {
  if (turn.state.leaving[legId] === undefined) return
  const { [legId]: attempts, ...leaving } = turn.state.leaving
  turn.state.leaving = leaving
  if (Object.keys(leaving).length === 0) clearTimers(turn, 'sweep')
}

/** Ends the bridge, if there is one. */
export function dissolveBridge (turn: Turn): void {
  const { bridgeId } = turn.state
  if (bridgeId === undefined) return
  delete turn.state.bridgeId
  turn.effects.push({ type: 'destroy-bridge', bridgeId })
}
