/** The real clock: the one place where the system's time is read. */
import type { Clock } from '../kernel/clock.ts'

/** Longest time that `setTimeout` keeps (2^31 - 1 ms); later moments are reached in steps. */
const LONGEST_TIMEOUT = 2_147_483_647

/** A clock on the system's time. */
export function createSystemClock (): Clock {
  const now = () => Date.now()
  return {
    now,
    at (moment, action) {
      let timer: NodeJS.Timeout
      const wait = () => {
        const left = Math.max(0, moment - now())
        timer = left > LONGEST_TIMEOUT ? setTimeout(wait, LONGEST_TIMEOUT) : setTimeout(action, left)
      }
      wait()
      return () => { clearTimeout(timer) }
    }
  }
}
