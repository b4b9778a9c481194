/** Unmasking: may it be, then it is written down, then it is shown. */
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'
import type { Json } from '../kernel/json.ts'
import { shownNumber } from '../platform/personal-data.ts'
import type { Unmasked, UnmaskRequest } from './contract.ts'
import { noteProblem } from './core/reason.ts'

/** What is asked about before a citizen's data are shown. */
interface Row { areaCode: string, unitId: string }

export interface UnmaskDependencies {
  /** A call that lives or lived; `ani` is '' when withheld. */
  findCall: (callId: CallId) => Promise<Row & { ani: string, agentId: AgentId | null } | undefined>
  findWorkOrder: (id: string) => Promise<Row & {
    contact: string, callerName: string, address: string, createdBy: string, leadUnitId: string | null, confidential: boolean, callId: CallId | null
  } | undefined>
  /** Whether the agent talks in this call now, or still writes it down. */
  inHand: (agentId: AgentId, callId: CallId) => boolean
  /** Writes into the access log; rejects when that cannot be. */
  audit: (entry: { id: string, at: number, actorId: string, action: string, subject: string, detail: Readonly<Record<string, Json>>, address: string, areaCode: string, unitId: string }) => Promise<void>
  clock: Clock
  newId: () => string
}

export type UnmaskAnswer =
  | { ok: true, value: Unmasked }
  | { ok: false, code: 'not-found' | 'forbidden' | 'call-over' }
  | { ok: false, code: 'invalid-input', message: string }

/** How long a page shows it. */
const SHOW_MS = 30_000

export type Unmask = ReturnType<typeof createUnmask>

export function createUnmask ({ findCall, findWorkOrder, inHand, audit, clock, newId }: UnmaskDependencies) {
  /** The row's data with the rights on it; undefined where there is no such row. */
  async function find (actor: Actor, { kind, id }: UnmaskRequest) {
    if (kind === 'call') {
      const call = await findCall(id)
      if (call === undefined) return undefined
      const subject = { ...call, ownerId: call.agentId }
      return { row: call, known: can(actor, 'call.list', subject), may: (who: Actor) => can(who, 'call.unmask', subject), callId: id, clear: { number: shownNumber(call.ani), name: '', address: '' } }
    }
    const order = await findWorkOrder(id)
    if (order === undefined) return undefined
    const subject = { ...order, ownerId: order.createdBy }
    return {
      row: order,
      known: can(actor, 'work-order.read', subject),
      // Units that handle a confidential order never learn whose it is.
      may: (who: Actor) => can(who, 'work-order.unmask', order.confidential ? { ...subject, leadUnitId: null } : subject),
      callId: order.callId,
      clear: { number: shownNumber(order.contact), name: order.callerName, address: order.address }
    }
  }

  return {
    /** `address` is where the request came from. */
    async unmask (actor: Actor, request: UnmaskRequest, address: string): Promise<UnmaskAnswer> {
      const note = request.note?.trim() ?? ''
      const problem = noteProblem(request.reason, note)
      if (problem !== undefined) return { ok: false, code: 'invalid-input', message: problem }
      const found = await find(actor, request)
      if (found?.known !== true) return { ok: false, code: 'not-found' }
      if (!found.may(actor)) return { ok: false, code: 'forbidden' }
      // Agents only while they have the call (domain rules, section 2).
      const beyondAgent = found.may({ ...actor, roles: actor.roles.filter(role => role !== 'agent') })
      if (!beyondAgent && (found.callId === null || !inHand(actor.id, found.callId))) return { ok: false, code: 'call-over' }
      await audit({
        id: newId(),
        at: clock.now(),
        actorId: actor.id,
        action: 'personal-data.unmask',
        subject: `${request.kind}:${request.id}`,
        detail: { reason: request.reason, note },
        address,
        areaCode: found.row.areaCode,
        unitId: found.row.unitId
      })
      return { ok: true, value: { ...found.clear, showMs: SHOW_MS } }
    }
  }
}
