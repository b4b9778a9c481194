/**
 * The phone system as the rest of the product sees it: narrow, typed, without a word of Asterisk.
 * Drivers behind it are held to one contract test on the real Asterisk (test/telephony/contract).
 *
 * Commands reject with `PhoneError`. Repeating a command whose thing already exists or is already gone succeeds
 * silently (`createLeg`, `createBridge`, `play` with a known id; `hangUp`, `stopPlayback`, `destroyBridge` of one that is gone):
 * after a crash commands are performed again. No command waits longer than the driver's time-out (5 s by default).
 */
import type { Readable } from 'node:stream'
import type { EpochMs } from '../kernel/clock.ts'
import type { AgentId, CallId, LegId } from '../kernel/ids.ts'

export interface Leg {
  id: LegId
  /** Calling number as the trunk gave it; '' when withheld. */
  ani: string
  /** Dialled number, e.g. `12345`. */
  dnis: string
  /** `down`: created, not yet dialled; `ringing`: dialled, or offered to us and not answered; `up`: answered. */
  state: 'down' | 'ringing' | 'up'
  /** When the phone system created the leg. */
  createdAt: EpochMs
}

/** Who a leg belongs to, as kept on the citizen's leg in the phone system: survives us, gone with the leg. */
export interface LegMark { callId: CallId }

export type HangUpCause = 'normal' | 'busy' | 'no-answer' | 'congestion' | 'rejected' | 'unallocated' | 'other'

export type PhoneEvent =
  /** Connected, or connected again: events may have been missed, so compare `legs()` with what you believed. */
  | { type: 'connected', at: EpochMs }
  | { type: 'disconnected', at: EpochMs, reason: string }
  /** A caller was handed to us. `joinedAt` is set when the fallback queue hands one back: the time of first arrival. */
  | { type: 'leg-arrived', at: EpochMs, leg: Leg, trunk: string, joinedAt?: EpochMs, from: 'trunk' | 'seat' | 'trial' }
  | { type: 'leg-ringing', at: EpochMs, legId: LegId }
  | { type: 'leg-answered', at: EpochMs, legId: LegId }
  /** The leg is no longer ours: hung up, or never answered. Comes once a leg. */
  | { type: 'leg-gone', at: EpochMs, legId: LegId, cause: HangUpCause, causeCode: number }
  | { type: 'key-pressed', at: EpochMs, legId: LegId, key: Key }
  /** `completed` false: stopped, failed, or the leg is gone. */
  | { type: 'playback-ended', at: EpochMs, playbackId: string, completed: boolean }
  /** A seat's phone can be rung, or can no longer. */
  | { type: 'seat-reachable', at: EpochMs, seatId: string }
  | { type: 'seat-unreachable', at: EpochMs, seatId: string }

export type Key = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#'

/** A browser phone's account. `password` is for one sign-in; the phone system forgets seats when it restarts. */
export interface Seat {
  /** e.g. `seat-1001`; a trial phone's is `trial-` and 8 characters. */
  id: string
  password: string
  /** Where its own calls go: `agent` may dial what routing allows, `trial` reaches only 12345. */
  kind: 'agent' | 'trial'
  /** Shown as calling number of calls it makes. */
  number: string
  displayName: string
}

/** What to ring: a seat's phone, or a number through a trunk. */
export type LegTarget = { seatId: string } | { number: string, trunk: string }

export interface NewLeg {
  id: LegId
  target: LegTarget
  /** Shown to the one who is rung. */
  callerNumber: string
  callerName: string
  /** Headers for a browser phone, e.g. `{ 'X-Hotline-Call': callId, 'X-Hotline-Auto-Answer': '1' }`. */
  headers: Readonly<Record<string, string>>
}

/** What to play, in order. Prompt names are files without suffix, below the prompts folder, e.g. `zh/welcome`. Silence is rounded up to whole seconds, 10 at most. */
export type Media = { prompt: string } | { silenceMs: number }

/** Whose voice: the citizen's, or of all that the citizen hears. */
export type RecordingSide = 'citizen' | 'others'

export type PhoneErrorCode =
  | 'disconnected' | 'timeout' | 'not-found' | 'conflict' | 'unreachable' | 'refused' | 'fault'

