/**
 * The screen-pop: from the offer of a call to the caller's history painted on the agent's real desk in Chromium, with
 * millions of earlier calls in the database; against a message from a bare Socket.IO server that is painted on the same page.
 *
 * A caller from the history dials and chooses; the desk shows the history; the caller leaves while it rings, and the agent
 * is ready again. The offer's moment is what the journal has, the painting's what the page says in the frame after the
 * change; both are this machine's clock, in milliseconds. Pops and echoes take turns.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import postgres from 'postgres'
import { Server } from 'socket.io'
import { createPersonalData } from '../src/platform/personal-data.ts'
import { loadSecrets } from '../src/platform/secrets.ts'
import { deskOf, openBrowser, openPage, type Desk } from '../test/support/browser.ts'
import { startHotline, type Hotline } from '../test/support/hotline.ts'
import { call } from '../test/support/sipp.ts'
import { until } from '../test/support/until.ts'
import { bySize, percentile, root, row, type Bench, type BenchContext } from './frame.ts'
import { earlierNumber, loadHistory } from './history.ts'

const P99_BAR = 3

/** In the page: resolves with the time at which the frame after the appearance of `selector` was painted. */
const WATCH = `window.paintedWith = selector => new Promise(resolve => {
  const look = () => {
    if (document.querySelector(selector) === null) return false
    observer.disconnect()
    requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => resolve(Date.now()); channel.port2.postMessage(0) })
    return true
  }
  const observer = new MutationObserver(look)
  observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true })
  look()
})`

/** Begins to wait in the page, and gives the wait. */
async function watch (page: Page, selector: string): Promise<() => Promise<number>> {
  await page.evaluate(`window.painting = window.paintedWith(${JSON.stringify(selector)}); 0`)
  return async () => await page.evaluate('Promise.race([window.painting, new Promise((_, reject) => setTimeout(() => reject(new Error("not painted within 15 s")), 15000))])') as number
}

async function openMeasuredDesk (hotline: Hotline, { undo }: BenchContext): Promise<Desk> {
  const browser = await openBrowser()
  undo(async () => { await browser.close() })
  // The echo's socket goes to another port, which the desk's own policy forbids.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', permissions: ['microphone'], bypassCSP: true })
  const opened = await openPage(browser, `${hotline.origin}/sign-in`, context)
  const { byId, page } = opened
  await byId('sign-in-username').fill('1001')
  await byId('sign-in-password').fill(hotline.password)
  await byId('btn-sign-in').click()
  await byId('btn-check-done').click()
  const desk = deskOf(opened, '1001')
  await desk.state('not-ready', { timeoutMs: 30_000 })
  await page.evaluate(WATCH)
  return desk
}

/** Gives the milliseconds from sending a message to its painting. */
async function startEcho (page: Page, { undo }: BenchContext): Promise<() => Promise<number>> {
  const http = createServer()
  const io = new Server(http, { cors: { origin: true }, transports: ['websocket'], serveClient: false })
  undo(async () => { await io.close() })
  await new Promise<void>(resolve => { http.listen(0, '127.0.0.1', resolve) })
  const { port } = http.address() as { port: number }
  await page.addScriptTag({ path: join(root, 'node_modules/socket.io-client/dist/socket.io.min.js') })
  await page.evaluate(`window.echo = io('http://127.0.0.1:${port}', { transports: ['websocket'] })
    window.echo.on('text', text => { const shown = document.createElement('p'); shown.id = 'echo-' + text; shown.textContent = text; document.body.append(shown) }); 0`)
  await until('the page listens to the echo', () => io.engine.clientsCount > 0)
  let sent = 0
  return async () => {
    sent += 1
    const painted = await watch(page, `#echo-${sent}`)
    const before = Date.now()
    io.emit('text', String(sent))
    const took = await painted() - before
    await page.evaluate(`document.getElementById('echo-${sent}').remove()`)
    return took
  }
}

export const bench: Bench = {
  name: 'pop',
  title: 'Screen-pop: from the offer to the history painted in Chromium',
  async run (context) {
    const { size, report, undo, scratch } = context
    const count = bySize(size, { tiny: 2000, short: 1_000_000, long: 10_000_000 })
    const samples = bySize(size, { tiny: 3, short: 100, long: 400 })
    const temporary = process.env['TMPDIR']
    process.env['TMPDIR'] = scratch
    undo(() => {
      if (temporary === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = temporary
    })
    const hotline = await startHotline({ quickMenu: true, menuSeconds: 10, env: { HOTLINE_LOG_LEVEL: 'info' } })
    undo(async () => { await hotline.stop() })
    const secretsFile = join(hotline.dataDir, 'secrets.json')
    const secrets = loadSecrets(secretsFile)
    const { port } = JSON.parse(await readFile(join(hotline.dataDir, 'postgres/postgres.pid.json'), 'utf8')).about as { port: number }
    const url = `postgres://postgres:${encodeURIComponent(secrets.databasePassword)}@127.0.0.1:${port}/hotline`
    const personalData = createPersonalData(secrets)
    const { numbers } = await loadHistory({ url, count, personalData, secretsFile, report })
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    undo(async () => { await sql.end({ timeout: 5 }) })

    const desk = await openMeasuredDesk(hotline, context)
    const { page } = desk
    const echo = await startEcho(page, context)
    await desk.ready()
    const pop = async (ani: string): Promise<number> => {
      await desk.state('ready')
      await until('the last caller is gone from the desk', async () => await page.locator('[data-testid=history-item]').count() === 0)
      const painted = await watch(page, '[data-testid=history-item]')
      const caller = await call({ sipPort: hotline.sipPort, ani })
      try {
        await caller.answered()
        await caller.press('1', 'info')
        const at = await painted()
        await desk.state('ringing')
        await caller.hangUp()
        const hash = personalData.numberHash(ani) as string
        const offered = await until('the journal has the offer', async () => (await sql<Array<{ at: Date }>>`
          select at from call_events where type = 'offered' and call_id = (select id from calls where ani_hash = ${hash} order by id desc limit 1)`)[0])
        return at - offered.at.getTime()
      } finally {
        await caller.close()
      }
    }
    const times: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
    // The first ones are slower on both sides.
    await pop(earlierNumber(1))
    await echo()
    for (let n = 0; n < samples; n++) {
      times.ours.push(await pop(earlierNumber((n * 7919 + 13) % numbers)))
      times.theirs.push(await echo())
      if (n % 25 === 24) report(`${n + 1} of ${samples} pops`)
    }
    const against = `Socket.IO echo on the same page; ${count.toLocaleString('en')} earlier calls`
    return [
      row('screen-pop, p50', percentile(times.ours, 50), percentile(times.theirs, 50), 'ms', against),
      row('screen-pop, p99', percentile(times.ours, 99), percentile(times.theirs, 99), 'ms', against, { bar: { atMost: P99_BAR } })
    ]
  }
}
