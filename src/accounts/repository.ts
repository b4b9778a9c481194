/** Users, sessions, failed sign-ins and the audit in the database (migrations/0001-accounts.sql). */
import type { Actor, RoleName } from '../kernel/actor.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { Json } from '../kernel/json.ts'
import type { Sql } from '../platform/database/sql.ts'
import { afterAttempt, afterSuccess, isLocked, type Attempts, type Limit } from './core/throttle.ts'

export interface NewUser extends Actor {
  passwordHash: string
}

export interface StoredSession {
  actor: Actor
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
  return {
    async hasUsers (): Promise<boolean> {
      return (await sql`select from users limit 1`).count > 0
    },
    /** The person with this sign-in name and the password hash; undefined also for one who is disabled. */
    async findUser (id: string): Promise<{ actor: Actor, passwordHash: string } | undefined> {
      const [row] = await sql<Array<Actor & { passwordHash: string }>>`
        select id, name, roles, area_code, unit_id, password_hash from users where id = ${id} and disabled_at is null`
      if (row === undefined) return undefined
      const { passwordHash, ...actor } = row
      return { actor, passwordHash }
    },
    /** True when the user is new; one who is there already stays as they are. */
    async addUser ({ id, name, roles, areaCode, unitId, passwordHash }: NewUser, at: EpochMs): Promise<boolean> {
      const added = await sql`
        insert into users ${sql({ id, name, roles: roles as RoleName[], areaCode, unitId, passwordHash, createdAt: at, passwordChangedAt: at })} on conflict do nothing`
      return added.count > 0
    },
    /** Gives a new password and ends all sessions. */
    async setPassword (id: string, passwordHash: string, at: EpochMs): Promise<void> {
      await sql.begin(async (transaction) => {
        await transaction`update users set password_hash = ${passwordHash}, password_changed_at = ${new Date(at)} where id = ${id}`
        await transaction`delete from sessions where user_id = ${id}`
      })
    },

    async addSession (tokenHash: string, userId: string, at: EpochMs): Promise<void> {
      await sql`insert into sessions ${sql({ tokenHash, userId, createdAt: at, seenAt: at })}`
    },
    async findSession (tokenHash: string): Promise<StoredSession | undefined> {
      const [row] = await sql<Array<Actor & { seenAt: EpochMs }>>`
        select users.id, users.name, users.roles, users.area_code, users.unit_id, sessions.seen_at
        from sessions join users on users.id = sessions.user_id
        where sessions.token_hash = ${tokenHash} and users.disabled_at is null`
      if (row === undefined) return undefined
      const { seenAt, ...actor } = row
      return { actor, seenAt }
    },
    async touchSession (tokenHash: string, at: EpochMs): Promise<void> {
      await sql`update sessions set seen_at = greatest(seen_at, ${new Date(at)}) where token_hash = ${tokenHash}`
    },
    async removeSession (tokenHash: string): Promise<void> {
      await sql`delete from sessions where token_hash = ${tokenHash}`
    },
    /** Removes sessions that were not used since `before`, and failures that nobody counts any more. */
    async removeStale (before: EpochMs, failuresBefore: EpochMs): Promise<void> {
      await sql`delete from sessions where seen_at < ${new Date(before)}`
      await sql`delete from sign_in_failures where first_at < ${new Date(failuresBefore)} and coalesce(locked_until, first_at) < ${new Date(failuresBefore)}`
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
          const [row] = await transaction<Attempts[]>`select failures, first_at, locked_until from sign_in_failures where subject = ${subject}`
          known.push(row)
        }
        if (known.some(attempts => isLocked(attempts, now))) return false
        for (const [index, { subject, limit }] of ordered.entries()) {
          const next = afterAttempt(known[index], now, limit)
          await transaction`
            insert into sign_in_failures (subject, failures, first_at, locked_until)
            values (${subject}, ${next.failures}, ${new Date(next.firstAt)}, ${next.lockedUntil === null ? null : new Date(next.lockedUntil)})
            on conflict (subject) do update set failures = excluded.failures, first_at = excluded.first_at, locked_until = excluded.locked_until`
        }
        return true
      })
    },
    /** The attempt turned out well: the user's failures are forgotten, the address has one less. */
    async forgiveAttempt (userSubject: string, addressSubject: string, addressLimit: Limit): Promise<void> {
      await sql.begin(async (transaction) => {
        await transaction`delete from sign_in_failures where subject = ${userSubject}`
        await transaction`select pg_advisory_xact_lock(hashtextextended(${addressSubject}, 2))`
        const [row] = await transaction<Attempts[]>`select failures, first_at, locked_until from sign_in_failures where subject = ${addressSubject}`
        const next = afterSuccess(row, addressLimit)
        if (next === undefined) await transaction`delete from sign_in_failures where subject = ${addressSubject}`
        else await transaction`update sign_in_failures set failures = ${next.failures}, locked_until = ${next.lockedUntil === null ? null : new Date(next.lockedUntil)} where subject = ${addressSubject}`
      })
    },

    async addAudit ({ detail, at, ...entry }: AuditEntry): Promise<void> {
      await sql`insert into audit_log ${sql({ ...entry, at: new Date(at), detail: JSON.stringify(detail) })}`
    },

    /** Remembers that something was done once; false when it had been done before. */
    async markDone (key: string, at: EpochMs): Promise<boolean> {
      return (await sql`insert into installation ${sql({ key, at: new Date(at) })} on conflict do nothing`).count > 0
    },
    /** Forgets marks that begin with `prefix`, but `key`. */
    async unmark (prefix: string, key: string): Promise<void> {
      await sql`delete from installation where starts_with(key, ${prefix}) and key <> ${key}`
    }
  }
}
