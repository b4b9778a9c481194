/**
 * A SIP phone in the browser: registers over the page's own origin, takes and makes one call at a time. It knows nothing of
 * screens; what happens comes out as whole snapshots. A call's sound survives the loss of the WebSocket: after the
 * registration is back the session is renegotiated, since until then the phone system cannot reach it in the dialog.
 */
import { C, UA, WebSocketInterface } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRTCSessionEvent, RTCSessionEvent } from 'jssip/lib/UA'
import type { PhoneAccount } from '../../../src/agents/contract.ts'
import { createKeyGate, type KeyGate } from './key-gate.ts'

export type Registration = 'connecting' | 'registered' | 'lost' | 'refused' | 'stopped'

export interface PhoneCall {
  /** From the header `X-Hotline-Call`; undefined for calls that come past the server (fallback) and outgoing ones. */
  callId: string | undefined
  direction: 'incoming' | 'outgoing'
  phase: 'calling' | 'ringing' | 'answering' | 'talking'
  /** Answered by the page itself: the leg that replaces a lost one. */
  automatic: boolean
  remoteNumber: string
  muted: boolean
}

export interface PhoneEnd {
  direction: 'incoming' | 'outgoing'
  /** SIP status that refused the call, when one did. */
  status: number | undefined
  byOther: boolean
  answered: boolean
}

export interface PhoneListener {
  registration: (state: Registration) => void
  call: (call: PhoneCall | undefined) => void
  ended: (end: PhoneEnd) => void
  /** The other side's sound, from early media on. */
  remoteSound: (stream: MediaStream) => void
  /** The answer failed on this side, with a word for the log of the page. */
  trouble: (what: 'no-media' | 'negotiation') => void
}

export interface PhoneStats {
  packetsReceived: number
  packetsSent: number
  packetsLost: number
  bytesReceived: number
  /** Sum of squared loudness, rises while there is sound. */
  energyReceived: number
  energySent: number
  jitterMs: number
  roundTripMs: number | undefined
  codec: string | undefined
}

export type SipPhone = ReturnType<typeof createSipPhone>

/** Host candidates come within milliseconds; a slow STUN server must not delay the answer. */
const candidateGraceMs = 150
const renegotiateTries = 5
const registerAgainMs = 2000

