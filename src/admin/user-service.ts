/** Users: made, changed, disabled and enabled again, given new passwords; each step checked, versioned and audited as one. */
import { randomBytes } from 'node:crypto'
import { areaPrefix, can } from '../accounts/core/can.ts'
import { passwordFrom } from '../accounts/core/password.ts'
import type { PasswordHash } from '../accounts/password-hash.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { Page } from '../platform/http-contract.ts'
import type { Audit, Doer } from './audit-repository.ts'
import type { NewUser, UserChange, UserSearch, UserView, UserWithPassword } from './contract.ts'
import { difference } from './core/difference.ts'
import { accountRefusal, userProblems, type UserFields } from './core/users.ts'
import { adminError } from './errors.ts'
import type { UserRepository } from './user-repository.ts'

export interface UserServiceDependencies {
  sql: Sql
  users: UserRepository
  audit: Audit
  passwords: Pick<PasswordHash, 'hash'>
  clock: Clock
  /** The unit of the hotline's own people. */
  hotlineUnit: string
  /** After a change counts: what is known of the user's sessions is out of date; `ended`: there are none any more. */
  sessionsChanged: (userId: string, ended: boolean) => void
  /** After a change counts: who works in which group is to be read anew. */
  rosterChanged: () => Promise<void>
}

export type UserService = ReturnType<typeof createUserService>

/** For `can`: an account belongs to its area and unit. */
export function subjectOf ({ areaCode, unitId, username }: Pick<UserView, 'areaCode' | 'unitId' | 'username'>) {
  return { areaCode, unitId, ownerId: username }
}

/** What the audit may show of a user; the name is only said to have changed. */
export function auditFields ({ name, roles, areaCode, unitId, skills }: UserFields) {
  return { name, roles: [...roles].sort(), areaCode, unitId, skills: Object.fromEntries(skills.map(({ groupId, level }) => [groupId, level])) }
}

export function createUserService ({ sql, users, audit, passwords, clock, hotlineUnit, sessionsChanged, rosterChanged }: UserServiceDependencies) {
  const isAdmin = ({ roles }: Pick<UserFields, 'roles'>): boolean => roles.includes('admin')

  async function need (transaction: Transaction, actor: Actor, id: string, version: number): Promise<UserView> {
    const user = await users.hold(transaction, id)
    if (user === undefined || !can(actor, 'account.manage', subjectOf(user))) throw adminError('not-found')
    if (user.version !== version) throw adminError('stale')
    return user
  }

  /** The administrators' lock comes before any user's row, so that two who disable each other wait in the same order. */
  async function guarded (transaction: Transaction, actor: Actor, id: string, version: number, next: (user: UserView) => { admin: boolean, enabled: boolean }): Promise<UserView> {
    const otherAdmins = await users.otherAdmins(transaction, id)
    const user = await need(transaction, actor, id, version)
    const before = { admin: isAdmin(user), enabled: user.disabledAt === undefined }
    const refusal = accountRefusal({ actorId: actor.id, userId: id, before, after: next(user), otherAdmins })
    if (refusal !== undefined) throw adminError(refusal)
    return user
  }

  async function check (transaction: Transaction, actor: Actor, fields: UserFields, held: UserFields['skills'] = []): Promise<void> {
    const { departments, groups } = await users.known(transaction)
    for (const { groupId } of held) groups.add(groupId)
    const problems = userProblems(actor, fields, { hotlineUnit, departments, groups })
    if (problems.length > 0) throw adminError('invalid-input', problems)
  }

  async function reload (transaction: Transaction, id: string): Promise<UserView> {
    const user = await users.hold(transaction, id)
    if (user === undefined) throw adminError('not-found')
    return user
  }

  return {
    async search (actor: Actor, search: UserSearch): Promise<Page<UserView>> {
      return await users.search(areaPrefix(actor.areaCode), search)
    },

    /** With a one-time password, which is nowhere kept in clear. */
    async create (doer: Doer, { username, ...fields }: NewUser): Promise<UserWithPassword> {
      const password = newPassword()
      const passwordHash = await passwords.hash(password)
      const user = await sql.begin(async (transaction) => {
        await check(transaction, doer.actor, fields)
        if (!await users.add(transaction, username, fields, passwordHash, clock.now())) throw adminError('exists', [{ path: '/username', message: '工号已被使用（含已停用的）' }])
        await audit.write(transaction, doer, 'account.create', `user:${username}`, difference({}, auditFields(fields), ['name']))
        return await reload(transaction, username)
      })
      await rosterChanged()
      return { user, password }
    },

    async change (doer: Doer, id: string, { version, ...fields }: UserChange): Promise<UserView> {
      const changed = await sql.begin(async (transaction) => {
        const before = await guarded(transaction, doer.actor, id, version, user => ({ admin: isAdmin(fields), enabled: user.disabledAt === undefined }))
        await check(transaction, doer.actor, fields, before.skills)
        await users.change(transaction, id, version, fields)
        await audit.write(transaction, doer, 'account.change', `user:${id}`, difference(auditFields(before), auditFields(fields), ['name']))
        return await reload(transaction, id)
      })
      sessionsChanged(id, false)
      await rosterChanged()
      return changed
    },

    /** Ends all sessions and takes an agent out of the ACD; a call that runs goes on to its end. */
    async disable (doer: Doer, id: string, version: number, reason: string): Promise<UserView> {
      const disabled = await sql.begin(async (transaction) => {
        const before = await guarded(transaction, doer.actor, id, version, user => ({ admin: isAdmin(user), enabled: false }))
        if (before.disabledAt !== undefined) throw adminError('already-disabled')
        await users.disable(transaction, id, version, reason.trim(), clock.now())
        await audit.write(transaction, doer, 'account.disable', `user:${id}`, { before: { enabled: true }, after: { enabled: false }, reason: reason.trim() })
        return await reload(transaction, id)
      })
      sessionsChanged(id, true)
      await rosterChanged()
      return disabled
    },

    async enable (doer: Doer, id: string, version: number): Promise<UserView> {
      const enabled = await sql.begin(async (transaction) => {
        const before = await need(transaction, doer.actor, id, version)
        if (before.disabledAt === undefined) throw adminError('not-disabled')
        await users.enable(transaction, id, version)
        await audit.write(transaction, doer, 'account.enable', `user:${id}`, { before: { enabled: false }, after: { enabled: true } })
        return await reload(transaction, id)
      })
      await rosterChanged()
      return enabled
    },

    /** A one-time password; all sessions of the user end. */
    async resetPassword (doer: Doer, id: string, version: number): Promise<UserWithPassword> {
      if (doer.actor.id === id) throw adminError('own-account')
      const password = newPassword()
      const passwordHash = await passwords.hash(password)
      const user = await sql.begin(async (transaction) => {
        await need(transaction, doer.actor, id, version)
        await users.setPassword(transaction, id, version, passwordHash, clock.now())
        await audit.write(transaction, doer, 'account.reset-password', `user:${id}`, {})
        return await reload(transaction, id)
      })
      sessionsChanged(id, true)
      return { user, password }
    }
  }
}

/** 16 characters of three kinds. */
export function newPassword (): string {
  return passwordFrom(randomBytes(16))
}
