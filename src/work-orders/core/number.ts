/** Numbers and query codes of work orders. */
import type { EpochMs } from '../../kernel/clock.ts'

/**
 * `251123101108000012`: YYMMDDhhmmss of `at` in the zone and six digits of `sequence` (domain rules, section 3).
 * Unique as long as `sequence` does not come twice within a second.
 */
export function workOrderNumber (at: EpochMs, timeZone: string, sequence: number): string {
  const format = new Intl.DateTimeFormat('en', {
    timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const year = (parts.year ?? '').slice(-2)
  return `${year}${parts.month}${parts.day}${parts.hour}${parts.minute}${parts.second}${String(sequence % 1_000_000).padStart(6, '0')}`
}

/** Of each pair that is mistaken for another when read out or written down, at most one: no 0 1 B I L O S V Z. */
export const QUERY_CODE_ALPHABET = '23456789ACDEFGHJKMNPQRTUWXY'
export const QUERY_CODE_LENGTH = 6

/** The code with which a citizen asks for an order's state, from random numbers in [0, alphabet's length). */
export function queryCode (random: readonly number[]): string {
  if (random.length !== QUERY_CODE_LENGTH) throw new Error(`a query code has ${QUERY_CODE_LENGTH} characters`)
  return random.map((number) => {
    const character = QUERY_CODE_ALPHABET[number]
    if (character === undefined) throw new Error(`no character ${number} in a query code`)
    return character
  }).join('')
}
