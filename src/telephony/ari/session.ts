/**
 * One WebSocket to Asterisk, from its opening to its end: events come in, requests go out (on the same socket where
 * this Asterisk answers there, else over HTTP), and a heartbeat ends it when Asterisk stands still.
 */
import { WebSocket } from 'ws'
import type { Clock } from '../../kernel/clock.ts'
import { PhoneError } from '../port.ts'
import { ariAddress } from './address.ts'
import type { Operations } from './generated/operations.ts'
import { errorOf } from './errors.ts'
import { createHttpRequests } from './http-requests.ts'
import { createRequestQueue } from './request-queue.ts'
import { parseBody, restMessage } from './rest-message.ts'

/** Where requests go: `auto` asks on the WebSocket first. */
export type RestWay = 'auto' | 'websocket' | 'http'

export interface SessionOptions {
  /** `http://user:password@host:port` */
  url: string
  app: string
  clock: Clock
  rest: RestWay
  timeoutMs: number
  heartbeatMs: number
  heartbeatTimeoutMs: number
  maxInFlight: number
  maxWaiting: number
  /** Gets each message that is not an answer to a request; undefined for one that is no JSON object with a type. */
  onMessage: (message: { type: string } | undefined) => void
}

/**
 * Sends one operation and gives its result; rejects with PhoneError. Requests that are not awaited one by one may
 * overtake each other, except two `onSocket`.
 */
export type AriRequest = <Name extends keyof Operations>(name: Name, parameters: Operations[Name]['parameters'], options?: { onSocket?: boolean }) => Promise<Operations[Name]['result']>

export interface Session {
  request: AriRequest
  readonly way: Exclude<RestWay, 'auto'>
  readonly lateAnswers: number
  /** Settles with the reason when the session is over. */
  readonly ended: Promise<string>
  /** Ends it; `politely` says goodbye to an Asterisk that is believed to listen. */
  end: (reason: string, politely?: boolean) => void
}

/**
 * Asterisk answers these only when the channel has done all that it was told before, a whole prompt, say; and on the
 * WebSocket it answers one request after the other. So they go over HTTP, lest they hold up the other calls.
 */
