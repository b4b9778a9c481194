/** Users, sessions, failed sign-ins, the audit, and what was done once (migrations/0001-accounts.sql, 0007-admin.sql). */
import type { RoleName } from '../kernel/actor.ts'
import type { Json } from '../kernel/json.ts'
import { boolean, integer, jsonb, moment, pgTable, text, uuid } from '../platform/database/drizzle.ts'

export const users = pgTable('users', {
  id: text().primaryKey(),
  name: text().notNull(),
  passwordHash: text().notNull(),
  roles: text().array().$type<RoleName[]>().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  createdAt: moment().notNull(),
  passwordChangedAt: moment().notNull(),
  disabledAt: moment(),
  version: integer().notNull().default(1),
  mustChangePassword: boolean().notNull().default(false),
  disabledBecause: text()
})

export const sessions = pgTable('sessions', {
  tokenHash: text().primaryKey(),
  userId: text().notNull(),
  createdAt: moment().notNull(),
  seenAt: moment().notNull()
})

export const signInFailures = pgTable('sign_in_failures', {
  subject: text().primaryKey(),
  failures: integer().notNull(),
  firstAt: moment().notNull(),
  lockedUntil: moment()
})

export const auditLog = pgTable('audit_log', {
  id: uuid().primaryKey(),
  at: moment().notNull(),
  actorId: text().notNull(),
  action: text().notNull(),
  subject: text().notNull(),
  detail: jsonb().$type<Readonly<Record<string, Json>>>().notNull().default({}),
  address: text().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull()
})

export const installation = pgTable('installation', {
  key: text().primaryKey(),
  at: moment().notNull()
})
