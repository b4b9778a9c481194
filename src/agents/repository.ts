/** Agents in the database: who they are, what they can do, what state they were in. */
import type { ReasonCode } from './contract.ts'
import { agentSkills, agentStates, reasonCodes, skillGroups } from './tables.ts'
import type { AgentProfile, RememberedAgent } from './service.ts'
import { users } from '../accounts/tables.ts'
import { and, asc, eq, expression, isNull } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'

export type AgentRepository = ReturnType<typeof createAgentRepository>

export function createAgentRepository ({ sql: { db } }: { sql: Sql }) {
  return {
    /** All who may work as agents, with their skills. An agent without any skill is never offered a call. */
    async roster (): Promise<AgentProfile[]> {
      const rows = await db.select({ agentId: users.id, name: users.name, groupId: agentSkills.groupId, level: agentSkills.level })
        .from(users).leftJoin(agentSkills, eq(agentSkills.agentId, users.id))
        .where(and(expression`'agent' = any(${users.roles})`, isNull(users.disabledAt)))
        .orderBy(asc(users.id), asc(agentSkills.level), asc(agentSkills.groupId))
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
      const rows = await db.select().from(agentStates)
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
      return await db.select({ code: reasonCodes.code, name: reasonCodes.name }).from(reasonCodes)
        .where(eq(reasonCodes.byServer, false)).orderBy(asc(reasonCodes.position), asc(reasonCodes.code))
    },
    async skillGroups (): Promise<Array<{ id: string, name: string }>> {
      return await db.select({ id: skillGroups.id, name: skillGroups.name }).from(skillGroups).orderBy(asc(skillGroups.position), asc(skillGroups.id))
    }
  }
}
