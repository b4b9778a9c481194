import t from 'tap'
import { decide } from '../../src/calls/core/call.ts'
import { initialCall, isOver, type CallContext, type CallEffect, type CallInput, type CallState } from '../../src/calls/core/state.ts'
import { ownedId, parseOwnedId } from '../../src/kernel/ids.ts'
import type { CompiledFlow } from '../../src/ivr/core/flow.ts'

const callId = '0190a000-0000-7000-8000-000000000001'
const citizen = '1700000000.1'
const rules = { ringMs: 20_000, reconnectMs: 20_000, firstAnnounceMs: 5000, announceMs: 30_000, sweepMs: 5000, sweeps: 3, muteMs: 60_000, flow: 'main', generalGroup: 'general' }
const moment = { date: '2026-11-23', weekday: 1 as const, minuteOfDay: 600, dayType: 'workday' as const }

const flow: CompiledFlow = {
  name: 'main',
  version: 'v1',
  subFlows: {},
  file: {
    name: 'main',
    title: 'test',
    kind: 'main',
    language: 'zh',
    start: 'menu',
    agent: 'general',
    nodes: {
      menu: {
        type: 'menu',
        prompts: ['zh/menu'],
        choices: { 1: { label: '咨询', next: 'consult' }, 9: { label: '再见', next: 'bye' }, 0: { label: '人工', next: 'general' } },
        silence: { next: 'general' },
        wrong: { next: 'general' }
      },
      consult: { type: 'queue', skillGroup: 'consult', full: 'bye' },
      general: { type: 'queue', skillGroup: 'general', full: 'bye' },
      bye: { type: 'hang-up' }
    }
  }
}
const flows = { get: (name: string) => name === 'main' ? flow : undefined }

interface Run { state: CallState, effects: CallEffect[], at: number }

function step (run: Run, input: CallInput, after = 1000, context: Partial<CallContext> = {}): Run {
  const at = run.at + after
  const decision = decide(run.state, input, { at, flows, moment, rules, ...context })
  if (!decision.ok) throw new Error(`refused: ${decision.refusal}`)
  return { state: decision.state, effects: [...decision.effects], at }
}

function given (...inputs: CallInput[]): Run {
  const start: Run = { state: initialCall(callId, { id: citizen, ani: '13800000001', dnis: '12345' }, 'trunk', 0), effects: [], at: 0 }
  return inputs.reduce((run, input) => step(run, input), start)
}

const kinds = (run: Run) => run.effects.flatMap(effect => effect.type === 'journal' ? [`journal ${effect.entry.type}`] : [effect.type])
const entry = (run: Run, type: string) => run.effects.find(effect => effect.type === 'journal' && effect.entry.type === type) as Extract<CallEffect, { type: 'journal' }> | undefined

const arrived: CallInput[] = [{ type: 'arrived' }]
const queued: CallInput[] = [...arrived, { type: 'key', legId: citizen, key: '1' }, { type: 'queue-result', result: 'queued' }]
const offered: CallInput[] = [...queued, { type: 'offered', agentId: '1001' }]
const agentLeg = given(...offered).state.agent?.legId ?? ''
const talking: CallInput[] = [...offered, { type: 'leg-ringing', legId: agentLeg }, { type: 'leg-answered', legId: agentLeg }]
const lost: CallInput[] = [...talking, { type: 'leg-gone', legId: agentLeg, cause: 'other' }]

t.test('ids carry their call at a fixed length', async (t) => {
  const id = ownedId(callId, 'leg', 7)
  t.equal(id.length, 47)
  t.same(parseOwnedId(id), { callId, kind: 'leg', seq: 7 })
  t.equal(parseOwnedId(citizen), undefined)
})

