/** The simulated side of the stage. Time runs by itself, as fast as the machine can. */
import type { Phone } from '../../src/telephony/port.ts'
import type { World } from './phone-stage.ts'
import { createRandom } from './random.ts'
import { createSimulatedExchange } from './simulated-exchange.ts'
import type { Ring } from './simulated-people.ts'
import { createSimulatedPhone } from './simulated-phone.ts'
import { createVirtualClock } from './virtual-clock.ts'

export const PROMPT_MS: Readonly<Record<string, number>> = { half: 500, two: 2_000 }

/** `stop` ends the running of time. */
export function createSimulatedWorld (): World & { stop: () => void } {
  const clock = createVirtualClock()
  const exchange = createSimulatedExchange({ clock, promptMs: (prompt) => PROMPT_MS[prompt] })
  const running = new AbortController()

  async function run (): Promise<void> {
    while (!running.signal.aborted) await clock.advance(5)
  }
  run().catch((error: unknown) => { throw error })

  return {
    start: async (): Promise<Phone> => {
      const phone = createSimulatedPhone({ exchange, clock, random: createRandom(1) })
      await phone.start()
      return phone
    },
    dial: (ani) => exchange.arrive({ ani, dnis: '12345' }),
    seatPhone: async ({ id }) => {
      const seat = exchange.seat(id)
      let ring: Ring | undefined
      seat.onRing = (latest) => { ring = latest }
      return {
        register: async () => { if (!seat.register()) throw new Error('no such account') },
        vanish: async () => { seat.vanish() },
        answer: () => { ring?.answer() },
        busy: () => { ring?.refuse('busy') },
        decline: () => { ring?.refuse('rejected') },
        hangUp: () => { ring?.hangUp() }
      }
    },
    wait: (ms) => new Promise((resolve) => { clock.at(clock.now() + ms, resolve) }),
    now: clock.now,
    calmMs: 300,
    clear: async () => {
      for (const leg of exchange.legs()) exchange.hangUp(leg.id, 'normal')
      for (const id of exchange.bridgeIds()) exchange.destroyBridge(id)
    },
    stop: () => { running.abort() }
  }
}
