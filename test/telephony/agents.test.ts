/** Callers and agents, agents in a real browser: answered calls, and leaving at every stage on the way there. */
import t from 'tap'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { defaultSkillGroups as groups } from '../../src/ivr/core/skill-groups.ts'
import { openBrowser, openDesk, type Desk } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline } from '../support/hotline.ts'
import type { Caller } from '../support/sipp.ts'
import { until } from '../support/until.ts'

const RING_MS = 6000
const RECONNECT_MS = 6000
const hotline = await startHotline({
  quickMenu: true,
  env: { HOTLINE_RING_SECONDS: String(RING_MS / 1000), HOTLINE_RECONNECT_SECONDS: String(RECONNECT_MS / 1000) }
})
const callers = createCallers(hotline, '13800020')
const browser = await openBrowser()
t.teardown(async () => {
  await callers.close()
  await browser.close()
  await hotline.stop()
})
const open = async (agentId: string) => await openDesk(browser, hotline.origin, agentId, hotline.password)
let first = await open('1001')
const second = await open('1002')

// A failed test's callers must not fail the next one.
t.afterEach(async () => {
  await callers.close()
  await hotline.nothingLeft()
})

/** A caller who pressed 1. */
async function caller (): Promise<Caller> {
  const caller = await callers.connect()
  await caller.press('1')
  return caller
}
const rings = async (desk: Desk) => await desk.state('ringing')
/** Talking, with sound in both directions. */
async function talk (desk: Desk, caller: Caller): Promise<void> {
  await desk.state('talking')
  await desk.hears()
  await until('the agent is heard', () => caller.sound.loudness() > 50)
}
const rest = async (desk: Desk) => {
  await desk.byId('btn-not-ready').click()
  await desk.byId('reason-break').click()
  await desk.state('not-ready', { reason: 'break' })
}

t.test('queued, then answered; the caller hangs up', async t => {
  const citizen = await caller()
  await until('it waits', async () => (await hotline.calls(citizen.ani))[0]?.skillGroup === groups.consult)
  await first.ready()
  await rings(first)
  t.ok(await first.byId('incoming-card').isVisible())
  await first.answer()
  await talk(first, citizen)
  await citizen.hangUp()
  await first.state('wrap-up')
  const call = await hotline.ended(citizen.ani)
  t.match(call, { outcome: 'answered', skillGroup: groups.consult, choices: ['咨询'], agent: { id: '1001' } })
  t.ok(call.talkMs !== null && call.talkMs > 0 && call.waitMs !== null && call.waitMs > 0)
  t.ok(call.answeredAt !== null && call.queuedAt !== null && call.answeredAt >= call.queuedAt)
})

t.test('the agent hangs up', async t => {
  await first.ready()
  const citizen = await caller()
  await rings(first)
  await first.answer()
  await talk(first, citizen)
  await first.hangUp()
  await citizen.ended()
  await first.state('wrap-up')
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1001' } })
})

t.test('the caller leaves while the seat rings', async t => {
  await first.ready()
  const citizen = await caller()
  await rings(first)
  await citizen.hangUp()
  await first.state('ready')
  await until('the card is empty again', async () => !/138/.test(await first.byId('incoming-card').innerText()))
  t.match(await hotline.ended(citizen.ani), { outcome: 'abandoned-while-ringing', answeredAt: null, talkMs: null })
})

t.test('the caller leaves in the moment of the answer', async t => {
  for (let n = 0; n < 5; n++) {
    await first.ready()
    const citizen = await caller()
    await rings(first)
    await Promise.all([first.answer(), citizen.hangUp()])
    const { outcome } = await hotline.ended(citizen.ani)
    t.match(outcome, /^(answered|abandoned-while-ringing)$/)
    await first.state(outcome === 'answered' ? 'wrap-up' : 'ready')
    await hotline.nothingLeft()
  }
})

