/** Units that handle work orders (migrations/0001-accounts.sql). */
import { moment, pgTable, text } from '../platform/database/drizzle.ts'

export const departments = pgTable('departments', {
  id: text().primaryKey(),
  name: text().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  createdAt: moment().notNull()
})
