/** Whether a reason will do. */
import type { ListenReason } from '../contract.ts'

/** So many digits in a row, with whatever between them, are somebody's number. */
const NUMBER = /(?:\d[\s-]?){5}/

/** What is wrong with a reason's note, in words for who wrote it; undefined when nothing is. */
export function noteProblem (reason: ListenReason, note: string): string | undefined {
  if (reason === 'other' && note.length < 2) return '请填写调听原因'
  // The access log is never changed: what got into it stays.
  if (NUMBER.test(note.normalize('NFKC'))) return '原因中请勿填写电话等号码'
  return undefined
}
