/** Callers alone with the hotline, nobody signed in: the menu by both kinds of keys, and leaving at every stage of it. */
import t from 'tap'
import { defaultSkillGroups as groups } from '../../src/ivr/core/skill-groups.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const QUEUE_LIMIT = 2
const hotline = await startHotline({ quickMenu: true, env: { HOTLINE_QUEUE_LIMIT: String(QUEUE_LIMIT), HOTLINE_ANNOUNCE_SECONDS: '10' } })
const callers = createCallers(hotline, '13800010')
t.teardown(async () => {
  await callers.close()
  await hotline.stop()
})
// A failed test's callers must not fail the next one.
t.afterEach(async () => {
  await callers.close()
  await hotline.nothingLeft()
})

/** Resolves when the call of this number waits in that skill group, as the database has it. */
const queuedIn = async (ani: string, group: string) => await until(`${ani} waits in ${group}`, async () => {
  const call = (await hotline.calls(ani))[0]
  return call?.skillGroup === groups[group] && call
}, { timeoutMs: 20_000 })

for (const by of ['rfc4733', 'info'] as const) {
  t.test(`a key by ${by} leads to its queue`, async t => {
    const caller = await callers.connect({ infoOnly: by === 'info' })
    await until('the menu is heard', () => caller.sound.loudness() > 200)
    await caller.press('3', by)
    const waiting = await queuedIn(caller.ani, 'help')
    t.same(waiting.choices, ['求助'])
    await until('the queue is heard', () => caller.sound.loudness() > 50)
    await caller.hangUp()
    const call = await hotline.ended(caller.ani)
    t.match(call, { outcome: 'abandoned-in-queue', skillGroup: groups.help, agent: null, answeredAt: null, talkMs: null, dnis: '12345' })
    t.ok(call.waitMs !== null && call.queuedAt !== null && call.waitMs >= 0)
  })
}

t.test('a key pressed in the middle of a prompt counts at once', async t => {
  const caller = await callers.connect()
  await until('the menu is heard', () => caller.sound.loudness(200) > 200)
  await caller.press('1')
  const waiting = await queuedIn(caller.ani, 'consult')
  t.same(waiting.choices, ['咨询'])
  await caller.hangUp()
  t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-queue')
})

t.test('wrong keys lead to an agent', async t => {
  const caller = await callers.connect()
  for (const key of ['7', '#', '6']) {
    await until('a prompt is heard', () => caller.sound.loudness(200) > 200)
    await caller.press(key)
    await until('the prompt after the wrong key begins', () => caller.sound.loudness(100) < 200)
  }
  const waiting = await queuedIn(caller.ani, 'general')
  t.same(waiting.choices, [])
  await caller.hangUp()
  t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-queue')
})

t.test('silence leads to an agent', async t => {
  const caller = await callers.connect()
  const waiting = await until(`${caller.ani} waits`, async () => {
    const call = (await hotline.calls(caller.ani))[0]
    return call?.skillGroup === groups.general && call
  }, { timeoutMs: 60_000 })
  t.same(waiting.choices, [])
  await caller.hangUp()
  t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-queue')
})

t.test('a caller who leaves in the menu leaves nothing', async t => {
  const caller = await callers.connect()
  await until('the menu is heard', () => caller.sound.loudness() > 200)
  await caller.hangUp()
  const call = await hotline.ended(caller.ani)
  t.match(call, { outcome: 'abandoned-in-menu', skillGroup: null, queuedAt: null, waitMs: null, agent: null, choices: [] })
})

t.test('a caller who leaves at the first moment leaves nothing', async t => {
  const caller = await callers.dial()
  await caller.answered()
  await caller.hangUp()
  t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-menu')
})

t.test('a caller in the queue hears music, and is told the position', async t => {
  const caller = await callers.connect()
  await caller.press('2')
  const { id } = await queuedIn(caller.ani, 'complaint')
  await until('music', () => caller.sound.loudness() > 50)
  const said = await until('the announcement', async () => (await hotline.played(id)).find(media => /queue-all-busy/.test(media)), { timeoutMs: 30_000 })
  t.match(said, /zh\/queue-all-busy$/)
  await caller.hangUp()
  t.match(await hotline.ended(caller.ani), { outcome: 'abandoned-in-queue', skillGroup: groups.complaint, choices: ['投诉举报建议'] })
})

t.test('a full queue says so and ends the call', async t => {
  const waiting = []
  for (let n = 0; n < QUEUE_LIMIT; n++) {
    const caller = await callers.connect()
    await caller.press('5')
    await queuedIn(caller.ani, 'enterprise')
    waiting.push(caller)
  }
  const late = await callers.connect()
  await late.press('5')
  await late.ended({ timeoutMs: 30_000 })
  t.match(await hotline.ended(late.ani), { outcome: 'refused-full', agent: null, choices: ['企业服务'] })
  for (const caller of waiting) {
    t.ok(caller.talking, 'who waits is not disturbed')
    await caller.hangUp()
    t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-queue')
  }
})

t.test('several callers at once keep apart', async t => {
  const keys = { 1: 'consult', 2: 'complaint', 3: 'help', 0: 'general' }
  await Promise.all(Object.entries(keys).map(async ([key, group]) => {
    const caller = await callers.connect()
    await caller.press(key)
    await queuedIn(caller.ani, group)
    await caller.hangUp()
    t.equal((await hotline.ended(caller.ani)).outcome, 'abandoned-in-queue')
  }))
})
