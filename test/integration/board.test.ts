import t from 'tap'
import { io, type Socket } from 'socket.io-client'
import type { BoardChange, BoardView } from '../../src/board/contract.ts'
import { applyChange, rowsOf, type Rows } from '../../web/src/leader/rows.ts'
import { boardStage, PASSWORD } from '../support/board-stage.ts'
import { testPostgres } from '../support/database.ts'
import { until } from '../support/until.ts'

const postgres = await testPostgres(t)
const stage = await boardStage(t, {
  postgres,
  groups: { one: 'north', two: 'north', three: 'south' },
  viewers: [
    { id: 'north-leader', role: 'leader', unitId: 'north' },
    { id: 'south-leader', role: 'leader', unitId: 'south' },
    { id: 'supervisor', role: 'supervision', unitId: 'city' },
    { id: 'caller-back', role: 'callback', unitId: 'city' },
    { id: 'mover', role: 'leader', unitId: 'north' }
  ]
})
stage.people({ count: 20, unitId: 'north', prefix: 'n', groups: ['one', 'two'] })
stage.people({ count: 10, unitId: 'south', prefix: 's', groups: ['three', 'one'] })

interface Page { socket: Socket, rows: () => Rows | undefined, seen: { wholes: number, signedOut: string[], refused: number, disconnects: string[], text: string }, loseOne: () => void }

/** A page of this user, as the leader's desk is one. */
async function open (username: string): Promise<Page> {
  const answer = await fetch(`${stage.origin}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: PASSWORD }) })
  t.equal(answer.status, 200)
  const cookie = answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ')
  let rows: Rows | undefined
  let losing = false
  const seen = { wholes: 0, signedOut: [] as string[], refused: 0, disconnects: [] as string[], text: '' }
  const socket = io(stage.origin, { transports: ['websocket'], auth: { pageId: crypto.randomUUID() }, extraHeaders: { cookie }, forceNew: true, reconnection: false })
  t.teardown(() => { socket.disconnect() })
  socket.on('connect', () => { socket.emit('board-watch') })
  socket.on('disconnect', reason => { seen.disconnects.push(reason) })
  socket.on('board', (view: BoardView) => {
    seen.wholes += 1
    seen.text += JSON.stringify(view)
    rows = rowsOf(view)
  })
  socket.on('board-change', (change: BoardChange) => {
    seen.text += JSON.stringify(change)
    if (losing) losing = false
    else if (rows !== undefined && !applyChange(rows, change)) socket.emit('board-again')
  })
  socket.on('board-refused', () => { seen.refused += 1 })
  socket.on('signed-out', (reason: string) => { seen.signedOut.push(reason) })
  return { socket, rows: () => rows, seen, loseOne: () => { losing = true } }
}

t.test('two leaders see each their own unit, and what changes in it; whoever watches over the area sees both', async t => {
  const [north, south, both] = await Promise.all(['north-leader', 'south-leader', 'supervisor'].map(open)) as [Page, Page, Page]
  await until('all have a board', () => [north, south, both].every(page => page.rows() !== undefined))
  const idsOf = (page: Page) => [...page.rows()?.agents.keys() ?? []]
  t.equal(idsOf(north).length, 20)
  t.ok(idsOf(north).every(id => id.startsWith('n')))
  t.same([...north.rows()?.groups.keys() ?? []].sort(), ['one', 'two'])
  t.equal(idsOf(south).length, 10)
  t.same([...south.rows()?.groups.keys() ?? []], ['three'])
  t.equal(idsOf(both).length, 30)

  const first = stage.join('one', 90_000)
  const other = stage.join('three')
  await until('the caller is shown', () => north.rows()?.callers.has(first) === true && south.rows()?.callers.has(other) === true)
  t.match(north.rows()?.callers.get(first)?.number, /^138\*{4}\d{4}$/)
  t.ok(['咨询', '求助', '投诉'].includes(north.rows()?.callers.get(first)?.choice ?? ''))
  t.notOk(north.rows()?.callers.has(other))
  const waitingInOne = [...stage.calls.values()].filter(({ queue }) => queue?.waits === true && queue.groupId === 'one').length
  t.equal(north.rows()?.groups.get('one')?.waiting, waitingInOne)
  stage.leave(first)
  await until('and is gone', () => north.rows()?.callers.has(first) === false)
  for (const page of [north, south, both]) t.notMatch(page.seen.text, /138000\d{5}/, 'no number in full')
  t.notMatch(north.seen.text, /"s0\d{3}"/, 'nothing of the other unit was ever sent')
  t.notMatch(south.seen.text, /"n0\d{3}"/)

  await t.test('a page that misses a change gets the whole again, and a hundred changes later is the same as a fresh one', async t => {
    north.loseOne()
    const lost = stage.join('one')
    await until('the lost one was sent', () => both.rows()?.callers.has(lost) === true && north.seen.text.includes(lost))
    t.equal(north.rows()?.callers.has(lost), false)
    const { wholes } = north.seen
    for (let n = 0; n < 50; n++) {
      stage.stir(2)
      await new Promise(resolve => setImmediate(resolve))
    }
    await until('the whole board came again', () => north.seen.wholes > wholes)
    const fresh = await open('north-leader')
    await until('both are the same', () => JSON.stringify(sorted(fresh)) === JSON.stringify(sorted(north)))
    t.equal(north.rows()?.callers.has(lost), stage.calls.get(lost)?.queue?.waits === true)
    fresh.socket.disconnect()
  })

  await t.test('who may not see it is told so and gets nothing', async t => {
    const page = await open('caller-back')
    await until('refused', () => page.seen.refused === 1)
    t.equal(page.rows(), undefined)
    page.socket.emit('board-again')
    stage.stir(3)
    await until('others heard of it', () => both.rows() !== undefined)
    t.equal(page.seen.text, '')
  })

  await t.test('a session that ends, and rights that change, cut the page off', async t => {
    const page = await open('mover')
    await until('a board', () => page.rows() !== undefined)
    await stage.sql`update users set unit_id = 'south' where id = 'mover'`
    stage.rolesChanged('mover')
    await until('cut off', () => page.seen.disconnects.length === 1)
    page.socket.connect()
    await until('the other unit', () => page.rows()?.groups.has('three') === true)
    t.ok([...page.rows()?.agents.keys() ?? []].every(id => id.startsWith('s')))
    // A session that nothing but the database knows to be over.
    await stage.sql`delete from sessions where user_id = 'mover'`
    stage.accounts.forget('mover')
    await until('signed out', () => page.seen.signedOut.length === 1 && page.seen.disconnects.length === 2, { timeoutMs: 30_000 })
    page.socket.connect()
    const refused = await new Promise<Error>(resolve => { page.socket.once('connect_error', resolve) })
    t.equal(refused.message, 'not-signed-in')
  })
})

function sorted (page: Page): unknown {
  const rows = page.rows()
  const inOrder = (all: Map<string, object> | undefined) => [...all ?? []].sort(([one], [other]) => one < other ? -1 : 1).map(([, row]) => Object.fromEntries(Object.entries(row).sort()))
  return [inOrder(rows?.agents), inOrder(rows?.groups), inOrder(rows?.callers)]
}
