/** What agents can do and what they did (migrations/0002-agents.sql, 0007-admin.sql). */
import type { AgentStateName } from './contract.ts'
import { bigint, boolean, integer, moment, pgTable, primaryKey, smallint, text, uuid } from '../platform/database/drizzle.ts'

export const skillGroups = pgTable('skill_groups', {
  id: text().primaryKey(),
  name: text().notNull(),
  position: integer().notNull(),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  version: integer().notNull().default(1),
  priority: smallint().notNull().default(0),
  queueLimit: integer(),
  wrapUpSeconds: integer(),
  serviceLevelSeconds: integer().notNull().default(15),
  disabledAt: moment()
})

export const agentSkills = pgTable('agent_skills', {
  agentId: text().notNull(),
  groupId: text().notNull(),
  /** 1 is best. */
  level: smallint().notNull()
}, table => [primaryKey({ columns: [table.agentId, table.groupId] })])

export const reasonCodes = pgTable('reason_codes', {
  code: text().primaryKey(),
  name: text().notNull(),
  position: integer().notNull(),
  byServer: boolean().notNull().default(false),
  areaCode: text().notNull(),
  unitId: text().notNull(),
  version: integer().notNull().default(1),
  disabledAt: moment()
})

const state = {
  agentId: text().notNull(),
  seq: bigint({ mode: 'number' }).notNull(),
  at: moment().notNull(),
  state: text().$type<AgentStateName>().notNull(),
  reason: text(),
  callId: uuid(),
  until: moment(),
  areaCode: text().notNull(),
  unitId: text().notNull()
}

export const agentEvents = pgTable('agent_events', state, table => [primaryKey({ columns: [table.agentId, table.seq, table.at] })])
export const agentStates = pgTable('agent_states', state, table => [primaryKey({ columns: [table.agentId] })])
