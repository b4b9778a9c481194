/** Seeing a citizen's number, name and address in clear, for a reason that is written down. */
import { Type, type Static } from 'typebox'

/** 回拨 call-back, 核实 verify, 派单办理 handle, 紧急救助 emergency, 其他 other (with a note). */
export const UnmaskReason = Type.Union([
  Type.Literal('call-back'), Type.Literal('verify'), Type.Literal('handle'), Type.Literal('emergency'), Type.Literal('other')
])
export type UnmaskReason = Static<typeof UnmaskReason>

/** `POST /api/v1/unmask`. The access log has it before the answer leaves. */
export const UnmaskRequest = Type.Object({
  kind: Type.Union([Type.Literal('call'), Type.Literal('work-order')]),
  id: Type.String({ format: 'uuid' }),
  reason: UnmaskReason,
  /** Needed with `other`. Numbers do not belong here: the access log is kept in clear. */
  note: Type.Optional(Type.String({ maxLength: 100 }))
}, { additionalProperties: false })
export type UnmaskRequest = Static<typeof UnmaskRequest>

/** '' where there is none. To be shown for `showMs` milliseconds and not to be kept. */
export const Unmasked = Type.Object({
  number: Type.String(),
  name: Type.String(),
  address: Type.String(),
  showMs: Type.Integer()
})
export type Unmasked = Static<typeof Unmasked>
