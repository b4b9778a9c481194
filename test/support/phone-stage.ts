/** The stage on which one scenario is played twice: on the simulated phone system and on the real one. */
import { PhoneError, type Key, type Phone, type PhoneEvent, type Seat } from '../../src/telephony/port.ts'
import type { LegId } from '../../src/kernel/ids.ts'

export interface Citizen { readonly legId: LegId, readonly dialled: Dialled, press: (key: Key) => void, hangUp: () => void }

/** The browser phone of a seat; what it does, it does to its latest ring. */
export interface SeatPhone {
  readonly seatId: string
  register: () => Promise<void>
  vanish: () => Promise<void>
  answer: () => void
  busy: () => void
  decline: () => void
  hangUp: () => void
}

/** The citizen's own phone. `answered`: its answer has arrived there. */
export interface Dialled { readonly answered: boolean, press: (key: Key) => void, hangUp: () => void }

/** What differs between the two. */
export interface World {
  start: () => Promise<Phone>
  /** Dials 12345; known to us when `leg-arrived` comes. */
  dial: (ani: string) => Dialled
  seatPhone: (seat: Seat) => Promise<Omit<SeatPhone, 'seatId'>>
  wait: (ms: number) => Promise<void>
  now: () => number
  /** Time in which nothing more is expected. */
  calmMs: number
  /** Everything that stands is taken down; an error when something cannot be. */
  clear: () => Promise<void>
}

export interface Heard { text: string, afterMs: number }

/** What happened between two moments of calm: answers to commands in order, events in order for each leg, bridge or seat. */
export interface Segment { answers: string[], events: Record<string, Heard[]> }

export type Stage = ReturnType<typeof createStage>

export interface Scenario { name: string, run: (stage: Stage) => Promise<void> }

