/** What the board is made of: agents, live calls and groups as they are now, numbers masked. */
import { placedPriority } from '../acd/core/policy.ts'
import type { SkillGroup } from '../agents/directory.ts'
import { isAvailable } from '../agents/core/agent.ts'
import type { Agents } from '../agents/service.ts'
import type { CallState } from '../calls/core/state.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'
import type { AgentRow, CallerRow } from './contract.ts'
import type { Place, Placed } from './core/board.ts'
import type { BoardSource } from './service.ts'

export interface SourceDependencies {
  agents: Pick<Agents, 'ids' | 'state' | 'profile'>
  calls: { live: () => Iterable<CallId>, state: (callId: CallId) => CallState | undefined }
  groups: () => readonly SkillGroup[]
  group: (groupId: string) => SkillGroup | undefined
  reasons: () => Readonly<Record<string, string>>
  /** A number as it may stand on a screen that others see; '' stays. */
  mask: (number: string) => string
  /** Where belongs what says nothing of its own. */
  home: Place
}

/** Area code of what belongs to the hotline as a whole (migrations/0007-admin.sql). */
const EVERYWHERE = '000000'

export function createBoardSource ({ agents, calls, groups, group, reasons, mask, home }: SourceDependencies): BoardSource {
  function placeOf (where: { areaCode?: string, unitId?: string } | undefined): Place {
    const { areaCode = home.areaCode, unitId = home.unitId } = where ?? {}
    return { areaCode: areaCode === EVERYWHERE ? home.areaCode : areaCode, unitId }
  }

  function agent (agentId: AgentId): Placed<AgentRow> | undefined {
    const state = agents.state(agentId)
    const profile = agents.profile(agentId)
    if (state === undefined || profile === undefined) return undefined
    const call = state.callId === undefined ? undefined : calls.state(state.callId)
    const row: AgentRow = {
      id: agentId,
      name: profile.name,
      state: state.name,
      since: state.since,
      groups: profile.skills.map(skill => skill.groupId),
      ...(state.reason === undefined ? {} : { reason: state.reason }),
      ...(state.until === undefined ? {} : { until: state.until }),
      ...(state.name === 'ready' && !isAvailable(state) ? { away: true as const } : {}),
      ...(call === undefined ? {} : { callNumber: mask(call.ani) }),
      ...(call?.queue === undefined ? {} : { callGroup: call.queue.groupId })
    }
    return { row, place: placeOf(profile) }
  }

  function caller (callId: CallId): Placed<CallerRow> | undefined {
    const call = calls.state(callId)
    if (call?.phase !== 'queued' || call.queue?.waits !== true) return undefined
    const { groupId, priority, joinedAt } = call.queue
    const settings = group(groupId)
    const row: CallerRow = {
      id: callId,
      group: groupId,
      priority: placedPriority(priority, settings?.priority ?? 0),
      since: joinedAt,
      number: mask(call.ani),
      choice: call.choices.join('、')
    }
    return { row, place: placeOf(settings) }
  }

  return {
    agentIds: agents.ids,
    agent,
    callIds: calls.live,
    caller,
    groups: () => groups().filter(({ disabled }) => !disabled).map((settings, place) => ({ row: { id: settings.id, name: settings.name, place }, place: placeOf(settings) })),
    reasons
  }
}
