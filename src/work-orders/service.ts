/** Intake: requests become work orders, drafts are kept, orders are read. Every row passes `can`. */
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Page } from '../platform/http-contract.ts'
import { maskAddress, maskName, maskNumber } from '../platform/masking.ts'
import { shownNumber } from '../platform/personal-data.ts'
import type { Draft, NewWorkOrder, WorkOrderView } from './contract.ts'
import { MOST_DRAFTS, type DraftRefusal } from './core/draft.ts'
import { problemsOf, tidied, type Problem } from './core/intake.ts'
import { QUERY_CODE_ALPHABET, QUERY_CODE_LENGTH, queryCode, workOrderNumber } from './core/number.ts'
import { isOpen, stateAfterIntake } from './core/state.ts'
import type { DraftRepository } from './draft-repository.ts'
import type { WorkOrder, WorkOrderRepository } from './repository.ts'

/** What intake has to know of a call. */
export interface IntakeCall {
  /** '' when withheld. */
  ani: string
  agentId: string | null
  areaCode: string
  unitId: string
}

export interface WorkOrdersDependencies {
  repository: WorkOrderRepository
  drafts: DraftRepository
  /** A call that lives or lived; undefined while nobody knows it. */
  findCall: (callId: CallId) => Promise<IntakeCall | undefined>
  clock: Clock
  newId: () => string
  /** A whole number below `limit` that nobody can guess. */
  randomBelow: (limit: number) => number
  timeZone: string
  /** Area of the hotline. */
  areaCode: string
}

export type WorkOrderRefusal =
  | { code: 'forbidden' | 'not-found' | 'call-unknown' | 'call-of-another' | 'idempotency-conflict' | DraftRefusal }
  | { code: 'invalid-input', problems: Problem[] }

export type Answer<T> = { ok: true, value: T } | { ok: false, refusal: WorkOrderRefusal }

export type WorkOrders = ReturnType<typeof createWorkOrders>

