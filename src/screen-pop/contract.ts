/** What stands on the agent's screen before the ring is answered (design: screen-pop before the ring). */
import { Type, type Static } from 'typebox'
import { PageOf } from '../platform/http-contract.ts'

export const HistoryItem = Type.Object({
  kind: Type.Union([Type.Literal('call'), Type.Literal('work-order')]),
  id: Type.String(),
  at: Type.Integer(),
  /** Work order number, or '' for a call. */
  number: Type.String(),
  title: Type.String(),
  /** For a call its outcome (`answered`, `abandoned-in-menu` ...), for a work order its state word. */
  state: Type.String(),
  open: Type.Boolean(),
  agentName: Type.Optional(Type.String()),
  talkMs: Type.Optional(Type.Integer())
})
export type HistoryItem = Static<typeof HistoryItem>

/** `POST /api/v1/callers/history` `{ callId, cursor? }`: open work orders first, then newest first. */
export const HistoryQuery = Type.Object({
  callId: Type.String({ format: 'uuid' }),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 }))
}, { additionalProperties: false })
export const HistoryPage = PageOf(HistoryItem)
export type HistoryPage = Static<typeof HistoryPage>

export const ScreenPop = Type.Object({
  /** Masked as the role asks: `138****0012`; '' when withheld. */
  number: Type.String(),
  numberWithheld: Type.Boolean(),
  dnis: Type.String(),
  skillGroup: Type.Object({ id: Type.String(), name: Type.String() }),
  /** Menu choices in order, as words: `['求助']`. */
  choices: Type.Array(Type.String()),
  /** Time in the queue until this offer, in milliseconds. */
  waitMs: Type.Integer(),
  /** The name masked: `王*`. */
  caller: Type.Optional(Type.Object({ name: Type.String(), place: Type.String() })),
  /** Calls of this number in the last `days` days, this one left out. */
  repeat: Type.Object({ days: Type.Integer(), calls: Type.Integer() }),
  lastAgent: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
  history: HistoryPage,
  /** False when the history could not be fetched in time: the desktop says so and offers to load it. */
  historyKnown: Type.Boolean()
})
export type ScreenPop = Static<typeof ScreenPop>
