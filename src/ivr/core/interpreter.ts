/**
 * The interpreter: one call in one flow, step by step, as a pure decision. It runs the phone, the simulation and any replay.
 *
 *   begin ──▶ running ──▶ queued (waits at its node) ──queue-full──▶ running
 *                └──────▶ ended (hung up, or at fault: then the call belongs to a human)
 *
 * What the caller of `begin` and `step` promises: the call is answered before `begin`; `played` is fed when the playback
 * of the latest `play` ended (an older one's end, cut off by that `play`, is not); `timer` when `state.timer` is due.
 */
import { RETURN, type CompiledFlow, type FlowLibrary, type FlowNode } from './flow.ts'
import { typeOf } from './registry.ts'
import type { IvrContext, IvrEffect, IvrInput, IvrState, Move } from './node-type.ts'

export type { IvrContext, IvrEffect, IvrInput, IvrState } from './node-type.ts'
export type { FlowLibrary, CompiledFlow, Language } from './flow.ts'

/** Nodes that may be gone through without the caller or the clock doing anything. */
export const STEP_BUDGET = 100
/** Flows within flows. */
export const DEEPEST_STACK = 8

export interface IvrStep { state: IvrState, effects: IvrEffect[] }

/** Starts a call in the newest version of `flow`. A flow that is missing, or may not begin a call, gives a `fault`. */
export function begin (flows: FlowLibrary, flow: string, context: IvrContext): IvrStep {
  const compiled = flows.get(flow)
  const state: IvrState = {
    flow, version: compiled?.version ?? '', node: compiled?.file.start ?? '', stack: [], vars: {}, keys: '', silences: 0, errors: 0, playing: false, phase: 'running'
  }
  if (compiled === undefined) return fault(state, [], `no flow ${flow}`)
  if (compiled.file.kind !== 'main') return fault(state, [], `a call cannot begin in flow ${flow}: it is a sub-flow`)
  return walk(flows, compiled, { ...state, vars: { ...compiled.file.variables } }, compiled.file.start, [], context)
}

/** Feeds one input. What comes too late, or concerns nothing that this state waits for, changes nothing. */
export function step (flows: FlowLibrary, state: IvrState, input: IvrInput, context: IvrContext): IvrStep {
  if (state.phase === 'ended') return { state, effects: [] }
  if (input.type === 'played' && !state.playing) return { state, effects: [] }
  if (input.type === 'timer' && state.timer?.name !== input.name) return { state, effects: [] }
  const flow = flows.get(state.flow, state.version)
  if (flow === undefined) return fault(state, [], `flow ${state.flow} of version ${state.version} is gone`)
  const node = nodeOf(flow, state.node)
  if (node === undefined) return fault(state, [], `flow ${state.flow} has no node ${state.node}`)
  const now = input.type === 'played' ? { ...state, playing: false } : state
  const move = typeOf(node).handle(node, input, { flow, context, state: now })
  return follow(flows, flow, now, move, [], context, STEP_BUDGET)
}

/** Applies a move, and goes on as long as nodes lead on by themselves. */
function follow (flows: FlowLibrary, flow: CompiledFlow, before: IvrState, move: Move, effects: IvrEffect[], context: IvrContext, budget: number): IvrStep {
  const state = changed(before, move.state)
  const all = [...effects, ...move.effects ?? []]
  if (move.call !== undefined) return call(flows, flow, state, move.call, all, context, budget)
  if (move.go === undefined) return { state, effects: all }
  return walk(flows, flow, state, move.go, all, context, budget)
}

function walk (flows: FlowLibrary, flow: CompiledFlow, before: IvrState, target: string, effects: IvrEffect[], context: IvrContext, budget: number = STEP_BUDGET): IvrStep {
  if (budget === 0) return fault(before, effects, `flow ${before.flow} went through ${STEP_BUDGET} nodes without waiting, last ${before.node}`)
  // What still sounds when a node is left was cut off by a key.
  const left = before.playing ? [...effects, { type: 'stop-play' } as const] : effects
  if (target === RETURN) return giveBack(flows, before, left, context, budget)
  const node = nodeOf(flow, target)
  if (node === undefined) return fault(before, left, `flow ${before.flow} has no node ${target}`)
  const state = changed(before, { node: target, silences: 0, errors: 0, playing: false, timer: undefined })
  return follow(flows, flow, state, typeOf(node).enter(node, { flow, context, state }), left, context, budget - 1)
}

function call (flows: FlowLibrary, flow: CompiledFlow, before: IvrState, name: string, effects: IvrEffect[], context: IvrContext, budget: number): IvrStep {
  const version = flow.subFlows[name]
  const called = version === undefined ? undefined : flows.get(name, version)
  if (called === undefined) return fault(before, effects, `flow ${before.flow} calls ${name}, which is not there`)
  if (before.stack.length >= DEEPEST_STACK) return fault(before, effects, `flows call each other more than ${DEEPEST_STACK} deep`)
  const state: IvrState = {
    ...before,
    flow: called.name,
    version: called.version,
    stack: [...before.stack, { flow: before.flow, version: before.version, node: before.node }],
    vars: { ...called.file.variables, ...before.vars }
  }
  return walk(flows, called, state, called.file.start, effects, context, budget)
}

function giveBack (flows: FlowLibrary, before: IvrState, effects: IvrEffect[], context: IvrContext, budget: number): IvrStep {
  const frame = before.stack.at(-1)
  if (frame === undefined) return fault(before, effects, `flow ${before.flow} returns, but nothing called it`)
  const flow = flows.get(frame.flow, frame.version)
  const node = flow === undefined ? undefined : nodeOf(flow, frame.node)
  if (flow === undefined || node?.type !== 'sub-flow' || node.next === undefined) {
    return fault(before, effects, `flow ${frame.flow} does not say where to go on after ${frame.node}`)
  }
  const state = changed(before, { ...frame, stack: before.stack.slice(0, -1), playing: false, timer: undefined })
  return walk(flows, flow, state, node.next, effects, context, budget - 1)
}

function fault (before: IvrState, effects: IvrEffect[], message: string): IvrStep {
  const state = changed(before, { phase: 'ended', playing: false, keys: '', timer: undefined })
  const stop: IvrEffect[] = before.playing && effects.at(-1)?.type !== 'stop-play' ? [{ type: 'stop-play' }] : []
  return { state, effects: [...effects, ...stop, { type: 'fault', message }] }
}

function nodeOf (flow: CompiledFlow, id: string): FlowNode | undefined {
  return Object.hasOwn(flow.file.nodes, id) ? flow.file.nodes[id] : undefined
}

/** `timer: undefined` takes the timer away; the state then has no such property, so that it survives JSON unchanged. */
function changed (state: IvrState, change: NonNullable<Move['state']> = {}): IvrState {
  const { timer: timerBefore, ...rest } = state
  const { timer, ...others } = change
  const kept = 'timer' in change ? timer : timerBefore
  return kept === undefined ? { ...rest, ...others } : { ...rest, ...others, timer: kept }
}
