/**
 * `Phone` over a simulated phone system: each command and each event takes a moment, commands fail or time out by chance,
 * the connection can drop and return, and the program that holds it can be killed. All by one seed.
 */
import type { Clock } from '../../src/kernel/clock.ts'
import type { LegId } from '../../src/kernel/ids.ts'
import { PhoneError, type Phone, type PhoneEvent } from '../../src/telephony/port.ts'
import type { Random } from './random.ts'
import type { Exchange } from './simulated-exchange.ts'

export interface PhoneTrouble {
  /** Share of commands that are refused without effect. */
  fault: number
  /** Share of commands whose answer does not come; half of them were carried out. */
  timeout: number
  /** Longest way of a command or of an event; 0: none takes time. */
  delayMs: number
}

export const NO_TROUBLE: PhoneTrouble = { fault: 0, timeout: 0, delayMs: 0 }

export interface SimulatedPhone extends Phone {
  /** The program dies: nothing of it is heard again. What it had sent may still be carried out, or not. */
  kill: () => void
  /** The connection is lost, and comes back after `ms`. Commands on their way may be carried out, or not. */
  drop: (ms: number) => void
  /** How often each command was given. */
  readonly counts: ReadonlyMap<string, number>
}

export interface SimulatedPhoneOptions {
  exchange: Exchange
  clock: Clock
  random: Random
  trouble?: PhoneTrouble
  /** As the driver's own time-out. */
  timeoutMs?: number
  /** Told of what a listener threw. */
  onListenerError?: (error: unknown) => void
}

