/** Drafts of work orders in the database, sealed as a whole: citizens' data that nobody has confirmed yet. */
import { isDeepStrictEqual } from 'node:util'
import type { Draft } from './contract.ts'
import { decideSave, type DraftRefusal } from './core/draft.ts'
import { lockDraft, type WorkOrderRepository } from './repository.ts'
import { workOrderDrafts } from './tables.ts'
import { and, count, desc, eq } from '../platform/database/drizzle.ts'
import type { Sql } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'

/** Who saves, and where the row belongs. */
export interface DraftOwner { id: string, areaCode: string, unitId: string }

export type DraftRepository = ReturnType<typeof createDraftRepository>

export function createDraftRepository ({ sql, personalData, workOrders }: { sql: Sql, personalData: PersonalData, workOrders: Pick<WorkOrderRepository, 'submitted'> }) {
  const purpose = (id: string) => `work-order-drafts.form.${id}`
  const formOf = (row: { id: string, formSealed: string }): Draft['form'] => JSON.parse(personalData.open(row.formSealed, purpose(row.id))) as Draft['form']

  return {
    /** Saves a newer version; `foreign` when the draft is somebody else's. */
    async save (owner: DraftOwner, draft: Draft): Promise<'saved' | 'foreign' | DraftRefusal> {
      return await sql.begin(async (transaction) => {
        await lockDraft(transaction, draft.id)
        const submitted = await workOrders.submitted(transaction, owner.id, draft.id)
        const { db } = transaction
        const [row] = await db.select().from(workOrderDrafts).where(eq(workOrderDrafts.id, draft.id))
        if (row !== undefined && row.ownerId !== owner.id) return 'foreign'
        const [own] = await db.select({ drafts: count() }).from(workOrderDrafts).where(eq(workOrderDrafts.ownerId, owner.id))
        const stored = row === undefined ? undefined : { version: row.version, sameForm: isDeepStrictEqual(formOf(row), draft.form) }
        const decision = decideSave(draft.version, { submitted, stored, drafts: own?.drafts ?? 0 })
        if (decision === 'already-stored') return 'saved'
        if (decision !== 'store') return decision
        const saved = {
          callId: draft.callId,
          version: draft.version,
          savedAt: draft.savedAt,
          formSealed: personalData.seal(JSON.stringify(draft.form), purpose(draft.id))
        }
        await db.insert(workOrderDrafts).values({ id: draft.id, ownerId: owner.id, areaCode: owner.areaCode, unitId: owner.unitId, ...saved })
          .onConflictDoUpdate({ target: workOrderDrafts.id, set: saved })
        return 'saved'
      })
    },
    /** All drafts of a person, the latest first; at most `limit`. */
    async listOf (ownerId: string, limit: number): Promise<Draft[]> {
      const rows = await sql.db.select().from(workOrderDrafts).where(eq(workOrderDrafts.ownerId, ownerId))
        .orderBy(desc(workOrderDrafts.savedAt)).limit(limit)
      return rows.map(row => ({ id: row.id, callId: row.callId, version: row.version, savedAt: row.savedAt, form: formOf(row) }))
    },
    /** Forgets a draft of this person; false when there is none. */
    async remove (ownerId: string, id: string): Promise<boolean> {
      const gone = await sql.db.delete(workOrderDrafts).where(and(eq(workOrderDrafts.id, id), eq(workOrderDrafts.ownerId, ownerId)))
        .returning({ id: workOrderDrafts.id })
      return gone.length > 0
    }
  }
}
