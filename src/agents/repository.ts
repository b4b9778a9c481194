/** Agents in the database: who they are, what they can do, what state they were in. */
import type { ReasonCode } from './contract.ts'
import type { AgentProfile, RememberedAgent } from './service.ts'
import type { AgentStateName } from './contract.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { Sql } from '../platform/database/sql.ts'

export type AgentRepository = ReturnType<typeof createAgentRepository>

export function createAgentRepository ({ sql }: { sql: Sql }) {
  return {
    /** All who may work as agents, with their skills. An agent without any skill is never offered a call. */
    async roster (): Promise<AgentProfile[]> {
      const rows = await sql<Array<{ agentId: string, name: string, groupId: string | null, level: number | null }>>`
        select users.id as agent_id, users.name, agent_skills.group_id, agent_skills.level
        from users left join agent_skills on agent_skills.agent_id = users.id
        where 'agent' = any(users.roles) and users.disabled_at is null
        order by users.id, agent_skills.level, agent_skills.group_id`
      const profiles = new Map<string, { agentId: string, name: string, skills: Array<{ groupId: string, level: number }> }>()
      for (const { agentId, name, groupId, level } of rows) {
        const profile = profiles.get(agentId) ?? { agentId, name, skills: [] }
        profiles.set(agentId, profile)
        if (groupId !== null && level !== null) profile.skills.push({ groupId, level })
      }
      return [...profiles.values()]
    },
    /** The state of each agent when it last changed. */
    async remembered (): Promise<RememberedAgent[]> {
      const rows = await sql<Array<{ agentId: string, seq: number, at: EpochMs, state: AgentStateName, reason: string | null, callId: string | null, until: EpochMs | null }>>`
        select agent_id, seq, at, state, reason, call_id, until from agent_states`
      return rows.map(({ agentId, seq, at, state, reason, callId, until }) => ({
        agentId,
        seq,
        since: at,
        name: state,
        ...(reason === null ? {} : { reason }),
        ...(callId === null ? {} : { callId }),
        ...(until === null ? {} : { until })
      }))
    },
    /** Reasons that people may choose for 示忙, in the operator's order. */
    async reasonCodes (): Promise<ReasonCode[]> {
      return await sql<ReasonCode[]>`select code, name from reason_codes where not by_server order by position, code`
    },
    async skillGroups (): Promise<Array<{ id: string, name: string }>> {
      return await sql<Array<{ id: string, name: string }>>`select id, name from skill_groups order by position, id`
    }
  }
}
