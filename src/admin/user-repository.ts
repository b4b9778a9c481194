/** Users as the administrator reads and writes them. Nothing is ever deleted. */
import { sessions, signInFailures, users } from '../accounts/tables.ts'
import { agentSkills, skillGroups } from '../agents/tables.ts'
import { departments } from '../departments/tables.ts'
import type { EpochMs } from '../kernel/clock.ts'
import { eq, isNull } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { Page } from '../platform/http-contract.ts'
import type { UserSearch, UserView } from './contract.ts'
import type { UserFields } from './core/users.ts'

const PAGE = 50

export type UserRepository = ReturnType<typeof createUserRepository>

type Row = Omit<UserView, 'disabledAt' | 'disabledBecause'> & { disabledAt: EpochMs | null, disabledBecause: string | null }

function toView ({ disabledAt, disabledBecause, ...row }: Row): UserView {
  return { ...row, ...(disabledAt === null ? {} : { disabledAt }), ...(disabledBecause === null ? {} : { disabledBecause }) }
}

export function createUserRepository ({ sql }: { sql: Sql }) {
  const columns = (speak: Transaction) => speak`
    u.id as username, u.name, u.roles, u.area_code, u.unit_id, u.version, u.created_at, u.must_change_password, u.disabled_at, u.disabled_because,
    coalesce((select jsonb_agg(jsonb_build_object('groupId', s.group_id, 'level', s.level) order by s.level, s.group_id) from agent_skills s where s.agent_id = u.id), '[]') as skills`

  async function setSkills ({ db }: Transaction, id: string, skills: UserFields['skills']): Promise<void> {
    await db.delete(agentSkills).where(eq(agentSkills.agentId, id))
    if (skills.length > 0) await db.insert(agentSkills).values(skills.map(({ groupId, level }) => ({ agentId: id, groupId, level })))
  }

  return {
    /** By username, of the areas that begin with `prefix`. */
    async search (prefix: string, { text, role, groupId, unitId, state, cursor, limit = PAGE }: UserSearch): Promise<Page<UserView>> {
      const none = null
      const rows = await sql<Row[]>`
        select ${columns(sql)} from users u
        where starts_with(u.area_code, ${prefix})
          and (${text ?? none}::text is null or position(lower(${text ?? ''}) in lower(u.id || ' ' || u.name)) > 0)
          and (${role ?? none}::text is null or ${role ?? ''} = any(u.roles))
          and (${groupId ?? none}::text is null or exists (select from agent_skills s where s.agent_id = u.id and s.group_id = ${groupId ?? ''}))
          and (${unitId ?? none}::text is null or u.unit_id = ${unitId ?? ''})
          and (${state ?? none}::text is null or (u.disabled_at is null) = (${state ?? ''} = 'enabled'))
          and (${cursor ?? none}::text is null or u.id > ${cursor ?? ''})
        order by u.id limit ${limit + 1}`
      const items = rows.slice(0, limit).map(toView)
      return { items, next: rows.length > limit ? items.at(-1)?.username ?? null : null }
    },
    /** The user, held against changes by others until the transaction ends; undefined when there is none. */
    async hold (transaction: Transaction, id: string): Promise<UserView | undefined> {
      const rows = await transaction<Row[]>`select ${columns(transaction)} from users u where u.id = ${id} for update of u`
      return rows[0] === undefined ? undefined : toView(rows[0])
    },
    /** Those of these users that exist, held in one order. */
    async holdAll (transaction: Transaction, ids: readonly string[]): Promise<UserView[]> {
      return (await transaction<Row[]>`select ${columns(transaction)} from users u where u.id = any(${[...ids]}::text[]) order by u.id for update of u`).map(toView)
    },
    /** Until the transaction ends nobody else changes who is an enabled administrator. Gives how many there are beside `id`. */
    async otherAdmins (transaction: Transaction, id: string): Promise<number> {
      await transaction`select pg_advisory_xact_lock(hashtext('administrators'))`
      const rows = await transaction<Array<{ count: number }>>`select count(*) as count from users where 'admin' = any(roles) and disabled_at is null and id <> ${id}`
      return rows[0]?.count ?? 0
    },
    /** What users may belong to: departments and skill groups that are not disabled; `names`: their ids by name. */
    async known (transaction: Transaction) {
      const { db } = transaction
      const units = await db.select({ id: departments.id, name: departments.name }).from(departments).where(isNull(departments.disabledAt)).for('share')
      const groups = await db.select({ id: skillGroups.id, name: skillGroups.name }).from(skillGroups).where(isNull(skillGroups.disabledAt)).for('share')
      const byName = (rows: ReadonlyArray<{ id: string, name: string }>) => new Map(rows.map(({ id, name }) => [name, id]))
      return {
        departments: new Set(units.map(({ id }) => id)), groups: new Set(groups.map(({ id }) => id)), names: { departments: byName(units), groups: byName(groups) }
      }
    },
    /** False when the username is taken. */
    async add (transaction: Transaction, id: string, { name, roles, areaCode, unitId, skills }: UserFields, passwordHash: string, at: EpochMs): Promise<boolean> {
      const added = await transaction.db.insert(users)
        .values({ id, name, roles: [...roles], areaCode, unitId, passwordHash, createdAt: at, passwordChangedAt: at, mustChangePassword: true })
        .onConflictDoNothing().returning({ id: users.id })
      if (added.length === 0) return false
      await setSkills(transaction, id, skills)
      return true
    },
    async change (transaction: Transaction, id: string, version: number, { name, roles, areaCode, unitId, skills }: UserFields): Promise<void> {
      await transaction.db.update(users).set({ name, roles: [...roles], areaCode, unitId, version: version + 1 }).where(eq(users.id, id))
      await setSkills(transaction, id, skills)
    },
    /** Disables, and ends all sessions. */
    async disable (transaction: Transaction, id: string, version: number, reason: string, at: EpochMs): Promise<void> {
      await transaction.db.update(users).set({ disabledAt: at, disabledBecause: reason, version: version + 1 }).where(eq(users.id, id))
      await transaction.db.delete(sessions).where(eq(sessions.userId, id))
    },
    async enable (transaction: Transaction, id: string, version: number): Promise<void> {
      await transaction.db.update(users).set({ disabledAt: null, disabledBecause: null, version: version + 1 }).where(eq(users.id, id))
    },
    /** A password that has to be changed at the next sign-in; ends all sessions and the lock after wrong passwords. */
    async setPassword (transaction: Transaction, id: string, version: number, passwordHash: string, at: EpochMs): Promise<void> {
      const { db } = transaction
      await db.update(users).set({ passwordHash, passwordChangedAt: at, mustChangePassword: true, version: version + 1 }).where(eq(users.id, id))
      await db.delete(sessions).where(eq(sessions.userId, id))
      await db.delete(signInFailures).where(eq(signInFailures.subject, `user:${id}`))
    }
  }
}
