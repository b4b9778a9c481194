/** The screens themselves: the measurable part of their checklist, keys and input methods, focus, drafts. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { deskOf, openBrowser, openDesk, openPage, writeRequest } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const hotline = await startHotline({ quickMenu: true })
const callers = createCallers(hotline, '13800050')
const browser = await openBrowser()
t.teardown(async () => {
  await callers.close()
  await browser.close()
  await hotline.stop()
})

const script = readFileSync(new URL('../support/screen-script.js', import.meta.url), 'utf8')
const good = { faint: [], small: [], covered: [], cut: [], scrolls: false }

/** Measures the page as it stands in the three sizes that agents have. */
async function holdsChecklist (t: { same: (found: unknown, wanted: unknown, message: string) => unknown }, page: Page, name: string): Promise<void> {
  await page.evaluate(script)
  for (const [width, height] of [[1920, 1080], [1440, 740], [1440, 900]] as const) {
    await page.setViewportSize({ width, height })
    // The layout follows the size in the next frame.
    await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    t.same(await page.evaluate('window.measureScreen()'), good, `${name} at ${width}×${height}`)
  }
}

const active = async (page: Page) => await page.evaluate('document.activeElement?.dataset?.testid ?? document.activeElement?.id ?? ""') as string

t.test('sign-in says what is missing and what was wrong, and stands in the checklist', async t => {
  const { page, byId, close } = await openPage(browser, `${hotline.origin}/desk`)
  await byId('sign-in-username').waitFor()
  t.match(page.url(), /\/sign-in$/)
  await holdsChecklist(t, page, 'sign-in')
  await byId('btn-sign-in').click()
  t.match(await page.locator('form').innerText(), /填写工号[\s\S]*填写密码/)
  await byId('sign-in-username').fill('1009')
  await byId('sign-in-password').fill('not this one')
  await byId('btn-sign-in').click()
  await until('the refusal', async () => (await byId('sign-in-failure').innerText()).length > 4)
  t.equal(await active(page), 'sign-in-password')
  await byId('sign-in-password').fill(hotline.password)
  await page.keyboard.press('Enter')
  await byId('btn-check-done').waitFor()
  await until('the microphone is heard', async () => /麦克风正常/.test(await byId('check-microphone').innerText()))
  await byId('btn-test-tone').click()
  await holdsChecklist(t, page, 'check')
  await close()
})

t.test('the trial phone stands in the checklist', async t => {
  const { page, byId, close } = await openPage(browser, `${hotline.origin}/trial`)
  await byId('trial-call').waitFor()
  await page.evaluate(script)
  await page.setViewportSize({ width: 1440, height: 740 })
  t.same(await page.evaluate('window.measureScreen()'), good)
  await close()
})

