/** The leader's desk and the wall: with a crowd, and with the whole hotline behind. */
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import t from 'tap'
import { ensurePages } from '../../src/launcher/pages.ts'
import { boardStage, PASSWORD } from '../support/board-stage.ts'
import { openBrowser, openDesk, openPage, type TestPage } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { testPostgres } from '../support/database.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = readFileSync(new URL('../support/screen-script.js', import.meta.url), 'utf8')
const pictures = process.env['HOTLINE_TEST_PICTURES']
await ensurePages(root, () => {})
const browser = await openBrowser()
t.teardown(() => browser.close())

async function signIn (origin: string, username: string, password: string): Promise<TestPage> {
  const opened = await openPage(browser, `${origin}/sign-in`)
  await opened.byId('sign-in-username').fill(username)
  await opened.byId('sign-in-password').fill(password)
  await opened.byId('btn-sign-in').click()
  await opened.byId('leader-board').waitFor()
  return opened
}

async function size (page: Page, width: number, height: number, name: string): Promise<void> {
  await page.setViewportSize({ width, height })
  await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}-${width}.png` })
}

/** Frames that the page drew, and the part of the time that tasks of over 50 ms took, until `rounds` frames' worth of news passed. */
async function drawWhile (page: Page, work: () => Promise<void>): Promise<{ framesPerSecond: number, longPart: number }> {
  await page.evaluate(`(() => {
    const seen = window.seen = { frames: 0, long: 0, from: performance.now(), on: true }
    seen.observer = new PerformanceObserver(list => { for (const entry of list.getEntries()) seen.long += entry.duration })
    seen.observer.observe({ entryTypes: ['longtask'] })
    const frame = () => { seen.frames++; if (seen.on) requestAnimationFrame(frame) }
    requestAnimationFrame(frame)
  })()`)
  await work()
  return await page.evaluate(`(() => {
    const { seen } = window
    seen.on = false
    seen.observer.disconnect()
    const ms = performance.now() - seen.from
    return { framesPerSecond: seen.frames * 1000 / ms, longPart: seen.long / ms }
  })()`) as { framesPerSecond: number, longPart: number }
}

t.test('500 agents and 200 waiting callers, changing all the time', async t => {
  const groups = Object.fromEntries(['综合受理', '咨询', '求助', '投诉举报', '营商', '英语'].map(id => [id, 'hotline']))
  const stage = await boardStage(t, { postgres: await testPostgres(t), groups, viewers: [{ id: 'leader', role: 'leader', unitId: 'hotline' }], webDir: `${root}/web/dist` })
  stage.people({ count: 500, unitId: 'hotline', groups: Object.keys(groups) })
  for (let n = 0; n < 200; n++) stage.join(Object.keys(groups)[n % 6] as string, n * 700)
  const { page, byId, close, errors } = await signIn(stage.origin, 'leader', PASSWORD)
  t.match(page.url(), /\/leader$/)
  await size(page, 1440, 900, 'leader')
  await page.evaluate(script)
  const good = { faint: [], small: [], covered: [], cut: [], scrolls: false }
  for (const [width, height] of [[1440, 740], [1920, 1080], [1440, 900]] as const) {
    await size(page, width, height, 'leader')
    t.same(await page.evaluate('window.measureScreen()'), good, `leader's desk at ${width}×${height}`)
  }
  t.ok(Number(await page.locator('[data-agent]').count()) < 120, 'only those in sight are drawn')

  await t.test('stays responsive: as many frames as the same page while nothing changes', async t => {
    const quiet = async () => { await page.waitForTimeout(1500) }
    const busy = async () => {
      for (let n = 0; n < 15; n++) {
        stage.stir(30)
        await page.waitForTimeout(100)
      }
    }
    const rounds: number[] = []
    let long = 0
    let longQuiet = 0
    await drawWhile(page, busy)
    for (let round = 0; round < 3; round++) {
      const idle = await drawWhile(page, quiet)
      const loaded = await drawWhile(page, busy)
      rounds.push(loaded.framesPerSecond / idle.framesPerSecond)
      long += loaded.longPart / 3
      longQuiet += idle.longPart / 3
    }
    const median = rounds.sort((a, b) => a - b)[1] as number
    t.comment(`frames against the quiet page: ${rounds.map(ratio => ratio.toFixed(2)).join(', ')}; long tasks ${(100 * long).toFixed(1)} % of the time, quiet ${(100 * longQuiet).toFixed(1)} %`)
    t.ok(median > 0.5, `300 changes a second leave ${median.toFixed(2)} of the frames`)
    t.ok(long < 0.3 + longQuiet, 'and no long stops')
  })

  await t.test('is what the server knows, by figures and by filters, with the keyboard alone', async t => {
    const free = () => [...stage.agents.ids()].filter(id => stage.agents.state(id)?.name === 'ready').length
    await until('the figures', async () => await byId('figure-free').locator('dd').innerText() === String(free()))
    const waiting = [...stage.calls.values()].filter(({ queue }) => queue?.waits === true).length
    await until('the waiting', async () => await byId('figure-waiting').locator('dd').innerText() === String(waiting))
    const talking = () => [...stage.agents.ids()].filter(id => stage.agents.state(id)?.name === 'talking').length
    await page.keyboard.press('Digit1')
    await until('those who talk', async () => await byId('agent-count').innerText() === String(talking()))
    await page.keyboard.press('Escape')
    await page.keyboard.press('End')
    const last = await byId('agent-grid').getAttribute('aria-activedescendant')
    t.ok(await page.locator(`[id="${last}"]`).isVisible(), 'the last one is brought into sight')
    await page.keyboard.press('Slash')
    await page.keyboard.type('0042')
    await until('one is found', async () => await byId('agent-count').innerText() === '1' || stage.agents.state('0042')?.name === 'offline')
    await page.keyboard.press('Escape')
    await page.keyboard.press('KeyG')
    await until('one group', async () => Number(await byId('queue-count').innerText()) < waiting)
    await page.keyboard.press('KeyS')
    t.equal(await byId('order').inputValue(), 'state')
    t.notMatch(await page.content(), /138000\d{5}/)
  })

  await t.test('the wall', async t => {
    await page.goto(`${stage.origin}/wall`)
    await byId('wall-waiting').waitFor()
    await size(page, 1920, 1080, 'wall')
    await page.evaluate(script)
    t.same(await page.evaluate('window.measureScreen()'), good)
    t.notMatch(await page.content(), /138\*/)
  })
  t.same(errors, [])
  await close()
})

