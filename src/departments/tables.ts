/** Units that handle work orders, and whom to call there (migrations/0001-accounts.sql, 0007-admin.sql). */
import { integer, moment, pgTable, text, uuid } from '../platform/database/drizzle.ts'

export const departments = pgTable('departments', {
  id: text().primaryKey(),
  name: text().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  createdAt: moment().notNull(),
  version: integer().notNull().default(1),
  disabledAt: moment()
})

export const departmentContacts = pgTable('department_contacts', {
  id: uuid().primaryKey(),
  departmentId: text().notNull(),
  kind: text().$type<'duty' | 'contact'>().notNull(),
  nameSealed: text().notNull(),
  phoneSealed: text().notNull(),
  days: text().$type<'all' | 'workdays'>().notNull(),
  fromTime: text().notNull(),
  toTime: text().notNull(),
  position: integer().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull()
})
