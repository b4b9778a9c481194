/** Work orders, their drafts, and commands that were carried out (migrations/0004-work-orders.sql, 0006-sealed-contents.sql). */
import { boolean, integer, moment, pgTable, primaryKey, text, uuid, type InferSelectModel } from '../platform/database/drizzle.ts'
import type { NewWorkOrder, WorkOrderType } from './contract.ts'
import type { Urgency } from './core/catalogue.ts'
import type { WorkOrderState } from './core/state.ts'

export const workOrders = pgTable('work_orders', {
  id: uuid().primaryKey(),
  number: text().notNull(),
  queryCode: text().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  leadUnitId: text(),
  state: text().$type<WorkOrderState>().notNull(),
  callId: uuid(),
  createdBy: text().notNull(),
  createdAt: moment().notNull(),
  closedAt: moment(),
  callerHash: text(),
  /** The number that the hash is of. */
  callerSealed: text().notNull(),
  type: text().$type<WorkOrderType>().notNull(),
  subject: text().notNull(),
  urgency: text().$type<Urgency>().notNull(),
  titleSealed: text().notNull(),
  contentSealed: text().notNull(),
  wishedOutcomeSealed: text().notNull(),
  callerNameSealed: text().notNull(),
  callerSex: text().$type<NewWorkOrder['callerSex']>().notNull(),
  callerKind: text().$type<NewWorkOrder['callerKind']>().notNull(),
  contactSealed: text().notNull(),
  contactHash: text(),
  anonymous: boolean().notNull(),
  confidential: boolean().notNull(),
  eventTimeSealed: text().notNull(),
  addressSealed: text().notNull(),
  answerSealed: text().notNull()
})

export type WorkOrderRow = InferSelectModel<typeof workOrders>

export const workOrderDrafts = pgTable('work_order_drafts', {
  id: uuid().primaryKey(),
  ownerId: text().notNull(),
  callId: uuid(),
  version: integer().notNull(),
  savedAt: moment().notNull(),
  formSealed: text().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull()
})

export const idempotencyKeys = pgTable('idempotency_keys', {
  actorId: text().notNull(),
  command: text().notNull(),
  key: text().notNull(),
  requestDigest: text().notNull(),
  resultId: text().notNull(),
  createdAt: moment().notNull()
}, table => [primaryKey({ columns: [table.actorId, table.command, table.key] })])
