/** Users, sessions, failed sign-ins and the audit in the database (migrations/0001-accounts.sql). */
import type { Actor } from '../kernel/actor.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { Json } from '../kernel/json.ts'
import { and, eq, expression, isNull, lt, ne } from '../platform/database/drizzle.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import { auditLog, installation, sessions, signInFailures, users } from './tables.ts'
import { afterAttempt, afterSuccess, isLocked, type Attempts, type Limit } from './core/throttle.ts'

export interface NewUser extends Actor {
  passwordHash: string
}

export interface StoredSession {
  actor: Actor
  /** The password was given by somebody else and has to be changed first. */
  mustChangePassword: boolean
  seenAt: EpochMs
}

export interface AuditEntry {
  id: string
  at: EpochMs
  actorId: string
  /** e.g. `session.open`. */
  action: string
  /** kind:id */
  subject: string
  detail: Readonly<Record<string, Json>>
  address: string
  areaCode: string
  unitId: string
}

export type AccountRepository = ReturnType<typeof createAccountRepository>

export function createAccountRepository ({ sql }: { sql: Sql }) {
  const { db } = sql
  const actor = { id: users.id, name: users.name, roles: users.roles, areaCode: users.areaCode, unitId: users.unitId }

  return {
    async hasUsers (): Promise<boolean> {
      return (await db.select({ id: users.id }).from(users).limit(1)).length > 0
    },
    /** The person with this sign-in name and the password hash; undefined also for one who is disabled. */
    async findUser (id: string): Promise<{ actor: Actor, passwordHash: string, mustChangePassword: boolean } | undefined> {
      const [row] = await db.select({ actor, passwordHash: users.passwordHash, mustChangePassword: users.mustChangePassword }).from(users).where(and(eq(users.id, id), isNull(users.disabledAt)))
      return row
    },
    /** True when the user is new; one who is there already stays as they are. */
    async addUser ({ id, name, roles, areaCode, unitId, passwordHash }: NewUser, at: EpochMs): Promise<boolean> {
      const added = await db.insert(users)
        .values({ id, name, roles: [...roles], areaCode, unitId, passwordHash, createdAt: at, passwordChangedAt: at })
        .onConflictDoNothing().returning({ id: users.id })
      return added.length > 0
    },
    /** Gives a new password of the user's own and ends all sessions but `keep`. */
    async setPassword (id: string, passwordHash: string, at: EpochMs, keep = ''): Promise<void> {
      await sql.begin(async ({ db }) => {
        await db.update(users).set({ passwordHash, passwordChangedAt: at, mustChangePassword: false }).where(eq(users.id, id))
        await db.delete(sessions).where(and(eq(sessions.userId, id), ne(sessions.tokenHash, keep)))
      })
    },

    /** False when the user was disabled, or got another password, since `passwordHash` was read. */
    async addSession (tokenHash: string, userId: string, passwordHash: string, at: EpochMs): Promise<boolean> {
      // Who disables waits for this row, or this waits for them: no session slips in behind.
      const added = await sql`
        with holder as (select id from users where id = ${userId} and disabled_at is null and password_hash = ${passwordHash} for share)
        insert into sessions (token_hash, user_id, created_at, seen_at)
        select ${tokenHash}, id, ${new Date(at)}::timestamptz, ${new Date(at)}::timestamptz from holder`
      return added.count > 0
    },
    async findSession (tokenHash: string): Promise<StoredSession | undefined> {
      const [row] = await db.select({ actor, seenAt: sessions.seenAt, mustChangePassword: users.mustChangePassword })
        .from(sessions).innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.tokenHash, tokenHash), isNull(users.disabledAt)))
      return row
    },
    async touchSession (tokenHash: string, at: EpochMs): Promise<void> {
      await db.update(sessions).set({ seenAt: expression`greatest(${sessions.seenAt}, ${new Date(at)})` }).where(eq(sessions.tokenHash, tokenHash))
    },
    async removeSession (tokenHash: string): Promise<void> {
      await db.delete(sessions).where(eq(sessions.tokenHash, tokenHash))
    },
    /** Removes sessions that were not used since `before`, and failures that nobody counts any more. */
    async removeStale (before: EpochMs, failuresBefore: EpochMs): Promise<void> {
      await db.delete(sessions).where(lt(sessions.seenAt, before))
      await db.delete(signInFailures).where(and(
        lt(signInFailures.firstAt, failuresBefore),
        lt(expression`coalesce(${signInFailures.lockedUntil}, ${signInFailures.firstAt})`, new Date(failuresBefore))
      ))
    },

    /**
     * Counts an attempt to sign in against all of these subjects. False when one of them is locked: then nothing is counted.
     * Attempts at the same time are counted one after another.
     */
    async countAttempt (limits: ReadonlyArray<{ subject: string, limit: Limit }>, now: EpochMs): Promise<boolean> {
      return await sql.begin(async (transaction) => {
        const ordered = [...limits].sort((a, b) => a.subject < b.subject ? -1 : 1)
        const known: Array<Attempts | undefined> = []
        for (const { subject } of ordered) {
          await transaction`select pg_advisory_xact_lock(hashtextextended(${subject}, 2))`
          known.push(await attemptsOf(transaction, subject))
        }
        if (known.some(attempts => isLocked(attempts, now))) return false
        for (const [index, { subject, limit }] of ordered.entries()) {
          const next = afterAttempt(known[index], now, limit)
          await transaction.db.insert(signInFailures).values({ subject, ...next }).onConflictDoUpdate({ target: signInFailures.subject, set: next })
        }
        return true
      })
    },
    /** The attempt turned out well: the user's failures are forgotten, the address has one less. */
    async forgiveAttempt (userSubject: string, addressSubject: string, addressLimit: Limit): Promise<void> {
      await sql.begin(async (transaction) => {
        const { db } = transaction
        await db.delete(signInFailures).where(eq(signInFailures.subject, userSubject))
        await transaction`select pg_advisory_xact_lock(hashtextextended(${addressSubject}, 2))`
        const next = afterSuccess(await attemptsOf(transaction, addressSubject), addressLimit)
        const ofAddress = eq(signInFailures.subject, addressSubject)
        if (next === undefined) await db.delete(signInFailures).where(ofAddress)
        else await db.update(signInFailures).set({ failures: next.failures, lockedUntil: next.lockedUntil }).where(ofAddress)
      })
    },

    async addAudit (entry: AuditEntry): Promise<void> {
      await db.insert(auditLog).values(entry)
    },

    /** Remembers that something was done once; false when it had been done before. */
    async markDone (key: string, at: EpochMs): Promise<boolean> {
      return (await db.insert(installation).values({ key, at }).onConflictDoNothing().returning({ key: installation.key })).length > 0
    },
    /** Forgets marks that begin with `prefix`, but `key`. */
    async unmark (prefix: string, key: string): Promise<void> {
      await db.delete(installation).where(and(expression`starts_with(${installation.key}, ${prefix})`, ne(installation.key, key)))
    }
  }
}

async function attemptsOf ({ db }: Transaction, subject: string): Promise<Attempts | undefined> {
  const [row] = await db.select({ failures: signInFailures.failures, firstAt: signInFailures.firstAt, lockedUntil: signInFailures.lockedUntil })
    .from(signInFailures).where(eq(signInFailures.subject, subject))
  return row
}