t.test('the desk through a call', async t => {
  const desk = await openDesk(browser, hotline.origin, '1001', hotline.password)
  const { page, byId } = desk
  t.teardown(() => desk.close())
  await until('the phone is registered', async () => await page.evaluate("window.__hotline?.phone.registration() === 'registered'"))
  await holdsChecklist(t, page, 'idle')

  await t.test('no key counts while an input method composes', async t => {
    await byId('btn-new-draft').click()
    await byId('form-content').focus()
    const press = "dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyX', altKey: true, bubbles: true }))"
    await page.evaluate(`document.activeElement.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true })); document.activeElement.${press}`)
    // The key that ends the composition comes in the same turn, after its end.
    await page.evaluate(`document.activeElement.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })); document.activeElement.${press}`)
    await page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyX', altKey: true, bubbles: true, isComposing: true }))")
    // A command that does count is answered later than those would have been.
    await page.keyboard.press('Alt+Slash')
    await byId('key-list').waitFor()
    t.equal(await byId('desk-state').getAttribute('data-state'), 'not-ready')
    await holdsChecklist(t, page, 'keys')
    await page.keyboard.press('Alt+Slash')
    await byId('key-list').waitFor({ state: 'detached' })
    await byId('btn-discard-blank').click()
  })

  await t.test('Esc brings the keyboard back to the letter where it was; a draft goes on the second press', async t => {
    await byId('btn-new-draft').click()
    await byId('form-content').pressSequentially('前后')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Alt+Slash')
    await byId('key-list').waitFor()
    t.not(await active(page), 'form-content')
    await page.keyboard.press('Escape')
    await byId('key-list').waitFor({ state: 'detached' })
    await page.keyboard.press('Alt+KeyM')
    await byId('reason-break').waitFor()
    await page.keyboard.press('Escape')
    for (const key of ['Alt+KeyL', 'Alt+KeyW']) {
      await page.keyboard.press(key)
      t.not(await active(page), 'form-content', key)
      await page.keyboard.press('Escape')
    }
    await page.keyboard.type('中')
    t.equal(await byId('form-content').inputValue(), '前中后')
    await byId('btn-remove-draft').click()
    t.equal(await byId('form-content').inputValue(), '前中后')
    await byId('btn-remove-draft').click()
    await byId('recent-orders').waitFor()
    t.equal(await byId('draft-tab').count(), 0)
  })

  await t.test('states by key: 示闲, the menu of reasons, Esc', async () => {
    await page.keyboard.press('Alt+KeyX')
    await desk.state('ready')
    await page.keyboard.press('Alt+KeyM')
    await byId('reason-break').waitFor()
    await page.keyboard.press('Escape')
    await byId('reason-break').waitFor({ state: 'detached' })
    await page.keyboard.press('Alt+KeyM')
    await byId('reason-break').waitFor()
    await page.keyboard.press('Digit1')
    await desk.state('not-ready', { reason: 'break' })
  })

  await t.test('a ring moves nothing: the agent goes on writing', async t => {
    await byId('btn-new-draft').click()
    await byId('form-content').pressSequentially('上一件')
    const citizen = await callers.connect()
    await citizen.press('0')
    await page.keyboard.press('Alt+KeyX')
    await desk.state('ringing', { timeoutMs: 30_000 })
    t.equal(await active(page), 'form-content')
    await page.keyboard.type('未写完')
    await holdsChecklist(t, page, 'ringing')
    await page.keyboard.press('F8')
    await desk.state('talking')
    await until('the draft of the call', async () => await byId('draft-tab').count() === 2)
    await byId('draft-tab').first().click()
    t.equal(await byId('form-content').inputValue(), '上一件未写完')
    await byId('draft-tab').last().click()
    await desk.hears()
  })

  await t.test('what is missing stands beside its field; the first has the keyboard', async t => {
    await page.keyboard.press('Control+Enter')
    await until('the errors', async () => /4处待补充/.test(await byId('submit-result').innerText()))
    t.match(await active(page), /^form-type-/)
    await holdsChecklist(t, page, 'errors')
  })

  await t.test('a further matter belongs to the call in which it was told', async t => {
    await byId('btn-new-draft').click()
    await byId('form-title').fill('另一件')
    await byId('btn-save').click()
    const agent = await hotline.signIn('1001')
    const saved = async () => (await agent.request<{ items: Array<{ callId: string | null, form: Record<string, unknown> }> }>('GET', '/api/v1/drafts')).items
      .find(item => item.form['title'] === '另一件')
    await until('the server has it', async () => await saved() !== undefined)
    t.equal((await saved())?.callId, await page.evaluate('window.__hotline.desk().call.callId'))
    t.match(await byId('draft-tab').last().innerText(), /\(2\)/, 'and is told apart from the first')
    await byId('btn-remove-draft').click()
    await byId('btn-remove-draft').click()
    await until('it is gone from the server too', async () => await saved() === undefined)
    await byId('draft-tab').last().click()
  })

  await t.test('a mute is of this call; digits go out; the quality is shown', async t => {
    const silent = await desk.flow()
    await page.keyboard.press('Alt+KeyB')
    await page.keyboard.press('F9')
    await until('muted', async () => await byId('btn-mute').getAttribute('aria-pressed') === 'true')
    t.match(await byId('citizen-hears').innerText(), /无/)
    await page.keyboard.press('F9')
    await until('not muted', async () => await byId('btn-mute').getAttribute('aria-pressed') === 'false')
    await byId('desk-key-5').click()
    await byId('call-quality').waitFor({ timeout: 10_000 })
    t.ok((await desk.flow()).packetsSent > silent.packetsSent)
  })

  await t.test('one Alt+Q hangs up nothing, two within a second do', async () => {
    await page.keyboard.press('Alt+KeyQ')
    await until('the warning goes', async () => await page.getByText('再按一次挂断').count() === 0)
    await desk.state('talking')
    await page.keyboard.press('Alt+KeyQ')
    await page.keyboard.press('Alt+KeyQ')
    await desk.state('wrap-up')
    await hotline.nothingLeft()
    await holdsChecklist(t, page, 'wrap-up')
  })

  await t.test('after the call: more time, then the next state; the unfinished draft stays', async t => {
    const left = async () => { const [minutes = 0, seconds = 0] = (await byId('wrap-up-left').innerText()).split(':').map(Number); return minutes * 60 + seconds }
    const before = await left()
    await byId('btn-extend').click()
    await until('more time', async () => await left() > before + 20)
    await page.keyboard.press('Alt+KeyX')
    await desk.state('ready')
    await page.keyboard.press('Alt+KeyM')
    await byId('reason-break').click()
    await desk.state('not-ready', { reason: 'break' })
    t.equal(await byId('draft-tab').count(), 2)
  })

  await t.test('a reload right after the last key loses nothing and saves no blank', async t => {
    await byId('draft-tab').first().click()
    await byId('form-title').fill('刚刚写下')
    await page.reload()
    await desk.state('not-ready')
    await until('the draft is back', async () => await byId('form-title').inputValue() === '刚刚写下')
    t.equal(await byId('form-content').inputValue(), '上一件未写完')
    const agent = await hotline.signIn('1001')
    const { items } = await agent.request<{ items: Array<{ form: Record<string, unknown> }> }>('GET', '/api/v1/drafts')
    t.same(items.map(item => item.form['title']), ['刚刚写下'])
  })

  await t.test('the server away: the text is safe, sending it again succeeds', async t => {
    await byId('form-type-JB').check({ force: true })
    t.ok(await byId('form-confidential').isChecked(), '举报 is confidential')
    await byId('form-answer').fill('已告知办理途径')
    await page.route('**/api/v1/work-orders', route => route.abort('connectionfailed'))
    await byId('btn-direct-answer').click()
    await until('the failure', async () => /工单未提交：网络中断。内容已保存。/.test(await byId('submit-result').innerText()))
    await holdsChecklist(t, page, 'failed')
    await page.unroute('**/api/v1/work-orders')
    await byId('btn-submit-again').click()
    await byId('work-order-number').waitFor()
    t.match(await byId('work-order-number').innerText(), /^\d{18}$/)
    await holdsChecklist(t, page, 'submitted')
  })

  await t.test('signing out syncs, then leaves nothing on this computer', async t => {
    await byId('btn-new-draft').click()
    await byId('form-title').fill('留给下次')
    await byId('btn-sign-out').click()
    await byId('sign-in-username').waitFor()
    const rows = await page.evaluate(`new Promise((resolve, reject) => {
      const asked = indexedDB.open('hotline-drafts')
      asked.onerror = () => reject(asked.error)
      asked.onsuccess = () => {
        const counted = ['drafts', 'keys'].map(name => asked.result.transaction(name).objectStore(name).count())
        counted[1].onsuccess = () => { asked.result.close(); resolve(counted.map(count => count.result)) }
      }
    })`)
    t.same(rows, [0, 0])
    const agent = await hotline.signIn('1001')
    const { items } = await agent.request<{ items: Array<{ form: Record<string, unknown> }> }>('GET', '/api/v1/drafts')
    t.ok(items.some(item => item.form['title'] === '留给下次'), 'the server has it')
    await page.goto(`${hotline.origin}/desk`)
    await byId('sign-in-username').waitFor()
    t.same(desk.errors.filter(error => !/ERR_CONNECTION_FAILED|401/.test(error)), [], 'the page had nothing to complain about')
  })
})