export function createWorkOrders ({ repository, drafts, findCall, clock, newId, randomBelow, timeZone, areaCode }: WorkOrdersDependencies) {
  const yes = <T>(value: T): Answer<T> => ({ ok: true, value })
  const no = (code: Exclude<WorkOrderRefusal['code'], 'invalid-input'>): { ok: false, refusal: WorkOrderRefusal } => ({ ok: false, refusal: { code } })

  return {
    /** Makes the order of a form, once a key: the same form again gives the same order, `created` is false then. */
    async create (actor: Actor, key: string, form: NewWorkOrder): Promise<Answer<{ created: boolean, view: WorkOrderView }>> {
      if (!can(actor, 'work-order.create')) return no('forbidden')
      const { disposition, ...fields } = tidied(form)
      const problems = problemsOf({ ...fields, disposition }, areaCode)
      if (problems.length > 0) return { ok: false, refusal: { code: 'invalid-input', problems } }
      const call = fields.callId === null ? undefined : await findCall(fields.callId)
      if (fields.callId !== null && call === undefined) return no('call-unknown')
      if (call !== undefined && !can(actor, 'work-order.link-call', { ...call, ownerId: call.agentId })) return no('call-of-another')

      const createdAt = clock.now()
      const state = stateAfterIntake(disposition)
      // Who wants to stay unknown is not called back; the call itself still knows the number.
      const contact = fields.contact === '' && !fields.anonymous ? call?.ani ?? '' : fields.contact
      const order = {
        ...fields,
        id: newId(),
        queryCode: queryCode(Array.from({ length: QUERY_CODE_LENGTH }, () => randomBelow(QUERY_CODE_ALPHABET.length))),
        areaCode: fields.areaCode === '' ? areaCode : fields.areaCode,
        unitId: actor.unitId,
        leadUnitId: null,
        state,
        createdBy: actor.id,
        createdByName: actor.name,
        createdAt,
        closedAt: isOpen(state) ? null : createdAt,
        contact,
        // A caller who withholds the number is known by the one left for calling back.
        caller: call === undefined || call.ani === '' ? contact : call.ani
      }
      const request = JSON.stringify(form, Object.keys(form).sort())
      const created = await repository.create({ actorId: actor.id, key, request }, sequence => ({
        ...order, number: workOrderNumber(createdAt, timeZone, sequence)
      }))
      if (created.outcome === 'conflict') return no('idempotency-conflict')
      return yes({ created: created.outcome === 'created', view: viewOf(actor, created.workOrder) })
    },

    /** An order; one that the actor may not read is as good as none. */
    async get (actor: Actor, id: string): Promise<Answer<WorkOrderView>> {
      const workOrder = await repository.find(id)
      return workOrder === undefined || !can(actor, 'work-order.read', subjectOf(workOrder)) ? no('not-found') : yes(viewOf(actor, workOrder))
    },

    /** The actor's own orders below `before`, newest first. */
    async own (actor: Actor, before: string | undefined, limit: number): Promise<Page<WorkOrderView>> {
      const found = await repository.listOf(actor.id, before, limit + 1)
      const items = found.slice(0, limit).filter(workOrder => can(actor, 'work-order.read', subjectOf(workOrder))).map(workOrder => viewOf(actor, workOrder))
      return { items, next: found.length > limit ? found[limit - 1]?.id ?? null : null }
    },

    async saveDraft (actor: Actor, draft: Draft): Promise<Answer<Draft>> {
      if (!can(actor, 'work-order.write-draft', { areaCode: actor.areaCode, unitId: actor.unitId, ownerId: actor.id })) return no('forbidden')
      // A clock that is ahead must not keep a draft on top for ever.
      const kept = { ...draft, id: draft.id.toLowerCase(), savedAt: Math.max(0, Math.min(draft.savedAt, clock.now())) }
      const saved = await drafts.save({ id: actor.id, areaCode: actor.areaCode, unitId: actor.unitId }, kept)
      if (saved === 'saved') return yes(kept)
      return no(saved === 'foreign' ? 'not-found' : saved)
    },

    /** All drafts of the actor: nobody has more than a page of them. */
    async ownDrafts (actor: Actor): Promise<Page<Draft>> {
      return { items: await drafts.listOf(actor.id, MOST_DRAFTS), next: null }
    },

    async removeDraft (actor: Actor, id: string): Promise<Answer<undefined>> {
      return await drafts.remove(actor.id, id) ? yes(undefined) : no('not-found')
    }
  }
}

function subjectOf ({ areaCode, unitId, createdBy, leadUnitId }: WorkOrder): { areaCode: string, unitId: string, ownerId: string, leadUnitId: string | null } {
  return { areaCode, unitId, ownerId: createdBy, leadUnitId }
}

/** An order as somebody may see it who may read it: the person masked (domain rules, sections 2, 3 and 7). */
function viewOf (actor: Actor, workOrder: WorkOrder): WorkOrderView {
  const { id, number, queryCode, state, createdAt, createdBy, createdByName, callId } = workOrder
  const { type, title, content, wishedOutcome, callerSex, callerKind, anonymous, confidential, subject, urgency, eventTime, areaCode, answer } = workOrder
  // The unit that handles a confidential order gets a copy without the person.
  const known = !confidential || can(actor, 'work-order.read', { ...subjectOf(workOrder), leadUnitId: null })
  return {
    id,
    number,
    queryCode: known ? queryCode : '',
    state,
    createdAt,
    createdBy: { id: createdBy, name: createdByName },
    callId: known ? callId : null,
    type,
    title,
    content,
    wishedOutcome,
    callerName: known ? maskName(workOrder.callerName) : '',
    callerSex: known ? callerSex : 'unknown',
    callerKind,
    contact: known ? maskNumber(shownNumber(workOrder.contact)) : '',
    anonymous,
    confidential,
    subject,
    urgency,
    eventTime,
    address: known ? maskAddress(workOrder.address) : '',
    areaCode,
    answer
  }
}
