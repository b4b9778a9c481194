/** Work orders (工单), as the API speaks of them. Fields: domain.md section 3. */
import { Type, type Static } from 'typebox'
import { PageOf } from '../platform/http-contract.ts'

/** 咨询 CX, 求助 QZ, 投诉 TS, 举报 JB, 建议 JY, 意见 YJ, 表扬 BY */
export const WorkOrderType = Type.Union([
  Type.Literal('CX'), Type.Literal('QZ'), Type.Literal('TS'), Type.Literal('JB'), Type.Literal('JY'), Type.Literal('YJ'), Type.Literal('BY')
])
export type WorkOrderType = Static<typeof WorkOrderType>
/** 一般, 紧急, 特急 */
export const Urgency = Type.Union([Type.Literal('normal'), Type.Literal('urgent'), Type.Literal('critical')])

const fields = {
  type: WorkOrderType,
  title: Type.String({ minLength: 1, maxLength: 100 }),
  content: Type.String({ minLength: 1, maxLength: 4000 }),
  wishedOutcome: Type.String({ maxLength: 1000 }),
  callerName: Type.String({ maxLength: 50 }),
  callerSex: Type.Union([Type.Literal('male'), Type.Literal('female'), Type.Literal('unknown')]),
  callerKind: Type.Union([Type.Literal('person'), Type.Literal('enterprise')]),
  /** Number to call back; '' = the calling number of `callId`. */
  contact: Type.String({ maxLength: 32 }),
  anonymous: Type.Boolean(),
  confidential: Type.Boolean(),
  /** Subject code, L1 to L3, e.g. `01.05.01`. */
  subject: Type.String({ maxLength: 20 }),
  urgency: Urgency,
  /** When it happened, free text or a time as the caller tells it. */
  eventTime: Type.String({ maxLength: 100 }),
  address: Type.String({ maxLength: 300 }),
  areaCode: Type.String({ maxLength: 12 })
}
/**
 * `POST /api/v1/work-orders`, header `Idempotency-Key` (the draft's id): 201, and 200 for the same again; another form under
 * the same key 409 `idempotency-conflict`. Disposition `direct-answer`: closed in the call (直接答复).
 */
export const NewWorkOrder = Type.Object({
  ...fields,
  /** Left out: true for 举报, false for the others. */
  confidential: Type.Optional(Type.Boolean()),
  callId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
  disposition: Type.Union([Type.Literal('submit'), Type.Literal('direct-answer')]),
  /** Needed when `disposition` is `direct-answer`. */
  answer: Type.String({ maxLength: 4000 })
}, { additionalProperties: false })
export type NewWorkOrder = Static<typeof NewWorkOrder>

/**
 * A draft is any part of the form, kept for one call (or one new form without a call): `PUT /api/v1/drafts/{id}`. One that was
 * submitted is gone: 409 `draft-submitted`. `GET /api/v1/drafts` gives one's own, `DELETE /api/v1/drafts/{id}` forgets one.
 */
export const Draft = Type.Object({
  id: Type.String({ format: 'uuid' }),
  callId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
  /** Rises by one a save; an older one does not overwrite a newer (409 `draft-outdated`). */
  version: Type.Integer({ minimum: 1 }),
  savedAt: Type.Integer(),
  form: Type.Partial(Type.Object({
    ...fields,
    // What is not yet written, or was deleted again.
    title: Type.String({ maxLength: 100 }),
    content: Type.String({ maxLength: 4000 }),
    answer: Type.String({ maxLength: 4000 })
  }, { additionalProperties: false }))
}, { additionalProperties: false })
export type Draft = Static<typeof Draft>
export const DraftPage = PageOf(Draft)

/** The person masked: `callerName` 张*, `contact` 138****0001, `address` up to the road. `POST /api/v1/unmask` shows them. */
export const WorkOrderView = Type.Object({
  id: Type.String(),
  /** e.g. `251123101108000012`: YYMMDDhhmmss in the hotline's zone and six digits. */
  number: Type.String(),
  /** For the citizen's own query: six characters. */
  queryCode: Type.String(),
  /** State word of domain.md section 4, e.g. `pending-review` 待审核, `closed` 已办结. */
  state: Type.String(),
  createdAt: Type.Integer(),
  createdBy: Type.Object({ id: Type.String(), name: Type.String() }),
  callId: Type.Union([Type.String(), Type.Null()]),
  ...fields,
  answer: Type.String()
})
export type WorkOrderView = Static<typeof WorkOrderView>
export const WorkOrderPage = PageOf(WorkOrderView)

/** `GET /api/v1/work-orders`: one's own, newest first. */
export const WorkOrderQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  /** 1 to 100, as text like all of a query. */
  limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d?|100)$' }))
}, { additionalProperties: false })

/** `GET /api/v1/catalogue` */
export const Catalogue = Type.Object({
  types: Type.Array(Type.Object({ code: WorkOrderType, name: Type.String() })),
  urgencies: Type.Array(Type.Object({ code: Urgency, name: Type.String() })),
  subjects: Type.Array(Type.Object({ code: Type.String(), name: Type.String(), pinyin: Type.String() })),
  areas: Type.Array(Type.Object({ code: Type.String(), name: Type.String() }))
})
export type Catalogue = Static<typeof Catalogue>