/** `microphone` gives the stream to send; each call sends a copy, so that mute never outlives its call. */
export function createSipPhone (account: PhoneAccount, microphone: () => MediaStream | undefined, listener: PhoneListener) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const ua = new UA({
    sockets: [new WebSocketInterface(`${scheme}://${location.host}${account.webSocketPath}`)],
    uri: `sip:${account.seatId}@${account.sipDomain}`,
    authorization_user: account.seatId,
    password: account.password,
    register: true,
    register_expires: 120,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 2,
    session_timers: false,
    no_answer_timeout: 120,
    user_agent: 'hotline-desk'
  })
  const pcConfig: RTCConfiguration = {
    iceServers: account.iceServers.map(server => ({
      urls: server.urls,
      ...(server.username === undefined ? {} : { username: server.username }),
      ...(server.credential === undefined ? {} : { credential: server.credential })
    }))
  }

  let session: RTCSession | undefined
  let keys: KeyGate | undefined
  let call: PhoneCall | undefined
  let sending: MediaStream | undefined
  let silence: AudioContext | undefined
  let socketWasLost = false
  let stopped = false
  let again: ReturnType<typeof setTimeout> | undefined

  function show (next: PhoneCall | undefined): void {
    call = next
    listener.call(next)
  }

  function release (): void {
    for (const track of sending?.getTracks() ?? []) track.stop()
    keys?.stop()
    keys = undefined
    sending = undefined
    session = undefined
  }

  /** Sends a copy of the microphone, or silence where there is none: then the agent at least hears. */
  function mediaToSend (): MediaStream {
    const live = microphone()
    if (live?.getAudioTracks().some(track => track.readyState === 'live') === true) {
      sending = live.clone()
    } else {
      listener.trouble('no-media')
      silence ??= new AudioContext()
      // A context that sleeps sends nothing at all, and a leg without sound is taken for dead.
      void silence.resume()
      sending = silence.createMediaStreamDestination().stream
    }
    return sending
  }

  function attach (next: RTCSession): void {
    session = next
    let grace: ReturnType<typeof setTimeout> | undefined
    const watch = (connection: RTCPeerConnection) => {
      keys = createKeyGate(connection, digit => {
        if (!next.isEnded()) next.sendDTMF(digit, { duration: 120, interToneGap: 80, transportType: 'RFC2833' as C.DTMF_TRANSPORT })
      })
      connection.addEventListener('track', event => listener.remoteSound(event.streams[0] ?? new MediaStream([event.track])))
      connection.addEventListener('iceconnectionstatechange', () => {
        if (connection.iceConnectionState === 'failed') renegotiate(true)
      })
    }
    // An answered incoming session makes its connection later; an outgoing one may have it by now.
    if (next.connection as RTCPeerConnection | undefined) watch(next.connection)
    else next.on('peerconnection', event => watch(event.peerconnection))
    next.on('icecandidate', event => {
      grace ??= setTimeout(() => { grace = undefined; event.ready() }, candidateGraceMs)
    })
    next.on('progress', () => {
      if (session === next && call?.phase === 'calling') show({ ...call, phase: 'ringing' })
    })
    next.on('confirmed', () => {
      if (session === next && call !== undefined) show({ ...call, phase: 'talking' })
    })
    next.on('muted', () => { if (session === next && call !== undefined) show({ ...call, muted: true }) })
    next.on('unmuted', () => { if (session === next && call !== undefined) show({ ...call, muted: false }) })
    next.on('peerconnection:setremotedescriptionfailed', () => listener.trouble('negotiation'))
    next.on('peerconnection:createanswerfailed', () => listener.trouble('negotiation'))
    next.on('getusermediafailed', () => listener.trouble('no-media'))
    const over = (answered: boolean) => (event: { originator: string, message?: unknown }) => {
      clearTimeout(grace)
      if (session !== next) return
      const direction = call?.direction ?? 'incoming'
      const status = (event.message as { status_code?: number } | undefined)?.status_code
      release()
      show(undefined)
      listener.ended({ direction, status, byOther: event.originator === 'remote', answered })
    }
    next.on('ended', over(true))
    next.on('failed', over(false))
  }

  ua.on('newRTCSession', (event: RTCSessionEvent) => {
    if (event.originator === 'local') return
    const { session: incoming, request } = event as IncomingRTCSessionEvent
    if (session !== undefined) {
      const automatic = request.getHeader('X-Hotline-Auto-Answer') === '1'
      const sameCall = automatic && call?.callId !== undefined && call.callId === request.getHeader('X-Hotline-Call')
      if (!sameCall) {
        incoming.terminate({ status_code: 486 })
        return
      }
      // The leg that we still hold is dead to the server: it sends its replacement.
      const old = session
      release()
      old.terminate()
    }
    attach(incoming)
    show({
      callId: request.getHeader('X-Hotline-Call') || undefined,
      direction: 'incoming',
      phase: 'ringing',
      automatic: request.getHeader('X-Hotline-Auto-Answer') === '1',
      remoteNumber: incoming.remote_identity.uri.user,
      muted: false
    })
    if (call?.automatic === true) answer()
  })

  ua.on('registered', () => {
    listener.registration('registered')
    if (socketWasLost) {
      socketWasLost = false
      renegotiate(false)
    }
  })
  ua.on('registrationFailed', event => {
    // A refusal is for good: the account was replaced.
    const status = (event.response as { status_code?: number } | null)?.status_code
    const refused = status === 401 || status === 403 || status === 404
    listener.registration(refused ? 'refused' : 'lost')
    if (!refused && ua.isConnected()) again = setTimeout(() => { if (!stopped) ua.register() }, registerAgainMs)
  })
  ua.on('disconnected', () => {
    if (stopped) return
    socketWasLost = true
    listener.registration('lost')
  })
  ua.on('connecting', () => { if (!stopped) listener.registration(socketWasLost ? 'lost' : 'connecting') })

  /** A re-INVITE tells the phone system our new address; a restart of ICE finds the new path when the network changed. */
  function renegotiate (restartIce: boolean, tries = renegotiateTries): void {
    const current = session
    if (current === undefined || !current.isEstablished()) return
    const broken = restartIce || ['failed', 'disconnected'].includes(current.connection.iceConnectionState)
    const begun = current.renegotiate(broken ? { rtcOfferConstraints: { iceRestart: true } } : {})
    if (!begun && tries > 1) setTimeout(() => { if (session === current) renegotiate(restartIce, tries - 1) }, 500)
  }

  function answer (): void {
    if (session === undefined || call === undefined || call.direction !== 'incoming' || call.phase !== 'ringing') return
    show({ ...call, phase: 'answering' })
    session.answer({ mediaStream: mediaToSend(), pcConfig })
  }

  function terminate (): void {
    if (session !== undefined && !session.isEnded()) session.terminate()
  }

  return {
    start (): void {
      listener.registration('connecting')
      ua.start()
    },

    /** Ends what is under way, unregisters, closes the socket. */
    stop (): void {
      stopped = true
      clearTimeout(again)
      terminate()
      ua.stop()
      listener.registration('stopped')
    },

    answer,
    terminate,

    /** Dials within the account's domain. Does nothing while a call is under way. */
    dial (number: string): void {
      if (session !== undefined) return
      show({ callId: undefined, direction: 'outgoing', phase: 'calling', automatic: false, remoteNumber: number, muted: false })
      attach(ua.call(`sip:${number}@${account.sipDomain}`, { mediaStream: mediaToSend(), pcConfig }))
    },

    /** RFC 4733 in the sound's own stream, as soon as that is settled. False when there is no call to send it in. */
    sendDigit (digit: string): boolean {
      if (session === undefined || !(session.isEstablished() || session.isInProgress()) || session.isEnded()) return false
      return keys?.press(digit) ?? false
    },

    setMuted (muted: boolean): void {
      if (muted) session?.mute({ audio: true })
      else session?.unmute({ audio: true })
    },

    /** Sends the new microphone in the call under way. */
    async useMicrophone (stream: MediaStream): Promise<void> {
      const sender = session?.connection?.getSenders().find(candidate => candidate.track?.kind === 'audio')
      if (sender === undefined) return
      const copy = stream.clone()
      const track = copy.getAudioTracks()[0]
      if (track === undefined) return
      track.enabled = call?.muted !== true
      await sender.replaceTrack(track)
      for (const old of sending?.getTracks() ?? []) old.stop()
      sending = copy
    },

    /** Undefined without a call that has sound. */
    async stats (): Promise<PhoneStats | undefined> {
      const connection = session?.connection as RTCPeerConnection | undefined
      return connection === undefined ? undefined : readStats(connection)
    }
  }
}

