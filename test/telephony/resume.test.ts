/** The server is killed with -9 while one caller is in the menu, one waits and one talks: all three go on. */
import t from 'tap'
import { defaultSkillGroups as groups } from '../../src/ivr/core/skill-groups.ts'
import { openBrowser, openDesk } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

/** In a row: what works by luck does not do so ten times. */
const ROUNDS = 10
/** A test's round lasts longer than a menu's patience for a key. */
const MENU_SECONDS = 20

const hotline = await startHotline({ quickMenu: true, menuSeconds: MENU_SECONDS })
const callers = createCallers(hotline, '13800030')
const browser = await openBrowser()
t.teardown(async () => {
  await callers.close()
  await browser.close()
  await hotline.stop()
})
const desk = await openDesk(browser, hotline.origin, '1003', hotline.password)

for (let round = 1; round <= ROUNDS; round++) {
  t.test(`killed, and gone on with, round ${round}`, async t => {
    await desk.ready()
    const talking = await callers.connect()
    await talking.press('1')
    await desk.state('ringing')
    await desk.answer()
    await desk.state('talking')
    await until('the agent is heard', () => talking.sound.loudness() > 50)

    const waiting = await callers.connect()
    await waiting.press('2')
    const queued = await until('it waits', async () => {
      const call = (await hotline.calls(waiting.ani))[0]
      return call?.skillGroup === groups.complaint && call
    })
    const choosing = await callers.connect()
    await until('the menu is heard', () => choosing.sound.loudness() > 100)

    const ms = await hotline.killServer()
    t.comment(`served again after ${Math.round(ms)} ms`)

    // The conversation was not touched, and its desk knows it again.
    t.ok(talking.talking && waiting.talking && choosing.talking, 'nobody was thrown out')
    await until('the agent is heard still', () => talking.sound.loudness(300) > 50)
    await desk.hears()
    await desk.state('talking')

    // The menu listens: the key leads on.
    await choosing.press('3')
    const chosen = await until('the key is obeyed', async () => {
      const call = (await hotline.calls(choosing.ani))[0]
      return call?.skillGroup === groups.help && call
    })
    t.same(chosen.choices, ['求助'])

    // The agent hangs up, and takes who waits: 求助 has priority, then the one who waited through the kill.
    await desk.hangUp()
    await talking.ended()
    await desk.state('wrap-up')
    await desk.ready()
    await desk.state('ringing')
    await desk.answer()
    await desk.state('talking')
    await until('the agent is heard by the second', () => choosing.sound.loudness(300) > 50)
    await desk.hears()
    await choosing.hangUp()
    await desk.state('wrap-up')
    await desk.ready()
    await desk.state('ringing')
    await desk.answer()
    await desk.state('talking')
    await until('the agent is heard by the third', () => waiting.sound.loudness(300) > 50)
    await waiting.hangUp()
    await desk.state('wrap-up')

    await hotline.nothingLeft()
    t.match(await hotline.ended(talking.ani), { outcome: 'answered', choices: ['咨询'], agent: { id: '1003' } })
    t.match(await hotline.ended(choosing.ani), { outcome: 'answered', choices: ['求助'], agent: { id: '1003' } })
    const third = await hotline.ended(waiting.ani)
    t.match(third, { outcome: 'answered', choices: ['投诉举报建议'], agent: { id: '1003' } })
    t.equal(third.queuedAt, queued.queuedAt, 'its time of joining is the first one')
    for (const caller of [talking, choosing, waiting]) t.equal((await hotline.calls(caller.ani)).length, 1, 'one call each')
  })
}

t.test('a ring that was interrupted is offered again, and not held against the agent', async t => {
  await desk.ready()
  const citizen = await callers.connect()
  await citizen.press('1')
  await desk.state('ringing')
  await hotline.killServer()
  await desk.state('ringing')
  await desk.answer()
  await desk.state('talking')
  await until('the agent is heard', () => citizen.sound.loudness(300) > 50)
  await citizen.hangUp()
  await desk.state('wrap-up')
  await hotline.nothingLeft()
  t.match(await hotline.ended(citizen.ani), { outcome: 'answered', agent: { id: '1003' } })
})

t.test('who hangs up while the server is dead is journalled all the same', async t => {
  const citizen = await callers.connect()
  await citizen.press('2')
  const { id } = await until('it waits', async () => {
    const call = (await hotline.calls(citizen.ani))[0]
    return call?.skillGroup === groups.complaint && call
  })
  const snapshot = async () => (await hotline.ari<{ value: string }>(`/asterisk/variable?variable=HLS_${id}`)).value
  t.not(await snapshot(), '', 'Asterisk keeps its snapshot')
  const back = hotline.killServer()
  await citizen.hangUp()
  await back
  await hotline.nothingLeft()
  const call = await hotline.ended(citizen.ani)
  t.equal(call.outcome, 'abandoned-in-queue')
  await until('its snapshot is gone', async () => await snapshot() === '')
})
