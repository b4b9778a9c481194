/** Whether a reason will do. */
import { holdsNumber } from '../../kernel/written-reason.ts'
import type { ListenReason } from '../contract.ts'

/** What is wrong with a reason's note, in words for who wrote it; undefined when nothing is. */
export function noteProblem (reason: ListenReason, note: string): string | undefined {
  if (reason === 'other' && note.length < 2) return '请填写调听原因'
  if (holdsNumber(note)) return '原因中请勿填写电话等号码'
  return undefined
}
