/**
 * Recordings of a call: two channels that listen to the citizen's, one to what the citizen says, one to what the citizen hears.
 * They are legs of nobody, live as long as the citizen's does, and go on while no program is connected.
 */
import type { Readable } from 'node:stream'
import { Pool } from 'undici'
import { ownedId, parseOwnedId, type CallId, type LegId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PhoneError, type RecordingSide } from '../port.ts'
import { ariAddress } from './address.ts'
import { LISTENER } from './channels.ts'
import { unless, unlessGone } from './errors.ts'
import type { AriEvent } from './generated/events.ts'
import type { AriRequest } from './session.ts'

/** G.711 A-law without a header: 8000 bytes a second. What the line carried, neither better nor bigger. */
const FORMAT = 'alaw'
const SIDES = ['citizen', 'others'] as const
/** Seen from Asterisk: what comes in on the citizen's channel is what the citizen says. */
const SPY = { citizen: 'in', others: 'out' } as const
const NUMBER = { citizen: 1, others: 2 } as const
/** A file is read on this machine or the next one: whoever is silent for so long has stopped. */
const READ_SILENCE_MS = 10_000

export interface RecordingBookOptions {
  url: string
  app: string
  clock: Clock
  timeoutMs: number
  request: AriRequest
}

export function createRecordingBook ({ url, app, clock, timeoutMs, request }: RecordingBookOptions) {
  const starts = new Map<string, () => void>()
  const { origin, base, authorization } = ariAddress(url)
  let pool: Pool | undefined

  const nameOf = (callId: CallId, side: RecordingSide) => ownedId(callId, 'rec', NUMBER[side])

  /** Resolves when the listening channel can be recorded, also when it could before. */
  async function listen (callId: CallId, legId: LegId, side: RecordingSide): Promise<void> {
    const snoopId = ownedId(callId, 'sno', NUMBER[side])
    let cancel = (): void => {}
    try {
      const started = new Promise<void>((resolve, reject) => {
        starts.set(snoopId, resolve)
        cancel = clock.at(clock.now() + timeoutMs, () => { reject(new PhoneError('timeout', 'the listening channel was not ready in time')) })
      })
      // Awaited below; a refusal comes first.
      started.catch(() => {})
      try {
        await request('channels.snoopChannelWithId', { channelId: legId, snoopId, spy: SPY[side], app, appArgs: LISTENER })
      } catch (error) {
        // It may be there: Asterisk calls that a fault of its own.
        const there = error instanceof PhoneError && error.code === 'fault' && await unlessGone(request('channels.get', { channelId: snoopId }), undefined) !== undefined
        if (there) return
        throw error
      }
      await started
    } finally {
      cancel()
      starts.delete(snoopId)
    }
  }

  return {
    event (event: AriEvent): void {
      if (event.type === 'StasisStart') starts.get(event.channel.id)?.()
    },
    async start (callId: CallId, legId: LegId): Promise<void> {
      // Both to their end, so that nothing of a failed attempt is left under way in the next one.
      const listeners = await Promise.allSettled(SIDES.map(side => listen(callId, legId, side)))
      for (const listener of listeners) if (listener.status === 'rejected') throw listener.reason
      // Together, so that both begin at the same moment.
      await Promise.all(SIDES.map(side => unless('conflict', request('channels.record', {
        channelId: ownedId(callId, 'sno', NUMBER[side]), name: nameOf(callId, side), format: FORMAT, ifExists: 'append', beep: false, terminateOn: 'none'
      }, { onSocket: true }))))
    },
    async mute (callId: CallId, muted: boolean): Promise<void> {
      await Promise.all(SIDES.map(side => unlessGone(request(muted ? 'recordings.mute' : 'recordings.unmute', { recordingName: nameOf(callId, side) }, { onSocket: true }), undefined)))
    },
    async live (callId: CallId): Promise<boolean> {
      const found = await Promise.all(SIDES.map(side => unlessGone(request('recordings.getLive', { recordingName: nameOf(callId, side) }), undefined)))
      return found.some(recording => recording !== undefined)
    },
    async stored (): Promise<CallId[]> {
      const recordings = await request('recordings.listStored', {})
      return [...new Set(recordings.flatMap(({ name }) => {
        const owner = parseOwnedId(name)
        return owner?.kind === 'rec' ? [owner.callId] : []
      }))]
    },
    async read (callId: CallId, side: RecordingSide): Promise<{ bytes: number, sound: Readable } | undefined> {
      pool ??= new Pool(origin, { connections: 4, pipelining: 1, headersTimeout: READ_SILENCE_MS, bodyTimeout: READ_SILENCE_MS })
      const path = `${base}/ari/recordings/stored/${nameOf(callId, side)}/file`
      let answer: Awaited<ReturnType<Pool['request']>>
      try {
        answer = await pool.request({ method: 'GET', path, headers: { authorization } })
      } catch {
        throw new PhoneError('disconnected', 'the recording could not be asked for')
      }
      // Destroyed unread it says so as an error, which ends the program where nobody listens; who reads hears of it from reading.
      answer.body.on('error', () => {})
      if (answer.statusCode === 200) return { bytes: Number(answer.headers['content-length']), sound: answer.body }
      await answer.body.dump()
      if (answer.statusCode === 404) return undefined
      throw new PhoneError('fault', `the recording could not be read: ${answer.statusCode}`)
    },
    async drop (callId: CallId): Promise<void> {
      for (const side of SIDES) await unlessGone(request('recordings.deleteStored', { recordingName: nameOf(callId, side) }), undefined)
    },
    close: async (): Promise<void> => { await pool?.destroy() }
  }
}
