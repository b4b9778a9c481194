/** Whether a reason will do. */
import { holdsNumber } from '../../kernel/written-reason.ts'
import type { UnmaskReason } from '../contract.ts'

/** What is wrong with the note, in the user's language; undefined when nothing is. */
export function noteProblem (reason: UnmaskReason, note: string): string | undefined {
  if (reason === 'other' && note === '') return '选择“其他”时须写明理由'
  if (holdsNumber(note)) return '理由中请勿填写电话等号码'
  return undefined
}
