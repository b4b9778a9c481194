/** HTTP ranges (RFC 9110, section 14): one stretch of bytes, which is what players ask for. */

/** `whole` without a range or with one that is not understood, `unsatisfiable` beyond the end. Both ends included. */
export function rangeOf (header: string | undefined, bytes: number): { from: number, to: number } | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole'
  const [, first, last] = match as unknown as [string, string, string]
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 || bytes === 0 ? 'unsatisfiable' : { from: Math.max(0, bytes - suffix), to: bytes - 1 }
  }
  const from = Number(first)
  const to = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  if (from >= bytes) return 'unsatisfiable'
  return to < from ? 'whole' : { from, to }
}
