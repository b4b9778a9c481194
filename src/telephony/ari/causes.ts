import type { HangUpCause } from '../port.ts'

/** Cause codes of ITU-T Q.850, as Asterisk uses them, in the port's words. */
const CAUSES: Readonly<Record<number, HangUpCause>> = {
  1: 'unallocated',
  3: 'unallocated',
  16: 'normal',
  17: 'busy',
  18: 'no-answer',
  19: 'no-answer',
  21: 'rejected',
  28: 'unallocated',
  31: 'normal',
  34: 'congestion',
  38: 'congestion',
  41: 'congestion',
  42: 'congestion'
}

const CODES: Readonly<Record<HangUpCause, number>> = { normal: 16, busy: 17, 'no-answer': 19, congestion: 34, rejected: 21, unallocated: 1, other: 31 }

/** The port's word for a cause code; `other` for those that nothing hangs on. */
export function causeOf (code: number): HangUpCause {
  return CAUSES[code] ?? 'other'
}

/** The code that Asterisk is given, which becomes the SIP answer (17 is 486 Busy Here) or the reason of a BYE. */
export function codeOf (cause: HangUpCause): number {
  return CODES[cause]
}
