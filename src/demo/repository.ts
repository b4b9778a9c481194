/** Rows of the sample hotline that no other capability writes by itself. What is there already stays as it is. */
import type { EpochMs } from '../kernel/clock.ts'
import type { Sql } from '../platform/database/sql.ts'

const HISTORY = 'demo-history'

export type DemoRepository = ReturnType<typeof createDemoRepository>

export function createDemoRepository ({ sql, areaCode, unitId }: { sql: Sql, areaCode: string, unitId: string }) {
  return {
    /** Skill groups in their order, by id with the name that people see. */
    async addSkillGroups (groups: Readonly<Record<string, string>>): Promise<void> {
      for (const [position, [id, name]] of Object.entries(groups).entries()) {
        await sql`insert into skill_groups ${sql({ id, name, position, areaCode, unitId })} on conflict do nothing`
      }
    },
    async addDepartments (departments: ReadonlyArray<{ id: string, name: string, areaCode: string }>, createdAt: EpochMs): Promise<void> {
      for (const department of departments) {
        await sql`insert into departments ${sql({ ...department, unitId: department.id, createdAt })} on conflict do nothing`
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
      return (await sql`select from installation where key = ${HISTORY}`).count > 0
    },
    async historyAdded (at: EpochMs): Promise<void> {
      await sql`insert into installation (key, at) values (${HISTORY}, ${new Date(at)}) on conflict do nothing`
    }
  }
}
