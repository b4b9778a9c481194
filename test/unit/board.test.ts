import t from 'tap'
import fc from 'fast-check'
import { scopeOf, type Scope } from '../../src/accounts/core/can.ts'
import type { AgentRow, BoardChange, BoardView, CallerRow } from '../../src/board/contract.ts'
import type { Placed } from '../../src/board/core/board.ts'
import { createBoard, TELL_MS, type Viewer } from '../../src/board/service.ts'
import type { RoleName } from '../../src/kernel/actor.ts'
import { agentsToShow, applyChange, callersToShow, figuresOf, rowsOf, type Rows } from '../../web/src/leader/rows.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

const limits = { ringing: 15_000, talking: 900_000, wrapUp: 90_000, notReady: 900_000, wait: 60_000 }
const units = ['north', 'south']
const ids = ['1', '2', '3', '4', '5']
const agent: fc.Arbitrary<Placed<AgentRow>> = fc.record({
  row: fc.record({
    name: fc.constantFrom('张敏', '李娜'),
    state: fc.constantFrom('offline', 'not-ready', 'ready', 'ringing', 'talking', 'wrap-up'),
    since: fc.integer({ min: 0, max: 9 }),
    groups: fc.subarray(['a', 'b']),
    reason: fc.option(fc.constantFrom('break', 'meeting'), { nil: undefined }),
    until: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    callNumber: fc.option(fc.constantFrom('', '138****0001'), { nil: undefined })
  }),
  place: fc.record({ areaCode: fc.constant('640100'), unitId: fc.constantFrom(...units) })
}) as unknown as fc.Arbitrary<Placed<AgentRow>>
const caller: fc.Arbitrary<Placed<CallerRow>> = fc.record({
  row: fc.record({ group: fc.constantFrom('a', 'b'), priority: fc.integer({ min: 0, max: 9 }), since: fc.integer({ min: 0, max: 9 }), number: fc.constant('138****0001'), choice: fc.constant('') }),
  place: fc.record({ areaCode: fc.constant('640100'), unitId: fc.constantFrom(...units) })
}) as unknown as fc.Arbitrary<Placed<CallerRow>>

type Event =
  | { type: 'agent', id: string, to: Placed<AgentRow> | undefined }
  | { type: 'caller', id: string, to: Placed<CallerRow> | undefined }
  | { type: 'all', groups: string[] }
  | { type: 'wait', ms: number }
  | { type: 'join' | 'leave' | 'jam' | 'flow' | 'lose', viewer: number }
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('agent' as const), id: fc.constantFrom(...ids), to: fc.option(agent, { nil: undefined }) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('caller' as const), id: fc.constantFrom(...ids), to: fc.option(caller, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('all' as const), groups: fc.subarray(['a', 'b']) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600 }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('join' as const, 'leave' as const, 'jam' as const, 'flow' as const, 'lose' as const), viewer: fc.integer({ min: 0, max: 3 }) }) }
)

function scope (role: RoleName, unitId: string): Scope {
  return scopeOf({ id: 'somebody', name: '', roles: [role], areaCode: '640100', unitId }, 'board.watch')
}

/** A board over rows that the test sets. */
function stage () {
  const clock = createVirtualClock()
  const agents = new Map<string, Placed<AgentRow>>()
  const callers = new Map<string, Placed<CallerRow>>()
  let groups = ['a', 'b']
  const board = createBoard({
    source: {
      agentIds: () => agents.keys(),
      agent: id => agents.get(id),
      callIds: () => callers.keys(),
      caller: id => callers.get(id),
      groups: () => groups.map((id, place) => ({ row: { id, name: id, place }, place: { areaCode: '640100', unitId: units[place] as string } })),
      reasons: () => ({})
    },
    clock,
    limits,
    log: { error (_, message) { throw new Error(message) } }
  })
  return { clock, agents, callers, board, setGroups: (next: string[]) => { groups = next } }
}

