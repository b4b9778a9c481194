/** One HTTP error per refusal of a call's command. */
import { ApiError } from '../platform/http/errors.ts'
import type { CallRefusal } from './core/state.ts'

const table: Record<CallRefusal | 'not-found', { status: number, code: string, message: string }> = {
  'not-your-call': { status: 403, code: 'not-your-call', message: '这不是您的通话' },
  'not-in-call': { status: 409, code: 'not-in-call', message: '通话已结束或尚未接通' },
  'not-found': { status: 404, code: 'call-not-found', message: '通话已结束' }
}

export function callError (refusal: keyof typeof table): ApiError {
  const { status, code, message } = table[refusal]
  return new ApiError(status, code, message)
}
