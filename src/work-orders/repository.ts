/** Work orders in the database. Who the citizen is and what they say is sealed; the citizen is found by a keyed hash. */
import type { NewWorkOrder } from './contract.ts'
import type { WorkOrderState } from './core/state.ts'
import { idempotencyKeys, workOrderDrafts, workOrders, type WorkOrderRow } from './tables.ts'
import { users } from '../accounts/tables.ts'
import type { EpochMs } from '../kernel/clock.ts'
import { and, desc, eq, getTableColumns, lt, type Orm } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'

/** A work order in clear. */
export interface WorkOrder extends Omit<NewWorkOrder, 'disposition' | 'confidential'> {
  id: string
  number: string
  queryCode: string
  areaCode: string
  unitId: string
  leadUnitId: string | null
  state: WorkOrderState
  createdBy: string
  createdByName: string
  createdAt: EpochMs
  closedAt: EpochMs | null
  confidential: boolean
  /** The number under which the citizen's orders are found; '' when nobody knows it. */
  caller: string
}

/** What a command was carried out for, so that the same again does nothing. */
export interface Submission {
  actorId: string
  key: string
  /** All that was asked for, as text; a keyed digest of it is kept. */
  request: string
}

export type Created = { outcome: 'created' | 'repeated', workOrder: WorkOrder } | { outcome: 'conflict' }

/** A row with the name of who took it down. */
interface Row extends WorkOrderRow { createdByName: string | null }

const CREATE = 'work-orders.create'

export type WorkOrderRepository = ReturnType<typeof createWorkOrderRepository>

