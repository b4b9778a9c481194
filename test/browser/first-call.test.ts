/** The first whole call, as a newcomer makes it: the default flow, a trial phone, an agent's desk, a request form. */
import t from 'tap'
import { defaultSkillGroups as groups } from '../../src/ivr/core/skill-groups.ts'
import { deskOf, openBrowser, openDesk, openPage, writeRequest } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline } from '../support/hotline.ts'
import { call } from '../support/sipp.ts'
import { until } from '../support/until.ts'

const hotline = await startHotline()
const callers = createCallers(hotline, '13800040')
const browser = await openBrowser()
t.teardown(async () => {
  await callers.close()
  await browser.close()
  await hotline.stop()
})
const desk = await openDesk(browser, hotline.origin, '1001', hotline.password)
const { page, byId } = desk

// A failed test's callers must not fail the next one.
t.afterEach(async () => {
  await callers.close()
  await hotline.nothingLeft()
})

const callState = async (wanted: RegExp) => await until(`trial phone: ${wanted}`, async () => wanted.test(await trial.byId('trial-state').getAttribute('data-state') ?? ''), { timeoutMs: 20_000 })
const trial = await openPage(browser, `${hotline.origin}/trial`)

t.test('trial phone, menu, queue, pop, answer by key, sound both ways', async t => {
  await trial.byId('trial-call').click()
  await callState(/talking/)
  // At once: who knows the menu does not wait for the welcome.
  await trial.byId('trial-key-1').click()
  await trial.hears()
  const own = (await trial.byId('trial-number').innerText()).trim()
  await until('it waits for 咨询', async () => (await hotline.calls(own))[0]?.skillGroup === groups.consult, { timeoutMs: 60_000 })
  await desk.ready()
  await desk.state('ringing')
  t.match(await byId('pop-choices').innerText(), /咨询/, 'the pop is there before the answer')
  await page.keyboard.press('F8')
  await desk.state('talking')
  await Promise.all([desk.hears(), trial.hears()])
  await trial.byId('trial-hang-up').click()
  await desk.state('wrap-up')
  t.match(await hotline.ended(own), { outcome: 'answered', agent: { id: '1001' }, choices: ['咨询'] })
})

t.test('a SIP caller who was here before: history before the answer; the form is saved', async t => {
  const ani = '13800000001'
  const citizen = await call({ sipPort: hotline.sipPort, ani })
  t.teardown(() => citizen.close())
  await citizen.answered()
  await until('the welcome', () => citizen.sound.loudness() > 200)
  // Pressed during the notice of recording, which is heard to its end: the key counts in the menu.
  await citizen.press('1')
  await until('it waits', async () => (await hotline.calls(ani))[0]?.skillGroup === groups.consult, { timeoutMs: 60_000 })
  await desk.ready()
  await desk.state('ringing')
  t.ok(await byId('history-item').count() > 0, 'earlier calls and work orders stand there before the answer')
  t.match(await byId('caller-number').innerText(), /^138\*{4}0001$/, 'the number is masked')
  await desk.answer()
  await desk.state('talking')
  await desk.hears()
  await until('the agent is heard', () => citizen.sound.loudness() > 50)

  await writeRequest(desk)
  await byId('btn-submit').click()
  const number = (await until('the number of the work order', async () => (await byId('work-order-number').innerText()).trim())).replace(/\D/g, '')
  t.match(number, /^\d{18}$/)
  const agent = await hotline.signIn('1001')
  const { items } = await agent.request<{ items: Array<{ number: string, title: string, content: string, callId: string, type: string }> }>('GET', '/api/v1/work-orders')
  const order = items.find(item => item.number === number)
  t.match(order, { title: '小区停水', type: 'QZ', callId: (await hotline.calls(ani))[0]?.id })

  await desk.hangUp()
  await citizen.ended()
  await desk.state('wrap-up')
  const done = await hotline.ended(ani)
  t.match(done, { outcome: 'answered', dnis: '12345', choices: ['咨询'], skillGroup: groups.consult, agent: { id: '1001' } })
  t.ok((done.talkMs ?? 0) > 0 && (done.waitMs ?? -1) >= 0)
})

t.test('reload in mid-call: the caller stays, sound is back, the draft too', async t => {
  const citizen = await callers.connect()
  await until('the welcome', () => citizen.sound.loudness() > 200)
  await citizen.press('0')
  await until('it waits', async () => (await hotline.calls(citizen.ani))[0]?.skillGroup === groups.general, { timeoutMs: 60_000 })
  await desk.ready()
  await desk.state('ringing')
  await desk.answer()
  await desk.state('talking')
  await desk.hears()
  await byId('form-content').fill('未写完的诉求')
  await until('the draft is kept', async () => /已保存/.test(await byId('save-status').innerText()), { timeoutMs: 20_000 })

  await page.reload()
  const again = deskOf(desk, '1001')
  await again.state('talking', { timeoutMs: 10_000 })
  const since = performance.now()
  await again.hears({ timeoutMs: 10_000 })
  t.comment(`sound back ${Math.round(performance.now() - since)} ms after the desk was there`)
  await until('the agent is heard again', () => citizen.sound.loudness(300) > 50)
  t.ok(citizen.talking)
  t.equal(await byId('form-content').inputValue(), '未写完的诉求')
  await citizen.hangUp()
  await again.state('wrap-up')
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1001' } })
  t.equal((await hotline.calls(citizen.ani)).length, 1)
})

t.test('a second tab watches, and takes over when asked', async t => {
  const other = await openPage(browser, `${hotline.origin}/desk`, desk.context)
  const watcher = deskOf(other, '1001')
  // A tab of its own has not passed the check of microphone and ring yet.
  await other.byId('btn-check-done').click()
  await other.byId('notice-watcher').waitFor()
  await byId('btn-ready').click()
  await watcher.state('ready')
  t.equal(await byId('notice-watcher').count(), 0, 'the first tab has the phone')

  await other.byId('notice-watcher-action').click()
  await byId('notice-watcher').waitFor()
  const citizen = await callers.connect()
  await until('the welcome', () => citizen.sound.loudness() > 200)
  await citizen.press('0')
  await watcher.state('ringing', { timeoutMs: 60_000 })
  await watcher.answer()
  await watcher.state('talking')
  await watcher.hears()
  await citizen.hangUp()
  await watcher.state('wrap-up')
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1001' } })
  t.same(other.errors, [])
  await other.close()
})

t.test('the pages had nothing to complain about', async t => {
  t.same([...desk.errors, ...trial.errors], [])
})
