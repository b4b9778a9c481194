/** Rows of the sample hotline that no other capability writes by itself. What is there already stays as it is. */
import type { EpochMs } from '../kernel/clock.ts'
import { installation } from '../accounts/tables.ts'
import { skillGroups } from '../agents/tables.ts'
import { departments } from '../departments/tables.ts'
import { eq } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'

const HISTORY = 'demo-history'

export type DemoRepository = ReturnType<typeof createDemoRepository>

export function createDemoRepository ({ sql, areaCode, unitId }: { sql: Sql, areaCode: string, unitId: string }) {
  const { db } = sql
  return {
    /** Skill groups in their order, by id with the name that people see. */
    async addSkillGroups (groups: Readonly<Record<string, string>>): Promise<void> {
      for (const [position, [id, name]] of Object.entries(groups).entries()) {
        await db.insert(skillGroups).values({ id, name, position, areaCode, unitId }).onConflictDoNothing()
      }
    },
    async addDepartments (units: ReadonlyArray<{ id: string, name: string, areaCode: string }>, createdAt: EpochMs): Promise<void> {
      for (const unit of units) {
        await db.insert(departments).values({ ...unit, unitId: unit.id, createdAt }).onConflictDoNothing()
      }
    },
    /** Skills of those agents that exist and have none yet: what a leader has changed is not brought back. */
    async addSkills (skills: ReadonlyArray<{ agentId: string, groupId: string, level: number }>): Promise<void> {
      await sql`
        insert into agent_skills (agent_id, group_id, level)
        select skill."agentId", skill."groupId", skill.level
        from jsonb_to_recordset(${JSON.stringify(skills)}::text::jsonb) as skill("agentId" text, "groupId" text, level smallint)
          join users on users.id = skill."agentId"
        where not exists (select from agent_skills has where has.agent_id = skill."agentId")`
    },
    /** Partitions for calls from `from` up to `to`. */
    async addPartitions (from: EpochMs, to: EpochMs): Promise<void> {
      const months = Math.ceil((to - from) / (28 * 86_400_000)) + 1
      await sql`select ensure_partitions(${new Date(from)}, ${months})`
    },
    async hasHistory (): Promise<boolean> {
      return (await db.select({ key: installation.key }).from(installation).where(eq(installation.key, HISTORY))).length > 0
    },
    async historyAdded (at: EpochMs): Promise<void> {
      await db.insert(installation).values({ key: HISTORY, at }).onConflictDoNothing()
    }
  }
}
