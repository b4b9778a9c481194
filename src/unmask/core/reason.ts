/** Whether a reason will do. */
import type { UnmaskReason } from '../contract.ts'

/** So many digits in a row, with whatever between them, are somebody's number. */
const NUMBER = /(?:\d[\s-]?){5}/

/** What is wrong with the note, in the user's language; undefined when nothing is. */
export function noteProblem (reason: UnmaskReason, note: string): string | undefined {
  if (reason === 'other' && note === '') return '选择“其他”时须写明理由'
  // The access log is never changed: what got into it stays.
  if (NUMBER.test(note.normalize('NFKC'))) return '理由中请勿填写电话等号码'
  return undefined
}
