import t from 'tap'
import fc from 'fast-check'
import { decide, initialAgent, isAvailable, isBusy, nextMoment, type AgentInput, type AgentRules, type AgentState } from '../../src/agents/core/agent.ts'

const rules: AgentRules = { wrapUpMs: 60_000, extensionMs: 30_000, graceMs: 20_000, offlineAfterMs: 600_000, offerMaxMs: 40_000 }

/** Feeds inputs one after another, a second apart; refusals change nothing. */
function given (...inputs: AgentInput[]): { state: AgentState, at: number } {
  let state = initialAgent('1001', 0)
  let at = 0
  for (const input of inputs) {
    at += 1000
    const decision = decide(state, input, at, rules)
    if (decision.ok) state = decision.state
  }
  return { state, at }
}

function then (from: { state: AgentState, at: number }, input: AgentInput, after = 1000): AgentState {
  const decision = decide(from.state, input, from.at + after, rules)
  if (!decision.ok) throw new Error(decision.refusal)
  return decision.state
}

const here: AgentInput[] = [{ type: 'desk-connected' }, { type: 'phone-reachable' }]
const ready: AgentInput[] = [...here, { type: 'make-ready' }]
const reserved: AgentInput[] = [...ready, { type: 'reserve', callId: 'c' }]
const ringing: AgentInput[] = [...reserved, { type: 'rang', callId: 'c' }]
const talking: AgentInput[] = [...ringing, { type: 'answered', callId: 'c' }]
const wrapUp: AgentInput[] = [...talking, { type: 'call-ended', callId: 'c' }]

t.test('a shift', async (t) => {
  t.match(given(...here).state, { name: 'not-ready', reason: 'signed-in' })
  t.ok(isAvailable(given(...ready).state))
  t.match(given(...reserved).state, { name: 'reserved', callId: 'c' })
  t.match(given(...ringing).state, { name: 'ringing', callId: 'c' })
  t.match(given(...talking).state, { name: 'talking', callId: 'c' })
  t.match(given(...wrapUp).state, { name: 'wrap-up', callId: 'c', until: 67_000 })
  t.match(then(given(...wrapUp), { type: 'time' }, 59_999).name, 'wrap-up')
  t.match(then(given(...wrapUp), { type: 'time' }, 60_000), { name: 'ready', callId: undefined })
})

t.test('wrap-up can be extended, or ended early', async (t) => {
  const extended = then(given(...wrapUp), { type: 'extend-wrap-up' })
  t.equal(extended.until, 97_000)
  t.equal(then(given(...wrapUp), { type: 'make-ready' }).name, 'ready')
  t.same(decide(given(...ready).state, { type: 'extend-wrap-up' }, 9000, rules), { ok: false, refusal: 'not-in-wrap-up' })
})

t.test('示忙 in a call holds after it', async (t) => {
  const wish: AgentInput = { type: 'make-not-ready', reason: 'meal' }
  t.equal(given(...talking, wish).state.name, 'talking')
  const later = given(...talking, wish, { type: 'call-ended', callId: 'c' })
  t.equal(later.state.name, 'wrap-up')
  t.match(then(later, { type: 'time' }, 60_000), { name: 'not-ready', reason: 'meal' })
  t.match(given(...ringing, wish, { type: 'offer-ended', callId: 'c', why: 'caller-left' }).state, { name: 'not-ready', reason: 'meal' })
  t.equal(then(given(...talking, wish, { type: 'make-ready' }, { type: 'call-ended', callId: 'c' }), { type: 'time' }, 60_000).name, 'ready', 'the wish can be taken back')
})

t.test('how an offer ends', async (t) => {
  for (const [why, name, reason] of [['no-answer', 'not-ready', 'ring-no-answer'], ['declined', 'not-ready', 'declined'], ['unreachable', 'not-ready', 'unreachable'], ['caller-left', 'ready', undefined], ['interrupted', 'ready', undefined]] as const) {
    const { state } = given(...ringing, { type: 'offer-ended', callId: 'c', why })
    t.equal(state.name, name, why)
    t.equal(state.reason, reason, why)
  }
  t.equal(given(...ringing, { type: 'offer-ended', callId: 'c', why: 'caller-left' }).state.since, given(...ready).state.since, 'idle time is kept')
  t.equal(then(given(...reserved), { type: 'time' }, 40_000).name, 'ready', 'an offer without end is forgotten')
})

t.test('news of another call changes nothing', async (t) => {
  for (const inputs of [ready, reserved, ringing, talking, wrapUp]) {
    const before = given(...inputs)
    for (const type of ['rang', 'answered', 'call-ended', 'call-taken-away'] as const) t.equal(then(before, { type, callId: 'other' }), before.state)
    t.equal(then(before, { type: 'offer-ended', callId: 'other', why: 'no-answer' }), before.state)
  }
})

