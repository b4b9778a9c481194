/**
 * What the driver knows of each leg, so that arrival, ringing, answer and end are told once each although Asterisk
 * tells some twice (a seat's channel is watched as channel and as endpoint) and some only to those who ask.
 *
 * (unknown) --arrival or own start--> known --destroyed, or out of the application--> (unknown)
 */
import type { Clock } from '../../kernel/clock.ts'
import type { LegId } from '../../kernel/ids.ts'
import { type Key, type Leg, PhoneError, type PhoneEvent } from '../port.ts'
import { causeOf } from './causes.ts'
import { argsIn, arrivalOf, legOf, LISTENER, OWN, stateOf } from './channels.ts'
import type { AriEvent, ChannelDtmfReceived, ChannelHangupRequest, StasisStart } from './generated/events.ts'
import type { Channel } from './generated/models.ts'
import type { AriRequest } from './session.ts'

interface Known {
  state: Leg['state']
  /** Cause of a requested hang-up; 0 when Asterisk named none. Undefined while none is requested. */
  hangUpCode?: number
  /** Cause that we asked for: counts where Asterisk names none. */
  askedCode?: number
  /** Time and key of the last key: the same one twice in a millisecond is one key told twice. */
  lastKey?: string
  /** Cancels the wait for the cause, after the leg left the application. */
  cancelWait?: () => void
}

