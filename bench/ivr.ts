/**
 * The interpreter alone: the shipped main flow from the welcome to the queue, against the same menu written by hand as a
 * function with a switch, which is what a flow in a file replaces. Both are fed the same inputs and must give as many effects.
 */
import { join } from 'node:path'
import { compile } from '../src/ivr/compile.ts'
import type { FlowLibrary } from '../src/ivr/core/flow.ts'
import { begin, step, type IvrContext, type IvrEffect, type IvrInput } from '../src/ivr/core/interpreter.ts'
import { defaultSkillGroups } from '../src/ivr/core/skill-groups.ts'
import { flowFilesIn, promptsIn, readFlows } from '../src/ivr/folder.ts'
import { bySize, inTurns, ratePerCpuSecond, root, row, type Bench } from './frame.ts'

const CONTEXT: IvrContext = { now: 1000, moment: { date: '2026-11-23', weekday: 1, minuteOfDay: 600, dayType: 'workday' }, caller: { ani: '13800000000', dnis: '12345', attributes: {} } }
const CALLS: readonly IvrInput[][] = [
  [{ type: 'played' }, { type: 'played' }, { type: 'key', key: '3' }],
  [{ type: 'played' }, { type: 'played' }, { type: 'key', key: '7' }, { type: 'played' }, { type: 'key', key: '1' }],
  [{ type: 'played' }, { type: 'played' }, { type: 'played' }, { type: 'timer', name: 'silence' }, { type: 'key', key: '2' }]
]
const STEPS = CALLS.reduce((sum, inputs) => sum + inputs.length + 1, 0)

async function shipped (): Promise<FlowLibrary> {
  const folder = join(root, 'ivr-flows')
  const read = await readFlows(await flowFilesIn(folder))
  const { flows, findings } = compile({ ...read, prompts: await promptsIn(join(folder, 'prompts')), skillGroups: new Set(Object.keys(defaultSkillGroups)), last: new Map(), get: () => undefined })
  if (findings.length > 0) throw new Error('the shipped flows have findings')
  return { get: (name, version) => version === undefined || flows.get(name)?.version === version ? flows.get(name) : undefined }
}

interface Written { at: 'welcome' | 'danger' | 'menu' | 'queued', playing: boolean, errors: number, silences: number, silenceAt?: number }

const GROUPS: Readonly<Record<string, [label: string, group: string]>> = { 1: ['咨询', 'consult'], 2: ['投诉举报建议', 'complaint'], 3: ['求助', 'help'], 0: ['人工', 'general'] }
const play = (...prompts: string[]): IvrEffect => ({ type: 'play', media: prompts.map(prompt => ({ prompt })) })

/** The same way through the menu as the shipped flow, by hand. */
function byHand (state: Written, input: IvrInput, now: number): { state: Written, effects: IvrEffect[] } {
  switch (state.at) {
    case 'welcome': return input.type === 'played' ? { state: { ...state, at: 'danger' }, effects: [play('zh/danger')] } : { state, effects: [] }
    case 'danger': return input.type === 'played' ? { state: { ...state, at: 'menu', playing: true }, effects: [play('zh/menu', 'en/menu-english', 'zh/menu-agent')] } : { state, effects: [] }
    case 'menu': {
      if (input.type === 'played') return { state: { ...state, playing: false, silenceAt: now + 5000 }, effects: [] }
      if (input.type === 'timer') return { state: { ...state, silences: state.silences + 1, playing: true }, effects: [play('zh/silence', 'zh/menu', 'en/menu-english', 'zh/menu-agent')] }
      if (input.type !== 'key') return { state, effects: [] }
      const choice = GROUPS[input.key]
      if (choice === undefined) return { state: { ...state, errors: state.errors + 1, playing: true }, effects: [play('zh/wrong-key', 'zh/menu', 'en/menu-english', 'zh/menu-agent')] }
      const [label, skillGroup] = choice
      return {
        state: { ...state, at: 'queued', playing: false },
        effects: [{ type: 'choice', node: 'menu', key: input.key, label }, ...(state.playing ? [{ type: 'stop-play' } as const] : []), { type: 'queue', skillGroup, priority: 5, language: 'zh' }]
      }
    }
    case 'queued': return { state, effects: [] }
  }
}

export const bench: Bench = {
  name: 'ivr',
  title: 'IVR interpreter: steps of calls through the shipped menu',
  async run ({ size }) {
    const flows = await shipped()
    const ours = (): number => {
      let effects = 0
      for (const inputs of CALLS) {
        let at = begin(flows, 'main', CONTEXT)
        effects += at.effects.length
        for (const input of inputs) {
          at = step(flows, at.state, input, CONTEXT)
          effects += at.effects.length
        }
      }
      return effects
    }
    const theirs = (): number => {
      let effects = 0
      for (const inputs of CALLS) {
        let at = { state: { at: 'welcome', playing: false, errors: 0, silences: 0 } as Written, effects: [play('zh/welcome')] as IvrEffect[] }
        effects += at.effects.length
        for (const input of inputs) {
          at = byHand(at.state, input, CONTEXT.now)
          effects += at.effects.length
        }
      }
      return effects
    }
    if (ours() !== theirs()) throw new Error(`the flow gave ${ours()} effects, the one by hand ${theirs()}: they do not do the same`)
    const ms = bySize(size, { tiny: 5, short: 500, long: 3000 })
    const repeat = (work: () => number) => async () => await ratePerCpuSecond(ms, 100 * STEPS, () => { for (let n = 0; n < 100; n++) work() })
    await repeat(ours)()
    await repeat(theirs)()
    const rate = await inTurns(bySize(size, { tiny: 1, short: 5, long: 7 }), { ours: repeat(ours), theirs: repeat(theirs) })
    return [row('interpreter', rate.ours, rate.theirs, 'steps per s of CPU', 'the same menu as a hand-written switch')]
  }
}