t.test('with the hotline: what an agent does and who waits is on the leader\'s screen', async t => {
  const hotline = await startHotline({ quickMenu: true })
  const callers = createCallers(hotline, '13800061')
  t.teardown(async () => {
    await callers.close()
    await hotline.stop()
  })
  const leader = await signIn(hotline.origin, 'leader', hotline.password)
  const agent = await openDesk(browser, hotline.origin, '1001', hotline.password)
  const shows = async (state: string) => {
    await until(`the leader sees ${state}`, async () => await leader.page.locator('[data-agent="1001"]').count() === 1 && await leader.page.locator('[data-agent="1001"]').getAttribute('data-state') === state)
  }
  await shows('not-ready')
  const citizen = await callers.connect()
  // In the menu by then: its prompt is played. Digits before it would go to nothing.
  await until('the menu speaks', async () => {
    const [call] = await hotline.calls(citizen.ani)
    return call !== undefined && (await hotline.played(call.id)).length > 0
  })
  await citizen.press('0')
  await leader.byId('caller').waitFor({ timeout: 30_000 })
  const text = await leader.byId('caller').innerText()
  t.match(text, /138\*{4}\d{4}/)
  t.equal(await leader.byId('figure-waiting').locator('dd').innerText(), '1')
  await agent.ready()
  await agent.answer()
  await shows('talking')
  await until('nobody waits', async () => await leader.byId('figure-waiting').locator('dd').innerText() === '0')
  t.match(await leader.page.locator('[data-agent="1001"]').innerText(), /138\*{4}\d{4}/)
  await hotline.killServer()
  await until('the board is back after a crash of the server', async () => await leader.page.locator('.notice').count() === 0)
  await shows('talking')
  await agent.hangUp()
  await shows('wrap-up')
  await leader.close()
  await agent.close()
})
