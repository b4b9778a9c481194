/** Calls as they are kept, found by number, agent, outcome and time. */
import { scopeOf, type Scope } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { CallId } from '../kernel/ids.ts'
import { users } from '../accounts/tables.ts'
import { skillGroups } from '../agents/tables.ts'
import { and, desc, eq, expression, getTableColumns, gte, inArray, like, lt, or, type SQL } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'
import { idBound } from '../platform/ids.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { CallPage, CallSearch, CallView } from './contract.ts'
import { calls, type CallRow } from './tables.ts'

const PAGE = 50
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface CallRepositoryDependencies {
  sql: Sql
  personalData: Pick<PersonalData, 'numberHashes' | 'open'>
  /** A number as lists show it. */
  mask: (number: string) => string
}

export type CallRepository = ReturnType<typeof createCallRepository>

export function createCallRepository ({ sql: { db }, personalData, mask }: CallRepositoryDependencies) {
  /** The rows that the actor may see, as a condition. */
  function visible (scope: Scope): SQL | undefined {
    return or(expression`false`, ...scope.map(condition))
  }

  function condition (part: Scope[number]): SQL | undefined {
    switch (part.reach) {
      case 'own': return eq(calls.agentId, part.ownerId)
      case 'unit': return and(eq(calls.unitId, part.unitId), like(calls.areaCode, part.areaPrefix + '%'))
      case 'area': return like(calls.areaCode, part.areaPrefix + '%')
      case 'all': return expression`true`
      // Calls are nobody's to lead.
      case 'leads': return expression`false`
    }
  }

  return {
    /**
     * Newest first. The number stands in full only where the search asked for just this number; else it is masked.
     * A number that cannot be hashed (withheld) finds nothing; so does a cursor that is none.
     */
    async search (actor: Actor, { ani, agentId, outcome, from, to, cursor, limit = PAGE }: CallSearch): Promise<CallPage> {
      // While keys change, rows of one number stand under the old hash and under the new one.
      const hashes = ani === undefined ? undefined : personalData.numberHashes(ani)
      if (hashes?.length === 0 || (cursor !== undefined && !UUID.test(cursor))) return { items: [], next: null }
      const rows = await db.select({ ...getTableColumns(calls), agentName: users.name, groupName: skillGroups.name })
        .from(calls).leftJoin(users, eq(users.id, calls.agentId)).leftJoin(skillGroups, eq(skillGroups.id, calls.skillGroup))
        .where(and(
          visible(scopeOf(actor, 'call.list')),
          hashes === undefined ? undefined : inArray(calls.aniHash, hashes),
          agentId === undefined ? undefined : eq(calls.agentId, agentId),
          outcome === undefined ? undefined : eq(calls.outcome, outcome),
          from === undefined ? undefined : gte(calls.id, idBound(from)),
          to === undefined ? undefined : lt(calls.id, idBound(to)),
          cursor === undefined ? undefined : lt(calls.id, cursor)
        ))
        .orderBy(desc(calls.id)).limit(limit + 1)
      const items = rows.slice(0, limit)
      return { items: items.map(row => toView(row, hashes !== undefined)), next: rows.length > limit ? items.at(-1)?.id ?? null : null }
    },
    /** What a work order or a history request must know of a call; undefined when it is not (yet) there. */
    async find (callId: CallId): Promise<Pick<CallRow, 'id' | 'agentId' | 'areaCode' | 'unitId' | 'aniSealed' | 'aniHash'> | undefined> {
      const [row] = await db.select({ id: calls.id, agentId: calls.agentId, areaCode: calls.areaCode, unitId: calls.unitId, aniSealed: calls.aniSealed, aniHash: calls.aniHash })
        .from(calls).where(eq(calls.id, callId))
      return row
    }
  }

  function toView (row: CallRow & { agentName: string | null, groupName: string | null }, inFull: boolean): CallView {
    const ani = row.aniSealed === null ? '' : personalData.open(row.aniSealed, `calls.ani:${row.id}`)
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