t.test('from the menu to the talk', async (t) => {
  const atMenu = given(...arrived)
  t.same(kinds(atMenu), ['journal arrived', 'answer', 'record', 'play'])
  t.equal(entry(atMenu, 'arrived')?.entry.facts.ani, '13800000001')
  const chosen = step(atMenu, { type: 'key', legId: citizen, key: '1' })
  t.equal(chosen.state.phase, 'queued')
  t.same(chosen.state.choices, ['咨询'])
  t.ok(kinds(chosen).includes('enqueue') && kinds(chosen).includes('prepare-pop') && kinds(chosen).includes('stop-play'))
  t.same(kinds(step(chosen, { type: 'queue-result', result: 'queued' })), ['start-music'])
  const ring = given(...offered)
  t.same(kinds(ring), ['journal offered', 'create-leg'])
  t.equal(ring.state.timers.ring, ring.at + rules.ringMs)
  const talk = given(...talking)
  t.same(kinds(talk), ['stop-music', 'journal answered', 'connect', 'agent-answered'])
  t.equal(entry(talk, 'answered')?.entry.facts.waitMs, 4000)
  t.match(entry(talk, 'answered')?.entry.facts, { agentId: '1001' })
})

t.test('each stage in which the caller leaves has its outcome, and frees everything', async (t) => {
  const leave: CallInput = { type: 'leg-gone', legId: citizen, cause: 'normal' }
  for (const [stage, inputs, outcome, expected] of [
    ['menu', arrived, 'abandoned-in-menu', ['journal ended']],
    ['queue', queued, 'abandoned-in-queue', ['withdraw', 'journal ended']],
    ['ringing', offered, 'abandoned-while-ringing', ['hang-up', 'agent-offer-ended', 'journal ended']],
    ['talk', talking, 'answered', ['hang-up', 'agent-call-ended', 'destroy-bridge', 'journal ended']],
    ['lost page', lost, 'answered', ['agent-call-ended', 'journal ended']]
  ] as const) {
    const run = step(given(...inputs), leave)
    t.equal(run.state.phase, 'ended', stage)
    t.equal(run.state.outcome, outcome, stage)
    t.same(kinds(run), expected, stage)
    const after = step(run, leave)
    t.same(after.effects, [], 'ends once')
    t.equal(isOver(step(after, { type: 'leg-gone', legId: agentLeg, cause: 'normal' }).state), true)
  }
})

t.test('RONA, a declined and an unreachable phone: back to the caller’s place', async (t) => {
  for (const [input, why] of [
    [{ type: 'timer', name: 'ring' }, 'no-answer'],
    [{ type: 'leg-gone', legId: agentLeg, cause: 'busy' }, 'declined'],
    [{ type: 'leg-gone', legId: agentLeg, cause: 'other' }, 'unreachable'],
    [{ type: 'effect-failed', effect: 'create-leg', legId: agentLeg, code: 'unreachable' }, 'unreachable']
  ] as Array<[CallInput, string]>) {
    const run = step(given(...offered), input)
    t.equal(run.state.phase, 'queued', why)
    const joinedAt = given(...queued).state.queue?.joinedAt
    t.match(run.effects.find(effect => effect.type === 'enqueue'), { again: true, joinedAt, frees: { agentId: '1001', why } })
    const late = step(run, { type: 'leg-answered', legId: agentLeg })
    t.equal(late.state.phase, 'queued', 'a late answer connects nobody')
    t.ok(late.state.leaving[agentLeg] !== undefined || kinds(late).includes('hang-up'), 'and its leg is hung up')
  }
})

t.test('an offer that comes after the caller left gives the agent back', async (t) => {
  const gone = step(given(...queued), { type: 'leg-gone', legId: citizen, cause: 'normal' })
  t.match(step(gone, { type: 'offered', agentId: '1001' }).effects, [{ type: 'agent-offer-ended', agentId: '1001', why: 'caller-left' }])
  t.match(step(given(...talking), { type: 'offered', agentId: '1002' }).effects, [{ type: 'agent-offer-ended', agentId: '1002' }])
})

t.test('only the agent of the call hangs up, and only a talk', async (t) => {
  const context = { at: 99_000, flows, moment, rules }
  t.same(decide(given(...talking).state, { type: 'hang-up', agentId: '1002' }, context), { ok: false, refusal: 'not-your-call' })
  t.same(decide(given(...offered).state, { type: 'hang-up', agentId: '1001' }, context), { ok: false, refusal: 'not-in-call' })
  const run = step(given(...talking), { type: 'hang-up', agentId: '1001' })
  t.same(kinds(run), ['hang-up', 'agent-call-ended', 'destroy-bridge', 'hang-up', 'journal ended'])
  t.match(entry(run, 'ended')?.entry.facts, { outcome: 'answered', endedBy: 'agent', talkMs: 1000 })
})