export function createStage (world: World, phone: Phone) {
  const names = new Map<string, string>()
  const segments: Segment[] = [{ answers: [], events: {} }]
  const arrivals: Array<(event: Extract<PhoneEvent, { type: 'leg-arrived' }>) => void> = []
  let current = phone
  let segmentAt = world.now()
  let lastAt = world.now()
  let seen: string[] = []

  const name = (id: string): string => names.get(id) ?? id
  const segment = (): Segment => segments.at(-1) as Segment

  /** Who an event is about, and its text without ids and times. */
  function describe (event: PhoneEvent): [subject: string, text: string] {
    switch (event.type) {
      case 'connected':
      case 'disconnected':
        return ['connection', event.type]
      case 'leg-arrived': {
        const { leg } = event
        return [name(leg.id), `leg-arrived ${leg.state} ${leg.ani} ${leg.dnis} ${event.from}${event.joinedAt === undefined ? '' : ' joined'}`]
      }
      case 'leg-gone':
        return [name(event.legId), `leg-gone ${event.cause}`]
      case 'key-pressed':
        return [name(event.legId), `key-pressed ${event.key}`]
      case 'leg-ringing':
      case 'leg-answered':
        return [name(event.legId), event.type]
      case 'playback-ended':
        return [playedOn.get(event.playbackId) ?? event.playbackId, `playback-ended ${event.playbackId} ${event.completed ? 'completed' : 'cut short'}`]
      case 'seat-reachable':
      case 'seat-unreachable':
        return [event.seatId, event.type]
    }
  }

  const playedOn = new Map<string, string>()

  function onEvent (event: PhoneEvent): void {
    if (event.type === 'connected' || event.type === 'disconnected') return
    lastAt = world.now()
    if (event.type === 'leg-arrived') arrivals.shift()?.(event)
    const [subject, text] = describe(event)
    const { events } = segment()
    events[subject] = [...(events[subject] ?? []), { text, afterMs: lastAt - segmentAt }]
    seen.push(`${subject} ${text}`)
  }
  let unsubscribe = phone.subscribe(onEvent)

  async function until (text: string, withinMs = 12_000): Promise<void> {
    const limit = world.now() + withinMs
    while (!seen.includes(text)) {
      if (world.now() > limit) throw new Error(`waited in vain for "${text}"; seen: ${seen.join(', ')}`)
      await world.wait(10)
    }
  }

  return {
    get phone () { return current },
    /** For ids that the phone system gives. */
    call: (id: string, as: string): void => { names.set(id, as) },
    until,
    wait: world.wait,

    /** Performs a command and writes down what came of it. */
    async do (label: string, command: () => Promise<unknown>): Promise<void> {
      let answer: string
      try {
        const value = await command()
        answer = value === undefined ? 'done' : JSON.stringify(value, (_, inner: unknown) => typeof inner === 'string' ? name(inner) : inner)
      } catch (error) {
        if (!(error instanceof PhoneError)) throw error
        answer = error.code
      }
      segment().answers.push(`${label}: ${answer}`)
    },

    /** `play`, so that the end of the playback is told with the leg or bridge on which it was. */
    play (playbackId: string, on: { legId: LegId } | { bridgeId: string }, ...prompts: Array<string | number>): Promise<void> {
      playedOn.set(playbackId, name('legId' in on ? on.legId : on.bridgeId))
      const media = prompts.map((piece) => typeof piece === 'string' ? { prompt: piece } : { silenceMs: piece })
      return this.do(`play ${playbackId}`, () => current.play(playbackId, on, media))
    },

    /** A citizen dials; resolves when the leg is ours. */
    async arrive (as: string, ani = '13800000001'): Promise<Citizen> {
      const arrived = new Promise<LegId>((resolve) => {
        arrivals.push((event) => {
          names.set(event.leg.id, as)
          resolve(event.leg.id)
        })
      })
      const person = world.dial(ani)
      await until(`${as} leg-arrived ringing ${ani} 12345 trunk`)
      return { legId: await arrived, dialled: person, press: person.press, hangUp: person.hangUp }
    },

    /** A citizen who has been answered. */
    async answered (as: string, ani = '13800000001'): Promise<Citizen> {
      const citizen = await this.arrive(as, ani)
      await this.do(`answer ${as}`, () => current.answer(citizen.legId))
      await until(`${as} leg-answered`)
      while (!citizen.dialled.answered) await world.wait(5)
      return citizen
    },

    /** A seat with its account; not registered yet. */
    async seat (seatId: string, password = 'first'): Promise<SeatPhone> {
      const seat: Seat = { id: seatId, password, kind: 'agent', number: '1001', displayName: '坐席' }
      await this.do(`put ${seatId}`, () => current.putSeat(seat))
      return { seatId, ...await world.seatPhone(seat) }
    },

    /** A seat whose phone is ready, and rings with a leg of that id. */
    async ringing (seatId: string, legId: LegId, timeoutMs = 10_000): Promise<SeatPhone> {
      const seat = await this.seat(seatId)
      await seat.register()
      await until(`${seatId} seat-reachable`)
      await this.ring(seatId, legId, timeoutMs)
      await until(`${legId} leg-ringing`)
      return seat
    },

    ring (seatId: string, legId: LegId, timeoutMs = 10_000): Promise<void> {
      return this.do(`create ${legId}`, () => current.createLeg({ id: legId, target: { seatId }, callerNumber: '13800000001', callerName: '', headers: { 'X-Hotline-Call': 'call' } }, { timeoutMs }))
    },

    /** Legs that are ours, with their states. */
    legs (): Promise<void> {
      return this.do('legs', async () => (await current.legs()).map((leg) => `${name(leg.id)} ${leg.state}`).sort())
    },

    /** The program is replaced by another one, which was not there for `awayMs`. */
    async restart (awayMs: number): Promise<void> {
      unsubscribe()
      await current.stop()
      await world.wait(awayMs)
      current = await world.start()
      unsubscribe = current.subscribe(onEvent)
    },

    /** Lets everything come to rest; what follows is another segment. */
    async calm (): Promise<void> {
      lastAt = world.now()
      while (world.now() < lastAt + world.calmMs) await world.wait(20)
      segments.push({ answers: [], events: {} })
      segmentAt = world.now()
      seen = []
    },

    /** The end: everything is taken down. */
    async finish (): Promise<void> {
      await this.calm()
      unsubscribe()
      await world.clear()
      await current.stop()
    },
    segments
  }
}

/** What differs between two traces of one scenario, in words; times may differ by `toleranceMs`. */
export function compareTraces (one: readonly Segment[], other: readonly Segment[], toleranceMs: number): string[] {
  const differences: string[] = []
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const left = one[index]
    const right = other[index]
    if (left === undefined || right === undefined) {
      differences.push(`segment ${index} is missing on one side`)
      continue
    }
    const answers = [left.answers.join(' | '), right.answers.join(' | ')]
    if (answers[0] !== answers[1]) differences.push(`segment ${index}, answers:\n    ${answers.join('\n    ')}`)
    for (const subject of new Set([...Object.keys(left.events), ...Object.keys(right.events)])) {
      const heard = [left.events[subject] ?? [], right.events[subject] ?? []] as const
      const texts = heard.map((list) => list.map(({ text }) => text).join(' | '))
      if (texts[0] !== texts[1]) differences.push(`segment ${index}, events of ${subject}:\n    ${texts.join('\n    ')}`)
      else {
        heard[0].forEach(({ text, afterMs }, place) => {
          const otherMs = heard[1][place]?.afterMs ?? 0
          if (Math.abs(afterMs - otherMs) > toleranceMs) differences.push(`segment ${index}, ${subject} ${text}: after ${afterMs} and ${otherMs} ms`)
        })
      }
    }
  }
  return differences
}
