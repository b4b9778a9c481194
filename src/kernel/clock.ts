/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number

/** The only source of time and of timers, so that tests can move time. */
export interface Clock {
  now: () => EpochMs
  /** Calls `action` once, not before `at`; a moment in the past means as soon as possible. Returns the cancellation. */
  at: (at: EpochMs, action: () => void) => () => void
}
