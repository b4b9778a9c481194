/** Recordings over HTTP. Who wants to hear one says why; the sound then comes for a while under an address of its own. */
import { Type, type Static } from 'typebox'

/** 质检 quality, 核实 verify, 申诉 appeal, 培训 training, 其他 other (with a note). */
export const ListenReason = Type.Union([
  Type.Literal('quality'), Type.Literal('verify'), Type.Literal('appeal'), Type.Literal('training'), Type.Literal('other')
])
export type ListenReason = Static<typeof ListenReason>

/** `POST /api/v1/recordings/listen`. The access log has it before the answer leaves. */
export const ListenRequest = Type.Object({
  callId: Type.String({ format: 'uuid' }),
  reason: ListenReason,
  /** Needed with `other`. Numbers do not belong here: the access log is kept in clear. */
  note: Type.Optional(Type.String({ maxLength: 100 }))
}, { additionalProperties: false })
export type ListenRequest = Static<typeof ListenRequest>

const Peaks = Type.String({ description: 'Loudest sample of each of 600 stretches, one byte a stretch, base64' })

export const Listening = Type.Object({
  /** Address of the sound, for this user's session, until `until`. */
  url: Type.String(),
  until: Type.Integer(),
  startedAt: Type.Integer(),
  durationMs: Type.Integer(),
  peaks: Type.Object({ citizen: Peaks, others: Peaks }),
  /** Stretches that are silent at the agent's wish, from the beginning of the recording. */
  muted: Type.Array(Type.Object({ fromMs: Type.Integer(), toMs: Type.Integer(), reason: Type.String() }))
})
export type Listening = Static<typeof Listening>

/** `POST /api/v1/recordings/present`: which of these calls have a recording. */
export const PresentRequest = Type.Object({ callIds: Type.Array(Type.String({ format: 'uuid' }), { maxItems: 200 }) }, { additionalProperties: false })
export const PresentAnswer = Type.Object({ callIds: Type.Array(Type.String()) })
