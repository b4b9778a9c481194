import t from 'tap'
import fc from 'fast-check'
import { join } from 'node:path'
import type { Key } from '../../src/telephony/port.ts'
import { compile } from '../../src/ivr/compile.ts'
import { checkFlow } from '../../src/ivr/core/check.ts'
import { holds, type Condition } from '../../src/ivr/core/condition.ts'
import type { CompiledFlow, FlowFile, FlowLibrary, FlowNode } from '../../src/ivr/core/flow.ts'
import { begin, step, STEP_BUDGET, type IvrContext, type IvrEffect, type IvrInput, type IvrState } from '../../src/ivr/core/interpreter.ts'
import { sayDate, sayTime } from '../../src/ivr/core/say.ts'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { fill, placeholdersIn } from '../../src/ivr/core/text.ts'
import { flowFilesIn, promptsIn, readFlows } from '../../src/ivr/folder.ts'

const flowsFolder = join(import.meta.dirname, '../../ivr-flows')
const promptsFolder = join(flowsFolder, 'prompts')
const skillGroups = new Set(Object.keys(defaultSkillGroups))
const KEYS: readonly Key[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']

const day = { date: '2026-11-23', weekday: 1, minuteOfDay: 600, dayType: 'workday' } as const
function at (now: number, moment: IvrContext['moment'] = day): IvrContext {
  return { now, moment, caller: { ani: '13800000000', dnis: '12345', attributes: { level: 'vip' } } }
}

function flowOf (nodes: Record<string, FlowNode>, more: Partial<FlowFile> = {}): FlowFile {
  return { name: 'main', title: '示例', kind: 'main', language: 'zh', start: Object.keys(nodes)[0] ?? '', agent: 'human', nodes: { ...nodes, human, bye }, ...more }
}
const human: FlowNode = { type: 'queue', skillGroup: 'general', full: 'bye' }
const bye: FlowNode = { type: 'hang-up', prompts: ['zh/goodbye'] }

function libraryOf (...files: FlowFile[]): FlowLibrary {
  const flows = new Map(files.map(file => {
    const subFlows = Object.fromEntries(Object.values(file.nodes).flatMap(node => node.type === 'sub-flow' ? [[node.flow, '1']] : []))
    return [file.name, { name: file.name, version: '1', file, subFlows } satisfies CompiledFlow]
  }))
  return { get: (name, version) => version === undefined || version === '1' ? flows.get(name) : undefined }
}

/** Feeds inputs, short: a key, `played`, `silence`, `digit`, `full`. Gives the effects of the last one, and all. */
function go (flows: FlowLibrary, inputs: ReadonlyArray<string>, context = at(1000)): { state: IvrState, last: IvrEffect[], all: IvrEffect[] } {
  let { state, effects } = begin(flows, 'main', context)
  const all = [...effects]
  for (const input of inputs) {
    ({ state, effects } = step(flows, state, inputOf(input), context))
    all.push(...effects)
  }
  return { state, last: effects, all }
}

function inputOf (text: string): IvrInput {
  if (text === 'played') return { type: 'played' }
  if (text === 'silence' || text === 'digit') return { type: 'timer', name: text }
  return text === 'full' ? { type: 'queue-full' } : { type: 'key', key: text as Key }
}

const played = (...prompts: string[]): IvrEffect => ({ type: 'play', media: prompts.map(prompt => ({ prompt })) })
const queued: IvrEffect = { type: 'queue', skillGroup: 'general', priority: 5, language: 'zh' }
const stop: IvrEffect = { type: 'stop-play' }

const menu: FlowNode = {
  type: 'menu',
  prompts: ['zh/menu'],
  waitSeconds: 7,
  choices: { 1: { label: '咨询', next: 'inner' }, 0: { label: '人工', next: 'human' }, '*': { label: '重听', next: 'menu' } },
  silence: { attempts: 2, prompts: ['zh/silence'], next: 'human' },
  wrong: { attempts: 3, prompts: ['zh/wrong-key'], next: 'human' }
}
const inner: FlowNode = { ...menu, choices: { 2: { label: '社保', next: 'human' }, 0: { label: '转人工', next: 'human' } } }

t.test('play', async (t) => {
  const flows = libraryOf(flowOf({ hello: { type: 'play', prompts: ['zh/welcome', 'zh/danger'], next: 'human' } }))
  t.same(go(flows, []).all, [played('zh/welcome', 'zh/danger')])
  t.same(go(flows, ['played']).last, [queued])
  t.same(go(flows, ['5']).last, [stop, queued], 'a key stops it')
  t.same(go(flows, ['played', 'played']).last, [], 'the end of a stopped playback changes nothing')
  const firm = libraryOf(flowOf({ hello: { type: 'play', prompts: ['zh/welcome'], bargeIn: false, next: 'menu' }, menu, inner }))
  t.same(go(firm, ['1']).last, [], 'without barge-in it goes on')
  t.same(go(firm, ['1', 'played']).last, [{ type: 'choice', node: 'menu', key: '1', label: '咨询' }, played('zh/menu')], 'and the key counts in the menu after it')
  t.same(go(firm, ['1', '2', 'played']).last.map(effect => effect.type), ['choice', 'choice', 'queue'], 'so do two')
  t.equal(go(firm, Array(40).fill('7') as string[]).state.keys.length, 16, 'a bounded number of them')
})

t.test('menu', async (t) => {
  const flows = libraryOf(flowOf({ menu, inner }))
  t.same(go(flows, ['1']).last, [{ type: 'choice', node: 'menu', key: '1', label: '咨询' }, stop, played('zh/menu')], 'barge-in')
  t.same(go(flows, ['played']).state.timer, { name: 'silence', at: 8000 })
  t.same(go(flows, ['played', '1']).last, [{ type: 'choice', node: 'menu', key: '1', label: '咨询' }, played('zh/menu')])
  t.same(go(flows, ['0']).last, [{ type: 'choice', node: 'menu', key: '0', label: '人工' }, stop, queued])
  t.same(go(flows, ['played', 'silence']).last, [played('zh/silence', 'zh/menu')])
  t.same(go(flows, ['played', 'silence', 'played', 'silence']).last, [queued], 'silence leads to an agent')
  t.same(go(flows, ['9']).last, [played('zh/wrong-key', 'zh/menu')])
  t.same(go(flows, ['9', 'played', '8', '#']).last, [stop, queued], 'so do errors')
  t.same(go(flows, ['9', '*', '9', '9']).last, [played('zh/wrong-key', 'zh/menu')], 'counted anew in a menu that is entered anew')
  t.same(go(flows, ['silence']).last, [], 'a timer that nobody set')
  t.same(go(flows, ['played', '1', 'silence']).last, [], 'a timer of before')
  t.same(go(flows, ['full']).last, [])
  const firm = libraryOf(flowOf({ menu: { ...menu, bargeIn: false }, inner }))
  t.same(go(firm, ['1']).last, [])
  t.same(go(firm, ['1', 'played']).last.map(effect => effect.type), ['choice', 'play'])
  t.same(go(libraryOf(flowOf({ menu, inner }, { directToAgent: true })), []).all, [queued], 'the switch that skips menus')
})

t.test('collect', async (t) => {
  const node = {
    type: 'collect', prompts: ['zh/order-number'], variable: 'order', minDigits: 2, maxDigits: 4, digitSeconds: 3, waitSeconds: 6, next: 'bye', silence: { attempts: 2, next: 'human' }, wrong: { attempts: 2, prompts: ['zh/order-number-wrong'], next: 'human' }
  } as const satisfies FlowNode
  const flows = libraryOf(flowOf({ ask: node }))
  t.same(go(flows, ['1', '2', '#']).state.vars, { order: '12' }, 'by the end key')
  t.same(go(flows, ['1', '2', '3', '4']).state.vars, { order: '1234' }, 'by the number of digits')
  t.same(go(flows, ['1', '2', 'digit']).state.vars, { order: '12' }, 'by a pause')
  t.same(go(flows, ['1']).last, [stop], 'the first digit stops the prompt')
  t.same(go(flows, ['1']).state.timer, { name: 'digit', at: 4000 })
  t.same(go(flows, ['played']).state.timer, { name: 'silence', at: 7000 })
  t.same(go(flows, ['9', '*']).state.timer, { name: 'silence', at: 7000 }, '* begins anew')
  t.same(go(flows, ['9', '*', '3', '4', '#']).state.vars, { order: '34' })
  t.same(go(flows, ['1', '#']).last, [played('zh/order-number-wrong', 'zh/order-number')], 'too few')
  t.same(go(flows, ['1', '#', '1', 'digit']).last, [queued])
  t.same(go(flows, ['played', 'silence', 'played', 'silence']).last, [queued])
  t.same(go(flows, ['0', '#']).last, [queued], 'a lone 0 is the way to an agent')
  t.same(go(flows, ['0', 'digit']).last, [queued])
  t.same(go(flows, ['0', '1', '#']).state.vars, { order: '01' })
  t.same(go(flows, ['#']).last, [played('zh/order-number-wrong', 'zh/order-number')])
  const firm = libraryOf(flowOf({ ask: { ...node, bargeIn: false, endKey: '*' }, menu: { ...menu, choices: { 0: { label: '人工', next: 'human' } } } }, { nodes: { ask: { ...node, bargeIn: false, endKey: '*', next: 'menu' }, menu, inner, human, bye } }))
  t.same(go(firm, ['1', '2']).last, [])
  t.same(go(firm, ['1', '#', '2', '*', '0', 'played']).state.vars, { order: '12' }, 'another end key; # is then no digit')
  t.same(go(firm, ['1', '2', '*', '0', 'played']).last.at(-1), queued, 'what comes after the end is for the next node')
})

t.test('say, branch, set', async (t) => {
  const say = (more: Partial<Extract<FlowNode, { type: 'say' }>>): FlowLibrary => libraryOf(flowOf({
    put: { type: 'set', values: { order: '12', of: '{order}-{caller.dnis}', level: '{caller.level}{caller.absent}{absent}' }, next: 'say' },
    say: { type: 'say', as: 'digits', value: '{order}', next: 'human', ...more }
  }))
  t.same(go(say({}), []).all, [played('zh/n-yao', 'zh/n-2')])
  t.same(go(say({ before: ['zh/order-number-is'], after: ['zh/queue-people'], as: 'number', language: 'en' }), []).all, [played('zh/order-number-is', 'en/n-12', 'zh/queue-people')])
  t.same(go(say({ as: 'date', value: '{moment.date}' }), []).all[0], { type: 'play', media: sayDate('2026-11-23', 'zh') })
  t.same(go(say({ as: 'time', value: '{moment.time}' }), []).all[0], { type: 'play', media: sayTime('10:00', 'zh') })
  t.same(go(say({ as: 'number', value: '{of}', before: ['zh/order-number-is'] }), []).all, [queued], 'what cannot be said is passed over')
  t.same(go(say({ as: 'digits', value: '{absent}' }), []).all, [queued])
  t.same(go(say({ bargeIn: false }), ['3']).last, [])
  t.same(go(say({}), ['3']).last, [stop, queued])
  t.same(go(say({}), []).state.vars, { order: '12', of: '12-12345', level: 'vip' })
  t.equal(fill('{a}{a}', { a: 'x'.repeat(60) }, at(0)).length, 64, 'values are bounded')
  t.same(placeholdersIn('{a} {b.c}{}'), ['a', 'b.c', ''])
  const branch = libraryOf(flowOf({
    way: { type: 'branch', cases: [{ when: { value: '{caller.level}', is: ['none'] }, next: 'bye' }, { when: { value: '{caller.ani}', startsWith: ['138'] }, next: 'human' }], otherwise: 'bye' }
  }))
  t.same(go(branch, []).all, [queued])

  const moment = (more: Partial<IvrContext['moment']>): IvrContext => at(0, { ...day, ...more })
  const cases: ReadonlyArray<readonly [Condition, IvrContext, boolean]> = [
    [{ time: { from: '08:00', to: '18:00' } }, moment({ minuteOfDay: 480 }), true],
    [{ time: { from: '08:00', to: '18:00' } }, moment({ minuteOfDay: 1080 }), false],
    [{ time: { from: '21:00', to: '08:00' } }, moment({ minuteOfDay: 1260 }), true],
    [{ time: { from: '21:00', to: '08:00' } }, moment({ minuteOfDay: 479 }), true],
    [{ time: { from: '21:00', to: '08:00' } }, moment({ minuteOfDay: 480 }), false],
    [{ time: { from: '21:00', to: '24:00' } }, moment({ minuteOfDay: 1439 }), true],
    [{ dayType: ['workday', 'makeup-workday'] }, moment({ dayType: 'makeup-workday', weekday: 7 }), true],
    [{ dayType: ['workday', 'makeup-workday'] }, moment({ dayType: 'unknown' }), false],
    [{ not: { dayType: ['unknown'] } }, moment({ dayType: 'unknown' }), false],
    [{ weekday: [6, 7] }, moment({ weekday: 7 }), true],
    [{ date: { from: '2026-11-01', to: '2026-11-23' } }, moment({}), true],
    [{ date: { from: '2026-11-24', to: '2026-11-30' } }, moment({}), false],
    [{ all: [{ weekday: [1] }, { value: '{caller.dnis}', is: ['12345'] }] }, moment({}), true],
    [{ any: [{ weekday: [2] }, { value: '{nothing}', empty: true }] }, moment({}), true],
    [{ value: '{caller.toString}', empty: false }, moment({}), false]
  ]
  for (const [condition, context, wanted] of cases) t.equal(holds(condition, {}, context), wanted, JSON.stringify([condition, context.moment]))
})

t.test('queue and hang-up', async (t) => {
  const node: FlowNode = { type: 'queue', skillGroup: 'english', priority: 8, language: 'en', prompts: ['zh/transferring'], full: 'bye' }
  const flows = libraryOf(flowOf({ wait: node }))
  t.same(go(flows, []).all, [played('zh/transferring')])
  t.same(go(flows, ['1', 'played']).last, [{ type: 'queue', skillGroup: 'english', priority: 8, language: 'en' }])
  t.equal(go(flows, ['played']).state.phase, 'queued')
  t.same(go(flows, ['played', '1', 'played', 'silence']).last, [], 'an agent is awaited')
  t.same(go(flows, ['played', 'full']).last, [played('zh/goodbye')])
  t.same(go(flows, ['played', 'full', '1', 'full', 'played']).last, [{ type: 'hang-up' }])
  t.equal(go(flows, ['played', 'full', 'played']).state.phase, 'ended')
  t.same(go(flows, ['played', 'full', 'played', 'played', '1']).last, [])
  t.same(go(libraryOf(flowOf({ end: { type: 'hang-up' } })), []).all, [{ type: 'hang-up' }])
})

t.test('sub-flows', async (t) => {
  const sub = flowOf({ ask: { ...menu, choices: { 1: { label: '继续', next: '@return' }, 0: { label: '人工', next: 'human' } } } }, { name: 'sub', kind: 'sub', variables: { a: 'sub', b: 'sub' } })
  const main = flowOf({ call: { type: 'sub-flow', flow: 'sub', next: 'bye' } }, { variables: { a: 'main' } })
  const flows = libraryOf(main, sub)
  t.same(go(flows, []).state.stack, [{ flow: 'main', version: '1', node: 'call' }])
  t.same(go(flows, []).state.vars, { a: 'main', b: 'sub' }, 'a caller\'s value goes before the initial one')
  t.match(go(flows, ['1']).state, { flow: 'main', node: 'bye', stack: [] })
  t.match(go(flows, ['0']).state, { flow: 'sub', node: 'human', phase: 'queued' })
})

t.test('faults of the flow go to a human, and end the flow', async (t) => {
  const fault = (flows: FlowLibrary, inputs: string[] = []): string | undefined => {
    const { state, last } = go(flows, inputs)
    const effect = last.at(-1)
    if (effect?.type !== 'fault') return undefined
    t.equal(state.phase, 'ended')
    t.same(step(flows, state, { type: 'key', key: '1' }, at(0)).effects, [])
    return effect.message
  }
  const round = flowOf({ a: { type: 'set', values: { x: '1' }, next: 'b' }, b: { type: 'set', values: { x: '2' }, next: 'a' } })
  t.match(fault(libraryOf(round)), `${STEP_BUDGET} nodes`)
  t.match(fault(libraryOf()), 'no flow main')
  t.match(fault(libraryOf(flowOf({ a: menu, inner }, { kind: 'sub' }))), 'sub-flow')
  t.match(fault(libraryOf(flowOf({ a: { type: 'play', prompts: ['zh/x'], next: 'nowhere' } })), ['played']), 'no node nowhere')
  t.match(fault(libraryOf(flowOf({ a: { type: 'sub-flow', flow: 'gone' } }))), 'not there')
  t.match(fault(libraryOf(flowOf({ a: { type: 'play', prompts: ['zh/x'], next: '@return' } })), ['played']), 'nothing called it')
  t.match(fault(libraryOf(flowOf({ a: { type: 'sub-flow', flow: 'main' } }))), 'deep')
  t.match(fault(libraryOf(flowOf({ a: { type: 'sub-flow', flow: 's' } }), flowOf({ b: { type: 'set', values: { x: '' }, next: '@return' } }, { name: 's', kind: 'sub' }))), 'where to go on')
  const { state } = go(libraryOf(flowOf({ menu, inner })), [])
  t.match(step(libraryOf(), state, { type: 'played' }, at(0)), { state: { phase: 'ended', playing: false }, effects: [stop, { type: 'fault' }] })
  t.match(step(libraryOf(flowOf({ menu, inner })), { ...state, node: 'constructor' }, { type: 'played' }, at(0)).effects.at(-1), { type: 'fault' })
})

/** Flows that pass the check: ways without a key lead forward, menus and digits lead anywhere. */
const anyFlow = fc.array(fc.record({
  kind: fc.constantFrom('play', 'menu', 'collect', 'say', 'branch', 'set', 'queue'),
  to: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  firm: fc.boolean(),
  attempts: fc.integer({ min: 1, max: 3 })
}), { minLength: 1, maxLength: 12 }).map(plan => {
  const ahead = (index: number, to: number): string => index + 1 >= plan.length ? 'human' : `n${index + 1 + to % (plan.length - index - 1)}`
  const anywhere = (to: number): string => `n${to % plan.length}`
  const nodes = Object.fromEntries(plan.map(({ kind, to: [a = 0, b = 0, c = 0, d = 0], firm, attempts }, index): [string, FlowNode] => [`n${index}`, ((): FlowNode => {
    const retry = { attempts, prompts: ['zh/silence'], next: 'human' }
    switch (kind) {
      case 'play': return { type: 'play', prompts: ['zh/welcome'], bargeIn: !firm, next: ahead(index, a) }
      case 'menu': return {
        type: 'menu',
        prompts: ['zh/menu'],
        bargeIn: !firm,
        choices: { 1: { label: '一', next: anywhere(a) }, 2: { label: '二', next: anywhere(b) }, '#': { label: '三', next: anywhere(c) }, 0: { label: '人工', next: 'human' } },
        silence: retry,
        wrong: retry
      }
      case 'collect': return { type: 'collect', prompts: ['zh/order-number'], variable: 'x', minDigits: 1 + a % 3, maxDigits: 3 + b % 3, bargeIn: !firm, next: anywhere(d), silence: retry, wrong: retry }
      case 'say': return { type: 'say', as: (['digits', 'number', 'date', 'time'] as const)[a % 4] ?? 'digits', value: '{x}', next: ahead(index, b) }
      case 'branch': return { type: 'branch', cases: [{ when: { value: '{x}', startsWith: ['1'] }, next: ahead(index, a) }, { when: { weekday: [1 + b % 7] }, next: ahead(index, c) }], otherwise: ahead(index, d) }
      case 'set': return { type: 'set', values: { x: '{x}1' }, next: ahead(index, a) }
      default: return { type: 'queue', skillGroup: 'help', full: ahead(index, a) }
    }
  })()]))
  const flow = flowOf(nodes, { variables: { x: '' } })
  const reached = new Set([flow.start, 'human', 'bye'])
  for (const id of reached) for (const target of JSON.stringify(flow.nodes[id]).matchAll(/"(?:next|full|otherwise)":"(\w+)"/g)) reached.add(target[1] as string)
  return { ...flow, nodes: Object.fromEntries(Object.entries(flow.nodes).filter(([id]) => reached.has(id))) }
})
const anyInput = fc.constantFrom<IvrInput>(
  ...KEYS.map(key => ({ type: 'key' as const, key })), ...Array<IvrInput>(6).fill({ type: 'played' }), { type: 'timer', name: 'silence' }, { type: 'timer', name: 'digit' }, { type: 'queue-full' }
)

/** A call that still runs always waits for something that will come by itself: the end of a playback, or a timer. */
function waits (state: IvrState): boolean {
  return state.phase !== 'running' || state.playing || state.timer !== undefined
}

t.test('any keys in any good flow end or wait, within the budget, and the state survives JSON', async (t) => {
  const prompts = await promptsIn(promptsFolder)
  fc.assert(fc.property(anyFlow, fc.array(anyInput, { maxLength: 60 }), (file, inputs) => {
    const { findings } = checkFlow('main.json', file, { prompts, skillGroups, flowNames: new Set(['main']), subFlows: new Map() })
    if (findings.length > 0) throw new Error(`not a good flow: ${JSON.stringify(findings[0])}`)
    const flows = libraryOf(file)
    let { state, effects } = begin(flows, 'main', at(0))
    let now = 0
    for (const input of inputs) {
      if (effects.some(effect => effect.type === 'fault')) return false
      if (!waits(state) || JSON.stringify(state).length > 8192) return false
      const thawed = JSON.parse(JSON.stringify(state)) as IvrState
      if (JSON.stringify(step(flows, thawed, input, at(now))) !== JSON.stringify(step(flows, state, input, at(now)))) return false;
      ({ state, effects } = step(flows, state, input, at(now)))
      now += 500
    }
    // Left alone, every caller comes to a human or to an end.
    for (let round = 0; round < 200 && state.phase === 'running'; round++) {
      ({ state } = step(flows, state, state.playing ? { type: 'played' } : { type: 'timer', name: state.timer?.name ?? 'silence' }, at(now)))
    }
    return state.phase !== 'running'
  }), { numRuns: 2000 })
  t.pass('2000 flows')
})

/** The shipped flows, compiled as the server does. */
async function shipped (): Promise<FlowLibrary> {
  const read = await readFlows(await flowFilesIn(flowsFolder))
  const { flows, findings } = compile({ ...read, prompts: await promptsIn(promptsFolder), skillGroups, last: new Map(), get: () => undefined })
  t.same([...read.findings, ...findings], [], 'the shipped flows have no findings')
  return { get: (name, version) => version === undefined || flows.get(name)?.version === version ? flows.get(name) : undefined }
}

t.test('the shipped flow, walked through by every key at every moment', async (t) => {
  const flows = await shipped()
  const groups = new Set<string>()
  const labels = new Set<string>()
  const seen = new Set<string>()
  const moments = [day, { ...day, minuteOfDay: 1300 }, { ...day, minuteOfDay: 479, dayType: 'unknown' as const }, { ...day, minuteOfDay: 480, dayType: 'holiday' as const }]
  for (const moment of moments) {
    const context = at(0, moment)
    const start = begin(flows, 'main', context)
    const open = [start.state]
    // Which digits were pressed makes no difference to where the call stands, how many does.
    const name = (state: IvrState): string => JSON.stringify([moment.minuteOfDay, state]).replace(/"(keys|orderNumber)":"(\d{2,})"/g, (_, field: string, digits: string) => `"${field}":${digits.length}`)
    while (open.length > 0) {
      const state = open.pop() as IvrState
      if (!waits(state)) t.fail(`stuck: ${JSON.stringify(state)}`)
      // Two keys pressed ahead stand for any number of them.
      const keys = state.node === 'welcome' && state.keys.length === 2 ? [] : KEYS
      for (const input of [...keys, 'played', 'silence', 'digit', 'full']) {
        const next = step(flows, state, inputOf(input), context)
        for (const effect of next.effects) {
          if (effect.type === 'fault') t.fail(effect.message)
          if (effect.type === 'queue') groups.add(effect.skillGroup)
          if (effect.type === 'choice') labels.add(effect.label)
        }
        const known = name(next.state)
        if (seen.has(known)) continue
        seen.add(known)
        open.push(next.state)
      }
    }
  }
  t.ok(seen.size > 100, `${seen.size} states`)
  t.same([...groups].sort(), [...skillGroups].sort(), 'every skill group is reached')
  t.same([...labels].sort(), ['English', '人工', '企业服务', '咨询', '少数民族语言', '投诉举报建议', '查询进度', '求助'].sort())

  const callAt = (inputs: string[], moment: IvrContext['moment'] = day): IvrEffect[] => go(flows, inputs, at(0, moment)).all
  t.same(callAt([]), [played('zh/welcome')], 'the recording notice first')
  t.same(callAt(['0', '0']).length, 1, 'which no key cuts off')
  t.match(callAt(['0', 'played']).at(-1), { type: 'queue', skillGroup: 'general' }, 'but a key pressed then counts after it')
  t.same(callAt(['played', 'played']).at(-1), played('zh/menu', 'en/menu-english', 'zh/menu-agent'))
  t.same(callAt(['played', 'played'], { ...day, minuteOfDay: 1300 }).at(-1), played('zh/night'))
  t.match(callAt(['played', 'played', 'played', 'silence', 'played', 'silence', 'played']).at(-1), { type: 'queue', skillGroup: 'general' })
  t.match(callAt(['played', 'played', '7', '7', '7', 'played']).at(-1), { type: 'queue', skillGroup: 'general' })
  t.match(callAt(['played', 'played', '9', 'played', 'played']).at(-1), { type: 'queue', skillGroup: 'english', language: 'en' })
  const progress = go(flows, ['played', 'played', '4', ...'250912101108', '#', 'played', 'played'])
  t.match(progress.state, { vars: { orderNumber: '250912101108' }, phase: 'queued' })
  t.match(callAt(['played', 'played', '1', 'full', 'played']).slice(-2), [played('zh/queue-full'), { type: 'hang-up' }])
})
