import type { Clock } from '../../kernel/clock.ts'
import { PhoneError } from '../port.ts'
import { backoffMs } from './backoff.ts'
import { type AriEvent, eventTypes } from './generated/events.ts'
import { type AriRequest, openSession, type RestWay, type Session } from './session.ts'

/** The part of a pino logger that is used. */
export interface AriLog {
  debug: (details: object, message: string) => void
  info: (details: object, message: string) => void
  warn: (details: object, message: string) => void
  error: (details: object, message: string) => void
}

export interface ConnectionOptions {
  /** `http://user:password@host:port`; the password goes into a header, never into a URL. */
  url: string
  app: string
  clock: Clock
  log: AriLog
  /** How long a request may take, waiting included. 5 s by default. */
  timeoutMs?: number
  /** Pause between two signs of life, 2 s by default, and how long one may take, 5 s by default. */
  heartbeatMs?: number
  heartbeatTimeoutMs?: number
  /** First and longest pause between attempts to connect, 250 ms and 5 s by default, spread by a quarter. */
  backoff?: { firstMs: number, maxMs: number }
  /** Requests under way at once (64), and waiting for their turn (4096); more are refused. */
  maxInFlight?: number
  maxWaiting?: number
  rest?: RestWay
  random?: () => number
}

/** What the connection tells, in this order: prepare, connected, events …, disconnected. */
export interface ConnectionListener {
  /** Requests work, events are held back. What it rejects with ends the attempt. */
  prepare: (request: AriRequest) => Promise<void>
  connected: () => void
  disconnected: (reason: string) => void
  event: (event: AriEvent) => void
}

export interface ConnectionStatistics {
  reconnects: number
  unknownEvents: Readonly<Record<string, number>>
  malformedMessages: number
  lateAnswers: number
  rest: 'websocket' | 'http' | undefined
}

const REPLACED = 'another program connected to Asterisk under the same application name and took its events over'
const STEADY_MS = 10_000
const REPEAT_LOG_MS = 60_000
const MAX_UNKNOWN_TYPES = 100
const MAX_HELD_EVENTS = 100_000

/** Connects to Asterisk and keeps connecting, for ever, until stopped. */
export function createConnection (options: ConnectionOptions, listener: ConnectionListener) {
  const { clock, log, timeoutMs = 5000, heartbeatMs = 2000, heartbeatTimeoutMs = 5000, maxInFlight = 64, maxWaiting = 4096, rest = 'auto', random = Math.random } = options
  const backoff = options.backoff ?? { firstMs: 250, maxMs: 5000 }
  const stopping = new AbortController()
  const unknownEvents: Record<string, number> = {}
  let malformedMessages = 0
  let reconnects = 0
  let lateAnswers = 0
  let session: Session | undefined
  let running: Promise<void> | undefined
  let connected = false
  let lastReason = 'not started'
  let lastLogged: { reason: string, at: number } | undefined

  async function run (): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const since = clock.now()
      const reason = await live()
      if (stopping.signal.aborted) return
      lastReason = reason
      // Only a connection that lasted makes the next attempt a quick one again.
      if (clock.now() - since >= STEADY_MS) attempt = 0
      if (lastReason === REPLACED) attempt = 30
      reconnects++
      report(lastReason)
      await pause(backoffMs(attempt, random(), backoff))
    }
  }

  /** One connection from its beginning to its end; gives the reason of the end. */
  async function live (): Promise<string> {
    let held: AriEvent[] | undefined = []
    let current: Session | undefined
    try {
      current = await openSession({
        url: options.url,
        app: options.app,
        clock,
        rest,
        timeoutMs,
        heartbeatMs,
        heartbeatTimeoutMs,
        maxInFlight,
        maxWaiting,
        onMessage (message) {
          const event = understood(message)
          if (event === undefined) return
          if (event.type === 'ApplicationReplaced') {
            log.error({}, REPLACED)
            current?.end(REPLACED)
          } else if (held === undefined) deliver(event)
          else if (held.push(event) > MAX_HELD_EVENTS) current?.end(`${MAX_HELD_EVENTS} events came before the connection was ready`)
        }
      }, stopping.signal)
      session = current
      await Promise.race([listener.prepare(current.request), current.ended.then(reason => { throw new PhoneError('disconnected', reason) })])
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      session = undefined
      current?.end(reason)
      return reason
    }
    connected = true
    log.info({ rest: current.way }, 'connected to Asterisk')
    lastLogged = undefined
    listener.connected()
    for (const event of held) deliver(event)
    held = undefined
    const reason = await current.ended
    connected = false
    session = undefined
    lateAnswers += current.lateAnswers
    if (!stopping.signal.aborted) listener.disconnected(reason)
    return reason
  }

  function understood (message: { type: string } | undefined): AriEvent | undefined {
    if (message === undefined) {
      if (malformedMessages++ === 0) log.warn({}, 'Asterisk sent a message that is no event; it and others like it are counted')
      return undefined
    }
    if (eventTypes.has(message.type)) return message as AriEvent
    // A newer Asterisk may send thousands of kinds, at least in theory.
    const type = message.type in unknownEvents || Object.keys(unknownEvents).length < MAX_UNKNOWN_TYPES ? message.type.slice(0, 100) : 'others'
    unknownEvents[type] = (unknownEvents[type] ?? 0) + 1
    if (unknownEvents[type] === 1) log.warn({ type }, 'Asterisk sent an event of a kind unknown here; it and others like it are counted')
    return undefined
  }

  function deliver (event: AriEvent): void {
    try {
      listener.event(event)
    } catch (error) {
      if (malformedMessages++ === 0) log.error({ type: event.type, error: String(error) }, 'an event of Asterisk lacks what it should carry; it and others like it are counted')
    }
  }

  function report (reason: string): void {
    const now = clock.now()
    if (lastLogged?.reason === reason && now - lastLogged.at < REPEAT_LOG_MS) return log.debug({ reason }, 'still not connected to Asterisk')
    lastLogged = { reason, at: now }
    log.warn({ reason }, 'not connected to Asterisk; trying again')
  }

  function pause (ms: number): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        cancel()
        stopping.signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = clock.at(clock.now() + ms, done)
      stopping.signal.addEventListener('abort', done, { once: true })
    })
  }

  return {
    start (): void {
      running ??= run()
    },
    /** Ends the connection; nothing is told any more. */
    async stop (): Promise<void> {
      stopping.abort()
      session?.end('stopped', true)
      await running
    },
    get connected () { return connected },
    /** Why there is no connection, in a sentence. */
    get lastReason () { return lastReason },
    /** Sends an operation; rejects with `disconnected` at once while there is no connection. */
    request: (async (name, parameters, limits) => {
      if (session === undefined || !connected) throw new PhoneError('disconnected', `${name}: not connected to Asterisk (${lastReason})`)
      return await session.request(name, parameters, limits)
    }) as AriRequest,
    statistics (): ConnectionStatistics {
      return { reconnects, unknownEvents: { ...unknownEvents }, malformedMessages, lateAnswers: lateAnswers + (session?.lateAnswers ?? 0), rest: session?.way }
    }
  }
}
