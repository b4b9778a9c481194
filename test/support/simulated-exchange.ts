/**
 * A phone system in memory: legs, bridges, playbacks, variables and seats, and the people at both ends. It goes on while the
 * program that controls it is dead, as the real one does; what happens meanwhile is told to nobody. Held to the real
 * one by test/telephony/equivalence.test.ts.
 */
import type { Clock, EpochMs } from '../../src/kernel/clock.ts'
import type { CallId, LegId } from '../../src/kernel/ids.ts'
import { PhoneError, type HangUpCause, type Leg, type LegMark, type Media, type NewLeg, type PhoneEvent, type Seat } from '../../src/telephony/port.ts'
import type { Caller, CallerEars, Ring, SimulatedSeat } from './simulated-people.ts'
import { createSound, type Bridge, type Line } from './simulated-sound.ts'

export interface ExchangeOptions {
  clock: Clock
  /** Length of a prompt; undefined when there is no such file, which then ends at once, incomplete. */
  promptMs?: (prompt: string) => number | undefined
  /** How often a caller in the fallback queue is offered to the program again. */
  fallbackLoopMs?: number
}

export const CAUSE_CODES: Record<HangUpCause, number> = { normal: 16, busy: 17, 'no-answer': 19, congestion: 34, rejected: 21, unallocated: 1, other: 127 }

export type ExchangeSink = (order: string, event: PhoneEvent) => void

export type Exchange = ReturnType<typeof createSimulatedExchange>