t.test('drafts outlive a session that ends by itself', async t => {
  const desk = await openDesk(browser, hotline.origin, '1003', hotline.password)
  t.teardown(() => desk.close())
  const { page, byId } = desk
  await byId('btn-new-draft').click()
  await byId('form-content').fill('会话失效前')
  await until('it is stored', async () => /已/.test(await byId('save-status').innerText()))
  await desk.context.clearCookies({ name: 'hotline_session' })
  await page.reload()
  await byId('sign-in-username').fill('1003')
  await byId('sign-in-password').fill(hotline.password)
  await byId('btn-sign-in').click()
  const again = deskOf(desk, '1003')
  await again.state('not-ready', { timeoutMs: 15_000 })
  await until('the draft is back', async () => await byId('form-content').inputValue() === '会话失效前')
})

t.test('a page that crashes leaves its text on this computer', async t => {
  const desk = await openDesk(browser, hotline.origin, '1005', hotline.password)
  t.teardown(() => desk.close())
  await desk.page.route('**/api/v1/drafts/*', route => route.abort('connectionfailed'))
  await desk.byId('btn-new-draft').click()
  await desk.byId('form-content').fill('崩溃前写下')
  await until('it is stored here', async () => /已存本机/.test(await desk.byId('save-status').innerText()))
  const crashed = new Promise<unknown>(resolve => { desk.page.once('crash', resolve) })
  // The page that crashes cannot answer to the command that did it.
  const command = (await desk.context.newCDPSession(desk.page)).send('Page.crash').then(() => 'answered', () => 'unanswered')
  await crashed
  const { byId } = await openPage(browser, `${hotline.origin}/desk`, desk.context)
  await byId('btn-check-done').click()
  await until('the draft is back', async () => await byId('form-content').inputValue() === '崩溃前写下')
  await desk.page.close()
  t.equal(await command, 'unanswered')
})

