/** Work orders in the database. Names, numbers and places are sealed; the citizen is found by a keyed hash. */
import type { NewWorkOrder, WorkOrderType } from './contract.ts'
import type { Urgency } from './core/catalogue.ts'
import type { WorkOrderState } from './core/state.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'

/** A work order with what it holds of persons in clear. */
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
  /** Whether it is of the citizen with this keyed hash; null when nobody knows. */
  callerHash: string | null
}

/** What a command was carried out for, so that the same again does nothing. */
export interface Submission {
  actorId: string
  key: string
  requestDigest: string
}

export type Created = { outcome: 'created' | 'repeated', workOrder: WorkOrder } | { outcome: 'conflict' }

interface Row {
  id: string
  number: string
  queryCode: string
  areaCode: string
  unitId: string
  leadUnitId: string | null
  state: WorkOrderState
  callId: CallId | null
  createdBy: string
  createdByName: string | null
  createdAt: EpochMs
  closedAt: EpochMs | null
  callerHash: string | null
  type: WorkOrderType
  subject: string
  urgency: Urgency
  title: string
  content: string
  wishedOutcome: string
  callerNameSealed: string
  callerSex: NewWorkOrder['callerSex']
  callerKind: NewWorkOrder['callerKind']
  contactSealed: string
  contactHash: string | null
  anonymous: boolean
  confidential: boolean
  eventTime: string
  addressSealed: string
  answer: string
}

const CREATE = 'work-orders.create'

export type WorkOrderRepository = ReturnType<typeof createWorkOrderRepository>

export function createWorkOrderRepository ({ sql, personalData }: { sql: Sql, personalData: PersonalData }) {
  // Nothing is stored as nothing, so that a look-up sees without a key that there is nothing.
  const seal = (text: string, field: string): string => text === '' ? '' : personalData.seal(text, `work-orders.${field}`)
  const open = (sealed: string, field: string): string => sealed === '' ? '' : personalData.open(sealed, `work-orders.${field}`)

  function toRow ({ createdByName: _, callerName, contact, address, ...order }: WorkOrder): Omit<Row, 'createdByName'> {
    return {
      ...order,
      callerNameSealed: seal(callerName, 'caller-name'),
      contactSealed: seal(contact, 'contact'),
      contactHash: personalData.numberHash(contact) ?? null,
      addressSealed: seal(address, 'address')
    }
  }

  function toWorkOrder ({ createdByName, callerNameSealed, contactSealed, contactHash: _, addressSealed, ...row }: Row): WorkOrder {
    return {
      ...row,
      createdByName: createdByName ?? row.createdBy,
      callerName: open(callerNameSealed, 'caller-name'),
      contact: open(contactSealed, 'contact'),
      address: open(addressSealed, 'address')
    }
  }

  const selected = sql`
    select orders.id, orders.number, orders.query_code, orders.area_code, orders.unit_id, orders.lead_unit_id, orders.state, orders.call_id,
      orders.created_by, users.name as created_by_name, orders.created_at, orders.closed_at, orders.caller_hash, orders.type, orders.subject,
      orders.urgency, orders.title, orders.content, orders.wished_outcome, orders.caller_name_sealed, orders.caller_sex, orders.caller_kind,
      orders.contact_sealed, orders.contact_hash, orders.anonymous, orders.confidential, orders.event_time, orders.address_sealed, orders.answer
    from work_orders orders left join users on users.id = orders.created_by`

  async function find (id: string, on: Sql | Transaction = sql): Promise<WorkOrder | undefined> {
    const [row] = await on<Row[]>`${selected} where orders.id = ${id}`
    return row === undefined ? undefined : toWorkOrder(row)
  }

  async function earlier (transaction: Transaction, { actorId, key, requestDigest }: Submission): Promise<Created> {
    const [done] = await transaction<Array<{ requestDigest: string, resultId: string }>>`
      select request_digest, result_id from idempotency_keys where actor_id = ${actorId} and command = ${CREATE} and key = ${key}`
    if (done?.requestDigest !== requestDigest) return { outcome: 'conflict' }
    const workOrder = await find(done.resultId, transaction)
    if (workOrder === undefined) throw new Error(`work order ${done.resultId} is missing`)
    return { outcome: 'repeated', workOrder }
  }

  return {
    find: async (id: string): Promise<WorkOrder | undefined> => await find(id),
    /**
     * Stores an order once under the key of its submission and deletes the draft it was made from. `make` is given a number
     * that rises from order to order. The same submission again gives the order that there is.
     */
    async create (submission: Submission, make: (sequence: number) => WorkOrder): Promise<Created> {
      return await sql.begin(async (transaction): Promise<Created> => {
        await lockDraft(transaction, submission.key)
        const [next] = await transaction<Array<{ sequence: number }>>`select nextval('work_order_number') as sequence`
        const workOrder = make(next?.sequence ?? 0)
        const claimed = await transaction`
          insert into idempotency_keys ${transaction({ ...submission, command: CREATE, resultId: workOrder.id, createdAt: workOrder.createdAt })}
          on conflict do nothing`
        if (claimed.count === 0) return await earlier(transaction, submission)
        await transaction`insert into work_orders ${transaction({ ...toRow(workOrder) })}`
        await transaction`delete from work_order_drafts where id = ${submission.key} and owner_id = ${submission.actorId}`
        return { outcome: 'created', workOrder }
      })
    },
    /** Stores orders that were made elsewhere, all or none; those that are known already are left as they are. */
    async addAll (workOrders: readonly WorkOrder[]): Promise<void> {
      await sql.begin(async (transaction) => {
        for (const workOrder of workOrders) await transaction`insert into work_orders ${transaction({ ...toRow(workOrder) })} on conflict do nothing`
      })
    },
    /** The newest orders that a person took down, below `before`. */
    async listOf (authorId: string, before: string | undefined, limit: number): Promise<WorkOrder[]> {
      const rows = await sql<Row[]>`
        ${selected} where orders.created_by = ${authorId} ${before === undefined ? sql`` : sql`and orders.id < ${before}`}
        order by orders.id desc limit ${limit}`
      return rows.map(toWorkOrder)
    },
    /** Whether a person has submitted the draft with this id. */
    async submitted (transaction: Transaction, actorId: string, key: string): Promise<boolean> {
      const found = await transaction`select from idempotency_keys where actor_id = ${actorId} and command = ${CREATE} and key = ${key}`
      return found.count > 0
    }
  }
}

/** A draft is saved or submitted, not both at once: a late save must not bring back a draft that has become an order. */
export async function lockDraft (transaction: Transaction, id: string): Promise<void> {
  await transaction`select pg_advisory_xact_lock(hashtextextended(${id}, 1))`
}