/** A page as the leader's: it asks for the whole board when it misses a change. */
function page () {
  let rows: Rows | undefined
  let again = (): void => {}
  const seen = { wholes: 0, changes: 0, rows: 0, bytes: 0 }
  const state = { jammed: false, losing: false }
  const viewer: Viewer = {
    whole (view: BoardView) {
      seen.wholes += 1
      rows = rowsOf(view)
    },
    change (change: BoardChange) {
      seen.changes += 1
      seen.rows += (change.agents?.length ?? 0) + (change.callers?.length ?? 0)
      seen.bytes += JSON.stringify(change).length
      if (state.losing) {
        state.losing = false
        return
      }
      // Over the wire, as JSON: what it shares with the board would hide a mistake.
      if (rows !== undefined && !applyChange(rows, JSON.parse(JSON.stringify(change)) as BoardChange)) again()
    },
    keepsUp: () => !state.jammed
  }
  return { viewer, state, seen, content: () => rows === undefined ? undefined : sorted(rows), onGap (ask: () => void) { again = ask } }
}

function sorted ({ agents, groups, callers }: Rows): unknown {
  const inOrder = <Row extends { id: string }>(rows: Map<string, Row>): Row[] => JSON.parse(JSON.stringify([...rows.values()].sort((a, b) => a.id < b.id ? -1 : 1))) as Row[]
  return { agents: inOrder(agents), groups: inOrder(groups), callers: inOrder(callers) }
}

t.test('whatever happens in whatever order, each page ends with what a fresh one gets, and with nothing of others', async t => {
  await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 60 }), async events => {
    const { clock, agents, callers, board, setGroups } = stage()
    const scopes = [scope('leader', 'north'), scope('leader', 'north'), scope('leader', 'south'), scope('dispatcher', 'any')]
    const pages = scopes.map(() => page())
    const watches = new Map<number, ReturnType<typeof board.watch>>()
    const join = (index: number): void => {
      if (watches.has(index)) return
      const watch = board.watch(scopes[index] as Scope, (pages[index] as ReturnType<typeof page>).viewer)
      watches.set(index, watch);
      (pages[index] as ReturnType<typeof page>).onGap(watch.again)
    }
    for (const happened of events) {
      switch (happened.type) {
        case 'agent':
          if (happened.to === undefined) agents.delete(happened.id)
          else agents.set(happened.id, { ...happened.to, row: defined({ ...happened.to.row, id: happened.id }) })
          board.agentChanged(happened.id)
          break
        case 'caller':
          if (happened.to === undefined) callers.delete(happened.id)
          else callers.set(happened.id, { ...happened.to, row: { ...happened.to.row, id: happened.id } })
          board.callChanged(happened.id)
          break
        case 'all':
          setGroups(happened.groups)
          board.allChanged()
          break
        case 'wait':
          await clock.advance(happened.ms)
          break
        case 'join':
          join(happened.viewer)
          break
        case 'leave':
          watches.get(happened.viewer)?.leave()
          watches.delete(happened.viewer)
          break
        case 'jam':
        case 'flow': {
          const { state } = pages[happened.viewer] as ReturnType<typeof page>
          state.jammed = happened.type === 'jam'
          break
        }
        case 'lose': {
          const { state } = pages[happened.viewer] as ReturnType<typeof page>
          state.losing = true
          break
        }
      }
    }
    for (const index of scopes.keys()) join(index)
    for (const { state } of pages) {
      state.jammed = false
      state.losing = false
    }
    await clock.advance(2 * TELL_MS)
    // One more change for each: a page that lost the last one cannot know before the next.
    for (const [index, unitId] of units.entries()) {
      agents.set(`last-${index}`, { row: { id: `last-${index}`, name: '', state: 'ready', since: 0, groups: ['a', 'b'] }, place: { areaCode: '640100', unitId } })
      board.agentChanged(`last-${index}`)
    }
    await clock.advance(2 * TELL_MS)
    for (const [index, { content }] of pages.entries()) {
      const fresh = page()
      const watch = board.watch(scopes[index] as Scope, fresh.viewer)
      await clock.advance(TELL_MS)
      watch.leave()
      t.same(content(), fresh.content()) || t.bailout(`page ${index}`)
      const { agents: shown, callers: waiting } = content() as { agents: AgentRow[], callers: CallerRow[] }
      const may = (placed: Placed<unknown> | undefined): boolean => index === 3 || placed?.place.unitId === (index === 2 ? 'south' : 'north')
      for (const row of shown) if (!may(agents.get(row.id))) t.fail(`page ${index} sees ${row.id}`)
      for (const row of waiting) if (!may(callers.get(row.id))) t.fail(`page ${index} sees caller ${row.id}`)
      t.equal(shown.length, [...agents.values()].filter(may).length)
    }
    for (const watch of watches.values()) watch.leave()
    t.equal(clock.pending, 0, 'with nobody looking nothing is due')
  }), { numRuns: 150 })
})

