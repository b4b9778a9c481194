/** The agent's desk: what the server says over the socket, and the commands an agent gives. */
import { Type, type Static } from 'typebox'
import type { ScreenPop } from '../screen-pop/contract.ts'

export type AgentStateName = 'offline' | 'not-ready' | 'ready' | 'reserved' | 'ringing' | 'talking' | 'wrap-up'

/**
 * The whole desk, sent as socket event `desk` on connect and after each change. `seq` rises by one a message for each
 * agent; a page that sees a lower one than it has ignores it. All times are the server's.
 */
export interface Desk {
  seq: number
  serverTime: number
  agent: {
    id: string
    name: string
    state: AgentStateName
    /** Reason code of `not-ready`, e.g. `break`; `ring-no-answer` and `disconnected` are set by the server. */
    reason?: string
    since: number
    /** When the state ends by itself: wrap-up, ringing, reserved for a lost page. */
    until?: number
  }
  phone: {
    /** One page holds the seat's phone; further pages watch and may take over. `free`: no page that is connected holds it. */
    role: 'holder' | 'watcher' | 'free'
    reachable: boolean
  }
  call?: DeskCall
  queues: Array<{ groupId: string, name: string, waiting: number, longestWaitMs: number }>
}

export interface DeskCall {
  callId: string
  /** `offered`: pop is here, the phone is about to ring; `reconnecting`: the page's leg was lost, a new one is on its way. */
  phase: 'offered' | 'ringing' | 'talking' | 'reconnecting' | 'ended'
  pop: ScreenPop
  offeredAt: number
  ringUntil?: number
  answeredAt?: number
  endedAt?: number
  /** The recording is silent at the agent's wish until then. */
  recordingMutedUntil?: number
}

/** Socket events, client side: `io({ auth: { pageId, holdsPhone } })` with the session cookie; `holdsPhone`: this page's phone is registered. */
// A type, not an interface: only that has the index signature which Socket.IO asks for.
export type ServerToDesk = {
  desk: (desk: Desk) => void
  /** The session ended or the user was disabled: go to sign-in, drafts stay. */
  'signed-out': (reason: string) => void
}

/** `POST /api/v1/agents/me/state` */
export const StateCommand = Type.Union([
  Type.Object({ to: Type.Literal('ready') }, { additionalProperties: false }),
  Type.Object({ to: Type.Literal('not-ready'), reason: Type.String({ minLength: 1, maxLength: 40 }) }, { additionalProperties: false })
])
export type StateCommand = Static<typeof StateCommand>

/** `POST /api/v1/agents/me/wrap-up`: `extend` adds 30 s. Finish goes through `/state`. */
export const WrapUpCommand = Type.Object({ action: Type.Literal('extend') }, { additionalProperties: false })

/** `POST /api/v1/phone`: this page becomes the holder of the seat's phone. 409 `phone-held` unless `takeOver`. */
export const PhoneCommand = Type.Object({
  pageId: Type.String({ format: 'uuid' }),
  takeOver: Type.Optional(Type.Boolean())
}, { additionalProperties: false })
export type PhoneCommand = Static<typeof PhoneCommand>

/** One-time account of a browser phone (also of the trial phone). Registers over `wss|ws://<origin><webSocketPath>`. */
export const PhoneAccount = Type.Object({
  seatId: Type.String(),
  password: Type.String(),
  sipDomain: Type.String(),
  webSocketPath: Type.String(),
  iceServers: Type.Array(Type.Object({ urls: Type.String(), username: Type.Optional(Type.String()), credential: Type.Optional(Type.String()) }))
})
export type PhoneAccount = Static<typeof PhoneAccount>

/** `GET /api/v1/reason-codes` */
export const ReasonCode = Type.Object({ code: Type.String(), name: Type.String() })
export type ReasonCode = Static<typeof ReasonCode>
