/** The real side of the stage: an Asterisk of its own, the ARI driver, and SIP phones in the test's hand. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createAriPhone } from '../../src/telephony/ari/phone.ts'
import { startLocalAsterisk } from '../../src/telephony/local/start.ts'
import type { Phone } from '../../src/telephony/port.ts'
import type { World } from './phone-stage.ts'
import { PROMPT_MS } from './simulated-stage.ts'
import { createSipPhone, type SipCall, type SipPhone } from './sip-phone.ts'
import { until } from './until.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const ANSWERS = { busy: 486, decline: 603 }

export interface RealWorld extends World {
  /** Stops Asterisk and the phones, and removes the folder. */
  stop: () => Promise<void>
}

export async function createRealWorld (): Promise<RealWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-stage-'))
  const soundsDir = join(dir, 'prompts')
  mkdirSync(soundsDir)
  for (const [name, ms] of Object.entries(PROMPT_MS)) writeFileSync(join(soundsDir, `${name}.wav`), silence(ms))
  const outside = await createSipPhone({ udp: '127.0.0.1:1' })
  const asterisk = await startLocalAsterisk({
    dir: join(dir, 'asterisk'),
    demo: true,
    soundsDir,
    trunks: [{ name: 'outside', addresses: ['127.0.0.9'], contact: `sip:${outside.address}` }]
  })
  const server = `127.0.0.1:${asterisk.sipPort}`
  const citizens = await createSipPhone({ udp: server })
  const clock = createSystemClock()
  const seatPhones: SipPhone[] = []
  let phone: Phone | undefined
  let began = 0

  const start = async (): Promise<Phone> => {
    phone = createAriPhone({ url: asterisk.ariUrl, app: 'hotline', clock, log: QUIET, soundsDir })
    await phone.start(AbortSignal.timeout(10_000))
    return phone
  }

  return {
    start,
    dial: (ani) => {
      const call = citizens.dial(ani, '12345')
      return { press: call.press, hangUp: call.hangUp, get answered () { return call.state === 'up' } }
    },
    seatPhone: async (seat) => {
      let page: SipPhone | undefined
      const ring = (): SipCall | undefined => page?.calls.at(-1)
      return {
        register: async () => {
          page = await createSipPhone({ ws: `ws://127.0.0.1:${asterisk.httpPort}/ws` })
          seatPhones.push(page)
          await page.register(seat.id, seat.password)
        },
        vanish: async () => { await page?.close() },
        answer: () => { ring()?.answer() },
        busy: () => { ring()?.refuse(ANSWERS.busy) },
        decline: () => { ring()?.refuse(ANSWERS.decline) },
        hangUp: () => { ring()?.hangUp() }
      }
    },
    wait: async (ms) => { await wait(ms) },
    now: clock.now,
    calmMs: 350,
    clear: async () => {
      const of = phone as Phone
      for (const leg of await of.legs()) await of.hangUp(leg.id, 'normal')
      for (const id of await of.bridgeIds()) await of.destroyBridge(id)
      await until('no leg is left', async () => (await of.legs()).length === 0)
      for (const page of seatPhones.splice(0)) await page.close()
      for (const id of ['seat-1', 'seat-2']) await of.removeSeat(id)
      for (const call of citizens.calls.slice(began)) call.hangUp()
      began = citizens.calls.length
    },
    stop: async () => {
      await phone?.stop()
      for (const page of [...seatPhones, citizens, outside]) await page.close()
      await asterisk.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

/** A WAV file of silence: 8 kHz, 16 bit, mono. */
function silence (ms: number): Buffer {
  const bytes = ms * 16
  const file = Buffer.alloc(44 + bytes)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + bytes, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(8_000, 24)
  file.writeUInt32LE(16_000, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(bytes, 40)
  return file
}
