/** How often sign-in may fail (domain rules, section 7: five failures, then thirty minutes; both for a user and for an address). */
import type { EpochMs } from '../../kernel/clock.ts'

export interface Limit {
  failures: number
  /** Failures count together while they lie within this time of the first one. */
  windowMs: number
  lockMs: number
}

const HALF_AN_HOUR = 1_800_000
export const USER_LIMIT: Limit = { failures: 5, windowMs: HALF_AN_HOUR, lockMs: HALF_AN_HOUR }
/** A whole centre may sit behind one address: five typing errors of five people must not lock it out. */
export const ADDRESS_LIMIT: Limit = { failures: 50, windowMs: HALF_AN_HOUR, lockMs: HALF_AN_HOUR }

export interface Attempts {
  failures: number
  firstAt: EpochMs
  lockedUntil: EpochMs | null
}

export function isLocked (attempts: Attempts | undefined, now: EpochMs): boolean {
  return attempts?.lockedUntil != null && now < attempts.lockedUntil
}

/** What holds after one more attempt; it counts as failed until it turns out well, so that many at once gain nothing. */
export function afterAttempt (attempts: Attempts | undefined, now: EpochMs, limit: Limit): Attempts {
  const over = attempts === undefined || now >= attempts.firstAt + limit.windowMs || (attempts.lockedUntil !== null && now >= attempts.lockedUntil)
  const failures = over ? 1 : attempts.failures + 1
  const firstAt = over ? now : attempts.firstAt
  return { failures, firstAt, lockedUntil: failures >= limit.failures ? now + limit.lockMs : null }
}

/** An attempt of this address that turned out well is taken back; undefined when nothing is left to remember. */
export function afterSuccess (attempts: Attempts | undefined, limit: Limit): Attempts | undefined {
  if (attempts === undefined || attempts.failures <= 1) return undefined
  const failures = attempts.failures - 1
  return { ...attempts, failures, lockedUntil: failures >= limit.failures ? attempts.lockedUntil : null }
}
