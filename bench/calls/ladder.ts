/**
 * The highest rate on a ladder of × 1.1 that holds. Rung n is 1.1^n calls a second. A probe of short steps, four rungs at a
 * time, finds where the ladder may be entered; then each round goes up from the last rung that held until one does not,
 * or down until one does.
 */
export const rateOf = (rung: number): number => Math.round(1.1 ** rung * 10) / 10

/** `holds`: whether this rung holds in a short step. Gives the highest one tried that did, or `lowest`. */
export async function probe (lowest: number, holds: (rung: number) => Promise<boolean>): Promise<number> {
  let rung = lowest
  while (await holds(rung + 4)) rung += 4
  return rung
}

/** The highest rung that holds, near `from`. Undefined when not even `lowest` does. */
export async function climb (from: number, lowest: number, holds: (rung: number) => Promise<boolean>): Promise<number | undefined> {
  let rung = from
  if (await holds(rung)) {
    while (await holds(rung + 1)) rung += 1
    return rung
  }
  while (rung > lowest) {
    rung -= 1
    if (await holds(rung)) return rung
  }
  return undefined
}
