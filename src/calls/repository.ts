/** Calls as they are kept, found by number, agent, outcome and time. */
import { scopeOf, type Scope } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Query, Sql } from '../platform/database/sql.ts'
import { idBound } from '../platform/ids.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { CallPage, CallSearch, CallView } from './contract.ts'
import type { CallRow } from './tables.ts'

const PAGE = 50
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface CallRepositoryDependencies {
  sql: Sql
  personalData: Pick<PersonalData, 'numberHash' | 'open'>
  /** A number as lists show it. */
  mask: (number: string) => string
}

export type CallRepository = ReturnType<typeof createCallRepository>

export function createCallRepository ({ sql, personalData, mask }: CallRepositoryDependencies) {
  /** The rows that the actor may see, as a condition. */
  function visible (scope: Scope): Query<unknown> {
    return scope.map(condition).reduce((any, one) => sql`${any} or ${one}`, sql`false`)
  }

  function condition (part: Scope[number]): Query<unknown> {
    switch (part.reach) {
      case 'own': return sql`calls.agent_id = ${part.ownerId}`
      case 'unit': return sql`(calls.unit_id = ${part.unitId} and calls.area_code like ${part.areaPrefix + '%'})`
      case 'area': return sql`calls.area_code like ${part.areaPrefix + '%'}`
      case 'all': return sql`true`
      // Calls are nobody's to lead.
      case 'leads': return sql`false`
    }
  }

  return {
    /**
     * Newest first. The number stands in full only where the search asked for just this number; else it is masked.
     * A number that cannot be hashed (withheld) finds nothing; so does a cursor that is none.
     */
    async search (actor: Actor, { ani, agentId, outcome, from, to, cursor, limit = PAGE }: CallSearch): Promise<CallPage> {
      const hash = ani === undefined ? undefined : personalData.numberHash(ani)
      if ((ani !== undefined && hash === undefined) || (cursor !== undefined && !UUID.test(cursor))) return { items: [], next: null }
      const conditions = [
        sql`(${visible(scopeOf(actor, 'call.list'))})`,
        ...(hash === undefined ? [] : [sql`calls.ani_hash = ${hash}`]),
        ...(agentId === undefined ? [] : [sql`calls.agent_id = ${agentId}`]),
        ...(outcome === undefined ? [] : [sql`calls.outcome = ${outcome}`]),
        ...(from === undefined ? [] : [sql`calls.id >= ${idBound(from)}`]),
        ...(to === undefined ? [] : [sql`calls.id < ${idBound(to)}`]),
        ...(cursor === undefined ? [] : [sql`calls.id < ${cursor}`])
      ].reduce((all, condition) => sql`${all} and ${condition}`)
      const rows = await sql<Array<CallRow & { agentName: string | null, groupName: string | null }>>`
        select calls.*, users.name as agent_name, skill_groups.name as group_name
        from calls left join users on users.id = calls.agent_id left join skill_groups on skill_groups.id = calls.skill_group
        where ${conditions} order by calls.id desc limit ${limit + 1}`
      const items = rows.slice(0, limit)
      return { items: items.map(row => toView(row, hash !== undefined)), next: rows.length > limit ? items.at(-1)?.id ?? null : null }
    },
    /** What a work order or a history request must know of a call; undefined when it is not (yet) there. */
    async find (callId: CallId): Promise<Pick<CallRow, 'id' | 'agentId' | 'areaCode' | 'unitId' | 'aniSealed' | 'aniHash'> | undefined> {
      const [row] = await sql<CallRow[]>`select id, agent_id, area_code, unit_id, ani_sealed, ani_hash from calls where id = ${callId}`
      return row
    }
  }

  function toView (row: CallRow & { agentName: string | null, groupName: string | null }, inFull: boolean): CallView {
    const ani = row.aniSealed === null ? '' : personalData.open(row.aniSealed, 'calls.ani')
    return {
      id: row.id,
      ani: inFull ? ani : mask(ani),
      dnis: row.dnis ?? '',
      startedAt: row.startedAt,
      choices: row.choices ?? [],
      skillGroup: row.groupName ?? row.skillGroup,
      queuedAt: row.queuedAt,
      waitMs: row.waitMs,
      agent: row.agentId === null ? null : { id: row.agentId, name: row.agentName ?? row.agentId },
      answeredAt: row.answeredAt,
      talkMs: row.talkMs,
      endedAt: row.endedAt,
      outcome: row.outcome
    }
  }
}
