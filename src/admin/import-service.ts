/** Users from a file: checked row by row, then written together, or only the good ones; the same file again changes nothing. */
import { can } from '../accounts/core/can.ts'
import type { PasswordHash } from '../accounts/password-hash.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { Audit, Doer } from './audit-repository.ts'
import type { ImportMode, ImportResult } from './contract.ts'
import { difference } from './core/difference.ts'
import { planImport, type PlannedRow } from './core/user-import.ts'
import { adminError } from './errors.ts'
import { readUserFile, resultFile, type UserFile } from './user-file.ts'
import type { UserRepository } from './user-repository.ts'
import { auditFields, newPassword, subjectOf } from './user-service.ts'

export interface ImportServiceDependencies {
  sql: Sql
  users: UserRepository
  audit: Audit
  passwords: Pick<PasswordHash, 'hash'>
  clock: Clock
  hotlineUnit: string
  sessionsChanged: (userId: string, ended: boolean) => void
  rosterChanged: () => Promise<void>
}

export type ImportService = ReturnType<typeof createImportService>

export function createImportService ({ sql, users, audit, passwords, clock, hotlineUnit, sessionsChanged, rosterChanged }: ImportServiceDependencies) {
  /** Users stay as they are until the transaction ends, so that the plan holds. */
  async function plan (transaction: Transaction, { actor }: Doer, { header, records }: UserFile) {
    const otherAdmins = await users.otherAdmins(transaction, '')
    const column = header.findIndex(name => name.trim() === '工号')
    const usernames = [...new Set(records.map(({ cells }) => (cells[column] ?? '').trim().toLowerCase()))].sort()
    const held = await users.holdAll(transaction, usernames)
    const existing = new Map(held.map(user => [user.username, { ...user, disabled: user.disabledAt !== undefined, managed: can(actor, 'account.manage', subjectOf(user)) }]))
    const { names, ...known } = await users.known(transaction)
    const rows = planImport(header, records, { actor, hotlineUnit, ...known, groupIds: names.groups, departmentIds: names.departments, existing })
    return { rows, existing: new Map(held.map(user => [user.username, user])), admins: otherAdmins }
  }

  function result (rows: ReadonlyArray<PlannedRow & { password?: string }>, written: boolean): ImportResult {
    const count = (outcome: PlannedRow['outcome']) => rows.filter(row => row.outcome === outcome).length
    return {
      written,
      counts: { create: count('create'), change: count('change'), same: count('same'), error: count('error') },
      rows: rows.map(({ line, username, name, outcome, errors, password }) => ({ line, username, name, outcome, errors, ...(password === undefined ? {} : { password }) })),
      file: resultFile(rows, written)
    }
  }

  return {
    /** `check` writes nothing, `all` only a file without faults, `good` the rows without faults. Passwords are shown this once. */
    async importUsers (doer: Doer, bytes: Uint8Array, mode: ImportMode): Promise<ImportResult> {
      const file = readUserFile(bytes)
      if ('problem' in file) throw adminError('invalid-input', [{ path: '/file', message: file.problem }])
      const { rows: first } = await sql.begin(async transaction => await plan(transaction, doer, file))
      if (mode === 'check' || (mode === 'all' && first.some(({ outcome }) => outcome === 'error'))) return result(first, false)

      // Before the transaction: making a password takes long, and nobody else should wait for these rows.
      const made = new Map<string, { password: string, hash: string }>()
      for (const { username, outcome } of first) {
        if (outcome !== 'create') continue
        const password = newPassword()
        made.set(username, { password, hash: await passwords.hash(password) })
      }
      const rows = await sql.begin(async (transaction) => {
        const { rows, existing, admins } = await plan(transaction, doer, file)
        // Somebody changed what the first look was made on.
        if (mode === 'all' && rows.some(({ outcome }) => outcome === 'error')) throw adminError('stale')
        for (const { username, outcome, fields } of rows) {
          if (outcome === 'create') {
            const password = made.get(username)
            if (password === undefined || !await users.add(transaction, username, fields, password.hash, clock.now())) throw adminError('stale')
            await audit.write(transaction, doer, 'account.create', `user:${username}`, { ...difference({}, auditFields(fields), ['name']), imported: true })
          } else if (outcome === 'change') {
            const before = existing.get(username)
            if (before === undefined) throw adminError('stale')
            await users.change(transaction, username, before.version, fields)
            await audit.write(transaction, doer, 'account.change', `user:${username}`, { ...difference(auditFields(before), auditFields(fields), ['name']), imported: true })
          }
        }
        if (admins > 0 && await users.otherAdmins(transaction, '') === 0) throw adminError('last-admin')
        const { counts } = result(rows, true)
        await audit.write(transaction, doer, 'account.import', `user:${doer.actor.id}`, counts)
        return rows
      })
      for (const { username, outcome } of rows) if (outcome === 'change') sessionsChanged(username, false)
      await rosterChanged()
      return result(rows.map(row => ({ ...row, ...(row.outcome === 'create' ? { password: made.get(row.username)?.password ?? '' } : {}) })), true)
    }
  }
}
