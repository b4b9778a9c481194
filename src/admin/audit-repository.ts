/** The audit: written in the transaction of what it speaks of, read by filters. */
import { auditLog, users } from '../accounts/tables.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Json } from '../kernel/json.ts'
import { areaPrefix } from '../accounts/core/can.ts'
import { and, desc, eq, expression, gte, lt } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import { idBound } from '../platform/ids.ts'
import type { Page } from '../platform/http-contract.ts'
import type { AuditSearch, AuditView } from './contract.ts'

const PAGE = 50

/** Who did it, from where. */
export interface Doer { actor: Actor, address: string }

export type Audit = ReturnType<typeof createAuditRepository>

export function createAuditRepository ({ sql, clock, newId }: { sql: Sql, clock: Clock, newId: () => string }) {
  const { db } = sql
  return {
    /** Writes it down together with what is done in `transaction`: neither without the other. */
    async write (transaction: Transaction, { actor, address }: Doer, action: string, subject: string, detail: Readonly<Record<string, Json>>): Promise<void> {
      await transaction.db.insert(auditLog).values({
        id: newId(), at: clock.now(), actorId: actor.id, action, subject, detail, address, areaCode: actor.areaCode, unitId: actor.unitId
      })
    },
    /** Newest first, of the actor's area. */
    async search (actor: Actor, { actorId, action, subject, from, to, cursor, limit = PAGE }: AuditSearch): Promise<Page<AuditView>> {
      const { id, at, detail, address } = auditLog
      const rows = await db.select({ id, at, actorId: auditLog.actorId, actorName: users.name, action: auditLog.action, subject: auditLog.subject, detail, address })
        .from(auditLog).leftJoin(users, eq(users.id, auditLog.actorId))
        .where(and(
          expression`starts_with(${auditLog.areaCode}, ${areaPrefix(actor.areaCode)})`,
          actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
          action === undefined ? undefined : expression`starts_with(${auditLog.action}, ${action})`,
          subject === undefined ? undefined : expression`starts_with(${auditLog.subject}, ${subject})`,
          from === undefined ? undefined : gte(id, idBound(from)),
          to === undefined ? undefined : lt(id, idBound(to)),
          cursor === undefined ? undefined : lt(id, cursor)
        ))
        .orderBy(desc(id)).limit(limit + 1)
      const items = rows.slice(0, limit).map(({ actorName, ...row }) => ({ ...row, ...(actorName === null ? {} : { actorName }) }))
      return { items, next: rows.length > limit ? items.at(-1)?.id ?? null : null }
    }
  }
}
