/** Random numbers that come the same for the same seed, so that sample data is the same everywhere. */

export interface Random {
  /** In [0, 1). */
  next: () => number
  /** Whole, from `low` up to and with `high`. */
  whole: (low: number, high: number) => number
  pick: <T>(list: readonly T[]) => T
}

/** Mulberry32: 32 bits of state are plenty for sample data, and for nothing else. */
export function createRandom (seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    whole,
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error('nothing to pick from')
      return list[whole(0, list.length - 1)] as T
    }
  }
}
