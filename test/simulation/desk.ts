/** An agent at a desk: pages that come and go, a phone that rings, and a will of one's own. */
import type { Clock } from '../../src/kernel/clock.ts'
import type { AgentId } from '../../src/kernel/ids.ts'
import { PhoneError, seatOf, type Phone } from '../../src/telephony/port.ts'
import type { Exchange } from '../support/simulated-exchange.ts'
import type { Ring } from '../support/simulated-people.ts'
import type { Random } from '../support/random.ts'
import type { Program } from './program.ts'

export interface DeskOptions {
  agentId: AgentId
  exchange: Exchange
  clock: Clock
  random: Random
  /** Undefined while the server is down. */
  server: () => { program: Program, phone: Phone } | undefined
  /** How wild it gets: 0 a calm day, 1 as bad as can be. */
  trouble: () => number
  violation: (what: string, callId?: string) => void
  /** Whether the program has given the command to hang that leg up. */
  beingHungUp: (legId: string) => boolean
}

interface Page {
  id: string
  open: boolean
  registered: boolean
  /** The server with which its socket is connected. */
  socket?: Program
}

export type Desk = ReturnType<typeof createDesk>

export function createDesk ({ agentId, exchange, clock, random, server, trouble, violation, beingHungUp }: DeskOptions) {
  const seatId = seatOf(agentId)
  const seat = exchange.seat(seatId)
  const rings = new Map<string, { ring: Ring, page: Page, callId: string }>()
  let page: Page | undefined
  let passwords = 0
  let closing = false

  const later = (ms: number, action: () => void): void => { clock.at(clock.now() + ms, action) }
  const rarely = (probability: number): boolean => random.chance(probability * trouble())

  // ---- pages

  function open (takeOver: boolean): void {
    const fresh: Page = { id: `page-${random.int(0, 0xffffffff)}`, open: true, registered: false }
    const before = page
    page = fresh
    if (before !== undefined) {
      before.registered = false
      // The other tab watches a while, and is closed.
      later(random.int(1_000, 60_000), () => { disconnect(before) })
    }
    connect(fresh, false)
    takePhone(fresh, takeOver)
  }

  function connect (of: Page, holds: boolean): void {
    const program = server()?.program
    if (program === undefined || of.socket === program) return
    of.socket = program
    program.agents.pageConnected(agentId, of.id, holds)
  }

  /** `POST /api/v1/phone`, again until it succeeds, then the registration. */
  function takePhone (of: Page, takeOver: boolean): void {
    if (!of.open || page !== of) return
    const there = server()
    const again = (): void => { later(1_000, () => { takePhone(of, takeOver) }) }
    if (there === undefined || !there.program.agents.takePhone(agentId, of.id, takeOver)) return again()
    there.phone.putSeat({ id: seatId, password: `secret-${passwords++}`, kind: 'agent', number: agentId, displayName: agentId }).then(() => {
      later(random.int(30, 400), () => { register(of, takeOver) })
    }, (error: unknown) => {
      if (!(error instanceof PhoneError)) throw error
      again()
    })
  }

  function register (of: Page, takeOver: boolean): void {
    if (!of.open || page !== of) return
    if (seat.register()) {
      of.registered = true
      return
    }
    later(1_000, () => { takePhone(of, takeOver) }) // the account is gone: the phone system restarted
  }

  /** The browser closes; a good one says good-bye to its calls, a crashed one does not. */
  function close (crash: boolean): void {
    const of = page
    if (of === undefined) return
    of.open = false
    of.registered = false
    page = undefined
    seat.vanish()
    for (const { ring, page: on } of rings.values()) if (!crash && on === of) ring.hangUp()
    disconnect(of)
  }

  function disconnect (of: Page): void {
    const program = server()?.program
    if (program !== undefined && of.socket === program) program.agents.pageGone(agentId, of.id)
    delete of.socket
  }

  function reload (): void {
    if (page === undefined) return
    close(random.chance(0.3))
    later(random.chance(0.85) ? random.int(300, 6_000) : random.int(15_000, 45_000), () => { if (page === undefined) open(false) })
  }

  // ---- the phone

  seat.onRing = (ring) => {
    const on = page
    const callId = ring.headers['X-Hotline-Call'] ?? ''
    for (const other of rings.values()) {
      if (other.callId !== callId && !other.ring.gone && other.page === on && !beingHungUp(other.ring.legId)) violation(`${agentId} is rung while ${other.ring.legId} has the phone`, callId)
    }
    if (on === undefined) return
    rings.set(ring.legId, { ring, page: on, callId })
    ring.onGone = () => { rings.delete(ring.legId) }
    if (ring.headers['X-Hotline-Auto-Answer'] === '1') {
      later(random.int(80, 600), ring.answer)
    } else if (closing || !rarely(0.35)) {
      later(closing ? 500 : random.int(300, 15_000), ring.answer)
    } else {
      misbehave(ring)
    }
    watchTalk(ring, callId)
  }

  function misbehave (ring: Ring): void {
    const fate = random.next()
    if (fate < 0.2) later(random.int(100, 8_000), () => { ring.refuse('rejected') })
    else if (fate < 0.25) later(20, () => { ring.refuse('busy') })
    else if (fate < 0.5) later(random.int(19_900, 20_100), ring.answer)
    else if (fate < 0.7) later(random.int(50, 5_000), reload)
    else if (fate < 0.75) later(random.int(50, 5_000), () => { close(true) })
    // else it rings in vain
  }

  function watchTalk (ring: Ring, callId: string): void {
    later(random.int(8_000, 90_000), () => {
      if (ring.gone || !ring.answered) return
      const fate = random.next()
      if (fate < 0.5 || closing) void hangUpCall(callId)
      else if (fate < 0.5 + 0.15 * trouble()) reload()
      else if (fate < 0.5 + 0.18 * trouble()) close(true)
      else if (fate < 0.5 + 0.2 * trouble()) ring.hangUp()
      else if (fate < 0.5 + 0.23 * trouble()) open(true)
      watchTalk(ring, callId)
    })
  }

  async function hangUpCall (callId: string): Promise<void> {
    await server()?.program.calls.hangUp(callId, agentId)
  }

  // ---- what the agent does between calls

  function routine (): void {
    later(random.int(2_000, closing ? 3_000 : 12_000), routine)
    const there = server()
    if (there === undefined) return
    if (page === undefined) {
      if (random.chance(closing ? 0.7 : 0.2)) open(false)
      return
    }
    const { agents } = there.program
    const state = agents.state(agentId)
    if (state === undefined) return
    if (page.registered && !seat.registered) {
      page.registered = false
      later(500, () => { if (page !== undefined) takePhone(page, false) })
    }
    if (state.name === 'not-ready' && random.chance(closing ? 0.9 : 0.4)) agents.dispatch(agentId, { type: 'make-ready' })
    if (state.name === 'wrap-up' && random.chance(0.3)) agents.dispatch(agentId, { type: 'make-ready' })
    if (closing) return
    if (rarely(0.02)) agents.dispatch(agentId, { type: 'make-not-ready', reason: 'break' })
    if (rarely(0.01)) agents.dispatch(agentId, { type: 'extend-wrap-up' })
    if (rarely(0.01)) reload()
    if (rarely(0.004)) signOut()
  }

  function signOut (): void {
    if (server()?.program.agents.signOut(agentId) !== undefined) return
    close(false)
    later(random.int(5_000, 60_000), () => { if (page === undefined) open(false) })
  }

  return {
    agentId,
    start: (): void => {
      later(random.int(0, 10_000), () => { open(false) })
      later(random.int(500, 12_000), routine)
    },
    /** The server is back: open pages connect again and say whether their phone is still registered. */
    serverBack: (): void => {
      later(random.int(100, 2_000), () => {
        if (page !== undefined) connect(page, page.registered && seat.registered)
      })
    },
    /** From now on a good agent, so that all calls find an end. */
    close: (): void => { closing = true }
  }
}
