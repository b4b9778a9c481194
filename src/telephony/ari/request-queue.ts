import type { Clock } from '../../kernel/clock.ts'
import { PhoneError } from '../port.ts'
import type { RestAnswer, RestMessage } from './rest-message.ts'

interface Waiting {
  label: string
  message: RestMessage
  cancelTimer: () => void
  resolve: (answer: RestAnswer) => void
  reject: (error: PhoneError) => void
}

export interface RequestQueueOptions {
  clock: Clock
  /** How many requests may be under way at once; more wait their turn. */
  maxInFlight: number
  /** How many may wait; more are refused at once. */
  maxWaiting: number
  /** Sends one; its answer comes through `settle`, or `fail`. `signal` aborts when nobody waits for it any more. */
  send: (id: string, message: RestMessage, signal: AbortSignal) => void
}

/** Requests under way on one connection: bounded in number, each bounded in time (waiting for its turn included). */
export function createRequestQueue ({ clock, maxInFlight, maxWaiting, send }: RequestQueueOptions) {
  const waiting: Waiting[] = []
  const inFlight = new Map<string, Waiting & { abort: AbortController }>()
  let lastId = 0
  let lateAnswers = 0
  let closed: PhoneError | undefined

  function pump (): void {
    while (inFlight.size < maxInFlight) {
      const next = waiting.shift()
      if (next === undefined) return
      const id = String(++lastId)
      const abort = new AbortController()
      inFlight.set(id, { ...next, abort })
      try {
        send(id, next.message, abort.signal)
      } catch (error) {
        settled(id)?.reject(new PhoneError('disconnected', `${next.label}: ${String(error)}`))
      }
    }
  }

  function settled (id: string): Waiting | undefined {
    const request = inFlight.get(id)
    if (request === undefined) {
      lateAnswers++
      return undefined
    }
    inFlight.delete(id)
    request.cancelTimer()
    return request
  }

  return {
    /** Rejects with `timeout`, `disconnected`, or `refused` when too many wait already. `urgent` ones go first. */
    request (label: string, message: RestMessage, { timeoutMs, urgent = false }: { timeoutMs: number, urgent?: boolean }): Promise<RestAnswer> {
      return new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(closed)
        if (waiting.length >= maxWaiting && !urgent) return reject(new PhoneError('refused', `${label}: ${maxWaiting} requests wait already`))
        const entry: Waiting = { label, message, cancelTimer: () => {}, resolve, reject }
        entry.cancelTimer = clock.at(clock.now() + timeoutMs, () => {
          const index = waiting.indexOf(entry)
          if (index >= 0) waiting.splice(index, 1)
          for (const [id, request] of inFlight) {
            if (request.message !== message) continue
            inFlight.delete(id)
            request.abort.abort()
          }
          reject(new PhoneError('timeout', `${label}: no answer within ${timeoutMs} ms`))
          pump()
        })
        if (urgent) waiting.unshift(entry)
        else waiting.push(entry)
        pump()
      })
    },

    /** The answer to request `id` came; one that nobody waits for any more is counted. */
    settle (id: string, answer: RestAnswer): void {
      settled(id)?.resolve(answer)
      pump()
    },

    /** Request `id` failed on its way. */
    fail (id: string, reason: string): void {
      const request = settled(id)
      request?.reject(new PhoneError('disconnected', `${request.label}: ${reason}`))
      pump()
    },

    /** Rejects all, and all that come later. */
    close (reason: string): void {
      closed ??= new PhoneError('disconnected', reason)
      for (const request of [...inFlight.values(), ...waiting.splice(0)]) {
        request.cancelTimer()
        request.reject(closed)
      }
      for (const request of inFlight.values()) request.abort.abort()
      inFlight.clear()
    },

    get lateAnswers () { return lateAnswers }
  }
}