t.test('an unanswered ring: history over what was looked at, notice, 示闲 in one click', async t => {
  const desk = await openDesk(browser, hotline.origin, '1004', hotline.password)
  t.teardown(() => desk.close())
  const { page, byId } = desk
  await byId('tab-my-calls').click()
  const citizen = await callers.connect()
  await citizen.press('0')
  await desk.ready()
  await desk.state('ringing', { timeoutMs: 30_000 })
  t.ok(await page.getByText('暂无历史记录').isVisible())
  t.match(await page.title(), /^振铃/)
  await desk.state('not-ready', { reason: 'ring-no-answer', timeoutMs: 40_000 })
  await byId('notice-missed').waitFor()
  await holdsChecklist(t, page, 'missed')
  await byId('notice-missed-action').click()
  await desk.state('ringing', { timeoutMs: 30_000 })
  t.equal(await byId('notice-missed').count(), 0)
  await page.keyboard.press('F8')
  await desk.state('talking')
  await citizen.hangUp()
  await desk.state('wrap-up')

  // What failed is sent again with the state that was asked for.
  await byId('btn-extend').click()
  await writeRequest(desk)
  await page.route('**/api/v1/work-orders', route => route.abort('connectionfailed'))
  await byId('btn-submit-not-ready').click()
  await until('the failure', async () => /工单未提交/.test(await byId('submit-result').innerText()))
  await desk.state('wrap-up')
  await page.unroute('**/api/v1/work-orders')
  await byId('btn-submit-again').click()
  await desk.state('not-ready')
  await byId('work-order-number').waitFor()
})
