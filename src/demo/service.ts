/** The sample hotline: departments, skills, and a history, so that a newcomer sees a desk at work. */
import { inArea } from '../accounts/core/can.ts'
import type { RunningJournal } from '../calls/journal.ts'
import { defaultSkillGroups } from '../ivr/core/skill-groups.ts'
import type { Clock } from '../kernel/clock.ts'
import { urgencyFor } from '../work-orders/core/catalogue.ts'
import { queryCode, workOrderNumber } from '../work-orders/core/number.ts'
import type { WorkOrder, WorkOrderRepository } from '../work-orders/repository.ts'
import { demoHistory, type DemoOrder } from './core/history.ts'
import { demoDepartments, demoSkills } from './core/people.ts'
import type { DemoRepository } from './repository.ts'

const FLUSH_MS = 30_000

export interface DemoDependencies {
  repository: DemoRepository
  /** Sample calls take the way of all calls. */
  journal: Pick<RunningJournal, 'call' | 'flush'>
  workOrders: Pick<WorkOrderRepository, 'addAll'>
  clock: Clock
  timeZone: string
  /** Of the hotline: sample orders from elsewhere belong to it as a whole. */
  areaCode: string
  unitId: string
  log: { info: (detail: object, message: string) => void, warn: (detail: object, message: string) => void }
}

/**
 * Lays the sample hotline over a migrated database that has its users. Skill groups, departments and skills are added where
 * they are missing, the history once. When it is interrupted, the next start adds what is missing; a second time changes nothing.
 */
export async function seedDemo ({ repository, journal, workOrders, clock, timeZone, areaCode, unitId, log }: DemoDependencies): Promise<void> {
  const now = clock.now()
  await repository.addSkillGroups(defaultSkillGroups)
  await repository.addDepartments(demoDepartments, now)
  await repository.addSkills(demoSkills())
  if (await repository.hasHistory()) return
  const history = demoHistory(now)
  const from = history.entries[0]?.at ?? now
  await repository.addPartitions(from, now)
  for (const entry of history.entries) journal.call(entry)
  await workOrders.addAll(history.orders.map(order => toWorkOrder(order, { timeZone, areaCode, unitId })))
  if (!await journal.flush(FLUSH_MS)) {
    log.warn({}, 'sample calls are still on their way into the database')
    return
  }
  await repository.historyAdded(now)
  log.info({ entries: history.entries.length, workOrders: history.orders.length }, 'sample history added')
}

function toWorkOrder (order: DemoOrder, { timeZone, areaCode, unitId }: Pick<DemoDependencies, 'timeZone' | 'areaCode' | 'unitId'>): WorkOrder {
  const { id, at, callId, caller, agentId, request, state, closedAt, sequence } = order
  return {
    id,
    number: workOrderNumber(at, timeZone, sequence),
    queryCode: queryCode(order.queryCode),
    areaCode: inArea(caller.areaCode, areaCode) ? caller.areaCode : areaCode,
    unitId,
    leadUnitId: null,
    state,
    createdBy: agentId,
    createdByName: agentId,
    createdAt: at,
    closedAt,
    callId,
    caller: caller.number,
    type: request.type,
    subject: request.subject,
    urgency: urgencyFor('normal', request.subject),
    title: request.title,
    content: request.content,
    wishedOutcome: request.wishedOutcome,
    callerName: caller.name,
    callerSex: caller.sex,
    callerKind: 'person',
    contact: caller.number,
    anonymous: false,
    confidential: request.type === 'JB',
    eventTime: '',
    address: caller.address,
    answer: request.answer ?? ''
  }
}