t.test('a page that is lost and comes back', async (t) => {
  const away = given(...lost)
  t.equal(away.state.phase, 'reconnecting')
  t.same(kinds(away), ['destroy-bridge', 'journal agent-lost', 'play'])
  const rung = step(away, { type: 'phone-back', agentId: '1001', newPage: true })
  t.match(rung.effects, [{ type: 'create-leg', autoAnswer: true }])
  const back = step(rung, { type: 'leg-answered', legId: rung.state.agent?.legId ?? '' })
  t.equal(back.state.phase, 'talking')
  t.notSame(back.state.bridgeId, given(...talking).state.bridgeId)
  t.ok(kinds(back).includes('journal agent-back'))
  t.same(step(away, { type: 'phone-back', agentId: '1002', newPage: true }).effects, [], 'another agent’s phone is not rung')
})

t.test('a new page while the old leg still stands', async (t) => {
  const run = step(given(...talking), { type: 'phone-back', agentId: '1001', newPage: true })
  t.equal(run.state.phase, 'reconnecting')
  t.match(run.effects.filter(effect => effect.type === 'hang-up'), [{ legId: agentLeg }])
  t.match(run.effects.find(effect => effect.type === 'create-leg'), { autoAnswer: true })
  t.same(step(given(...talking), { type: 'phone-back', agentId: '1001', newPage: false }).effects, [], 'the same page re-registered: nothing to do')
})

t.test('a page that does not come back in time: the caller goes first', async (t) => {
  const run = step(given(...lost), { type: 'timer', name: 'reconnect' }, 20_000)
  t.equal(run.state.phase, 'queued')
  t.match(run.effects.find(effect => effect.type === 'agent-call-taken'), { agentId: '1001' })
  t.match(run.effects.find(effect => effect.type === 'enqueue'), { priority: 9, again: true })
  const gone = step(run, { type: 'leg-gone', legId: citizen, cause: 'normal' })
  t.equal(gone.state.outcome, 'answered', 'an agent did answer this caller')
})

t.test('a full queue goes on in the flow', async (t) => {
  const run = step(given(...arrived, { type: 'key', legId: citizen, key: '1' }), { type: 'queue-result', result: 'full' })
  t.equal(run.state.outcome, 'refused-full')
  t.ok(kinds(run).includes('journal queue-refused'))
})

t.test('a flow that is missing sends the caller to an agent', async (t) => {
  const run = step({ state: initialCall(callId, { id: citizen, ani: '', dnis: '12345' }, '', 0), effects: [], at: 0 }, { type: 'arrived' }, 0, { flows: { get: () => undefined } })
  t.equal(run.state.phase, 'queued')
  t.equal(run.state.queue?.groupId, 'general')
})

t.test('announcements come and go with the music', async (t) => {
  const asked = step(given(...queued), { type: 'timer', name: 'announce' })
  t.same(kinds(asked), ['ask-position'])
  const told = step(asked, { type: 'position', ahead: 2, waitMinutes: 3 })
  t.same(kinds(told), ['stop-music', 'play'])
  t.same(kinds(step(told, { type: 'played', playbackId: told.state.playback?.id ?? '' })), ['start-music'])
  t.same(step(told, { type: 'played', playbackId: 'another' }).effects, [])
  t.equal(step(told, { type: 'offered', agentId: '1001' }).state.phase, 'offering')
})

t.test('legs that do not end are hung up again, then given up', async (t) => {
  let run = step(given(...talking), { type: 'hang-up', agentId: '1001' })
  for (let n = 1; n < rules.sweeps; n++) {
    run = step(run, { type: 'timer', name: 'sweep' }, 5000)
    t.same(kinds(run), ['hang-up', 'hang-up'])
  }
  run = step(run, { type: 'timer', name: 'sweep' }, 5000)
  t.equal(isOver(run.state), true)
  t.same(kinds(run), ['journal fault', 'journal fault'])
})

