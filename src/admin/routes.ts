/** The administrator's desk as a whole: its services over one database, and their routes. */
import type { FastifyRequest } from 'fastify'
import type { PasswordHash } from '../accounts/password-hash.ts'
import type { WatchedFlowLibrary } from '../ivr/library.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql } from '../platform/database/sql.ts'
import type { Http } from '../platform/http/server.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import { createAuditRepository } from './audit-repository.ts'
import { createDepartmentRepository } from './department-repository.ts'
import { createDepartmentService } from './department-service.ts'
import type { TrunkView } from './exchange-contract.ts'
import { addExchangeRoutes } from './exchange-routes.ts'
import { createExchangeService } from './exchange-service.ts'
import { createFlowReader } from './flow-reader.ts'
import { createGroupRepository } from './group-repository.ts'
import { createImportService } from './import-service.ts'
import { createUserRepository } from './user-repository.ts'
import { addUserRoutes } from './user-routes.ts'
import { createUserService } from './user-service.ts'

export interface AdminDependencies {
  sql: Sql
  clock: Clock
  newId: () => string
  personalData: Pick<PersonalData, 'seal' | 'open'>
  passwords: Pick<PasswordHash, 'hash'>
  /** The unit of the hotline's own people. */
  hotlineUnit: string
  /** The skill group of callers whom no flow can help: never disabled. */
  lastResort: string
  flows: Pick<WatchedFlowLibrary, 'get' | 'status' | 'reload'>
  /** The trunks as the phone system has them now; rejects with `PhoneError`. */
  trunks: () => Promise<TrunkView[]>
  /** The signed-in person; throws 401. */
  actorOf: (request: FastifyRequest) => Actor
  /** What is known of a user's sessions is out of date; `ended`: there are none any more. */
  sessionsChanged: (userId: string, ended: boolean) => void
  /** Reads agents, their skills and the groups' settings anew. */
  rosterChanged: () => Promise<void>
}

/** Adds /api/v1/admin. */
export function addAdmin (http: Http, dependencies: AdminDependencies): void {
  const { sql, clock, newId, personalData, passwords, hotlineUnit, actorOf } = dependencies
  const audit = createAuditRepository({ sql, clock, newId })
  const flows = createFlowReader({ library: dependencies.flows, lastResort: dependencies.lastResort })
  const ofUsers = { sql, users: createUserRepository({ sql }), audit, passwords, clock, hotlineUnit, sessionsChanged: dependencies.sessionsChanged, rosterChanged: dependencies.rosterChanged }
  const users = createUserService(ofUsers)
  const imports = createImportService(ofUsers)
  const exchange = createExchangeService({
    sql,
    groups: createGroupRepository({ sql }),
    audit,
    clock,
    flowsOf: flows.into,
    async groupsChanged () {
      await dependencies.rosterChanged()
      // A flow that names a new group may count from now on.
      await dependencies.flows.reload()
    }
  })
  const departments = createDepartmentService({ sql, departments: createDepartmentRepository({ sql, personalData, newId }), audit, clock })
  addUserRoutes(http, { users, imports, audit, actorOf })
  addExchangeRoutes(http, { exchange, departments, flows, trunks: dependencies.trunks, hotlineUnit, actorOf })
}
