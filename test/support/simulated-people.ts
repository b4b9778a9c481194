/** The people at both ends of the simulated phone system. */
import type { Key } from '../../src/telephony/port.ts'
import type { LegId } from '../../src/kernel/ids.ts'

/** A citizen, or a seat that dials. */
export interface Caller {
  readonly legId: LegId
  readonly gone: boolean
  readonly answered: boolean
  press: (key: Key) => void
  hangUp: () => void
}

/** What the caller's own phone notices. */
export interface CallerEars {
  answered?: () => void
  /** Another answered leg came into (or left) the same bridge. */
  talking?: (talking: boolean) => void
  gone?: () => void
}

/** One ringing of a seat's phone, or of an outside number, and the leg after it was answered. */
export interface Ring {
  readonly legId: LegId
  readonly headers: Readonly<Record<string, string>>
  readonly callerNumber: string
  readonly gone: boolean
  readonly answered: boolean
  answer: () => void
  refuse: (cause: 'busy' | 'rejected' | 'unallocated') => void
  /** Ends the leg in any state, with a normal clearing. */
  hangUp: () => void
  /** Called once, when the leg ends whoever ended it. */
  onGone?: () => void
}

export interface SimulatedSeat {
  readonly id: string
  readonly registered: boolean
  /** False while no account was put. */
  register: () => boolean
  /** The browser goes: no more rings; an answered leg ends when its sound has stopped for 5 s, a ringing one by time-out. */
  vanish: () => void
  onRing?: (ring: Ring) => void
}

/** What a leg's ear hears. */
export type Hearing = 'ringback' | 'people' | 'playback' | 'music' | 'silence'
