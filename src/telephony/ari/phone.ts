/** The driver for Asterisk's REST interface (ARI) behind the port of ../port.ts. Its rules were found on Asterisk 22. */
import { type Leg, type Media, type NewLeg, type Phone, PhoneError, type PhoneEvent } from '../port.ts'
import { codeOf } from './causes.ts'
import { argsIn, legOf, OWN } from './channels.ts'
import { type ConnectionOptions, type ConnectionStatistics, createConnection } from './connection.ts'
import { unless, unlessGone } from './errors.ts'
import type { AriEvent } from './generated/events.ts'
import { createLegBook } from './legs.ts'
import { createPlaybackBook } from './playbacks.ts'
import { createRecordingBook } from './recordings.ts'
import { createSeatBook } from './seats.ts'

export interface AriPhoneOptions extends ConnectionOptions {
  /** The prompts' folder as Asterisk sees it, absolute. */
  soundsDir: string
  /** Longest life in seconds of a leg that the driver makes, should nobody be left to end it. 4 hours by default. */
  orphanSeconds?: number
}

export interface AriPhone extends Phone {
  statistics: () => ConnectionStatistics & { legs: number }
}

/** Events that come in floods and that nobody here needs: not sent at all. */
const FILTERED = ['ChannelVarset', 'ChannelDialplan', 'ChannelConnectedLine', 'ChannelCallerId', 'ChannelCreated', 'ChannelEnteredBridge', 'ChannelLeftBridge', 'BridgeCreated', 'BridgeDestroyed', 'BridgeMerged', 'PlaybackStarted', 'PlaybackContinuing', 'RecordingStarted', 'RecordingFinished']
const MAX_SNAPSHOT_BYTES = 16 * 1024
const MARK = 'HOTLINE_CALL'
const DIALLED = 'HOTLINE_DIALLED'
const PROMPT = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/

