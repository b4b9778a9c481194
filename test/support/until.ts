/** Waiting for what a test expects, with an end. */
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks `condition` again and again until it gives something other than undefined, null or false, and returns that.
 * Rejects after `timeoutMs` with `what` and, if the last try threw, its error as the cause.
 */
export async function until<T> (
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 50 }: { timeoutMs?: number, everyMs?: number } = {}
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const result = await condition()
      if (result !== undefined && result !== null && result !== false) return result as NonNullable<Exclude<T, false>>
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= end) {
      throw new Error(`not within ${timeoutMs} ms: ${what}${cause instanceof Error ? ` (${cause.message})` : ''}`, cause === undefined ? {} : { cause })
    }
    await delay(everyMs)
  }
}