t.test('nobody answers: the agent is taken out, the caller goes to the next', async t => {
  await first.ready()
  const citizen = await caller()
  await rings(first)
  await first.state('not-ready', { reason: 'ring-no-answer', timeoutMs: RING_MS + 5000 })
  t.ok(citizen.talking, 'the caller waits on')
  await second.ready()
  await rings(second)
  await second.answer()
  await talk(second, citizen)
  await citizen.hangUp()
  await second.state('wrap-up')
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1002' } })
  await rest(second)
})

t.test('who waited longest is served first, also after an unanswered ring', async t => {
  const early = await caller()
  await until('the first waits', async () => (await hotline.calls(early.ani))[0]?.skillGroup === groups.consult)
  const late = await caller()
  await until('the second waits', async () => (await hotline.calls(late.ani))[0]?.skillGroup === groups.consult)
  await first.ready()
  await rings(first)
  await first.state('not-ready', { reason: 'ring-no-answer', timeoutMs: RING_MS + 5000 })
  await second.ready()
  await rings(second)
  await second.answer()
  await talk(second, early)
  await early.hangUp()
  await second.state('wrap-up')
  t.match(await hotline.ended(early.ani), { outcome: 'answered', agent: { id: '1002' } })
  await late.hangUp()
  t.equal((await hotline.ended(late.ani)).outcome, 'abandoned-in-queue')
  await rest(second)
})

t.test('the browser closes while the seat rings: the caller goes on waiting', async t => {
  await first.ready()
  const citizen = await caller()
  await rings(first)
  await first.close()
  await second.ready()
  await rings(second)
  await second.answer()
  await talk(second, citizen)
  await citizen.hangUp()
  await second.state('wrap-up')
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1002' } })
  await rest(second)
  first = await open('1001')
})

t.test('the browser closes in mid-call: the caller hears so, and is the next to be served', async t => {
  await first.ready()
  const citizen = await caller()
  await rings(first)
  await first.answer()
  await talk(first, citizen)
  const { id } = (await hotline.calls(citizen.ani))[0] ?? t.fail('the call is not in the database') as never
  await first.close()
  await until('the caller is asked to hold', async () => (await hotline.played(id)).some(media => /agent-reconnecting/.test(media)))
  await second.ready()
  await second.state('ringing', { timeoutMs: RECONNECT_MS + 15_000 })
  await second.answer()
  await talk(second, citizen)
  await second.hangUp()
  await citizen.ended()
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered' })
  first = await open('1001')
  await first.state('not-ready', { reason: 'disconnected' })
  await second.state('wrap-up')
  await rest(second)
})

t.test('two callers, two agents: nobody is offered twice', async t => {
  await first.ready()
  await second.ready()
  const pair = [await caller(), await caller()]
  await Promise.all([rings(first), rings(second)])
  await Promise.all([first.answer(), second.answer()])
  await Promise.all([first.state('talking'), second.state('talking')])
  for (const citizen of pair) {
    await until('an agent is heard', () => citizen.sound.loudness() > 50)
    await citizen.hangUp()
  }
  await Promise.all([first.state('wrap-up'), second.state('wrap-up')])
  const agents = await Promise.all(pair.map(async citizen => (await hotline.ended(citizen.ani)).agent?.id))
  t.same(agents.sort(), ['1001', '1002'])
})

t.test('the SIPp call of the README is answered', async t => {
  const ani = '13800020999'
  await first.ready()
  const sipp = spawn('sipp', [`127.0.0.1:${hotline.sipPort}`, '-sf', 'docs/examples/press-1.xml', '-s', '12345', '-key', 'ani', ani, '-m', '1', '-rtp_echo', '-nostdin'],
    { cwd: resolve(import.meta.dirname, '../..'), stdio: 'ignore' })
  const exited = once(sipp, 'exit')
  await rings(first)
  await first.answer()
  await first.state('talking')
  await first.hears()
  await first.hangUp()
  const [status] = await exited
  t.equal(status, 0)
  t.match(await hotline.ended(ani), { outcome: 'answered', choices: ['咨询'], agent: { id: '1001' } })
  await first.state('wrap-up')
})

t.test('the desks had nothing to complain about', async t => {
  t.same([...first.errors, ...second.errors], [])
})
