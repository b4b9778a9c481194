import t, { type Test } from 'tap'
import fc from 'fast-check'
import { callKey, candidateKey, chooseCall, compareCalls, compareCandidates, expectedWaitMinutes, rankCandidates, type Candidate, type WaitingCall } from '../../src/acd/core/policy.ts'
import { createMemoryStore } from '../../src/acd/memory-store.ts'
import { createOrderedSet } from '../../src/acd/ordered-set.ts'
import { createAcd } from '../../src/acd/service.ts'
import type { AcdStore } from '../../src/acd/store.ts'

const call = fc.record({
  callId: fc.integer({ min: 0, max: 999 }).map(n => `c${n}`),
  groupId: fc.constantFrom('a', 'b'),
  priority: fc.integer({ min: 0, max: 9 }),
  joinedAt: fc.integer({ min: 0, max: 50 }),
  node: fc.constant('n')
})
const candidate = fc.record({
  agentId: fc.integer({ min: 0, max: 999 }).map(n => `a${n}`),
  level: fc.integer({ min: 1, max: 3 }),
  idleSince: fc.integer({ min: 0, max: 50 })
})

function aCall (callId: string, more: Partial<WaitingCall> = {}): WaitingCall {
  return { callId, groupId: 'a', priority: 5, joinedAt: 0, node: 'n', ...more }
}

t.test('policy', async (t) => {
  t.test('both orders are total', async () => {
    fc.assert(fc.property(call, call, call, (a, b, c) => {
      const antisymmetric = Math.sign(compareCalls(a, b)) === -Math.sign(compareCalls(b, a))
      const transitive = !(compareCalls(a, b) < 0 && compareCalls(b, c) < 0) || compareCalls(a, c) < 0
      return antisymmetric && transitive && (compareCalls(a, b) !== 0 || a.callId === b.callId)
    }))
    fc.assert(fc.property(candidate, candidate, (a, b) =>
      Math.sign(compareCandidates(a, b)) === -Math.sign(compareCandidates(b, a)) && (compareCandidates(a, b) !== 0 || a.agentId === b.agentId)))
  })
  t.test('the numbers that sort first never contradict them', async () => {
    fc.assert(fc.property(call, call, (a, b) => callKey(a) >= callKey(b) || compareCalls(a, b) < 0))
    fc.assert(fc.property(candidate, candidate, (a, b) => candidateKey(a.level, a.idleSince) >= candidateKey(b.level, b.idleSince) || compareCandidates(a, b) < 0))
  })
  t.test('priority before waiting time, level before idle time', async (t) => {
    t.ok(compareCalls(aCall('x', { priority: 9, joinedAt: 100 }), aCall('y', { priority: 5, joinedAt: 0 })) < 0)
    t.ok(compareCalls(aCall('x', { joinedAt: 1 }), aCall('y', { joinedAt: 2 })) < 0)
    const idle = (agentId: string, level: number, idleSince: number): Candidate => ({ agentId, level, idleSince })
    t.same(rankCandidates([idle('c', 2, 0), idle('b', 1, 9), idle('a', 1, 3)]).map(c => c.agentId), ['a', 'b', 'c'])
  })
  t.test('the chosen call is the least', async () => {
    fc.assert(fc.property(fc.array(call), calls => {
      const chosen = chooseCall(calls)
      return calls.length === 0 ? chosen === undefined : chosen !== undefined && calls.every(other => compareCalls(chosen, other) <= 0)
    }))
  })
  t.test('no number is announced where none is known', async (t) => {
    t.equal(expectedWaitMinutes(3, 0, 60_000), undefined)
    t.equal(expectedWaitMinutes(3, 2, undefined), undefined)
    t.equal(expectedWaitMinutes(0, 10, 60_000), 1, 'never less than a minute')
    t.equal(expectedWaitMinutes(3, 2, 90_000), 3)
  })
})

t.test('ordered set agrees with a sorted array', async () => {
  const step = fc.record({ insert: fc.boolean(), value: fc.integer({ min: 0, max: 40 }) })
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 2, max: 8 }), (steps, longest) => {
    const set = createOrderedSet<number>((a, b) => a - b, longest)
    const key = (value: number) => Math.floor(value / 4)
    let model: number[] = []
    for (const { insert, value } of steps) {
      if (insert && !model.includes(value)) {
        set.insert(key(value), value)
        model = [...model, value].sort((a, b) => a - b)
      } else if (!insert) {
        if (set.delete(key(value), value) !== model.includes(value)) return false
        model = model.filter(kept => kept !== value)
      }
      if (set.rank(key(value), value) !== model.filter(kept => kept < value).length) return false
      if (set.size !== model.length || JSON.stringify(set.first(7)) !== JSON.stringify(model.slice(0, 7))) return false
    }
    return true
  }))
})

