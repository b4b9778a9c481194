import { PhoneError, type PhoneErrorCode } from '../port.ts'
import type { Operations } from './generated/operations.ts'

const CODES: Readonly<Record<number, PhoneErrorCode>> = { 400: 'refused', 401: 'refused', 403: 'refused', 404: 'not-found', 409: 'conflict', 412: 'conflict', 422: 'conflict' }

/** What Asterisk's answer to a failed operation means to the rest of the product. The message names the operation and Asterisk's reason. */
export function errorOf (operation: keyof Operations, status: number, body: unknown): PhoneError {
  const reason = reasonOf(body)
  const message = `${operation}: ${status}${reason === '' ? '' : ` ${reason}`}`
  // A bridge names the missing channel as a fault of the request.
  if (status === 400 && /not found/i.test(reason)) return new PhoneError('not-found', message)
  // Nothing is registered there, or there is no such account: both come as "Allocation failed".
  if (operation === 'channels.create' && status === 500) return new PhoneError('unreachable', message)
  return new PhoneError(CODES[status] ?? 'fault', message)
}

function reasonOf (body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  if ('message' in body && typeof body.message === 'string') return body.message
  return 'error' in body && typeof body.error === 'string' ? body.error : ''
}

/** Gives `fallback` where the thing asked for, or to be removed, is not there; other failures stay failures. */
export async function unlessGone<T, F> (request: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await request
  } catch (error) {
    if (error instanceof PhoneError && error.code === 'not-found') return fallback
    throw error
  }
}

/** Treats a refusal with `code` as done: what was wanted is so already. */
export async function unless (code: PhoneErrorCode, request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!(error instanceof PhoneError && error.code === code)) throw error
  }
}
