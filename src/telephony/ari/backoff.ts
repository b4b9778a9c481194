/** How long to wait before attempt number `attempt` (0 is the first again): doubling from `firstMs` to `maxMs`, spread by ±25 % with `random` in [0, 1). */
export function backoffMs (attempt: number, random: number, { firstMs, maxMs }: { firstMs: number, maxMs: number }): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(full * (0.75 + random / 2))
}