export function createWorkOrderRepository ({ sql, personalData }: { sql: Sql, personalData: PersonalData }) {
  // Nothing is stored as nothing, so that a look-up sees without a key that there is nothing.
  function toRow ({ createdByName: _, title, content, wishedOutcome, eventTime, answer, callerName, contact, address, caller, ...order }: WorkOrder): WorkOrderRow {
    const seal = (text: string, field: string): string => text === '' ? '' : personalData.seal(text, `work-orders.${field}:${order.id}`)
    return {
      ...order,
      titleSealed: seal(title, 'title'),
      contentSealed: seal(content, 'content'),
      wishedOutcomeSealed: seal(wishedOutcome, 'wished-outcome'),
      eventTimeSealed: seal(eventTime, 'event-time'),
      answerSealed: seal(answer, 'answer'),
      callerNameSealed: seal(callerName, 'caller-name'),
      contactSealed: seal(contact, 'contact'),
      contactHash: personalData.numberHash(contact) ?? null,
      addressSealed: seal(address, 'address'),
      callerSealed: seal(caller, 'caller'),
      callerHash: personalData.numberHash(caller) ?? null
    }
  }

  function toWorkOrder ({
    createdByName, titleSealed, contentSealed, wishedOutcomeSealed, eventTimeSealed, answerSealed, callerNameSealed, contactSealed, contactHash: _, addressSealed,
    callerSealed, callerHash: __, ...row
  }: Row): WorkOrder {
    const open = (sealed: string, field: string): string => sealed === '' ? '' : personalData.open(sealed, `work-orders.${field}:${row.id}`)
    return {
      ...row,
      createdByName: createdByName ?? row.createdBy,
      title: open(titleSealed, 'title'),
      content: open(contentSealed, 'content'),
      wishedOutcome: open(wishedOutcomeSealed, 'wished-outcome'),
      eventTime: open(eventTimeSealed, 'event-time'),
      answer: open(answerSealed, 'answer'),
      callerName: open(callerNameSealed, 'caller-name'),
      contact: open(contactSealed, 'contact'),
      address: open(addressSealed, 'address'),
      caller: open(callerSealed, 'caller')
    }
  }

  function selected (on: Orm) {
    return on.select({ ...getTableColumns(workOrders), createdByName: users.name }).from(workOrders).leftJoin(users, eq(users.id, workOrders.createdBy))
  }

  async function find (id: string, { db }: Sql | Transaction = sql): Promise<WorkOrder | undefined> {
    const [row] = await selected(db).where(eq(workOrders.id, id))
    return row === undefined ? undefined : toWorkOrder(row)
  }

  async function earlier (transaction: Transaction, { actorId, key, request }: Submission): Promise<Created> {
    const [done] = await transaction.db.select({ requestDigest: idempotencyKeys.requestDigest, resultId: idempotencyKeys.resultId })
      .from(idempotencyKeys).where(submissionOf(actorId, key))
    if (done === undefined || !personalData.hasDigest(request, done.requestDigest)) return { outcome: 'conflict' }
    const workOrder = await find(done.resultId, transaction)
    if (workOrder === undefined) throw new Error(`work order ${done.resultId} is missing`)
    return { outcome: 'repeated', workOrder }
  }

  return {
    find: async (id: string): Promise<WorkOrder | undefined> => await find(id),
    /** Whether an order was made of the call. */
    async existsForCall (callId: string): Promise<boolean> {
      const [row] = await sql.db.select({ id: workOrders.id }).from(workOrders).where(eq(workOrders.callId, callId)).limit(1)
      return row !== undefined
    },
    /**
     * Stores an order once under the key of its submission and deletes the draft it was made from. `make` is given a number
     * that rises from order to order. The same submission again gives the order that there is.
     */
    async create (submission: Submission, make: (sequence: number) => WorkOrder): Promise<Created> {
      return await sql.begin(async (transaction): Promise<Created> => {
        await lockDraft(transaction, submission.key)
        const [next] = await transaction<Array<{ sequence: number }>>`select nextval('work_order_number') as sequence`
        const workOrder = make(next?.sequence ?? 0)
        const { db } = transaction
        const claimed = await db.insert(idempotencyKeys)
          .values({ actorId: submission.actorId, key: submission.key, command: CREATE, requestDigest: personalData.digest(submission.request), resultId: workOrder.id, createdAt: workOrder.createdAt })
          .onConflictDoNothing().returning({ key: idempotencyKeys.key })
        if (claimed.length === 0) return await earlier(transaction, submission)
        await db.insert(workOrders).values(toRow(workOrder))
        await db.delete(workOrderDrafts).where(and(eq(workOrderDrafts.id, submission.key), eq(workOrderDrafts.ownerId, submission.actorId)))
        return { outcome: 'created', workOrder }
      })
    },
    /** Stores orders that were made elsewhere, all or none; those that are known already are left as they are. */
    async addAll (orders: readonly WorkOrder[]): Promise<void> {
      await sql.begin(async ({ db }) => {
        for (const order of orders) await db.insert(workOrders).values(toRow(order)).onConflictDoNothing()
      })
    },
    /** The newest orders that a person took down, below `before`. */
    async listOf (authorId: string, before: string | undefined, limit: number): Promise<WorkOrder[]> {
      const rows = await selected(sql.db)
        .where(and(eq(workOrders.createdBy, authorId), before === undefined ? undefined : lt(workOrders.id, before)))
        .orderBy(desc(workOrders.id)).limit(limit)
      return rows.map(toWorkOrder)
    },
    /** Whether a person has submitted the draft with this id. */
    async submitted (transaction: Transaction, actorId: string, key: string): Promise<boolean> {
      return (await transaction.db.select({ key: idempotencyKeys.key }).from(idempotencyKeys).where(submissionOf(actorId, key))).length > 0
    }
  }
}

function submissionOf (actorId: string, key: string) {
  return and(eq(idempotencyKeys.actorId, actorId), eq(idempotencyKeys.command, CREATE), eq(idempotencyKeys.key, key))
}

/** A draft is saved or submitted, not both at once: a late save must not bring back a draft that has become an order. */
export async function lockDraft (transaction: Transaction, id: string): Promise<void> {
  await transaction`select pg_advisory_xact_lock(hashtextextended(${id}, 1))`
}
