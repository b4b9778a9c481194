/** Departments and their duty lines: made, changed, disabled. */
import { areaPrefix, can, inArea } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { Page } from '../platform/http-contract.ts'
import type { Audit, Doer } from './audit-repository.ts'
import { difference } from './core/difference.ts'
import type { DepartmentRepository, StoredDepartment } from './department-repository.ts'
import { adminError } from './errors.ts'
import type { DepartmentChange, DepartmentView, NewDepartment } from './exchange-contract.ts'

const PAGE = 50

export interface DepartmentServiceDependencies {
  sql: Sql
  departments: DepartmentRepository
  audit: Audit
  clock: Clock
}

export type DepartmentService = ReturnType<typeof createDepartmentService>

export function createDepartmentService ({ sql, departments, audit, clock }: DepartmentServiceDependencies) {
  /** Names and numbers of people are personal data: the audit says that they changed, and how many there are. */
  const fieldsOf = ({ name, areaCode, contacts }: Omit<NewDepartment, 'id'>) => ({ name, areaCode, contactCount: contacts.length, contacts })

  async function need (transaction: Transaction, actor: Actor, id: string, version: number): Promise<StoredDepartment> {
    const department = await departments.hold(transaction, id)
    if (department === undefined || !can(actor, 'department.manage', { ...department, ownerId: null })) throw adminError('not-found')
    if (department.version !== version) throw adminError('stale')
    return department
  }

  function check (actor: Actor, { areaCode, contacts }: Omit<NewDepartment, 'id'>): void {
    const problems = contacts.flatMap(({ from, to }, index) => from < to ? [] : [{ path: `/contacts/${index}/to`, message: '结束时间须晚于开始时间' }])
    if (!inArea(areaCode, actor.areaCode)) problems.push({ path: '/areaCode', message: `不在您管理的区划 ${actor.areaCode} 内` })
    if (problems.length > 0) throw adminError('invalid-input', problems)
  }

  async function view (transaction: Transaction, id: string): Promise<DepartmentView> {
    const stored = await departments.hold(transaction, id)
    if (stored === undefined) throw adminError('not-found')
    const { unitId, ...department } = stored
    return { ...department, users: await departments.users(transaction, id) }
  }

  return {
    async search (actor: Actor, { text, cursor, limit = PAGE }: { text?: string, cursor?: string, limit?: number }): Promise<Page<DepartmentView>> {
      return await departments.search(areaPrefix(actor.areaCode), text, cursor, limit)
    },
    async create (doer: Doer, { id, ...fields }: NewDepartment, hotlineUnit: string): Promise<DepartmentView> {
      check(doer.actor, fields)
      return await sql.begin(async (transaction) => {
        if (id === hotlineUnit || !await departments.add(transaction, { id, ...fields }, clock.now())) throw adminError('exists', [{ path: '/id', message: '编号已被使用（含已停用的）' }])
        await audit.write(transaction, doer, 'department.create', `department:${id}`, difference({}, fieldsOf(fields), ['contacts']))
        return await view(transaction, id)
      })
    },
    async change (doer: Doer, id: string, { version, ...fields }: DepartmentChange): Promise<DepartmentView> {
      check(doer.actor, fields)
      return await sql.begin(async (transaction) => {
        const before = await need(transaction, doer.actor, id, version)
        await departments.change(transaction, id, version, fields)
        await audit.write(transaction, doer, 'department.change', `department:${id}`, difference(fieldsOf(before), fieldsOf(fields), ['contacts']))
        return await view(transaction, id)
      })
    },
    /** Gets no users any more; refused while enabled ones belong to it. */
    async setDisabled (doer: Doer, id: string, version: number, reason: string | undefined): Promise<DepartmentView> {
      const disable = reason !== undefined
      return await sql.begin(async (transaction) => {
        const before = await need(transaction, doer.actor, id, version)
        if ((before.disabledAt !== undefined) === disable) throw adminError(disable ? 'already-disabled' : 'not-disabled')
        if (disable && await departments.users(transaction, id) > 0) throw adminError('unit-in-use')
        await departments.setDisabled(transaction, id, version, disable ? clock.now() : null)
        await audit.write(transaction, doer, disable ? 'department.disable' : 'department.enable', `department:${id}`, {
          before: { enabled: disable }, after: { enabled: !disable }, ...(disable ? { reason: reason.trim() } : {})
        })
        return await view(transaction, id)
      })
    }
  }
}