export function createSimulatedPhone (options: SimulatedPhoneOptions): SimulatedPhone {
  const { exchange, clock, random, trouble = NO_TROUBLE, timeoutMs = 5_000 } = options
  const onListenerError = options.onListenerError ?? ((error: unknown) => { throw error })
  const listeners = new Set<(event: PhoneEvent) => void>()
  const counts = new Map<string, number>()
  const known = new Set<LegId>()
  const reachable = new Set<string>()
  /** When the last event of a leg, bridge or seat is delivered: the next one comes after it. */
  const delivered = new Map<string, number>()
  const waiting = new Set<(error: PhoneError) => void>()
  let generation = 0
  let connected = false
  let dead = false
  let stopped = false

  const delay = (): number => trouble.delayMs === 0 ? 0 : random.int(0, random.chance(0.05) ? trouble.delayMs * 10 : trouble.delayMs)

  function deliver (event: PhoneEvent): void {
    if (event.type === 'leg-arrived') known.add(event.leg.id)
    // A leg goes once, whether its end was heard of or found out after a reconnect.
    if (event.type === 'leg-gone' && !known.delete(event.legId)) return
    if (event.type === 'seat-reachable') {
      if (reachable.has(event.seatId)) return
      reachable.add(event.seatId)
    }
    if (event.type === 'seat-unreachable' && !reachable.delete(event.seatId)) return
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        onListenerError(error)
      }
    }
  }

  function connect (): void {
    if (dead || stopped) return
    const now = ++generation
    connected = true
    delivered.clear()
    exchange.attach((order, event) => {
      const at = Math.max(delivered.get(order) ?? 0, clock.now() + delay())
      if (event.type === 'leg-gone') delivered.delete(order)
      else delivered.set(order, at)
      clock.at(at, () => { if (generation === now && !dead && !stopped) deliver({ ...event, at: clock.now() }) })
    })
    deliver({ type: 'connected', at: clock.now() })
    const living = new Set(exchange.legs().map((leg) => leg.id))
    for (const legId of [...known]) {
      if (!living.has(legId)) deliver({ type: 'leg-gone', at: clock.now(), legId, cause: 'other', causeCode: 0 })
    }
    for (const legId of living) known.add(legId)
    const registered = new Set(exchange.registeredSeats())
    for (const seatId of new Set([...reachable, ...registered])) {
      deliver({ type: registered.has(seatId) ? 'seat-reachable' : 'seat-unreachable', at: clock.now(), seatId })
    }
  }

  function disconnect (): void {
    generation++
    connected = false
    exchange.attach(undefined)
    for (const fail of [...waiting]) fail(new PhoneError('disconnected', 'the connection was lost'))
  }

  function command<T> (name: string, action: () => T): Promise<T> {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (dead) return new Promise(() => {})
    if (!connected) return Promise.reject(new PhoneError('disconnected', 'not connected'))
    const sent = generation
    const luck = random.next()
    const lost = luck < trouble.timeout
    const refused = !lost && luck < trouble.timeout + trouble.fault
    const carriedOut = !lost || random.chance(0.5)
    /** Whether it still arrives when the connection breaks on its way. */
    const sentInTime = random.chance(0.5)
    return new Promise<T>((resolve, reject) => {
      const fail = (error: PhoneError): void => {
        if (waiting.delete(fail) && !dead) reject(error)
      }
      waiting.add(fail)
      clock.at(clock.now() + delay(), () => {
        if (generation !== sent && !sentInTime) return
        let result: T
        try {
          if (refused) throw new PhoneError('fault', 'the phone system failed')
          if (!carriedOut) return
          result = action()
        } catch (error) {
          if (error instanceof PhoneError) clock.at(clock.now() + delay(), () => { fail(error) })
          else reject(error instanceof Error ? error : new Error(String(error)))
          return
        }
        if (lost || generation !== sent) return
        clock.at(clock.now() + delay(), () => { if (waiting.delete(fail) && !dead) resolve(result) })
      })
      if (lost) clock.at(clock.now() + timeoutMs, () => { fail(new PhoneError('timeout', `${name} was not answered`)) })
    })
  }

  return {
    start: (signal) => new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new PhoneError('disconnected', 'aborted'))
      clock.at(clock.now() + delay(), () => {
        if (dead || stopped) return
        connect()
        resolve()
      })
    }),
    stop: () => {
      stopped = true
      if (connected) disconnect()
      return Promise.resolve()
    },
    get connected () { return connected && !dead },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },

    legs: () => command('legs', exchange.legs),
    stands: (legId) => command('stands', () => exchange.stands(legId)),
    bridge: (id) => command('bridge', () => exchange.bridge(id)),
    bridgeIds: () => command('bridgeIds', exchange.bridgeIds),
    playing: (id) => command('playing', () => exchange.playing(id)),

    answer: (legId) => command('answer', () => { exchange.answer(legId) }),
    ring: (legId) => command('ring', () => { exchange.ring(legId) }),
    hangUp: (legId, cause) => command('hangUp', () => { exchange.hangUp(legId, cause) }),
    createLeg: async (leg, { timeoutMs: ringMs }) => {
      await command('createLeg', () => {
        exchange.create(leg)
        known.add(leg.id)
      })
      await command('dial', () => { exchange.dial(leg.id, ringMs) })
    },

    play: (playbackId, on, media) => command('play', () => { exchange.play(playbackId, on, media) }),
    stopPlayback: (playbackId) => command('stopPlayback', () => { exchange.stopPlayback(playbackId) }),
    startMusic: (legId, musicClass) => command('startMusic', () => { exchange.startMusic(legId, musicClass) }),
    stopMusic: (legId) => command('stopMusic', () => { exchange.stopMusic(legId) }),
    sendKeys: (legId) => command('sendKeys', () => { exchange.sendKeys(legId) }),

    createBridge: (id) => command('createBridge', () => { exchange.createBridge(id) }),
    addToBridge: (id, legIds) => command('addToBridge', () => { exchange.addToBridge(id, legIds) }),
    removeFromBridge: (id, legIds) => command('removeFromBridge', () => { exchange.removeFromBridge(id, legIds) }),
    destroyBridge: (id) => command('destroyBridge', () => { exchange.destroyBridge(id) }),

    mark: (legId, mark) => command('mark', () => { exchange.mark(legId, mark) }),
    readMark: (legId) => command('readMark', () => exchange.readMark(legId)),
    writeSnapshot: (callId, snapshot) => command('writeSnapshot', () => { exchange.writeSnapshot(callId, snapshot) }),
    readSnapshot: (callId) => command('readSnapshot', () => exchange.readSnapshot(callId)),
    dropSnapshot: (callId) => command('dropSnapshot', () => { exchange.dropSnapshot(callId) }),

    startRecording: (callId, legId) => command('startRecording', () => { exchange.startRecording(callId, legId) }),
    muteRecording: () => command('muteRecording', () => {}),
    recordingGoesOn: (callId) => command('recordingGoesOn', () => exchange.recordingGoesOn(callId)),
    storedRecordings: () => command('storedRecordings', exchange.storedRecordings),
    readRecording: () => command('readRecording', () => undefined),
    dropRecording: (callId) => command('dropRecording', () => { exchange.dropRecording(callId) }),

    putSeat: (seat) => command('putSeat', () => { exchange.putSeat(seat) }),
    removeSeat: (seatId) => command('removeSeat', () => { exchange.removeSeat(seatId) }),
    seatReachable: (seatId) => command('seatReachable', () => exchange.seatReachable(seatId)),

    kill: () => {
      dead = true
      generation++
      waiting.clear()
      exchange.attach(undefined)
    },
    drop: (ms) => {
      if (!connected) return
      disconnect()
      deliver({ type: 'disconnected', at: clock.now(), reason: 'connection lost' })
      clock.at(clock.now() + ms, connect)
    },
    counts
  }
}