function defined<T extends object> (row: T): T {
  return JSON.parse(JSON.stringify(row)) as T
}

t.test('bounded: a row that changes a thousand times is told once a telling, four times a second at most; silence costs nothing', async t => {
  const { clock, agents, board } = stage()
  for (let n = 0; n < 500; n++) {
    agents.set(String(n), { row: { id: String(n), name: '张敏', state: 'ready', since: 0, groups: ['a'] }, place: { areaCode: '640100', unitId: 'north' } })
  }
  const one = page()
  const jammed = page()
  jammed.state.jammed = true
  for (const { viewer } of [one, jammed]) board.watch(scope('leader', 'north'), viewer)
  await clock.advance(TELL_MS)
  t.equal(one.seen.wholes, 1)
  for (let round = 1; round <= 1000; round++) {
    const placed = agents.get('7') as Placed<AgentRow>
    agents.set('7', { ...placed, row: { ...placed.row, since: round } })
    board.agentChanged('7')
    await clock.advance(1)
  }
  await clock.advance(TELL_MS)
  t.ok(one.seen.changes >= 3 && one.seen.changes <= 6, `${one.seen.changes} tellings in a second`)
  t.equal(one.seen.rows, one.seen.changes, 'nothing but the row that changed')
  t.ok(one.seen.bytes / one.seen.changes < 120, 'and of it nothing but the field')
  t.same(jammed.seen, { wholes: 0, changes: 0, rows: 0, bytes: 0 }, 'nothing is piled up for a page that does not keep up')
  jammed.state.jammed = false
  await clock.advance(TELL_MS)
  t.same(jammed.content(), one.content())
  const before = { ...one.seen }
  const { ran } = clock
  await clock.advance(60_000)
  t.same(one.seen, before)
  t.equal(clock.ran, ran, 'no timer runs while nothing happens')
})

t.test('how a leader looks: who needs help first, filters, places in the queue, figures', async t => {
  const row = (id: string, more: Partial<AgentRow>): AgentRow => ({ id, name: `坐席${id}`, state: 'ready', since: 0, groups: ['a'], ...more })
  const rows = [
    row('1', {}), row('2', { state: 'talking', since: 50_000 }), row('3', { state: 'wrap-up', since: 0 }), row('4', { state: 'offline' }),
    row('5', { state: 'reserved', since: 50_000, groups: ['b'] }), row('6', { state: 'ringing', since: 70_000 }), row('7', { away: true }), row('8', { state: 'not-ready', since: 90_000 })
  ]
  const shown = (look: Partial<Parameters<typeof agentsToShow>[1]>): string => agentsToShow(rows, { text: '', order: 'need', ...look }, limits, 100_000).map(({ id }) => id).join('')
  t.equal(shown({}), '56' + '3' + '2' + '17' + '8')
  t.equal(shown({ order: 'state' }), '2' + '56' + '17' + '3' + '8')
  t.equal(shown({ order: 'longest' }), '1372568')
  t.equal(shown({ order: 'name' }), '1235678')
  t.equal(shown({ state: 'ringing' }), '56')
  t.equal(shown({ state: 'offline' }), '4')
  t.equal(shown({ group: 'b' }), '5')
  t.equal(shown({ text: ' 席3' }), '3')
  const callers: CallerRow[] = [
    { id: 'x', group: 'a', priority: 5, since: 2, number: '', choice: '' }, { id: 'y', group: 'a', priority: 7, since: 3, number: '', choice: '' }, { id: 'z', group: 'b', priority: 5, since: 1, number: '', choice: '' }
  ]
  const group = (id: string, place: number) => ({ id, name: id, place, waiting: 0, free: 0, talking: 0, wrapUp: 0, signedIn: 0 })
  t.same(callersToShow(callers, new Map([['a', group('a', 1)], ['b', group('b', 0)]]), undefined).map(({ id, position }) => `${id}${position}`), ['z1', 'y1', 'x2'])
  t.same(figuresOf({ agents: new Map(rows.map(one => [one.id, one])), callers: new Map(callers.map(one => [one.id, one])) }),
    { waiting: 3, oldest: 1, free: 1, talking: 1, wrapUp: 1, signedIn: 7, notReady: 1 })
})
