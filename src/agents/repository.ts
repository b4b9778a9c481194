/** Agents in the database: who they are, what they can do, what state they were in. */
import type { ReasonCode } from './contract.ts'
import { agentSkills, agentStates, reasonCodes, skillGroups } from './tables.ts'
import type { SkillGroup } from './directory.ts'
import type { AgentProfile, RememberedAgent } from './service.ts'
import { users } from '../accounts/tables.ts'
import { and, asc, eq, expression, isNull } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'

export type AgentRepository = ReturnType<typeof createAgentRepository>

export function createAgentRepository ({ sql: { db } }: { sql: Sql }) {
  return {
    /** All who may work as agents, with their skills. An agent without any skill is never offered a call. */
    async roster (): Promise<AgentProfile[]> {
      // Skills in groups that were disabled rest.
      const working = db.select({ agentId: agentSkills.agentId, groupId: agentSkills.groupId, level: agentSkills.level })
        .from(agentSkills).innerJoin(skillGroups, and(eq(skillGroups.id, agentSkills.groupId), isNull(skillGroups.disabledAt))).as('working')
      const rows = await db.select({ agentId: users.id, name: users.name, areaCode: users.areaCode, unitId: users.unitId, groupId: working.groupId, level: working.level })
        .from(users).leftJoin(working, eq(working.agentId, users.id))
        .where(and(expression`'agent' = any(${users.roles})`, isNull(users.disabledAt)))
        .orderBy(asc(users.id), asc(working.level), asc(working.groupId))
      const profiles = new Map<string, { agentId: string, name: string, areaCode: string, unitId: string, skills: Array<{ groupId: string, level: number }> }>()
      for (const { agentId, name, areaCode, unitId, groupId, level } of rows) {
        const profile = profiles.get(agentId) ?? { agentId, name, areaCode, unitId, skills: [] }
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
    /** Words for all reasons, those that only the server gives and those of former days too. */
    async reasonNames (): Promise<Record<string, string>> {
      const rows = await db.select({ code: reasonCodes.code, name: reasonCodes.name }).from(reasonCodes)
      return Object.fromEntries(rows.map(({ code, name }) => [code, name]))
    },
    /** Reasons that people may choose for 示忙, in the operator's order. */
    async reasonCodes (): Promise<ReasonCode[]> {
      return await db.select({ code: reasonCodes.code, name: reasonCodes.name }).from(reasonCodes)
        .where(and(eq(reasonCodes.byServer, false), isNull(reasonCodes.disabledAt))).orderBy(asc(reasonCodes.position), asc(reasonCodes.code))
    },
    async skillGroups (): Promise<SkillGroup[]> {
      const rows = await db.select({ id: skillGroups.id, name: skillGroups.name, priority: skillGroups.priority, queueLimit: skillGroups.queueLimit, wrapUpSeconds: skillGroups.wrapUpSeconds, disabledAt: skillGroups.disabledAt, areaCode: skillGroups.areaCode, unitId: skillGroups.unitId })
        .from(skillGroups).orderBy(asc(skillGroups.position), asc(skillGroups.id))
      return rows.map(({ id, name, priority, queueLimit, wrapUpSeconds, disabledAt, areaCode, unitId }) => ({
        id,
        name,
        areaCode,
        unitId,
        disabled: disabledAt !== null,
        priority,
        ...(queueLimit === null ? {} : { queueLimit }),
        ...(wrapUpSeconds === null ? {} : { wrapUpMs: wrapUpSeconds * 1000 })
      }))
    }
  }
}
