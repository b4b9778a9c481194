/** A citizen who calls: patient or not, sure of the keys or not, and free to hang up at any moment. */
import type { Clock } from '../../src/kernel/clock.ts'
import type { Key } from '../../src/telephony/port.ts'
import type { Exchange } from '../support/simulated-exchange.ts'
import type { Caller } from '../support/simulated-people.ts'
import type { Random } from '../support/random.ts'

/** What really happened, to be held against what was written down. */
export interface Truth {
  legId: string
  arrivedAt: number
  answered: boolean
  /** First moment in which an agent was heard. */
  talkedAt?: number
  talkedMs: number
  goneAt?: number
}

const KEYS: readonly Key[] = ['0', '1', '2', '3', '4', '5', '8', '9']
const WRONG: readonly Key[] = ['6', '7', '*', '#']

export function sendCitizen ({ exchange, clock, random, dnis }: { exchange: Exchange, clock: Clock, random: Random, dnis: string }): Truth {
  const later = (ms: number, action: () => void): void => { clock.at(clock.now() + ms, action) }
  const patienceMs = random.chance(0.5) ? random.int(30_000, 400_000) : random.int(0, 60_000)
  const exact = random.chance(0.1)
  let talkingSince: number | undefined
  const truth: Truth = { legId: '', arrivedAt: clock.now(), answered: false, talkedMs: 0 }

  function press (key: Key): void {
    if (!caller.gone) caller.press(key)
  }

  function answered (): void {
    truth.answered = true
    if (exact && random.chance(0.3)) later(random.int(0, 60), () => { caller.hangUp() })
    const presses = random.chance(0.7) ? 1 : random.int(0, 5)
    for (let count = 0; count < presses; count++) {
      later(random.int(500, 30_000), () => { press(random.chance(0.85) ? random.pick(KEYS) : random.pick(WRONG)) })
    }
  }

  function talking (now: boolean): void {
    if (!now) {
      truth.talkedMs += clock.now() - (talkingSince ?? clock.now())
      talkingSince = undefined
      return
    }
    talkingSince = clock.now()
    const first = truth.talkedAt === undefined
    truth.talkedAt ??= clock.now()
    if (!first) return
    if (exact) later(random.int(0, 40), () => { caller.hangUp() })
    else later(random.int(3_000, 120_000), () => { caller.hangUp() })
  }

  function gone (): void {
    truth.goneAt = clock.now()
    if (talkingSince !== undefined) talking(false)
  }

  const caller: Caller = exchange.arrive({
    ani: random.chance(0.05) ? '' : `138000000${random.int(10, 99)}`,
    dnis,
    from: random.chance(0.95) ? 'trunk' : 'trial',
    ears: { answered, talking, gone }
  })
  truth.legId = caller.legId
  // Someone who talks stays.
  later(patienceMs, () => { if (talkingSince === undefined) caller.hangUp() })
  // And nobody stays for ever.
  later(1_200_000, () => { caller.hangUp() })
  return truth
}
