/** Speaks HTTP with the server. Every request has a time-out; every failure is an `ApiError`. */
import type { ErrorBody } from '../../../src/platform/http-contract.ts'
import { texts } from '../texts.ts'

export class ApiError extends Error {
  /** The server's stable code, or `network`, `timeout`, `bad-answer`. */
  readonly code: string
  /** 0 when no answer came. */
  readonly status: number
  readonly details: NonNullable<ErrorBody['details']>

  constructor (code: string, status: number, message: string, details: NonNullable<ErrorBody['details']> = []) {
    super(message)
    this.code = code
    this.status = status
    this.details = details
  }

  /** No answer of the program itself: it is away, or the network is. */
  get isOutage (): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** Its 401 is an answer like any other: a wrong password, or nobody signed in yet. */
export const sessionPath = '/api/v1/session'

let signedOut: () => void = () => {}

/** `listener` is called when an answer says that nobody is signed in any more. */
export function onSignedOut (listener: () => void): void {
  signedOut = listener
}

export interface RequestOptions {
  body?: unknown
  /** A CSV file as body. */
  csv?: Blob
  idempotencyKey?: string
  /** Milliseconds; 10 s unless told. */
  timeoutMs?: number
  /** Lets the request outlive the page. */
  keepalive?: boolean
}

/** Answers with the parsed body, undefined for an empty one. Throws `ApiError`. */
export async function request<T> (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (options.csv !== undefined) headers['content-type'] = 'text/csv'
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey
  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      keepalive: options.keepalive ?? false,
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
      ...(options.csv !== undefined ? { body: options.csv } : options.body === undefined ? {} : { body: JSON.stringify(options.body) })
    })
    text = await response.text()
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError'
    throw new ApiError(late ? 'timeout' : 'network', 0, late ? texts.errors.timeout : texts.errors.network)
  }
  let parsed: unknown
  try {
    parsed = text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new ApiError('bad-answer', response.status, response.status >= 500 ? texts.errors.serverAway : texts.errors.badAnswer)
  }
  if (response.ok) return parsed as T
  if (response.status === 401 && path !== sessionPath) signedOut()
  const error = parsed as Partial<ErrorBody> | undefined
  throw new ApiError(error?.code ?? `http-${response.status}`, response.status, error?.message ?? texts.errors.serverAway, error?.details ?? [])
}

/** What to tell a person of anything that was thrown. */
export function messageOf (error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : texts.errors.unknown
}
