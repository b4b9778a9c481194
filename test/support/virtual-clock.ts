/** A clock that the test moves. Timers run in order of their moment, those of one moment in the order they were set. */
import type { Clock, EpochMs } from '../../src/kernel/clock.ts'

export interface VirtualClock extends Clock {
  /** Moves on by `ms`; runs what becomes due, and after each timer lets all promises settle before the next. */
  advance: (ms: number) => Promise<void>
  /** Moves from timer to timer until `condition` holds; false when `limitMs` passed or no timer is left before it did. */
  runUntil: (condition: () => boolean, limitMs: number) => Promise<boolean>
  /** The same time for a program that can die: none of its timers runs after `kill`. */
  process: () => { clock: Clock, kill: () => void }
  /** Timers that wait. */
  readonly pending: number
  /** Timers run so far. */
  readonly ran: number
}

interface Timer { at: EpochMs, order: number, action: (() => void) | undefined }

/** 2026-03-02T09:00+08:00, a Monday in office hours. */
export const MONDAY_MORNING: EpochMs = Date.UTC(2026, 2, 2, 1)

export function createVirtualClock (start: EpochMs = MONDAY_MORNING): VirtualClock {
  const heap: Timer[] = []
  let now = start
  let order = 0
  let pending = 0
  let ran = 0

  const before = (one: Timer, other: Timer): boolean => one.at < other.at || (one.at === other.at && one.order < other.order)

  function push (timer: Timer): void {
    let index = heap.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Timer
      if (!before(timer, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = timer
  }

  function pop (): Timer | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!before(heap[child] as Timer, last)) break
      heap[index] = heap[child] as Timer
      index = child
    }
    heap[index] = last
    return first
  }

  /** Cancelled timers stay in the heap until their moment. */
  function dropCancelled (): Timer | undefined {
    while (heap[0] !== undefined && heap[0].action === undefined) pop()
    return heap[0]
  }

  function set (at: EpochMs, action: () => void): () => void {
    const timer: Timer = { at: Math.max(at, now), order: order++, action }
    pending++
    push(timer)
    return () => {
      if (timer.action === undefined) return
      timer.action = undefined
      pending--
    }
  }

  async function runNext (): Promise<void> {
    const timer = pop() as Timer
    const action = timer.action as () => void
    timer.action = undefined
    pending--
    ran++
    now = timer.at
    action()
    await settle()
  }

  const clock: VirtualClock = {
    now: () => now,
    at: set,
    advance: async (ms) => {
      const target = now + ms
      await settle()
      for (let next = dropCancelled(); next !== undefined && next.at <= target; next = dropCancelled()) await runNext()
      now = target
    },
    runUntil: async (condition, limitMs) => {
      const limit = now + limitMs
      await settle()
      for (;;) {
        if (condition()) return true
        const next = dropCancelled()
        if (next === undefined || next.at > limit) return false
        await runNext()
      }
    },
    process: () => {
      let alive = true
      return {
        clock: { now: () => now, at: (at, action) => set(at, () => { if (alive) action() }) },
        kill: () => { alive = false }
      }
    },
    get pending () { return pending },
    get ran () { return ran }
  }
  return clock
}

/** Resolves when every promise that can settle without time passing has settled. */
export function settle (): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}
