/** Sample history: some hundred calls of the last two months, and the work orders that came of them. Same seed, same history. */
import type { CallEntry, CallEntryType, CallFacts } from '../../calls/core/journal-entry.ts'
import type { Outcome } from '../../calls/contract.ts'
import { defaultSkillGroups } from '../../ivr/core/skill-groups.ts'
import type { WorkOrderType } from '../../work-orders/contract.ts'
import { QUERY_CODE_ALPHABET, QUERY_CODE_LENGTH } from '../../work-orders/core/number.ts'
import type { WorkOrderState } from '../../work-orders/core/state.ts'
import type { EpochMs } from '../../kernel/clock.ts'
import { demoCallers, demoSkills, type DemoCaller } from './people.ts'
import { createRandom, type Random } from './random.ts'
import { demoRequests, type DemoRequest } from './requests.ts'

const DAYS = 60
const CALLS_A_DAY = 6
const unanswered = demoRequests.filter(request => request.answer === undefined)
const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface DemoOrder {
  id: string
  at: EpochMs
  callId: string
  caller: DemoCaller
  agentId: string
  request: DemoRequest
  state: WorkOrderState
  closedAt: EpochMs | null
  /** Six digits of the order's number. */
  sequence: number
  queryCode: readonly number[]
}

export interface DemoHistory { entries: CallEntry[], orders: DemoOrder[] }

/** Skill group and key of the menu by what somebody wants. */
const ROUTES: Readonly<Record<WorkOrderType, string>> = {
  CX: 'consult', QZ: 'help', TS: 'complaint', JB: 'complaint', JY: 'complaint', YJ: 'complaint', BY: 'general'
}

/** A UUIDv7 of this moment. */
function idAt (at: EpochMs, random: Random): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = Array.from({ length: 18 }, () => random.whole(0, 15).toString(16)).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${(8 + random.whole(0, 3)).toString(16)}${rest.slice(3, 6)}-${rest.slice(6)}`
}

/** The history up to `now`, by day backwards; the first caller rang several times of late and still waits for an answer. */
export function demoHistory (now: EpochMs, seed = 12345): DemoHistory {
  const random = createRandom(seed)
  const today = now - now % DAY
  const history: DemoHistory = { entries: [], orders: [] }
  const skills = demoSkills()
  const [often] = demoCallers
  for (let day = DAYS; day >= 0; day -= 1) {
    const callers = Array.from({ length: CALLS_A_DAY }, () => random.pick(demoCallers))
    if (often !== undefined && (day % 11 === 5 || day === 1 || day === 2)) callers.push(often)
    // 08:00 to 21:00 in China.
    const moments = callers.map(() => today - day * DAY + random.whole(0, 13 * HOUR)).sort((a, b) => a - b)
    for (const [index, caller] of callers.entries()) {
      const at = moments[index] ?? 0
      addCall(history, random, { at, caller, request: random.pick(caller === often ? unanswered : demoRequests), now, skills, certain: caller === often })
    }
  }
  return history
}

interface DemoCall {
  at: EpochMs
  now: EpochMs
  caller: DemoCaller
  request: DemoRequest
  skills: ReadonlyArray<{ agentId: string, groupId: string }>
  /** Answered, and written down. */
  certain: boolean
}

function addCall (history: DemoHistory, random: Random, { at, now, caller, request, skills, certain }: DemoCall): void {
  const groupId = ROUTES[request.type]
  const agentId = random.pick(skills.filter(skill => skill.groupId === groupId).map(skill => skill.agentId))
  const luck = certain ? 1 : random.next()
  const outcome: Outcome = luck < 0.03 ? 'abandoned-in-menu' : luck < 0.08 ? 'abandoned-in-queue' : luck < 0.1 ? 'abandoned-while-ringing' : 'answered'
  const callId = idAt(at, random)
  const choices = groupId === 'general' ? [] : [defaultSkillGroups[groupId] ?? groupId]
  const menuMs = random.whole(8_000, 25_000)
  const waitMs = random.next() < 0.8 ? random.whole(2_000, 14_000) : random.whole(15_000, 90_000)
  const talkMs = random.whole(40_000, 420_000)
  const queuedAt = at + menuMs
  const endedAt = outcome === 'abandoned-in-menu' ? queuedAt : queuedAt + waitMs + (outcome === 'answered' ? talkMs : 0)
  // A call that would still go on is none of history.
  if (endedAt > now - 5 * 60_000) return

  let seq = 0
  const add = (moment: EpochMs, type: CallEntryType, facts: CallFacts, data: CallEntry['data'] = {}): void => {
    seq += 1
    history.entries.push({ callId, seq, at: moment, type, data, facts })
  }
  add(at, 'arrived', { ani: caller.number, dnis: '12345', trunk: 'demo' })
  if (outcome !== 'abandoned-in-menu') {
    if (choices.length > 0) add(queuedAt, 'choice', { choices })
    add(queuedAt, 'queued', { skillGroup: groupId, queuedAt })
  }
  if (outcome === 'answered' || outcome === 'abandoned-while-ringing') {
    add(queuedAt + waitMs - 1500, 'offered', {}, { agentId, waitMs: waitMs - 1500 })
    add(queuedAt + waitMs - 1400, 'ringing', {}, { agentId })
  }
  if (outcome === 'answered') add(queuedAt + waitMs, 'answered', { agentId, answeredAt: queuedAt + waitMs, waitMs })
  add(endedAt, 'ended', {
    endedAt, outcome, endedBy: 'caller', ...(outcome === 'answered' ? { talkMs } : outcome === 'abandoned-in-menu' ? {} : { waitMs })
  })
  if (outcome === 'answered' && (certain || random.next() < 0.7)) addOrder(history, random, { callId, at: endedAt + random.whole(5_000, 50_000), now, caller, agentId, request })
}

interface DemoIntake { callId: string, at: EpochMs, now: EpochMs, caller: DemoCaller, agentId: string, request: DemoRequest }

function addOrder (history: DemoHistory, random: Random, { callId, at, now, caller, agentId, request }: DemoIntake): void {
  if (at > now) return
  const days = (now - at) / DAY
  const answered = request.answer !== undefined
  const state: WorkOrderState = answered ? 'closed' : days < 1 ? 'pending-review' : days < 2 ? 'pending-sign' : days < 6 ? 'processing' : 'closed'
  history.orders.push({
    id: idAt(at, random),
    at,
    callId,
    caller,
    agentId,
    request,
    state,
    closedAt: state !== 'closed' ? null : answered ? at : at + random.whole(1, 5) * DAY,
    sequence: history.orders.length + 1,
    queryCode: Array.from({ length: QUERY_CODE_LENGTH }, () => random.whole(0, QUERY_CODE_ALPHABET.length - 1))
  })
}
