/** Departments and whom to call there; names and numbers are sealed. */
import { users } from '../accounts/tables.ts'
import { departmentContacts, departments } from '../departments/tables.ts'
import type { EpochMs } from '../kernel/clock.ts'
import { and, asc, count, eq, expression, gt, inArray, isNull } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { Page } from '../platform/http-contract.ts'
import type { DepartmentContact, DepartmentView, NewDepartment } from './exchange-contract.ts'

export type StoredDepartment = Omit<DepartmentView, 'users'> & { unitId: string }
export type DepartmentRepository = ReturnType<typeof createDepartmentRepository>

const place = (field: 'name' | 'phone', id: string): string => `department-contacts.${field}:${id}`
const columns = {
  id: departments.id, name: departments.name, areaCode: departments.areaCode, unitId: departments.unitId, version: departments.version, disabledAt: departments.disabledAt
}

export function createDepartmentRepository ({ sql, personalData, newId }: { sql: Sql, personalData: Pick<PersonalData, 'seal' | 'open'>, newId: () => string }) {
  async function contactsOf ({ db }: Pick<Transaction, 'db'>, ids: readonly string[]): Promise<Map<string, DepartmentContact[]>> {
    const found = new Map<string, DepartmentContact[]>(ids.map(id => [id, []]))
    if (ids.length === 0) return found
    const rows = await db.select().from(departmentContacts).where(inArray(departmentContacts.departmentId, [...ids])).orderBy(asc(departmentContacts.position))
    for (const { id, departmentId, kind, nameSealed, phoneSealed, days, fromTime, toTime } of rows) {
      found.get(departmentId)?.push({ kind, name: personalData.open(nameSealed, place('name', id)), phone: personalData.open(phoneSealed, place('phone', id)), days, from: fromTime, to: toTime })
    }
    return found
  }

  function whole<Row extends { id: string, disabledAt: EpochMs | null }> ({ disabledAt, ...row }: Row, contacts: Map<string, DepartmentContact[]>) {
    return { ...row, contacts: contacts.get(row.id) ?? [], ...(disabledAt === null ? {} : { disabledAt }) }
  }

  async function setContacts ({ db }: Transaction, departmentId: string, { areaCode, contacts }: Pick<NewDepartment, 'areaCode' | 'contacts'>): Promise<void> {
    await db.delete(departmentContacts).where(eq(departmentContacts.departmentId, departmentId))
    if (contacts.length === 0) return
    await db.insert(departmentContacts).values(contacts.map(({ kind, name, phone, days, from, to }, position) => {
      const id = newId()
      const sealed = { nameSealed: personalData.seal(name, place('name', id)), phoneSealed: personalData.seal(phone, place('phone', id)) }
      return { id, departmentId, kind, ...sealed, days, fromTime: from, toTime: to, position, areaCode, unitId: departmentId }
    }))
  }

  return {
    /** By id, of the areas that begin with `prefix`. */
    async search (prefix: string, text: string | undefined, cursor: string | undefined, limit: number): Promise<Page<DepartmentView>> {
      const rows = await sql.db.select(columns).from(departments).where(and(
        expression`starts_with(${departments.areaCode}, ${prefix})`,
        text === undefined ? undefined : expression`position(lower(${text}) in lower(${departments.id} || ' ' || ${departments.name})) > 0`,
        cursor === undefined ? undefined : gt(departments.id, cursor)
      )).orderBy(asc(departments.id)).limit(limit + 1)
      const shown = rows.slice(0, limit)
      const ids = shown.map(({ id }) => id)
      const contacts = await contactsOf(sql, ids)
      const counts = ids.length === 0 ? [] : await sql.db.select({ unitId: users.unitId, users: count() }).from(users).where(and(inArray(users.unitId, ids), isNull(users.disabledAt))).groupBy(users.unitId)
      const byUnit = new Map(counts.map(row => [row.unitId, row.users]))
      const items = shown.map(({ unitId, ...row }) => ({ ...whole(row, contacts), users: byUnit.get(row.id) ?? 0 }))
      return { items, next: rows.length > limit ? items.at(-1)?.id ?? null : null }
    },
    async hold (transaction: Transaction, id: string): Promise<StoredDepartment | undefined> {
      const [row] = await transaction.db.select(columns).from(departments).where(eq(departments.id, id)).for('update')
      return row === undefined ? undefined : whole(row, await contactsOf(transaction, [id]))
    },
    async users ({ db }: Transaction, id: string): Promise<number> {
      const [row] = await db.select({ users: count() }).from(users).where(and(eq(users.unitId, id), isNull(users.disabledAt)))
      return row?.users ?? 0
    },
    /** False when the id is taken. */
    async add (transaction: Transaction, { id, name, areaCode, contacts }: NewDepartment, createdAt: EpochMs): Promise<boolean> {
      const added = await transaction.db.insert(departments).values({ id, name, areaCode, unitId: id, createdAt }).onConflictDoNothing().returning({ id: departments.id })
      if (added.length === 0) return false
      await setContacts(transaction, id, { areaCode, contacts })
      return true
    },
    async change (transaction: Transaction, id: string, version: number, { name, areaCode, contacts }: Omit<NewDepartment, 'id'>): Promise<void> {
      await transaction.db.update(departments).set({ name, areaCode, version: version + 1 }).where(eq(departments.id, id))
      await setContacts(transaction, id, { areaCode, contacts })
    },
    async setDisabled ({ db }: Transaction, id: string, version: number, disabledAt: EpochMs | null): Promise<void> {
      await db.update(departments).set({ disabledAt, version: version + 1 }).where(eq(departments.id, id))
    }
  }
}