/** After a leg left the application its cause follows at once when it was hung up, and not at all when it went on in the dialplan. */
const CAUSE_WAIT_MS = 1000
const NO_HANGUP_WAIT_MS = 200
/** Asterisk's own note on a hang-up that ARI asked for; the channel's real cause comes with its end. */
const CODE_OF_OUR_REQUEST = 32
const NORMAL = 16
const KEYS = /^[0-9*#]$/

export interface LegBookOptions {
  app: string
  clock: Clock
  emit: (event: PhoneEvent) => void
  request: AriRequest
  /** A request made only to learn more failed. */
  onFault: (what: string, error: unknown) => void
}

export function createLegBook ({ app, clock, emit, request, onFault }: LegBookOptions) {
  const known = new Map<LegId, Known>()
  const starts = new Map<LegId, { resolve: () => void, reject: (error: PhoneError) => void }>()

  function gone (legId: LegId, code: number): void {
    const leg = known.get(legId)
    if (leg === undefined) return
    leg.cancelWait?.()
    known.delete(legId)
    emit({ type: 'leg-gone', at: clock.now(), legId, cause: causeOf(code), causeCode: code })
  }

  /** The cause as far as it is known without Asterisk's last word: 0 when the leg was not hung up at all. */
  function codeKnown (legId: LegId): number {
    const { hangUpCode, askedCode } = known.get(legId) ?? {}
    const code = hangUpCode === undefined || hangUpCode === 0 ? askedCode : hangUpCode
    return code ?? (hangUpCode === undefined ? 0 : NORMAL)
  }

  /** Asks for what Asterisk tells of an inbound channel after it left the application: how it ended. */
  function watch (legId: LegId): void {
    request('applications.subscribe', { applicationName: app, eventSource: [`channel:${legId}`] })
      .catch((error: unknown) => {
        if (!(error instanceof PhoneError)) return onFault('watching a leg', error)
        // Gone already, so no cause will come.
        if (known.get(legId)?.cancelWait !== undefined) gone(legId, codeKnown(legId))
      })
  }

  function unwatch (legId: LegId): void {
    request('applications.unsubscribe', { applicationName: app, eventSource: [`channel:${legId}`] })
      .catch((error: unknown) => { if (!(error instanceof PhoneError)) onFault('no longer watching a leg', error) })
  }

  function started ({ channel, args }: StasisStart): void {
    if (args[0] === LISTENER) return
    const legId = channel.id
    const arrival = arrivalOf(args)
    if (arrival === undefined) {
      if (!known.has(legId)) known.set(legId, { state: stateOf(channel) })
      starts.get(legId)?.resolve()
      return
    }
    const before = known.get(legId)
    // Out and in again before the cause of the first going was clear.
    if (before?.cancelWait !== undefined) gone(legId, 0)
    known.set(legId, { state: stateOf(channel) })
    watch(legId)
    const { from, trunk, joinedAt } = arrival
    emit({ type: 'leg-arrived', at: clock.now(), leg: legOf(channel, args), trunk, from, ...(joinedAt !== undefined && { joinedAt }) })
  }

  function left (legId: LegId): void {
    const leg = known.get(legId)
    if (leg === undefined || leg.cancelWait !== undefined) return
    const requested = leg.hangUpCode !== undefined
    leg.cancelWait = clock.at(clock.now() + (requested ? CAUSE_WAIT_MS : NO_HANGUP_WAIT_MS), () => {
      unwatch(legId)
      gone(legId, codeKnown(legId))
    })
  }

  function hangUpRequested ({ channel, cause }: ChannelHangupRequest): void {
    const leg = known.get(channel.id)
    if (leg === undefined) return
    if (cause === undefined || cause === CODE_OF_OUR_REQUEST) leg.hangUpCode ??= 0
    else leg.hangUpCode = cause
  }

  function destroyed (channel: Channel, cause: number): void {
    const code = cause !== 0 ? cause : codeKnown(channel.id) || NORMAL
    const start = starts.get(channel.id)
    if (start !== undefined) {
      // Whoever creates it hears of its end from the rejection.
      known.delete(channel.id)
      start.reject(new PhoneError('unreachable', `the leg ended before it could be rung (cause ${code})`))
      return
    }
    gone(channel.id, code)
  }

  function reached (legId: LegId, state: 'ringing' | 'up'): void {
    const leg = known.get(legId)
    if (leg === undefined || leg.state === 'up' || leg.state === state) return
    leg.state = state
    emit({ type: state === 'up' ? 'leg-answered' : 'leg-ringing', at: clock.now(), legId })
  }

  function key ({ channel, digit, timestamp }: ChannelDtmfReceived): void {
    const leg = known.get(channel.id)
    const mark = `${timestamp} ${digit}`
    if (leg === undefined || !KEYS.test(digit) || leg.lastKey === mark) return
    leg.lastKey = mark
    emit({ type: 'key-pressed', at: clock.now(), legId: channel.id, key: digit as Key })
  }

  return {
    event (event: AriEvent): void {
      switch (event.type) {
        case 'StasisStart': return started(event)
        case 'StasisEnd': return left(event.channel.id)
        case 'ChannelHangupRequest': return hangUpRequested(event)
        case 'ChannelDestroyed': return destroyed(event.channel, event.cause)
        case 'ChannelDtmfReceived': return key(event)
        case 'ChannelStateChange':
          if (event.channel.state === 'Ringing') reached(event.channel.id, 'ringing')
          if (event.channel.state === 'Up') reached(event.channel.id, 'up')
          return
        case 'Dial':
          // 183 with early sound is ringing too: the phone rings and sends its own tone.
          if (event.dialstatus === 'RINGING' || event.dialstatus === 'PROGRESS') reached(event.peer.id, 'ringing')
          break
        default:
          // The others are about playbacks, seats, or nothing that is needed here.
      }
    },

    /**
     * Compares what Asterisk has with what was known before the connection was lost. Gives the legs that ended
     * meanwhile, to be told with `gone` once the connection counts, and the callers' legs, to be watched again.
     */
    reconcile (channels: readonly Channel[]): { ended: LegId[], callers: LegId[] } {
      const callers: LegId[] = []
      const there = new Set<LegId>()
      for (const channel of channels) {
        const args = argsIn(channel, app)
        if (args === undefined) continue
        there.add(channel.id)
        if (args[0] !== OWN) callers.push(channel.id)
        known.get(channel.id)?.cancelWait?.()
        known.set(channel.id, { state: stateOf(channel) })
      }
      return { ended: [...known.keys()].filter(legId => !there.has(legId)), callers }
    },

    watch,
    gone,

    isUp: (legId: LegId): boolean => known.get(legId)?.state === 'up',

    /** To be called before the leg is told to end with that cause code. */
    hangingUp (legId: LegId, code: number): void {
      const leg = known.get(legId)
      if (leg !== undefined) leg.askedCode = code
    },

    /** Resolves when the application has the leg, so that it can be dialled; rejects when it ended before, or after `timeoutMs`. */
    async started (legId: LegId, timeoutMs: number, create: () => Promise<unknown>): Promise<void> {
      let cancel = (): void => {}
      try {
        await new Promise<void>((resolve, reject) => {
          starts.set(legId, { resolve, reject })
          cancel = clock.at(clock.now() + timeoutMs, () => reject(new PhoneError('timeout', `the new leg was not ready within ${timeoutMs} ms`)))
          create().catch(reject)
        })
      } finally {
        cancel()
        starts.delete(legId)
      }
    },

    /** Rejects all that wait for a leg to start. */
    interrupt (reason: string): void {
      for (const { reject } of starts.values()) reject(new PhoneError('disconnected', reason))
    },

    get size () { return known.size }
  }
}