t.test('pages that go and come back', async (t) => {
  const gone = given(...ready, { type: 'desk-lost' })
  t.notOk(isAvailable(gone.state))
  t.equal(nextMoment(gone.state, rules), gone.at + 20_000)
  t.equal(then(gone, { type: 'time' }, 19_999).name, 'ready')
  t.match(then(gone, { type: 'time' }, 20_000), { name: 'not-ready', reason: 'disconnected' })
  t.ok(isAvailable(then(gone, { type: 'desk-connected' })))
  t.match(then(gone, { type: 'signed-in' }), { name: 'not-ready', reason: 'signed-in' })
  for (const inputs of [ready, talking, wrapUp]) t.equal(given(...inputs, { type: 'signed-in' }).state.name, given(...inputs).state.name, 'a second page changes nothing')
  const lost = { state: then(gone, { type: 'time' }, 20_000), at: gone.at + 20_000 }
  t.equal(then(lost, { type: 'time' }, 580_000).name, 'offline')
  t.match(given(...talking, { type: 'desk-lost' }).state, { name: 'talking', desk: false })
  t.match(then(given(...talking, { type: 'desk-lost' }), { type: 'call-taken-away', callId: 'c' }), { name: 'not-ready', reason: 'disconnected' })
})

t.test('after a restart agents follow their calls', async (t) => {
  t.match(given(...here, { type: 'adopt', callId: 'd', talking: true }).state, { name: 'talking', callId: 'd' })
  t.match(given(...here, { type: 'adopt', callId: 'd', talking: false }).state, { name: 'reserved', callId: 'd' })
  t.equal(given(...talking, { type: 'call-vanished' }).state.name, 'wrap-up')
  t.equal(given(...ringing, { type: 'call-vanished' }).state.name, 'ready')
})

t.test('sign-out is refused while a call counts on the agent', async (t) => {
  for (const inputs of [reserved, ringing, talking]) t.same(decide(given(...inputs).state, { type: 'sign-out' }, 9000, rules), { ok: false, refusal: 'in-call' })
  for (const inputs of [here, ready, wrapUp]) t.equal(given(...inputs, { type: 'sign-out' }).state.name, 'offline')
  t.same(decide(initialAgent('1001', 0), { type: 'make-ready' }, 1, rules), { ok: false, refusal: 'not-signed-in' })
})

t.test('whatever happens, the rules hold', async () => {
  const callId = fc.constantFrom('c', 'd')
  const input: fc.Arbitrary<AgentInput> = fc.oneof(
    fc.constantFrom<AgentInput>(
      { type: 'desk-connected' }, { type: 'signed-in' }, { type: 'desk-lost' }, { type: 'phone-reachable' }, { type: 'phone-unreachable' }, { type: 'make-ready' },
      { type: 'extend-wrap-up' }, { type: 'sign-out' }, { type: 'call-vanished' }, { type: 'time' }, { type: 'make-not-ready', reason: 'meal' }),
    fc.record({ type: fc.constantFrom('reserve' as const, 'rang' as const, 'answered' as const, 'call-ended' as const, 'call-taken-away' as const), callId }),
    fc.record({ type: fc.constant('offer-ended' as const), callId, why: fc.constantFrom('no-answer' as const, 'declined' as const, 'unreachable' as const, 'caller-left' as const, 'interrupted' as const) }),
    fc.record({ type: fc.constant('adopt' as const), callId, talking: fc.boolean() })
  )
  fc.assert(fc.property(fc.array(fc.tuple(input, fc.integer({ min: 1, max: 50_000 })), { maxLength: 60 }), steps => {
    let state = initialAgent('1001', 0)
    let at = 0
    for (const [next, after] of steps) {
      at += after
      const before = JSON.stringify(state)
      const decision = decide(state, next, at, rules)
      if (JSON.stringify(state) !== before) throw new Error('the state was changed in place')
      if (!decision.ok) continue
      const now = decision.state
      const journalled = decision.effects.filter(effect => effect.type === 'journal').length
      if (now.seq - state.seq !== journalled) throw new Error('a change that is not written down, or written twice')
      const told = decision.effects.filter(effect => effect.type !== 'journal').map(effect => effect.type)
      if (isAvailable(state) === isAvailable(now) && told.length > 0) throw new Error('the ACD hears of what did not change')
      if (!isAvailable(state) && isAvailable(now) && told[0] !== 'available') throw new Error('the ACD does not hear of a free agent')
      if (isAvailable(state) && !isAvailable(now) && next.type !== 'reserve' && told[0] !== 'unavailable') throw new Error('the ACD does not hear of a busy agent')
      if (isBusy(now) && now.callId === undefined) throw new Error('busy without a call')
      if ((now.name === 'ready' || now.name === 'offline') && now.callId !== undefined) throw new Error('free with a call')
      if (now.name === 'not-ready' && now.reason === undefined) throw new Error('not ready without a reason')
      if (now.name === 'wrap-up' && now.until === undefined) throw new Error('wrap-up without an end')
      if ((now.name === 'reserved' || now.name === 'ringing' || now.name === 'wrap-up') && nextMoment(now, rules) === undefined) throw new Error('stuck')
      state = now
    }
    return true
  }), { numRuns: 2000 })
})
