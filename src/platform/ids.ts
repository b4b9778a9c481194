/** New ids. */
import { v7 } from 'uuid'
import type { Clock, EpochMs } from '../kernel/clock.ts'

/** Makes UUIDv7 ids that carry the clock's time and rise within the process. */
export function createIds (clock: Clock): () => string {
  let last: EpochMs = 0
  let counter = 0
  return () => {
    // A clock that is set back must not make ids that sort before earlier ones.
    const now = clock.now()
    counter = now > last ? 0 : counter + 1
    last = Math.max(last, now)
    return v7({ msecs: last, seq: counter })
  }
}

/** Smallest UUID of a moment: all ids made at or after it are not smaller. For ranges over ids. */
export function idBound (at: EpochMs): string {
  const hex = Math.max(0, Math.min(at, 0xffffffffffff)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** The time that a UUIDv7 carries. */
export function idTime (id: string): EpochMs {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