const SLOW: ReadonlySet<keyof Operations> = new Set<keyof Operations>([
  'channels.answer', 'channels.create', 'channels.setChannelVar', 'channels.setChannelVars', 'bridges.addChannel', 'bridges.removeChannel'
])
const WEBSOCKET_PROBE_MS = 2000
const GOODBYE_MS = 500
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** Opens a session, or rejects with `refused` (user name or password) or `disconnected`, in a sentence for the log. */
export async function openSession (options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const { clock, timeoutMs, onMessage } = options
  const { origin, base, authorization, eventsUrl } = ariAddress(options.url)
  const socket = new WebSocket(`${eventsUrl}?app=${encodeURIComponent(options.app)}`, { headers: { authorization }, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES })

  let way: Exclude<RestWay, 'auto'> = options.rest === 'http' ? 'http' : 'websocket'
  const http = createHttpRequests({ origin, base, authorization, connections: options.maxInFlight })
  let over = false
  let finish: (reason: string) => void = () => {}
  const ended = new Promise<string>(resolve => { finish = resolve })
  const timers = new Set<() => void>()

  function after (ms: number, action: () => void): () => void {
    const cancel = clock.at(clock.now() + ms, () => {
      timers.delete(cancel)
      action()
    })
    timers.add(cancel)
    return () => {
      timers.delete(cancel)
      cancel()
    }
  }

  const limits = { clock, maxInFlight: options.maxInFlight, maxWaiting: options.maxWaiting }
  const onHttp = createRequestQueue({
    ...limits,
    send (id, message, abort) {
      http.send(message, abort).then(answer => onHttp.settle(id, answer), (error: unknown) => onHttp.fail(id, textOf(error)))
    }
  })
  const onSocket = createRequestQueue({
    ...limits,
    send (id, message) {
      socket.send(JSON.stringify({
        type: 'RESTRequest',
        transaction_id: id,
        request_id: id,
        method: message.method,
        uri: message.uri,
        ...(message.body !== undefined && { content_type: 'application/json', message_body: message.body })
      }))
    }
  })

  function end (reason: string, politely = false): void {
    if (over) return
    over = true
    for (const cancel of timers) cancel()
    timers.clear()
    onHttp.close(reason)
    onSocket.close(reason)
    if (politely && socket.readyState === WebSocket.OPEN) {
      socket.close()
      const cancel = clock.at(clock.now() + GOODBYE_MS, () => socket.terminate())
      socket.once('close', cancel)
    } else {
      // A hung Asterisk answers no closing handshake.
      socket.terminate()
    }
    http.destroy().catch(() => { /* its requests were rejected just above; nothing is left to tell */ })
    finish(reason)
  }

  async function send<Name extends keyof Operations> (name: Name, parameters: Operations[Name]['parameters'], limits: { timeoutMs: number, urgent?: boolean, onSocket?: boolean }): Promise<Operations[Name]['result']> {
    const queue = way === 'http' || (SLOW.has(name) && limits.onSocket !== true) ? onHttp : onSocket
    const answer = await queue.request(name, restMessage(name, parameters), limits)
    if (answer.status >= 200 && answer.status < 300) return answer.body as Operations[Name]['result']
    throw errorOf(name, answer.status, answer.body)
  }

  function heartbeat (): void {
    let pong = false
    let answered = false
    const cancel = after(options.heartbeatTimeoutMs, () => end(`Asterisk has not answered for ${options.heartbeatTimeoutMs} ms`))
    const alive = (): void => {
      if (!pong || !answered || over) return
      cancel()
      after(options.heartbeatMs, heartbeat)
    }
    socket.once('pong', () => {
      pong = true
      alive()
    })
    socket.ping()
    send('asterisk.ping', {}, { timeoutMs: options.heartbeatTimeoutMs, urgent: true }).then(() => {
      answered = true
      alive()
    }, (error: unknown) => end(`Asterisk did not answer the heartbeat: ${textOf(error)}`))
  }

  socket.on('message', data => {
    const message = parseMessage(data.toString())
    if (message?.type === 'RESTResponse') {
      const { request_id: id, status_code: status, message_body: body } = message as unknown as { request_id: string, status_code: number, message_body?: string }
      return onSocket.settle(String(id), { status, body: parseBody(body) })
    }
    onMessage(message)
  })
  socket.on('close', code => end(`Asterisk closed the connection (${code})`))

  await opened(socket, signal, after, timeoutMs).catch((error: PhoneError) => {
    end(error.message)
    throw error
  })
  socket.on('error', error => end(`the connection to Asterisk failed: ${error.message}`))
  try {
    await findWay()
  } catch (error) {
    end(textOf(error))
    throw error
  }
  if (!over) after(options.heartbeatMs, heartbeat)

  /** Asks for a sign of life where requests shall go; an Asterisk that does not know requests on the socket stays silent there. */
  async function findWay (): Promise<void> {
    if (options.rest === 'auto') {
      try {
        await send('asterisk.ping', {}, { timeoutMs: Math.min(timeoutMs, WEBSOCKET_PROBE_MS) })
        return
      } catch (error) {
        if (!(error instanceof PhoneError && error.code === 'timeout')) throw error
        way = 'http'
      }
    }
    await send('asterisk.ping', {}, { timeoutMs })
  }

  return {
    request: (name, parameters, { onSocket = false } = {}) => send(name, parameters, { timeoutMs, onSocket }),
    get way () { return way },
    get lateAnswers () { return onHttp.lateAnswers + onSocket.lateAnswers },
    ended,
    end
  }
}

function textOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function parseMessage (text: string): { type: string } | undefined {
  const message = parseBody(text)
  if (typeof message !== 'object' || message === null || !('type' in message) || typeof message.type !== 'string') return undefined
  return message as { type: string }
}

function opened (socket: WebSocket, signal: AbortSignal, after: (ms: number, action: () => void) => () => void, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (code: 'disconnected' | 'refused', reason: string): void => {
      cancel()
      signal.removeEventListener('abort', stop)
      reject(new PhoneError(code, reason))
    }
    const stop = (): void => fail('disconnected', 'stopped')
    const cancel = after(timeoutMs, () => fail('disconnected', `Asterisk did not accept the connection within ${timeoutMs} ms`))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    socket.once('open', () => {
      cancel()
      signal.removeEventListener('abort', stop)
      resolve()
    })
    socket.once('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0
      response.destroy()
      if (status === 401) fail('refused', 'Asterisk refused the user name or password of ARI_URL (401)')
      else fail('disconnected', `Asterisk answered the connection with ${status}; is ARI enabled there?`)
    })
    // Stays: a socket that is given up may still report its own end.
    socket.on('error', error => fail('disconnected', `Asterisk cannot be reached: ${error.message}`))
  })
}
