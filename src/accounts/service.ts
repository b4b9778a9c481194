/** Signing in and out, and whose session a request belongs to. */
import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from '../kernel/actor.ts'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import { isDatabaseAway } from '../platform/database/errors.ts'
import type { Log } from '../platform/log.ts'
import { passwordProblem } from './core/password.ts'
import { ADDRESS_LIMIT, USER_LIMIT } from './core/throttle.ts'
import type { PasswordHash } from './password-hash.ts'
import type { AccountRepository } from './repository.ts'

export interface AccountsDependencies {
  repository: AccountRepository
  passwords: PasswordHash
  clock: Clock
  newId: () => string
  /** A session without activity for so long is over. */
  idleMs: number
  /** Somebody signed in with the password. */
  began?: (actor: Actor) => void
  /** A session was ended by its owner or by time. */
  ended?: (actor: Actor) => void
  log: Log
}

/** Another process may have ended a session or disabled a user: after so long the database is asked again. */
const TRUST_MS = 15_000
/** Who is known already does not wait longer for a database that is slow or about to be missed. */
const PATIENCE_MS = 500
/** Activity is written down so often. */
const TOUCH_MS = 60_000
const CACHED_MOST = 10_000
const TOKEN = /^[A-Za-z0-9_-]{43}$/
const USERNAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** Somebody who is signed in; with a password from somebody else they may do nothing but change it. */
export interface SignedIn { actor: Actor, mustChangePassword: boolean }

