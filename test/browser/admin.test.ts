/** A fresh hotline without sample data, set up wholly from the administrator's screens: its first agent signs in and is ready. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { deskOf, openBrowser, openPage } from '../support/browser.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const dir = mkdtempSync(join(tmpdir(), 'hotline-admin-'))
const trunks = join(dir, 'trunks.json')
writeFileSync(trunks, JSON.stringify([{ name: 'carrier', addresses: ['127.0.0.1'] }]))
const hotline = await startHotline({ quickMenu: true, env: { HOTLINE_DEMO: '0', HOTLINE_TRUNKS: trunks } })
const browser = await openBrowser()
t.teardown(async () => {
  await browser.close()
  await hotline.stop()
  rmSync(dir, { recursive: true, force: true })
})

const script = readFileSync(new URL('../support/screen-script.js', import.meta.url), 'utf8')
const pictures = process.env['HOTLINE_TEST_PICTURES']
if (pictures !== undefined) mkdirSync(pictures, { recursive: true })

/** Measures the page in both sizes. */
async function holdsChecklist (t: { same: (found: unknown, wanted: unknown, message: string) => unknown }, page: Page, name: string): Promise<void> {
  await page.evaluate(script)
  for (const [width, height] of [[1920, 1080], [1440, 900]] as const) {
    await page.setViewportSize({ width, height })
    // The layout follows the size in the next frame.
    await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    t.same(await page.evaluate('window.measureScreen()'), { faint: [], small: [], covered: [], cut: [], scrolls: false }, `${name} at ${width}×${height}`)
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}-${width}.png`) })
  }
}

t.test('from the first administrator to the first agent who is ready', async (t) => {
  const said = await hotline.words()
  const first = /^\s*admin\s+(\S{16})\s/m.exec(said)?.[1] ?? ''
  const desk = await openPage(browser, `${hotline.origin}/`)
  const { page, byId } = desk
  await byId('sign-in-username').fill('admin')
  await byId('sign-in-password').fill(first)
  await page.keyboard.press('Enter')
  await byId('user-admin').waitFor()
  t.match(page.url(), /\/admin$/, 'an administrator lands here')
  await holdsChecklist(t, page, 'users')

  await byId('admin-groups').click()
  await byId('group-general').waitFor()
  await byId('btn-new').click()
  await page.locator('#group-id').fill('night')
  await page.locator('#group-name').fill('夜间专席')
  await page.getByLabel('最多排队人数').fill('0')
  await byId('btn-save').click()
  t.match(await byId('form-failure').innerText(), /未保存/)
  t.match(await byId('group-form').innerText(), /不能小于 1/)
  await page.getByLabel('最多排队人数').fill('30')
  await page.keyboard.press('Enter')
  await byId('group-night').waitFor()
  await byId('form-saved').waitFor()
  await holdsChecklist(t, page, 'groups')

  await byId('admin-departments').click()
  await byId('btn-new').click()
  await page.locator('#department-id').fill('water')
  await page.locator('#department-name').fill('市水务局')
  await page.getByRole('button', { name: '增加一行' }).click()
  await page.getByLabel('姓名/岗位').fill('值班室')
  await page.getByLabel('电话', { exact: true }).fill('13800000042')
  await byId('btn-save').click()
  await byId('department-water').waitFor()
  await holdsChecklist(t, page, 'departments')

  await byId('admin-users').click()
  await byId('btn-new').click()
  t.equal(await page.evaluate('document.activeElement.id'), 'user-username')
  await page.keyboard.type('2001')
  await page.locator('#user-name').fill('王芳')
  await byId('level-general').selectOption('1')
  await byId('level-night').selectOption('2')
  await byId('btn-save').click()
  await byId('password-once').waitFor()
  await byId('user-2001').waitFor()
  const password = await byId('password-text').innerText()
  t.match(password, /^\S{16}$/)
  await holdsChecklist(t, page, 'password')
  await byId('btn-password-done').click()
  await byId('password-once').waitFor({ state: 'detached' })

  await byId('btn-import').click()
  const table = (...lines: string[]) => ({ name: 'users.csv', mimeType: 'text/csv', buffer: Buffer.from(['工号,姓名,角色,区划代码,单位,技能组', ...lines].join('\n')) })
  await byId('import-file').setInputFiles(table('2002,李娜,坐席,,,综合受理:1', '2003,周婷,店长,,,', '2004,高翔,派单员,12,,'))
  await byId('import-counts').waitFor()
  const rows = await byId('import-rows').innerText()
  t.match(rows, /3\s+2003 周婷\s+有误\s+角色：没有角色“店长”/)
  t.match(rows, /4\s+2004 高翔\s+有误\s+区划代码：应为 6、9 或 12 位数字/)
  await holdsChecklist(t, page, 'import')
  await byId('btn-import-good').click()
  await byId('import-written').waitFor()
  await byId('user-2002').waitFor()
  t.equal(await byId('user-2003').count(), 0)
  const downloaded = page.waitForEvent('download')
  await byId('btn-import-download').click()
  t.equal((await downloaded).suggestedFilename(), 'users-result.csv')

  await byId('admin-trunks').click()
  await byId('trunk-carrier').waitFor()
  await holdsChecklist(t, page, 'trunks')
  await byId('admin-flows').click()
  await byId('flow-nodes').waitFor()
  t.match(await byId('flow-nodes').innerText(), /按键菜单/)
  await holdsChecklist(t, page, 'flows')
  await byId('admin-reasons').click()
  await byId('reason-break').click()
  await holdsChecklist(t, page, 'reasons')
  await byId('admin-audit').click()
  await byId('audit-table').waitFor()
  t.match(await byId('audit-table').innerText(), /导入用户[\s\S]*新建用户[\s\S]*user:2001/)
  await holdsChecklist(t, page, 'audit')

  const opened = await openPage(browser, `${hotline.origin}/desk`)
  await opened.byId('sign-in-username').fill('2001')
  await opened.byId('sign-in-password').fill(password)
  await opened.byId('btn-sign-in').click()
  await opened.byId('password-current').fill(password)
  await opened.byId('password-next').fill('12345678')
  await opened.byId('password-again').fill('12345678')
  await opened.byId('btn-change-password').click()
  t.match(await opened.byId('password-wrong').innerText(), /三类/)
  await holdsChecklist(t, opened.page, 'change-password')
  await opened.byId('password-next').fill('First-Call-2026')
  await opened.byId('password-again').fill('First-Call-2026')
  await opened.byId('btn-change-password').click()
  await opened.byId('btn-check-done').click()
  const agent = deskOf(opened, '2001')
  await agent.state('not-ready')
  await opened.page.goto(`${hotline.origin}/admin`)
  await until('an agent is sent to the desk', () => opened.page.url().endsWith('/desk'))
  await until('the phone is registered', async () => await opened.page.evaluate("window.__hotline?.phone.registration() === 'registered'"))
  await agent.ready()
  await agent.state('ready')
  t.same(desk.errors.filter(error => !/40[019]/.test(error)), [])
})