export function createAriPhone (options: AriPhoneOptions): AriPhone {
  const { app, clock, log, soundsDir, timeoutMs = 5000, orphanSeconds = 4 * 60 * 60 } = options
  const listeners = new Set<(event: PhoneEvent) => void>()
  const creating = new Map<string, Promise<void>>()
  let afterConnecting: Array<() => void> = []

  function emit (event: PhoneEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        log.error({ event: event.type, error: error instanceof Error ? error.stack : String(error) }, 'a listener of the phone failed')
      }
    }
  }

  const connection = createConnection({ ...options, timeoutMs }, {
    async prepare (request) {
      await request('applications.filter', { applicationName: app, filter: { disallowed: FILTERED.map(type => ({ type })) } })
      const states = await seats.restore(request)
      const { ended, callers } = legs.reconcile(await request('channels.list', {}))
      afterConnecting = [
        ...ended.map(legId => () => legs.gone(legId, 0)),
        ...callers.map(legId => () => legs.watch(legId)),
        ...[...states].map(([seatId, state]) => () => seats.told(seatId, state))
      ]
    },
    connected () {
      emit({ type: 'connected', at: clock.now() })
      for (const tell of afterConnecting) tell()
      afterConnecting = []
    },
    disconnected (reason) {
      legs.interrupt(reason)
      emit({ type: 'disconnected', at: clock.now(), reason })
    },
    event (event: AriEvent) {
      legs.event(event)
      playbacks.event(event)
      seats.event(event)
      recordings.event(event)
    }
  })
  const { request } = connection
  const legs = createLegBook({ app, clock, emit, request, onFault: (what, error) => log.error({ what, error: String(error) }, 'the phone driver failed') })
  const playbacks = createPlaybackBook({ clock, emit })
  const seats = createSeatBook({ app, clock, emit })
  const recordings = createRecordingBook({ url: options.url, app, clock, timeoutMs, request })

  /** Creates, waits until the application has the leg, then rings it: a leg rung before is refused and stays for ever. */
  async function createLeg ({ id, target, callerNumber, callerName, headers }: NewLeg, ringMs: number): Promise<void> {
    const seat = 'seatId' in target
    const variables: Record<string, string> = {
      'CONNECTEDLINE(name,i)': callerName,
      'CONNECTEDLINE(num,i)': callerNumber,
      'TIMEOUT(absolute)': String(orphanSeconds)
    }
    for (const [name, value] of Object.entries(headers)) variables[`PJSIP_HEADER(add,${name})`] = value
    try {
      await legs.started(id, timeoutMs, () => request('channels.create', {
        endpoint: seat ? `PJSIP/${target.seatId}` : `PJSIP/${target.number}@${target.trunk}`,
        app,
        appArgs: OWN,
        channelId: id,
        formats: seat ? 'opus,ulaw' : 'alaw,ulaw',
        variables
      }))
    } catch (error) {
      if (error instanceof PhoneError && error.code === 'conflict') {
        if (await isDialled(id)) return
      } else {
        await abandon(id, error)
        throw error
      }
    }
    // Noted first, and in one write with the dialling: an Asterisk that is asked to dial a leg twice ends it.
    const noted = request('channels.setChannelVar', { channelId: id, variable: DIALLED, value: '1' }, { onSocket: true })
    const dialled = request('channels.dial', { channelId: id, timeout: Math.max(1, Math.ceil(ringMs / 1000)) }, { onSocket: true })
    const [, result] = await Promise.allSettled([noted, dialled])
    if (result.status === 'rejected') throw result.reason
    await noted
  }

  /** Whether the leg, which exists, was rung before; a leg that ended meanwhile rejects with `unreachable`. */
  async function isDialled (legId: string): Promise<boolean> {
    const channel = await unlessGone(request('channels.get', { channelId: legId }), undefined)
    if (channel === undefined) throw new PhoneError('unreachable', 'the leg ended before it could be rung')
    if (channel.state !== 'Down') return true
    return await unlessGone(request('channels.getChannelVar', { channelId: legId, variable: DIALLED }), undefined) !== undefined
  }

  async function abandon (legId: string, reason: unknown): Promise<void> {
    if (!(reason instanceof PhoneError && reason.code === 'timeout')) return
    await request('channels.hangup', { channelId: legId, reason_code: '16' }).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'a leg that was not ready in time may be left')
    })
  }

  function mediaUri (media: Media): string {
    // Asterisk's own silences are whole seconds, 1 to 10; a tone of no frequency would never end.
    if ('silenceMs' in media) return `sound:silence/${Math.min(10, Math.max(1, Math.ceil(media.silenceMs / 1000)))}`
    if (!PROMPT.test(media.prompt)) throw new PhoneError('refused', `no prompt can be called ${JSON.stringify(media.prompt)}`)
    return `sound:${soundsDir}/${media.prompt}`
  }

  return {
    async start (signal) {
      connection.start()
      if (connection.connected) return
      await new Promise<void>((resolve, reject) => {
        const listener = (event: PhoneEvent): void => { if (event.type === 'connected') done(resolve) }
        const aborted = (): void => done(() => {
          connection.stop().then(() => reject(new PhoneError('disconnected', connection.lastReason)), reject)
        })
        const done = (action: () => void): void => {
          listeners.delete(listener)
          signal?.removeEventListener('abort', aborted)
          action()
        }
        listeners.add(listener)
        signal?.addEventListener('abort', aborted, { once: true })
        if (signal?.aborted === true) aborted()
      })
    },
    async stop () {
      await connection.stop()
      await recordings.close()
    },
    get connected () { return connection.connected },
    subscribe (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    statistics: () => ({ ...connection.statistics(), legs: legs.size }),

    async legs () {
      const channels = await request('channels.list', {})
      return channels.flatMap((channel): Leg[] => {
        const args = argsIn(channel, app)
        return args === undefined ? [] : [legOf(channel, args)]
      })
    },
    async stands (legId) {
      return await unlessGone(request('channels.get', { channelId: legId }), undefined) !== undefined
    },
    async bridge (id) {
      const bridge = await unlessGone(request('bridges.get', { bridgeId: id }), undefined)
      return bridge && { legIds: bridge.channels }
    },
    async bridgeIds () {
      const bridges = await request('bridges.list', {})
      // Others belong to the dialplan, such as the fallback's queue.
      return bridges.filter(bridge => bridge.bridge_class === 'stasis').map(bridge => bridge.id)
    },
    async playing (playbackId) {
      return await unlessGone(request('playbacks.get', { playbackId }), undefined) !== undefined
    },

    async answer (legId) {
      // Asterisk would let a repetition wait until the leg's prompt has ended.
      if (!legs.isUp(legId)) await request('channels.answer', { channelId: legId })
    },
    ring: async legId => { await request('channels.ring', { channelId: legId }) },
    async hangUp (legId, cause) {
      const code = codeOf(cause)
      legs.hangingUp(legId, code)
      await unlessGone(request('channels.hangup', { channelId: legId, reason_code: String(code) }), undefined)
    },
    async createLeg (leg, { timeoutMs: ringMs }) {
      const underWay = creating.get(leg.id) ?? createLeg(leg, ringMs).finally(() => creating.delete(leg.id))
      creating.set(leg.id, underWay)
      await underWay
    },

    async play (playbackId, on, media) {
      const uris = media.map(mediaUri)
      if (await unlessGone(request('playbacks.get', { playbackId }), undefined) !== undefined) return
      if ('legId' in on) await request('channels.playWithId', { channelId: on.legId, playbackId, media: uris })
      else {
        playbacks.inBridge(playbackId, on.bridgeId)
        try {
          await request('bridges.playWithId', { bridgeId: on.bridgeId, playbackId, media: uris })
        } catch (error) {
          if (error instanceof PhoneError && error.code === 'not-found') playbacks.neverBegan(playbackId)
          throw error
        }
      }
    },
    async stopPlayback (playbackId) {
      playbacks.stopping(playbackId)
      await unlessGone(request('playbacks.stop', { playbackId }), undefined)
    },
    startMusic: async (legId, musicClass) => { await request('channels.startMoh', { channelId: legId, mohClass: musicClass }) },
    stopMusic: async legId => { await unlessGone(request('channels.stopMoh', { channelId: legId }), undefined) },
    sendKeys: async (legId, keys) => { await request('channels.sendDTMF', { channelId: legId, dtmf: keys }) },

    createBridge: async id => { await unless('conflict', request('bridges.createWithId', { bridgeId: id, type: 'mixing,dtmf_events,proxy_media' })) },
    addToBridge: async (id, legIds) => { await request('bridges.addChannel', { bridgeId: id, channel: legIds }) },
    async removeFromBridge (id, legIds) {
      // One at a time: a leg that is gone or not in there is no reason to leave the others in.
      for (const legId of legIds) await unless('conflict', unlessGone(request('bridges.removeChannel', { bridgeId: id, channel: [legId] }), undefined))
    },
    async destroyBridge (id) {
      // Destroyed with legs in it, a bridge lets them go a moment later. What is told to be played to one in that moment
      // Asterisk neither plays nor says that it ended: so they are taken out first, which is done when it is answered.
      const bridge = await unlessGone(request('bridges.get', { bridgeId: id }), undefined)
      for (const legId of bridge?.channels ?? []) {
        await unless('conflict', unlessGone(request('bridges.removeChannel', { bridgeId: id, channel: [legId] }), undefined))
      }
      await unless('conflict', unlessGone(request('bridges.destroy', { bridgeId: id }), undefined))
      playbacks.bridgeGone(id)
    },

    mark: async (legId, { callId }) => { await request('channels.setChannelVar', { channelId: legId, variable: MARK, value: callId }) },
    async readMark (legId) {
      const variable = await unlessGone(request('channels.getChannelVar', { channelId: legId, variable: MARK }), undefined)
      return variable === undefined || variable.value === '' ? undefined : { callId: variable.value }
    },
    async writeSnapshot (callId, snapshot) {
      const bytes = Buffer.byteLength(snapshot)
      if (bytes > MAX_SNAPSHOT_BYTES) throw new PhoneError('refused', `a snapshot of ${bytes} bytes is above the limit of ${MAX_SNAPSHOT_BYTES}`)
      await request('asterisk.setGlobalVar', { variable: `HLS_${callId}`, value: snapshot })
    },
    async readSnapshot (callId) {
      const { value } = await request('asterisk.getGlobalVar', { variable: `HLS_${callId}` })
      return value === '' ? undefined : value
    },
    // Without a value Asterisk removes the variable.
    dropSnapshot: async callId => { await request('asterisk.setGlobalVar', { variable: `HLS_${callId}` }) },

    startRecording: async (callId, legId) => await recordings.start(callId, legId),
    muteRecording: async (callId, muted) => await recordings.mute(callId, muted),
    recordingGoesOn: async callId => await recordings.live(callId),
    storedRecordings: async () => await recordings.stored(),
    readRecording: async (callId, side) => await recordings.read(callId, side),
    dropRecording: async callId => await recordings.drop(callId),

    putSeat: async seat => await seats.put(request, seat),
    removeSeat: async seatId => await seats.remove(request, seatId),
    seatReachable: async seatId => await seats.isReachable(request, seatId)
  }
}
