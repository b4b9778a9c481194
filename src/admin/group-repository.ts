/** Skill groups and reason codes as the administrator reads and writes them. */
import { agentSkills, reasonCodes, skillGroups } from '../agents/tables.ts'
import { users } from '../accounts/tables.ts'
import type { EpochMs } from '../kernel/clock.ts'
import { and, asc, count, eq, expression, isNull } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { NewReasonCode, NewSkillGroup, ReasonCodeView, SkillGroupView } from './exchange-contract.ts'

/** A group without what the running exchange knows of it. */
export type StoredGroup = Omit<SkillGroupView, 'agents' | 'flows'>
type Place = { areaCode: string, unitId: string }

export type GroupRepository = ReturnType<typeof createGroupRepository>

const groupColumns = {
  id: skillGroups.id,
  name: skillGroups.name,
  position: skillGroups.position,
  priority: skillGroups.priority,
  queueLimit: skillGroups.queueLimit,
  wrapUpSeconds: skillGroups.wrapUpSeconds,
  serviceLevelSeconds: skillGroups.serviceLevelSeconds,
  version: skillGroups.version,
  disabledAt: skillGroups.disabledAt
}
const reasonColumns = {
  code: reasonCodes.code, name: reasonCodes.name, position: reasonCodes.position, byServer: reasonCodes.byServer, version: reasonCodes.version, disabledAt: reasonCodes.disabledAt
}

function withoutNull<Row extends { disabledAt: EpochMs | null }> ({ disabledAt, ...row }: Row): Omit<Row, 'disabledAt'> & { disabledAt?: EpochMs } {
  return { ...row, ...(disabledAt === null ? {} : { disabledAt }) }
}

export function createGroupRepository ({ sql: { db } }: { sql: Sql }) {
  return {
    async groups (): Promise<StoredGroup[]> {
      return (await db.select(groupColumns).from(skillGroups).orderBy(asc(skillGroups.position), asc(skillGroups.id))).map(withoutNull)
    },
    /** Enabled agents of each group. */
    async agentCounts (): Promise<Map<string, number>> {
      const rows = await db.select({ groupId: agentSkills.groupId, agents: count() })
        .from(agentSkills).innerJoin(users, and(eq(users.id, agentSkills.agentId), isNull(users.disabledAt), expression`'agent' = any(${users.roles})`))
        .groupBy(agentSkills.groupId)
      return new Map(rows.map(({ groupId, agents }) => [groupId, agents]))
    },
    async holdGroup ({ db }: Transaction, id: string): Promise<StoredGroup | undefined> {
      const [row] = await db.select(groupColumns).from(skillGroups).where(eq(skillGroups.id, id)).for('update')
      return row === undefined ? undefined : withoutNull(row)
    },
    /** False when the id is taken. */
    async addGroup ({ db }: Transaction, group: NewSkillGroup, place: Place): Promise<boolean> {
      return (await db.insert(skillGroups).values({ ...group, ...place }).onConflictDoNothing().returning({ id: skillGroups.id })).length > 0
    },
    async changeGroup ({ db }: Transaction, id: string, version: number, fields: Partial<NewSkillGroup> & { disabledAt?: EpochMs | null }): Promise<void> {
      await db.update(skillGroups).set({ ...fields, version: version + 1 }).where(eq(skillGroups.id, id))
    },

    async reasons (): Promise<ReasonCodeView[]> {
      return (await db.select(reasonColumns).from(reasonCodes).orderBy(asc(reasonCodes.position), asc(reasonCodes.code))).map(withoutNull)
    },
    async holdReason ({ db }: Transaction, code: string): Promise<ReasonCodeView | undefined> {
      const [row] = await db.select(reasonColumns).from(reasonCodes).where(eq(reasonCodes.code, code)).for('update')
      return row === undefined ? undefined : withoutNull(row)
    },
    async addReason ({ db }: Transaction, reason: NewReasonCode, place: Place): Promise<boolean> {
      return (await db.insert(reasonCodes).values({ ...reason, ...place }).onConflictDoNothing().returning({ code: reasonCodes.code })).length > 0
    },
    async changeReason ({ db }: Transaction, code: string, version: number, fields: Partial<NewReasonCode> & { disabledAt?: EpochMs | null }): Promise<void> {
      await db.update(reasonCodes).set({ ...fields, version: version + 1 }).where(eq(reasonCodes.code, code))
    }
  }
}
