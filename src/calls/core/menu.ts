/** The caller in the voice menu: the flow's interpreter decides, the call carries out. */
import { begin, step } from '../../ivr/core/interpreter.ts'
import type { IvrContext, IvrEffect, IvrInput, IvrState } from '../../ivr/core/node-type.ts'
import { unreachable } from '../../kernel/decision.ts'
import { endCall } from './ending.ts'
import { clearTimers, journal, play, stopPlayback, type Turn } from './turn.ts'
import { joinQueue } from './waiting.ts'

const ORDINARY = 5

/** Begins the flow that new calls take. Without a usable flow the caller goes to an agent: never silence. */
export function beginFlow (turn: Turn): void {
  const { flows, rules } = turn.context
  const { state, effects } = begin(flows, rules.flow, ivrContext(turn))
  take(turn, state, effects)
}

/** The queue has no room: the flow says so. A flow that cannot (it was at fault) must not leave the caller in silence. */
export function onQueueFull (turn: Turn): void {
  stepFlow(turn, { type: 'queue-full' })
  const { state } = turn
  if (state.phase === 'menu' && state.playback === undefined && state.timers.flow === undefined) endCall(turn, 'flow', false)
}

/** Hands the flow what happened. */
export function stepFlow (turn: Turn, input: IvrInput): void {
  if (turn.state.ivr === undefined) return
  const { state, effects } = step(turn.context.flows, turn.state.ivr, input, ivrContext(turn))
  take(turn, state, effects)
}

function ivrContext ({ state, context }: Turn): IvrContext {
  return { now: context.at, moment: context.moment, caller: { ani: state.ani, dnis: state.dnis, attributes: {} } }
}

function take (turn: Turn, ivr: IvrState, effects: readonly IvrEffect[]): void {
  turn.state.ivr = ivr
  if (ivr.timer === undefined) clearTimers(turn, 'flow')
  else turn.state.timers = { ...turn.state.timers, flow: ivr.timer.at }
  for (const effect of effects) perform(turn, effect)
}

function perform (turn: Turn, effect: IvrEffect): void {
  const { state, context } = turn
  if (state.phase === 'ended') return
  switch (effect.type) {
    case 'play':
      play(turn, 'flow', effect.media)
      return
    case 'stop-play':
      stopPlayback(turn)
      return
    case 'choice':
      state.choices = [...state.choices, effect.label]
      journal(turn, 'choice', { choices: state.choices }, { node: effect.node, key: effect.key })
      return
    case 'queue':
      state.language = effect.language
      joinQueue(turn, effect.skillGroup, effect.priority, context.at)
      return
    case 'hang-up':
      endCall(turn, 'flow', false)
      return
    case 'fault':
      journal(turn, 'fault', {}, { message: effect.message })
      joinQueue(turn, context.rules.generalGroup, ORDINARY, context.at)
      return
    default:
      unreachable(effect)
  }
}

/** For a caller whom the fallback queue hands back: no menu again, the old place in the general queue. */
export function returnToQueue (turn: Turn, joinedAt: number): void {
  joinQueue(turn, turn.context.rules.generalGroup, ORDINARY, joinedAt, true)
}