export function createSimulatedExchange ({ clock, promptMs = () => 1_000, fallbackLoopMs = 15_000 }: ExchangeOptions) {
  const lines = new Map<LegId, Line>()
  const bridges = new Map<string, Bridge>()
  const snapshots = new Map<CallId, string>()
  /** Recorded calls, with the leg until whose end they are. */
  const recordings = new Map<CallId, LegId>()
  const accounts = new Map<string, Seat>()
  const seats = new Map<string, SimulatedSeat & { registered: boolean }>()
  /** The channel event log, as far as it is asked for. */
  const hangUps = new Map<LegId, { at: EpochMs, causeCode: number, byCaller: boolean }>()
  const outside = new Map<string, (ring: Ring) => void>()
  let sink: ExchangeSink | undefined
  let created = 0

  const tell = (order: string, event: PhoneEvent): void => { sink?.(order, event) }
  const { playbacks, play, endPlayback, endWithBridge, hearing, heard } = createSound({ clock, lines, bridges, promptMs, tell })

  function line (legId: LegId): Line {
    const found = lines.get(legId)
    if (found === undefined || !found.ours) throw new PhoneError('not-found', 'no such leg')
    return found
  }

  function bridgeOf (id: string): Bridge {
    const found = bridges.get(id)
    if (found === undefined) throw new PhoneError('not-found', 'no such bridge')
    return found
  }

  function later (of: Line, ms: number, action: () => void): () => void {
    const cancel = clock.at(clock.now() + ms, () => {
      of.cancels.delete(cancel)
      action()
    })
    of.cancels.add(cancel)
    return cancel
  }

  // ---- legs

  function leaveBridge (of: Line): void {
    if (of.bridgeId === undefined) return
    const bridge = bridges.get(of.bridgeId)
    of.bridgeId = undefined
    if (bridge === undefined) return
    bridge.legIds = bridge.legIds.filter((other) => other !== of.leg.id)
    heard(bridge.id)
    heard(of.leg.id)
  }

  function end (of: Line, cause: HangUpCause, causeCode = CAUSE_CODES[cause], byCaller = false): void {
    const { id } = of.leg
    if (lines.get(id) !== of) return
    for (const cancel of of.cancels) cancel()
    for (const playback of [...of.playbacks]) {
      tell(id, { type: 'playback-ended', at: clock.now(), playbackId: playback.id, completed: false })
      playback.cancel?.()
      playbacks.delete(playback.id)
    }
    leaveBridge(of)
    lines.delete(id)
    hangUps.set(id, { at: clock.now(), causeCode, byCaller })
    if (of.ours) tell(id, { type: 'leg-gone', at: clock.now(), legId: id, cause, causeCode })
    of.ears.gone?.()
    of.ring?.onGone?.()
  }

  function pickUp (of: Line): void {
    if (of.leg.state === 'up') return
    of.leg.state = 'up'
    of.silentSince = clock.now()
    tell(of.leg.id, { type: 'leg-answered', at: clock.now(), legId: of.leg.id })
    of.ears.answered?.()
    heard(of.leg.id)
  }

  function newLine (leg: Leg, over: Partial<Line>): Line {
    const of: Line = {
      leg,
      bridgeId: undefined,
      playbacks: [],
      music: undefined,
      mark: undefined,
      trunk: '',
      from: 'trunk',
      ours: true,
      joinedAt: clock.now(),
      ring: undefined,
      seatId: undefined,
      ears: {},
      talking: false,
      cancels: new Set(),
      pendingDial: undefined,
      silentSince: Infinity,
      ...over
    }
    lines.set(leg.id, of)
    return of
  }

  function unregister (seat: { id: string, registered: boolean }): void {
    if (!seat.registered) return
    seat.registered = false
    tell(seat.id, { type: 'seat-unreachable', at: clock.now(), seatId: seat.id })
  }

  /** The dialplan: to the program, or, where it is not there, the fallback queue, which tries again and again. */
  function offer (of: Line, back: boolean): void {
    if (sink === undefined) {
      of.ours = false
      of.leg.state = 'up'
      later(of, fallbackLoopMs, () => { offer(of, true) })
      return
    }
    of.ours = true
    if (of.leg.state === 'up') heard(of.leg.id)
    const event: PhoneEvent = { type: 'leg-arrived', at: clock.now(), leg: { ...of.leg }, trunk: of.trunk, from: of.from }
    tell(of.leg.id, back ? { ...event, joinedAt: Math.floor(of.joinedAt / 1_000) * 1_000 } : event)
  }

  return {
    // ---- the people

    /** Somebody dials. */
    arrive: (call: { ani: string, dnis: string, trunk?: string, from?: 'trunk' | 'seat' | 'trial', ears?: CallerEars }): Caller => {
      const id = `${Math.floor(clock.now() / 1_000)}.${created++}`
      const leg: Leg = { id, ani: call.ani, dnis: call.dnis, state: 'ringing', createdAt: clock.now() }
      const of = newLine(leg, { trunk: call.trunk ?? 'trunk-1', from: call.from ?? 'trunk', ears: call.ears ?? {} })
      offer(of, false)
      return {
        legId: id,
        get gone () { return lines.get(id) !== of },
        get answered () { return of.leg.state === 'up' },
        press: (key) => { if (lines.get(id) === of && of.ours) tell(id, { type: 'key-pressed', at: clock.now(), legId: id, key }) },
        // Asterisk tells no cause of its own for a caller who gives up before the answer.
        hangUp: () => {
          const cause = of.leg.state === 'up' ? 'normal' : 'other'
          end(of, cause, CAUSE_CODES[cause], true)
        }
      }
    },

    /** A seat's browser; the same object for the same id. */
    seat: (id: string): SimulatedSeat => {
      const known = seats.get(id)
      if (known !== undefined) return known
      const seat: SimulatedSeat & { registered: boolean } = {
        id,
        registered: false,
        register: () => {
          if (!accounts.has(id)) return false
          if (!seat.registered) {
            seat.registered = true
            tell(id, { type: 'seat-reachable', at: clock.now(), seatId: id })
          }
          return true
        },
        vanish: () => {
          unregister(seat)
          for (const of of lines.values()) {
            if (of.seatId === id && of.leg.state === 'up') later(of, 5_500, () => { end(of, 'other', 44) })
          }
        }
      }
      seats.set(id, seat)
      return seat
    },

    /** Who answers an outside number. A number without anybody is unallocated. */
    outside: (number: string, onRing: (ring: Ring) => void): void => { outside.set(number, onRing) },

    // ---- the program's side

    /** The program is there (undefined: it is not). */
    attach: (to: ExchangeSink | undefined): void => { sink = to },

    /** All is lost, as when Asterisk restarts. People are cut off; seats must be put again. */
    restart: (): void => {
      for (const of of [...lines.values()]) {
        of.ours = false
        end(of, 'other')
      }
      for (const playback of playbacks.values()) playback.cancel?.()
      for (const kept of [playbacks, bridges, snapshots, accounts]) kept.clear()
      for (const seat of seats.values()) seat.registered = false
    },

    /** The launcher's watchdog sends those who wait in a dead program's hands to the fallback queue. */
    sendWaitingToFallback: (): void => {
      for (const of of lines.values()) {
        if (!of.ours || of.ring !== undefined || of.bridgeId !== undefined || of.leg.state !== 'up') continue
        for (const playback of [...of.playbacks]) endPlayback(playback, false)
        of.music = undefined
        tell(of.leg.id, { type: 'leg-gone', at: clock.now(), legId: of.leg.id, cause: 'other', causeCode: 0 })
        offer(of, true)
      }
    },

    legs: (): Leg[] => [...lines.values()].filter((of) => of.ours).map((of) => ({ ...of.leg })),
    stands: (legId: LegId): boolean => lines.has(legId),
    bridge: (id: string): { legIds: LegId[] } | undefined => {
      const found = bridges.get(id)
      return found && { legIds: [...found.legIds] }
    },
    bridgeIds: (): string[] => [...bridges.keys()],
    playing: (playbackId: string): boolean => playbacks.has(playbackId),

    answer: (legId: LegId): void => { pickUp(line(legId)) },
    ring: (legId: LegId): void => { line(legId) },
    hangUp: (legId: LegId, cause: HangUpCause): void => {
      const of = lines.get(legId)
      if (of !== undefined && of.ours) end(of, cause)
    },

    /** First half of `createLeg`: the leg is there and down. */
    create: (leg: NewLeg): void => {
      if (lines.has(leg.id)) return
      if ('seatId' in leg.target && seats.get(leg.target.seatId)?.registered !== true) throw new PhoneError('unreachable', 'that seat is not registered')
      const dnis = 'seatId' in leg.target ? leg.target.seatId : leg.target.number
      newLine({ id: leg.id, ani: leg.callerNumber, dnis, state: 'down', createdAt: clock.now() }, {
        pendingDial: leg,
        seatId: 'seatId' in leg.target ? leg.target.seatId : undefined
      })
    },

    /** Second half of `createLeg`: it rings. */
    dial: (legId: LegId, timeoutMs: number): void => {
      const of = line(legId)
      const leg = of.pendingDial
      if (leg === undefined) return
      of.pendingDial = undefined
      const open = (): boolean => lines.get(legId) === of
      const ring: Ring = {
        legId,
        headers: leg.headers,
        callerNumber: leg.callerNumber,
        get gone () { return !open() },
        get answered () { return of.leg.state === 'up' },
        answer: () => {
          if (!open()) return
          ringing?.()
          pickUp(of)
        },
        refuse: (cause) => { if (open() && of.leg.state !== 'up') end(of, cause) },
        hangUp: () => { end(of, 'normal') }
      }
      of.ring = ring
      const onRing = 'seatId' in leg.target
        ? (seats.get(leg.target.seatId)?.registered === true ? seats.get(leg.target.seatId)?.onRing : undefined)
        : outside.get(leg.target.number)
      if ('number' in leg.target && onRing === undefined) {
        later(of, 1, () => { end(of, 'unallocated') })
        return
      }
      let ringing: (() => void) | undefined = later(of, 1, () => {
        ringing = undefined
        of.leg.state = 'ringing'
        tell(legId, { type: 'leg-ringing', at: clock.now(), legId })
        onRing?.(ring)
      })
      later(of, timeoutMs, () => { if (of.leg.state !== 'up') end(of, 'no-answer') })
    },

    play: (playbackId: string, on: { legId: LegId } | { bridgeId: string }, media: readonly Media[]): void => {
      play(playbackId, 'legId' in on ? line(on.legId).leg.id : bridgeOf(on.bridgeId).id, media)
    },
    stopPlayback: (playbackId: string): void => {
      const playback = playbacks.get(playbackId)
      if (playback !== undefined) endPlayback(playback, false)
    },
    startMusic: (legId: LegId, musicClass: string): void => {
      line(legId).music = musicClass
      heard(legId)
    },
    stopMusic: (legId: LegId): void => {
      const of = lines.get(legId)
      if (of === undefined) return
      of.music = undefined
      heard(legId)
    },
    sendKeys: (legId: LegId): void => { line(legId) },

    createBridge: (id: string): void => { if (!bridges.has(id)) bridges.set(id, { id, legIds: [], playbacks: [], untold: [] }) },
    addToBridge: (id: string, legIds: readonly LegId[]): void => {
      const bridge = bridgeOf(id)
      const joining = legIds.map(line)
      for (const of of joining) {
        if (of.bridgeId === id) continue
        leaveBridge(of)
        of.bridgeId = id
        of.music = undefined
        bridge.legIds.push(of.leg.id)
      }
      heard(id)
    },
    removeFromBridge: (id: string, legIds: readonly LegId[]): void => {
      for (const legId of legIds) {
        const of = lines.get(legId)
        if (of?.bridgeId === id) leaveBridge(of)
      }
    },
    destroyBridge: (id: string): void => {
      const bridge = bridges.get(id)
      if (bridge === undefined) return
      for (const legId of [...bridge.legIds]) leaveBridge(lines.get(legId) as Line)
      endWithBridge(bridge)
      bridges.delete(id)
    },

    mark: (legId: LegId, mark: LegMark): void => { line(legId).mark = mark },
    readMark: (legId: LegId): LegMark | undefined => lines.get(legId)?.mark,
    startRecording: (callId: CallId, legId: LegId): void => {
      if (!lines.has(legId)) throw new PhoneError('not-found', 'no such leg')
      recordings.set(callId, legId)
    },
    recordingGoesOn: (callId: CallId): boolean => lines.has(recordings.get(callId) ?? ''),
    storedRecordings: (): CallId[] => [...recordings.keys()],
    dropRecording: (callId: CallId): void => { recordings.delete(callId) },
    writeSnapshot: (callId: CallId, snapshot: string): void => { snapshots.set(callId, snapshot) },
    readSnapshot: (callId: CallId): string | undefined => snapshots.get(callId),
    dropSnapshot: (callId: CallId): void => { snapshots.delete(callId) },

    putSeat: (seat: Seat): void => {
      const before = accounts.get(seat.id)
      accounts.set(seat.id, seat)
      const known = seats.get(seat.id)
      if (known !== undefined && before?.password !== seat.password) unregister(known)
    },
    removeSeat: (seatId: string): void => {
      const known = seats.get(seatId)
      if (known !== undefined) unregister(known)
      accounts.delete(seatId)
    },
    registeredSeats: (): string[] => [...seats.values()].filter((seat) => seat.registered).map((seat) => seat.id),
    seatReachable: (seatId: string): boolean => seats.get(seatId)?.registered === true,

    // ---- for the test to look at

    /** What the channel event log says of the end of a leg. */
    hangUpOf: (legId: LegId): { at: EpochMs, causeCode: number, byCaller: boolean } | undefined => hangUps.get(legId),
    snapshotIds: (): CallId[] => [...snapshots.keys()],
    playbackIds: (): string[] => [...playbacks.keys()],
    /** Every leg, also those the fallback has. */
    allLegs: (): Leg[] => [...lines.values()].map((of) => ({ ...of.leg })),
    hearing,
    /** Since when an answered leg hears nothing at all; Infinity while it hears something. */
    silentSince: (legId: LegId): EpochMs => lines.get(legId)?.silentSince ?? Infinity,
    /** The leg's owner as its mark says, for checks. */
    markOf: (legId: LegId): LegMark | undefined => lines.get(legId)?.mark
  }
}
