/** What the phone contract needs around a driver: an Asterisk of its own that can be stopped, frozen and started again, and SIP phones. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalAsterisk, startLocalAsterisk } from '../../src/telephony/local/start.ts'
import type { LegId } from '../../src/kernel/ids.ts'
import type { Phone, PhoneEvent } from '../../src/telephony/port.ts'
import { silentWav } from './silent-wav.ts'
import { freeSipPort } from '../../src/platform/process/ports.ts'
import { createSipPhone, type SipCall, type SipPhone } from './sip-phone.ts'
import { until } from './until.ts'

/** Prompts that can be played, with their lengths in ms. */
export const PROMPTS = { short: 300, long: 8000 }

export type Exchange = Awaited<ReturnType<typeof createExchange>>

export async function createExchange () {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-contract-'))
  const soundsDir = join(dir, 'prompts')
  mkdirSync(soundsDir)
  for (const [name, ms] of Object.entries(PROMPTS)) writeFileSync(join(soundsDir, `${name}.wav`), silentWav(ms))
  const sipPort = await freeSipPort()
  const outside = await createSipPhone({ udp: `127.0.0.1:${sipPort}` })
  const settings = { dir: join(dir, 'asterisk'), sipPort, demo: true, soundsDir, ariPassword: 'the-contract-password', trunks: [{ name: 'outside', addresses: ['127.0.0.9'], contact: `sip:${outside.address}` }] }
  let asterisk: LocalAsterisk = await startLocalAsterisk(settings)
  const { httpPort, rtpPorts, ariUrl } = asterisk
  const citizens = await createSipPhone({ udp: `127.0.0.1:${sipPort}` })
  const pages: SipPhone[] = []

  const ask = async (path: string, method = 'GET'): Promise<Array<{ id: string, bridge_class?: string }>> => {
    const { origin, username, password } = new URL(ariUrl)
    const answer = await fetch(`${origin}/ari/${path}`, { method, headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` }, signal: AbortSignal.timeout(5000) })
    return method === 'GET' ? await answer.json() as [] : []
  }

  return {
    url: ariUrl,
    soundsDir,
    /** Its `calls` are those that reached an outside number; it rings until told otherwise. */
    outside,
    dial: (ani = '13800000001', to = '12345'): SipCall => citizens.dial(ani, to),
    /** A page that has registered for a seat. */
    async page (seatId: string, password: string): Promise<SipPhone> {
      const page = await createSipPhone({ ws: `ws://127.0.0.1:${httpPort}/ws` })
      pages.push(page)
      await page.register(seatId, password)
      return page
    },
    /** Resolves when every thread of Asterisk stands still. */
    async freeze (): Promise<void> {
      asterisk.kill('SIGSTOP')
      const tasks = `/proc/${asterisk.pid}/task`
      await until('Asterisk stands still', () => readdirSync(tasks).every(task => /^State:\tT/m.test(readFileSync(join(tasks, task, 'status'), 'utf8'))), { everyMs: 5 })
    },
    thaw: (): void => asterisk.kill('SIGCONT'),
    /** All calls end, all that it was told is forgotten. */
    stopAsterisk: async () => await asterisk.stop(),
    startAsterisk: async () => { asterisk = await startLocalAsterisk({ ...settings, httpPort, rtpPorts }) },
    /** Every channel and every bridge, whoever made it; asked past the driver. */
    async leftovers (): Promise<string[]> {
      return [...await ask('channels'), ...await ask('bridges')].map(({ id }) => id)
    },
    async clear (): Promise<void> {
      for (const { id } of await ask('channels')) await ask(`channels/${id}`, 'DELETE')
      for (const { id } of await ask('bridges')) await ask(`bridges/${id}`, 'DELETE')
      for (const page of pages.splice(0)) await page.close()
    },
    async stop (): Promise<void> {
      asterisk.kill('SIGCONT')
      for (const page of [...pages, citizens, outside]) await page.close()
      await asterisk.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

/** Writes down a phone's events and waits for them. */
export function listen (phone: Phone) {
  const events: PhoneEvent[] = []
  phone.subscribe(event => { events.push(event) })
  return {
    events,
    of: <Type extends PhoneEvent['type']>(type: Type): Array<Extract<PhoneEvent, { type: Type }>> => events.filter((event): event is Extract<PhoneEvent, { type: Type }> => event.type === type),
    /** The first event of that type that `matches`, come or still to come. */
    async next<Type extends PhoneEvent['type']> (type: Type, matches: (event: Extract<PhoneEvent, { type: Type }>) => boolean = () => true, timeoutMs = 10_000): Promise<Extract<PhoneEvent, { type: Type }>> {
      return await until(type, () => this.of(type).find(matches), { timeoutMs, everyMs: 5 })
    },
    /** `leg-gone` of that leg. */
    async gone (legId: LegId, timeoutMs?: number) {
      return await this.next('leg-gone', event => event.legId === legId, timeoutMs)
    },
    forget (): void { events.length = 0 }
  }
}
