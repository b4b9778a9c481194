/** Chance from a seed: the same seed gives the same run, on every machine. */
export interface Random {
  /** In [0, 1). */
  next: () => number
  /** A whole number from `low` to `high`, both included. */
  int: (low: number, high: number) => number
  /** True with the given probability. */
  chance: (probability: number) => boolean
  pick: <T>(items: readonly T[]) => T
  /** A stream of its own, so that asking more here does not shift what is drawn there. */
  fork: () => Random
}

/** sfc32, seeded by splitmix32: small, quick, and good enough for simulations. */
export function createRandom (seed: number): Random {
  let mixed = seed >>> 0
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0
    let value = mixed ^ (mixed >>> 16)
    value = Math.imul(value, 0x21f0aaad)
    value ^= value >>> 15
    value = Math.imul(value, 0x735a2d97)
    return value ^ (value >>> 15)
  }
  let a = mix()
  let b = mix()
  let c = mix()
  let counter = 1
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) word()

  const random: Random = {
    next: () => word() / 0x100000000,
    int: (low, high) => low + Math.floor(random.next() * (high - low + 1)),
    chance: (probability) => random.next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[random.int(0, items.length - 1)] as (typeof items)[number]
    },
    fork: () => createRandom(word())
  }
  return random
}
