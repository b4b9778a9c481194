/** Drafts of work orders in the database, sealed as a whole: citizens' data that nobody has confirmed yet. */
import { isDeepStrictEqual } from 'node:util'
import type { Draft } from './contract.ts'
import { decideSave, type DraftRefusal } from './core/draft.ts'
import { lockDraft, type WorkOrderRepository } from './repository.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Sql } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'

/** Who saves, and where the row belongs. */
export interface DraftOwner { id: string, areaCode: string, unitId: string }

interface Row { id: string, ownerId: string, callId: CallId | null, version: number, savedAt: EpochMs, formSealed: string }

export type DraftRepository = ReturnType<typeof createDraftRepository>

export function createDraftRepository ({ sql, personalData, workOrders }: { sql: Sql, personalData: PersonalData, workOrders: Pick<WorkOrderRepository, 'submitted'> }) {
  const purpose = (id: string) => `work-order-drafts.form.${id}`
  const formOf = (row: Pick<Row, 'id' | 'formSealed'>): Draft['form'] => JSON.parse(personalData.open(row.formSealed, purpose(row.id))) as Draft['form']

  return {
    /** Saves a newer version; `foreign` when the draft is somebody else's. */
    async save (owner: DraftOwner, draft: Draft): Promise<'saved' | 'foreign' | DraftRefusal> {
      return await sql.begin(async (transaction) => {
        await lockDraft(transaction, draft.id)
        const submitted = await workOrders.submitted(transaction, owner.id, draft.id)
        const [row] = await transaction<Array<Pick<Row, 'id' | 'ownerId' | 'version' | 'formSealed'>>>`
          select id, owner_id, version, form_sealed from work_order_drafts where id = ${draft.id}`
        if (row !== undefined && row.ownerId !== owner.id) return 'foreign'
        const [own] = await transaction<Array<{ drafts: number }>>`select count(*) as drafts from work_order_drafts where owner_id = ${owner.id}`
        const stored = row === undefined ? undefined : { version: row.version, sameForm: isDeepStrictEqual(formOf(row), draft.form) }
        const decision = decideSave(draft.version, { submitted, stored, drafts: own?.drafts ?? 0 })
        if (decision === 'already-stored') return 'saved'
        if (decision !== 'store') return decision
        const values = {
          id: draft.id,
          ownerId: owner.id,
          callId: draft.callId,
          version: draft.version,
          savedAt: draft.savedAt,
          formSealed: personalData.seal(JSON.stringify(draft.form), purpose(draft.id)),
          areaCode: owner.areaCode,
          unitId: owner.unitId
        }
        await transaction`
          insert into work_order_drafts ${transaction(values)}
          on conflict (id) do update set version = excluded.version, call_id = excluded.call_id, saved_at = excluded.saved_at, form_sealed = excluded.form_sealed`
        return 'saved'
      })
    },
    /** All drafts of a person, the latest first; at most `limit`. */
    async listOf (ownerId: string, limit: number): Promise<Draft[]> {
      const rows = await sql<Row[]>`
        select id, owner_id, call_id, version, saved_at, form_sealed from work_order_drafts where owner_id = ${ownerId}
        order by saved_at desc limit ${limit}`
      return rows.map(row => ({ id: row.id, callId: row.callId, version: row.version, savedAt: row.savedAt, form: formOf(row) }))
    },
    /** Forgets a draft of this person; false when there is none. */
    async remove (ownerId: string, id: string): Promise<boolean> {
      const gone = await sql`delete from work_order_drafts where id = ${id} and owner_id = ${ownerId}`
      return gone.count > 0
    }
  }
}
