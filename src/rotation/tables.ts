/** How far sealing under other keys has come (migrations/0006-sealed-contents.sql). */
import { bigint, moment, pgTable, text } from '../platform/database/drizzle.ts'

export const keyRotation = pgTable('key_rotation', {
  tableName: text().primaryKey(),
  goal: text().notNull(),
  position: text(),
  lookedAt: bigint({ mode: 'number' }).notNull(),
  changed: bigint({ mode: 'number' }).notNull(),
  changedInPass: bigint({ mode: 'number' }).notNull(),
  unreadableInPass: bigint({ mode: 'number' }).notNull(),
  doneAt: moment(),
  updatedAt: moment().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull()
})