export class PhoneError extends Error {
  readonly code: PhoneErrorCode
  constructor (code: PhoneErrorCode, message: string) {
    super(message)
    this.name = 'PhoneError'
    this.code = code
  }
}

export interface Phone {
  /** Connects and keeps connecting, for ever; resolves at the first connection, rejects when `signal` aborts before it. */
  start: (signal?: AbortSignal) => Promise<void>
  stop: () => Promise<void>
  readonly connected: boolean
  /** Listeners are called in order of events, synchronously; one that throws is logged and does not stop the others. Returns the removal. */
  subscribe: (listener: (event: PhoneEvent) => void) => () => void

  /** Legs that are ours now. */
  legs: () => Promise<Leg[]>
  /** Whether the leg stands, ours or, as in the fallback queue, not ours. */
  stands: (legId: LegId) => Promise<boolean>
  /** The legs in a bridge, or undefined when there is no such bridge. */
  bridge: (id: string) => Promise<{ legIds: LegId[] } | undefined>
  bridgeIds: () => Promise<string[]>
  /** Whether that playback still goes on. */
  playing: (playbackId: string) => Promise<boolean>

  answer: (legId: LegId) => Promise<void>
  ring: (legId: LegId) => Promise<void>
  hangUp: (legId: LegId, cause: HangUpCause) => Promise<void>
  /** Creates the leg and rings it; resolves when it was sent. Answer, refusal and time-out come as events. */
  createLeg: (leg: NewLeg, options: { timeoutMs: number }) => Promise<void>

  play: (playbackId: string, on: { legId: LegId } | { bridgeId: string }, media: readonly Media[]) => Promise<void>
  stopPlayback: (playbackId: string) => Promise<void>
  startMusic: (legId: LegId, musicClass: string) => Promise<void>
  stopMusic: (legId: LegId) => Promise<void>
  sendKeys: (legId: LegId, keys: string) => Promise<void>

  createBridge: (id: string) => Promise<void>
  /** Waits until the leg has heard what is played to it, so stop that first. */
  addToBridge: (id: string, legIds: readonly LegId[]) => Promise<void>
  removeFromBridge: (id: string, legIds: readonly LegId[]) => Promise<void>
  destroyBridge: (id: string) => Promise<void>

  /** Marks the citizen's leg with its call, once, at the beginning. */
  mark: (legId: LegId, mark: LegMark) => Promise<void>
  readMark: (legId: LegId) => Promise<LegMark | undefined>
  /** Keeps the call's latest snapshot (opaque text, at most 16 KB) in the phone system until `dropSnapshot`. */
  writeSnapshot: (callId: CallId, snapshot: string) => Promise<void>
  readSnapshot: (callId: CallId) => Promise<string | undefined>
  dropSnapshot: (callId: CallId) => Promise<void>

  /**
   * Records what the citizen says and what the citizen hears, apart and beginning together, until the leg ends, whoever is
   * connected. Harmless when it is recorded already.
   */
  startRecording: (callId: CallId, legId: LegId) => Promise<void>
  /** Silence in both recordings from now on, which go on: they stay as long as each other. Harmless when there is none. */
  muteRecording: (callId: CallId, muted: boolean) => Promise<void>
  recordingGoesOn: (callId: CallId) => Promise<boolean>
  /** Calls of which recordings lie in the phone system, finished or not. */
  storedRecordings: () => Promise<CallId[]>
  /** One side, as G.711 A-law without a header, 8000 bytes a second; undefined when there is none. */
  readRecording: (callId: CallId, side: RecordingSide) => Promise<{ bytes: number, sound: Readable } | undefined>
  dropRecording: (callId: CallId) => Promise<void>

  /** Makes the account, or gives an existing one a new password (its old registration is dropped). */
  putSeat: (seat: Seat) => Promise<void>
  removeSeat: (seatId: string) => Promise<void>
  seatReachable: (seatId: string) => Promise<boolean>
}

/** The seat id of an agent's browser phone. */
export function seatOf (agentId: AgentId): string {
  return `seat-${agentId}`
}

/** The inverse of `seatOf`; undefined for a trial phone. */
export function agentOfSeat (seatId: string): AgentId | undefined {
  return seatId.startsWith('seat-') ? seatId.slice('seat-'.length) : undefined
}