interface Cached extends SignedIn {
  seenAt: EpochMs
  writtenAt: EpochMs
  checkedAt: EpochMs
}

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts ({ repository, passwords, clock, newId, idleMs, began = () => {}, ended = () => {}, log }: AccountsDependencies) {
  const cache = new Map<string, Cached>()
  /** Rises whenever sessions are ended from outside: what was read before then is not remembered. */
  let purges = 0

  function remember (tokenHash: string, session: Cached): void {
    cache.set(tokenHash, session)
    if (cache.size <= CACHED_MOST) return
    const oldest = cache.keys().next().value
    if (oldest !== undefined) cache.delete(oldest)
  }

  function forget (userId: string): void {
    purges += 1
    for (const [tokenHash, { actor }] of cache) if (actor.id === userId) cache.delete(tokenHash)
  }

  async function audit (actor: Actor, action: string, address: string): Promise<void> {
    await repository.addAudit({
      id: newId(), at: clock.now(), actorId: actor.id, action, subject: `user:${actor.id}`, detail: {}, address, areaCode: actor.areaCode, unitId: actor.unitId
    })
  }

  async function end (tokenHash: string, actor: Actor): Promise<void> {
    cache.delete(tokenHash)
    await repository.removeSession(tokenHash)
    ended(actor)
  }

  /** Reads the session anew; what the cache knows counts while the database is away. */
  async function current (tokenHash: string): Promise<Cached | undefined> {
    const cached = cache.get(tokenHash)
    const now = clock.now()
    if (cached !== undefined && now - cached.checkedAt < TRUST_MS) return cached
    const asked = ask(tokenHash)
    if (cached === undefined) return await asked
    return await new Promise<Cached | undefined>((resolve, reject) => {
      const cancel = clock.at(now + PATIENCE_MS, () => { resolve(cached) })
      asked.then(resolve, (error: unknown) => {
        if (isDatabaseAway(error)) resolve(cached)
        else reject(error)
      }).finally(cancel)
    })
  }

  async function ask (tokenHash: string): Promise<Cached | undefined> {
    const askedAt = clock.now()
    const before = purges
    const stored = await repository.findSession(tokenHash)
    if (stored === undefined) {
      cache.delete(tokenHash)
      return undefined
    }
    const session = { actor: stored.actor, mustChangePassword: stored.mustChangePassword, seenAt: Math.max(stored.seenAt, cache.get(tokenHash)?.seenAt ?? 0), writtenAt: stored.seenAt, checkedAt: askedAt }
    if (before !== purges) return await ask(tokenHash)
    remember(tokenHash, session)
    return session
  }

  function touch (tokenHash: string, session: Cached): void {
    const now = clock.now()
    session.seenAt = now
    if (now - session.writtenAt < TOUCH_MS) return
    session.writtenAt = now
    // Late by a minute at worst: a session may then end that much too early after a restart.
    repository.touchSession(tokenHash, now).catch((error: unknown) => { log.warn({ err: error }, 'activity of a session not written') })
  }

  return {
    idleMs,
    /**
     * A new session, or undefined: unknown name, wrong password, disabled, or locked after too many failures, all alike and
     * in about the same time. `replaces` is the session that the browser had before.
     */
    async signIn ({ username, password, address, replaces }: { username: string, password: string, address: string, replaces?: string | undefined }): Promise<SignedIn & { token: string } | undefined> {
      const id = username.trim().toLowerCase()
      const subjects = { user: `user:${USERNAME.test(id) ? id : '?'}`, address: `address:${address}` }
      const admitted = await repository.countAttempt([{ subject: subjects.user, limit: USER_LIMIT }, { subject: subjects.address, limit: ADDRESS_LIMIT }], clock.now())
      const user = await repository.findUser(id)
      const right = await passwords.verify(user?.passwordHash, password)
      if (user === undefined || !right || !admitted) {
        log.warn({ user: user?.actor.id, address, locked: !admitted }, 'sign-in refused')
        if (user !== undefined) await audit(user.actor, admitted ? 'session.refuse' : 'session.refuse-locked', address)
        return undefined
      }
      await repository.forgiveAttempt(subjects.user, subjects.address, ADDRESS_LIMIT)
      if (replaces !== undefined) await this.signOut(replaces, address)
      const token = randomBytes(32).toString('base64url')
      const now = clock.now()
      const before = purges
      if (!await repository.addSession(hashOf(token), user.actor.id, user.passwordHash, now)) return undefined
      const { actor, mustChangePassword } = user
      if (before === purges) remember(hashOf(token), { actor, mustChangePassword, seenAt: now, writtenAt: now, checkedAt: now })
      await audit(actor, 'session.open', address)
      began(actor)
      return { token, actor, mustChangePassword }
    },

    /**
     * Who is signed in with this token, and notes the activity; undefined when nobody is. Rejects with `DatabaseAway` where
     * only the database could tell.
     */
    async admit (token: string | undefined): Promise<SignedIn | undefined> {
      if (token === undefined || !TOKEN.test(token)) return undefined
      const tokenHash = hashOf(token)
      const session = await current(tokenHash)
      if (session === undefined) return undefined
      if (clock.now() - session.seenAt >= idleMs) {
        await end(tokenHash, session.actor)
        return undefined
      }
      touch(tokenHash, session)
      return session
    },
    /** Like `admit`, without those who have to change their password first. */
    async resolve (token: string | undefined): Promise<Actor | undefined> {
      const session = await this.admit(token)
      return session?.mustChangePassword === true ? undefined : session?.actor
    },

    /**
     * A new password of the user's own; the session goes on, others of the user end. Gives what is wrong, if anything:
     * `wrong` is the present password (also after too many wrong ones), else in words.
     */
    async changePassword (token: string, { current: present, next, address }: { current: string, next: string, address: string }): Promise<{ refused: 'wrong' | 'same' } | { refused: 'weak', problem: string } | undefined> {
      const session = await this.admit(token)
      if (session === undefined) return { refused: 'wrong' }
      const { actor } = session
      const problem = passwordProblem(next, actor.id)
      if (problem !== undefined) return { refused: 'weak', problem }
      if (next === present) return { refused: 'same' }
      const subjects = { user: `user:${actor.id}`, address: `address:${address}` }
      const admitted = await repository.countAttempt([{ subject: subjects.user, limit: USER_LIMIT }, { subject: subjects.address, limit: ADDRESS_LIMIT }], clock.now())
      const user = await repository.findUser(actor.id)
      if (!await passwords.verify(user?.passwordHash, present) || !admitted) return { refused: 'wrong' }
      await repository.forgiveAttempt(subjects.user, subjects.address, ADDRESS_LIMIT)
      await repository.setPassword(actor.id, await passwords.hash(next), clock.now(), hashOf(token))
      forget(actor.id)
      await audit(actor, 'account.change-own-password', address)
      return undefined
    },

    /** Whether this session still counts; does not prolong it. Rejects with `DatabaseAway` where only the database could tell. */
    async counts (token: string | undefined): Promise<boolean> {
      if (token === undefined || !TOKEN.test(token)) return false
      const session = await current(hashOf(token))
      return session !== undefined && !session.mustChangePassword && clock.now() - session.seenAt < idleMs
    },

    /** What is remembered of this user's sessions counts no more: they were ended, or the user's roles changed, in the database. */
    forget,

    /** Ends the session; nothing happens when there is none. */
    async signOut (token: string, address: string): Promise<void> {
      if (!TOKEN.test(token)) return
      const tokenHash = hashOf(token)
      const session = await current(tokenHash)
      if (session === undefined) return
      await end(tokenHash, session.actor)
      await audit(session.actor, 'session.close', address)
    },

    /** Forgets sessions and failures that count no more. */
    async sweep (): Promise<void> {
      const now = clock.now()
      await repository.removeStale(now - idleMs, now - Math.max(USER_LIMIT.windowMs, USER_LIMIT.lockMs))
      for (const [tokenHash, session] of cache) if (now - session.seenAt >= idleMs) cache.delete(tokenHash)
    }
  }
}

function hashOf (token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
