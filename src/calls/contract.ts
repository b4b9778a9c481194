/** Calls, as the API speaks of them. */
import { Type, type Static } from 'typebox'
import { PageOf } from '../platform/http-contract.ts'

/** Every call ends with exactly one outcome; the `abandoned-*` ones name the stage in which the caller left. */
export const Outcome = Type.Union([
  Type.Literal('answered'),
  Type.Literal('abandoned-in-menu'), Type.Literal('abandoned-in-queue'), Type.Literal('abandoned-while-ringing'),
  Type.Literal('ended-in-menu'), Type.Literal('refused-full'), Type.Literal('failed')
])
export type Outcome = Static<typeof Outcome>

export const CallView = Type.Object({
  id: Type.String(),
  /** Masked unless the role may see it. */
  ani: Type.String(),
  dnis: Type.String(),
  startedAt: Type.Integer(),
  /** Menu choices in order: key words of the flow, e.g. `求助`. */
  choices: Type.Array(Type.String()),
  skillGroup: Type.Union([Type.String(), Type.Null()]),
  queuedAt: Type.Union([Type.Integer(), Type.Null()]),
  /** From entering the agent queue to the answer, or to the end of an unanswered call. */
  waitMs: Type.Union([Type.Integer(), Type.Null()]),
  agent: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()]),
  answeredAt: Type.Union([Type.Integer(), Type.Null()]),
  talkMs: Type.Union([Type.Integer(), Type.Null()]),
  endedAt: Type.Union([Type.Integer(), Type.Null()]),
  outcome: Type.Union([Outcome, Type.Null()])
})
export type CallView = Static<typeof CallView>

/** `POST /api/v1/calls/:id/recording/mute`: what is about to be said. */
export const MuteRequest = Type.Object({ reason: Type.Union([Type.Literal('identity'), Type.Literal('bank'), Type.Literal('other')]) }, { additionalProperties: false })

/** `POST /api/v1/calls/search`; `ani` in full, never in a URL. Newest first. */
export const CallSearch = Type.Object({
  ani: Type.Optional(Type.String({ maxLength: 32 })),
  agentId: Type.Optional(Type.String({ maxLength: 64 })),
  outcome: Type.Optional(Outcome),
  from: Type.Optional(Type.Integer()),
  to: Type.Optional(Type.Integer()),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }))
}, { additionalProperties: false })
export type CallSearch = Static<typeof CallSearch>
export const CallPage = PageOf(CallView)
export type CallPage = Static<typeof CallPage>