t.test('the recording is silenced at the agent’s wish, and never for ever', async (t) => {
  const wish: CallInput = { type: 'mute-recording', agentId: '1001', reason: 'bank' }
  const muted = step(given(...talking), wish)
  t.same(kinds(muted), ['mute-recording', 'journal recording-muted'])
  t.match(entry(muted, 'recording-muted')?.entry.data, { reason: 'bank', agentId: '1001' })
  t.equal(muted.state.timers.unmute, muted.at + 60_000)
  const longer = step(muted, wish, 10_000)
  t.same(kinds(longer), [], 'asked again: more time, nothing else')
  t.equal(longer.state.mutedUntil, longer.at + 60_000)
  for (const end of [{ type: 'timer', name: 'unmute' }, { type: 'unmute-recording', agentId: '1001' }] as const) {
    const heard = step(longer, end)
    t.same(kinds(heard), ['mute-recording', 'journal recording-unmuted'])
    t.equal(heard.state.mutedUntil, undefined)
    t.equal(heard.state.timers.unmute, undefined)
    t.same(kinds(step(heard, end)), [], 'once')
  }
  t.ok(kinds(step(muted, { type: 'resync', legs: { [citizen]: 'up', [agentLeg]: 'up' }, playing: false })).includes('mute-recording'), 'again after a restart')
  t.same(decide(given(...talking).state, { ...wish, agentId: '1002' }, { at: 1, flows, moment, rules }), { ok: false, refusal: 'not-your-call' })
  t.same(decide(given(...offered).state, wish, { at: 1, flows, moment, rules }), { ok: false, refusal: 'not-in-call' })
  t.match(entry(step(muted, { type: 'effect-failed', effect: 'mute-recording', code: 'fault' }), 'fault')?.entry.data, { message: 'recording not muted' })
  const unrecorded = step(given(...talking), { type: 'recording-failed', code: 'disk-full' })
  t.equal(unrecorded.state.phase, 'talking', 'a call that is not recorded goes on')
  t.match(entry(unrecorded, 'fault')?.entry.data, { message: 'not recorded', code: 'disk-full' })
})

t.test('after a restart', async (t) => {
  const resync = (legs: Record<string, 'down' | 'ringing' | 'up'>, playing = false): CallInput => ({ type: 'resync', legs, playing })
  t.test('the caller has left meanwhile', async (t) => {
    for (const inputs of [arrived, queued, offered, talking, lost]) t.equal(step(given(...inputs), resync({})).state.phase, 'ended')
  })
  t.test('in the menu: a prompt that ended meanwhile has ended', async (t) => {
    t.ok(step(given(...arrived), resync({ [citizen]: 'up' })).state.timers.flow !== undefined)
    t.same(kinds(step(given(...arrived), resync({ [citizen]: 'up' }, true))), ['journal resumed', 'record'])
  })
  t.test('in the queue: the same place, music again', async (t) => {
    const run = step(given(...queued), resync({ [citizen]: 'up' }))
    t.match(run.effects.find(effect => effect.type === 'enqueue'), { joinedAt: given(...queued).state.queue?.joinedAt, again: true })
    t.ok(kinds(run).includes('start-music'))
  })
  t.test('while ringing: rings on, was answered, or is offered again without blame', async (t) => {
    t.ok(kinds(step(given(...offered), resync({ [citizen]: 'up', [agentLeg]: 'ringing' }))).includes('create-leg'))
    t.equal(step(given(...offered), resync({ [citizen]: 'up', [agentLeg]: 'up' })).state.phase, 'talking')
    const gone = step(given(...offered), resync({ [citizen]: 'up' }))
    t.match(gone.effects.find(effect => effect.type === 'enqueue'), { again: true, frees: { why: 'interrupted' } })
    t.equal(gone.state.phase, 'queued')
  })
  t.test('talking: the same bridge, or the agent is awaited', async (t) => {
    const run = step(given(...talking), resync({ [citizen]: 'up', [agentLeg]: 'up' }))
    t.match(run.effects.find(effect => effect.type === 'connect'), { bridgeId: given(...talking).state.bridgeId })
    t.equal(step(given(...talking), resync({ [citizen]: 'up' })).state.phase, 'reconnecting')
  })
})
