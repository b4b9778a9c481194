/** Agents' desks and trial phones in a real Chromium, with real WebRTC over loopback. */
import { resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { AgentStateName } from '../../src/agents/contract.ts'
import { until } from './until.ts'

const pageScript = resolve(import.meta.dirname, 'page-script.js')

/** A fake microphone that beeps, sound without a gesture, and ICE over loopback. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection',
  // Pages that are not in front must answer as quickly as the one that is.
  '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'
]

/** Starts Chromium; close it at the end of the file. */
export async function openBrowser (): Promise<Browser> {
  return await chromium.launch({ executablePath: process.env['HOTLINE_TEST_CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })
}

/** What a page's phone connections heard and sent so far, over all of them. */
export interface Flow { packetsReceived: number, packetsSent: number, energyReceived: number, energySent: number }

async function measure (page: Page): Promise<Flow> {
  return await page.evaluate('window.measureFlow()') as Flow
}

/** Resolves when more sound, not only packets, has come in than before. */
async function untilHears (page: Page, timeoutMs: number): Promise<void> {
  const before = await measure(page)
  await until('sound in the browser', async () => {
    const now = await measure(page)
    return now.energyReceived > before.energyReceived + 1e-4 && now.packetsReceived > before.packetsReceived
  }, { timeoutMs, everyMs: 100 })
}

export interface TestPage {
  page: Page
  context: BrowserContext
  /** Errors that the page wrote to its console or threw, without those of requests that a test lets fail. */
  errors: string[]
  flow: () => Promise<Flow>
  /** Resolves when there is sound from the other side. */
  hears: (options?: { timeoutMs?: number }) => Promise<void>
  byId: (testId: string) => ReturnType<Page['getByTestId']>
  close: () => Promise<void>
}

/** A page with a session of its own. A certificate that nobody vouches for is accepted, as an agent does once. */
export async function openPage (browser: Browser, url: string, context?: BrowserContext): Promise<TestPage> {
  const own = context ?? await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', permissions: ['microphone'], ignoreHTTPSErrors: true })
  const page = await own.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error.stack ?? error)))
  page.on('console', message => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
  })
  await page.addInitScript({ path: pageScript })
  await page.goto(url)
  return {
    page,
    context: own,
    errors,
    flow: () => measure(page),
    hears: ({ timeoutMs = 10_000 } = {}) => untilHears(page, timeoutMs),
    byId: testId => page.getByTestId(testId),
    close: async () => { await (context === undefined ? own.close() : page.close()) }
  }
}

export interface Desk extends TestPage {
  agentId: string
  /** Resolves when the desk shows this state (and reason). */
  state: (name: AgentStateName, options?: { reason?: string, timeoutMs?: number }) => Promise<void>
  /** 示闲; resolves when the agent is not in 示忙 or wrap-up any more: with a caller waiting, being ready lasts no time. */
  ready: () => Promise<void>
  /** Presses 接听, whether or not there is still somebody to answer. */
  answer: () => Promise<void>
  hangUp: () => Promise<void>
}

/** Signs an agent in, passes the check of microphone and ring, and waits for the desk with its phone. */
export async function openDesk (browser: Browser, origin: string, agentId: string, password: string): Promise<Desk> {
  const opened = await openPage(browser, `${origin}/sign-in`)
  const { page, byId } = opened
  await byId('sign-in-username').fill(agentId)
  await byId('sign-in-password').fill(password)
  await byId('btn-sign-in').click()
  await byId('btn-check-done').click()
  const desk = deskOf(opened, agentId)
  await desk.state('not-ready')
  await page.waitForLoadState('load')
  return desk
}

/** The desk on a page that is signed in already. */
export function deskOf (opened: TestPage, agentId: string): Desk {
  const { byId } = opened
  const state: Desk['state'] = async (name, { reason, timeoutMs = 10_000 } = {}) => {
    const seen = async () => [await byId('desk-state').getAttribute('data-state'), await byId('desk-state').getAttribute('data-reason')]
    let last: unknown
    try {
      await until(`desk of ${agentId} shows ${name} ${reason ?? ''}`, async () => {
        last = await seen()
        const [shown, why] = last as [string, string]
        return shown === name && (reason === undefined || why === reason)
      }, { timeoutMs })
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows ${JSON.stringify(last)}`, { cause: error })
    }
  }
  return {
    ...opened,
    agentId,
    state,
    async ready () {
      if (await byId('desk-state').getAttribute('data-state') === 'ready') return
      await byId('btn-ready').click({ timeout: 10_000 })
      await until(`${agentId} is ready or has a call`, async () =>
        ['ready', 'reserved', 'ringing'].includes(await byId('desk-state').getAttribute('data-state') ?? ''))
    },
    async answer () {
      await byId('btn-answer').click({ force: true })
    },
    async hangUp () {
      await byId('btn-hang-up').click({ timeout: 10_000 })
    }
  }
}

/** Fills the form with a request that can be submitted: `小区停水`, of type QZ. */
export async function writeRequest ({ page, byId }: Pick<TestPage, 'page' | 'byId'>): Promise<void> {
  await byId('form-type-QZ').check({ force: true })
  await byId('form-content').fill('小区二号楼自昨晚起停水，至今未恢复，家中有老人，请尽快处理。')
  await byId('form-title').fill('小区停水')
  await byId('form-caller-name').fill('张三')
  await byId('form-address').fill('民生街12号')
  await byId('form-area').click()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await byId('form-subject').click()
  await page.keyboard.type('供水')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}