async function readStats (connection: RTCPeerConnection): Promise<PhoneStats> {
  const stats: PhoneStats = {
    packetsReceived: 0,
    packetsSent: 0,
    packetsLost: 0,
    bytesReceived: 0,
    energyReceived: 0,
    energySent: 0,
    jitterMs: 0,
    roundTripMs: undefined,
    codec: undefined
  }
  const report = await connection.getStats()
  const codecs = new Map<string, string>()
  report.forEach((entry: Record<string, unknown>) => {
    const number = (name: string) => typeof entry[name] === 'number' ? entry[name] : 0
    if (entry['type'] === 'codec') codecs.set(String(entry['id']), String(entry['mimeType']))
    if (entry['type'] === 'inbound-rtp' && entry['kind'] === 'audio') {
      stats.packetsReceived += number('packetsReceived')
      stats.packetsLost += number('packetsLost')
      stats.bytesReceived += number('bytesReceived')
      stats.energyReceived += number('totalAudioEnergy')
      stats.jitterMs = number('jitter') * 1000
      stats.codec = String(entry['codecId'] ?? '')
    }
    if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'audio') stats.packetsSent += number('packetsSent')
    if (entry['type'] === 'media-source' && entry['kind'] === 'audio') stats.energySent += number('totalAudioEnergy')
    if (entry['type'] === 'remote-inbound-rtp' && typeof entry['roundTripTime'] === 'number') stats.roundTripMs = entry['roundTripTime'] * 1000
  })
  stats.codec = stats.codec === undefined ? undefined : codecs.get(stats.codec)
  return stats
}