/** What every store must do. */
function storeContract (t: Test, name: string, makeStore: () => AcdStore): void {
  t.test(`store contract: ${name}`, async (t) => {
    t.test('takes calls up to the limit, and those that come back beyond it', async (t) => {
      const store = makeStore()
      t.equal(await store.enqueue(aCall('1'), 2), 'queued')
      t.equal(await store.enqueue(aCall('1'), 2), 'already')
      t.equal(await store.enqueue(aCall('2'), 2), 'queued')
      t.equal(await store.enqueue(aCall('3'), 2), 'full')
      t.equal(await store.enqueue(aCall('3')), 'queued')
      t.equal(await store.enqueue(aCall('4', { groupId: 'b' }), 2), 'queued', 'each group has its own limit')
    })
    t.test('keeps order and tells the place', async (t) => {
      const store = makeStore()
      await store.enqueue(aCall('late', { joinedAt: 9 }))
      await store.enqueue(aCall('early', { joinedAt: 1 }))
      await store.enqueue(aCall('first', { joinedAt: 20, priority: 9 }))
      t.same((await store.heads(['a', 'none'])).map(c => c.callId), ['first'])
      t.same(await Promise.all(['first', 'early', 'late', 'none'].map(id => store.ahead(id))), [0, 1, 2, undefined])
      t.same(await store.waiting(), [{ groupId: 'a', waiting: 3, oldestJoinedAt: 1 }])
      t.equal(await store.withdraw('early'), true)
      t.equal(await store.withdraw('early'), false)
      t.equal(await store.ahead('late'), 1)
    })
    t.test('candidates by level, then idle time; an agent stands in all of its groups or in none', async (t) => {
      const store = makeStore()
      await store.setAvailable({ agentId: 'x', idleSince: 5, skills: [{ groupId: 'a', level: 2 }, { groupId: 'b', level: 1 }] })
      await store.setAvailable({ agentId: 'y', idleSince: 6, skills: [{ groupId: 'a', level: 1 }] })
      t.same((await store.candidates('a', 9)).map(c => c.agentId), ['y', 'x'])
      t.same((await store.candidates('a', 1)).map(c => c.agentId), ['y'])
      await store.setAvailable({ agentId: 'x', idleSince: 7, skills: [{ groupId: 'a', level: 1 }] })
      t.same((await store.candidates('a', 9)).map(c => c.agentId), ['y', 'x'], 'what was known of the agent is replaced')
      t.same(await store.candidates('b', 9), [])
      t.equal(await store.setUnavailable('x'), true)
      t.equal(await store.setUnavailable('x'), false)
      t.same((await store.candidates('a', 9)).map(c => c.agentId), ['y'])
    })
    t.test('of all who claim at once, each call and each agent is given once', async (t) => {
      const store = makeStore()
      const ids = Array.from({ length: 20 }, (_, n) => n)
      for (const n of ids) {
        await store.enqueue(aCall(`c${n}`))
        await store.setAvailable({ agentId: `a${n}`, idleSince: n, skills: [{ groupId: 'a', level: 1 }] })
      }
      const claims = await Promise.all(ids.flatMap(c => ids.map(async a => ({ c, a, won: await store.claim(`c${c}`, `a${a}`) }))))
      const won = claims.filter(claim => claim.won !== undefined)
      t.equal(won.length, 20)
      t.equal(new Set(won.map(claim => claim.c)).size, 20)
      t.equal(new Set(won.map(claim => claim.a)).size, 20)
      t.same(await store.waiting(), [])
      t.same(await store.candidates('a', 9), [])
    })
  })
}

storeContract(t, 'memory', createMemoryStore)

t.test('bringing together', async (t) => {
  function rig (free: (agentId: string) => boolean = () => true) {
    const offers: string[] = []
    const acd = createAcd({
      store: createMemoryStore(),
      queueLimit: () => 10,
      reserve: async agentId => free(agentId),
      offer: (callId, agentId) => { offers.push(`${callId}>${agentId}`) },
      staffed: () => 2,
      changed: () => {}
    })
    const agent = (agentId: string, idleSince = 0) => ({ agentId, idleSince, skills: [{ groupId: 'a', level: 1 }] })
    return { acd, offers, agent }
  }
  t.test('a call finds a free agent, an agent finds a waiting call', async (t) => {
    const { acd, offers, agent } = rig()
    await acd.agentFree(agent('x'))
    await acd.enqueue(aCall('1'))
    await acd.enqueue(aCall('2'))
    await acd.agentFree(agent('y'))
    t.same(offers, ['1>x', '2>y'])
  })
  t.test('an agent who is busy after all is passed over, the call keeps its place', async (t) => {
    const { acd, offers, agent } = rig(agentId => agentId !== 'x')
    await acd.agentFree(agent('x', 0))
    await acd.agentFree(agent('y', 5))
    await acd.enqueue(aCall('1'))
    t.same(offers, ['1>y'])
    await acd.enqueue(aCall('2', { joinedAt: 1 }))
    await acd.enqueue(aCall('3', { joinedAt: 2 }))
    t.same(await acd.position({ callId: '3', groupId: 'a' }), { ahead: 1, waitMinutes: undefined })
    await acd.agentFree(agent('x'))
    t.same(offers, ['1>y'])
    t.same(await acd.position({ callId: '2', groupId: 'a' }), { ahead: 0, waitMinutes: undefined })
  })
  t.test('tells the wait from what was handled', async (t) => {
    const { acd } = rig()
    acd.noteHandled('a', 120_000)
    acd.noteHandled('a', 240_000)
    await acd.enqueue(aCall('1'))
    t.same(await acd.position({ callId: '1', groupId: 'a' }), { ahead: 0, waitMinutes: 2 })
    t.equal(await acd.withdraw('1'), true)
    t.equal(await acd.position({ callId: '1', groupId: 'a' }), undefined)
  })
})
