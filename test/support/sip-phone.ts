/**
 * A SIP phone under the test's hand, to the moment: it dials, presses keys (INFO), answers, refuses and hangs up when told to.
 * Over UDP it is a citizen's or an outside phone at a trunk, over WebSocket a seat's. Over UDP it sends silence once it is
 * answered (Asterisk reads keys in step with sound), over WebSocket nothing: where sound matters, SIPp or a browser is used.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { authorization, format, header, headers, parse, respond, token, type SipMessage } from './sip-message.ts'

export interface SipCall {
  readonly state: 'ringing' | 'up' | 'gone'
  /** Final status of a refused call, or 0. */
  readonly status: number
  /** A header of the INVITE, by its name in lower case. */
  header: (name: string) => string | undefined
  answer: () => void
  /** 486, 603, 480, 404. */
  refuse: (status: number) => void
  /** BYE, CANCEL, or for a call that rings here 480. */
  hangUp: () => void
  press: (key: string) => void
}

export interface SipPhone {
  readonly calls: readonly SipCall[]
  /** `user@host:port` under which it is reached over UDP. */
  readonly address: string
  dial: (from: string, to: string) => SipCall
  /** Rings are answered with 180 before this is called. */
  onInvite: ((call: SipCall) => void) | undefined
  /** Resolves when registered; rejects when refused. Over WebSocket only. */
  register: (user: string, password: string) => Promise<void>
  /** Gone without a word, as a browser that crashed. */
  close: () => Promise<void>
}

interface Dialogue {
  callId: string
  invite: SipMessage
  incoming: boolean
  state: 'ringing' | 'up' | 'gone'
  status: number
  localTag: string
  local: string
  remote: string
  target: string
  sequence: number
  branch: string
  /** Pressed before the answer was here. */
  keys: string[]
}

/** Where requests go: `host:port` over UDP, or the URL of a WebSocket. */
export async function createSipPhone (server: { udp: string } | { ws: string }): Promise<SipPhone> {
  const dialogues = new Map<string, Dialogue>()
  const calls: SipCall[] = []
  const waiting = new Map<string, (response: SipMessage) => void>()
  const carrier = 'udp' in server ? await byUdp(server.udp, receive) : await byWebSocket(server.ws, receive)
  const contact = `<sip:test@${carrier.address}${carrier.name === 'UDP' ? '' : ';transport=ws'}>`
  const via = (branch: string): [string, string] => ['via', `SIP/2.0/${carrier.name} ${carrier.address};rport;branch=${branch}`]
  const send = (message: SipMessage): void => { carrier.send(format(message)) }

  function receive (text: string): void {
    const message = parse(text)
    if (message === undefined) return
    if (message.status !== undefined) response(message, message.status)
    else request(message)
  }

  function response (message: SipMessage, status: number): void {
    const [sequence = '', method = ''] = (header(message, 'cseq') ?? '').split(' ')
    const callId = header(message, 'call-id') ?? ''
    const waiter = waiting.get(`${callId} ${sequence} ${method}`)
    if (waiter !== undefined && status >= 200) waiter(message)
    const dialogue = dialogues.get(callId)
    if (dialogue === undefined || method !== 'INVITE' || status < 200) return
    dialogue.remote = header(message, 'to') ?? dialogue.remote
    const accepted = status < 300
    if (accepted) dialogue.target = /<([^>]+)>/.exec(header(message, 'contact') ?? '')?.[1] ?? dialogue.target
    send({
      method: 'ACK',
      uri: accepted ? dialogue.target : dialogue.invite.uri as string,
      headers: [via(accepted ? branchId() : dialogue.branch), ['max-forwards', '70'], ['from', dialogue.local], ['to', dialogue.remote], ['call-id', callId], ['cseq', `${sequence} ACK`]],
      body: ''
    })
    if (dialogue.state === 'gone') {
      if (accepted) within(dialogue, 'BYE')
      return
    }
    dialogue.state = accepted ? 'up' : 'gone'
    dialogue.status = accepted ? 0 : status
    if (accepted) carrier.speak?.(callId, message.body)
    if (accepted) for (const key of dialogue.keys.splice(0)) press(dialogue, key)
  }

  function request (message: SipMessage): void {
    const callId = header(message, 'call-id') ?? ''
    const dialogue = dialogues.get(callId)
    const tag = dialogue?.localTag ?? token()
    switch (message.method) {
      case 'ACK': return
      case 'INVITE':
        if (dialogue === undefined) ringHere(message, callId)
        else if (dialogue.state === 'up') send(respond(message, 200, tag, [['contact', contact], ['content-type', 'application/sdp']], carrier.sdp))
        return
      case 'CANCEL':
        send(respond(message, 200, tag))
        if (dialogue?.state !== 'ringing') return
        dialogue.state = 'gone'
        send(respond(dialogue.invite, 487, tag))
        return
      case 'BYE':
        if (dialogue !== undefined) dialogue.state = 'gone'
        carrier.hush?.(callId)
        send(respond(message, 200, tag))
        return
      default:
        send(respond(message, 200, tag))
    }
  }

  function ringHere (invite: SipMessage, callId: string): void {
    const localTag = token()
    const dialogue: Dialogue = {
      callId,
      invite,
      incoming: true,
      state: 'ringing',
      status: 0,
      localTag,
      local: `${header(invite, 'to') ?? ''};tag=${localTag}`,
      remote: header(invite, 'from') ?? '',
      target: /<([^>]+)>/.exec(header(invite, 'contact') ?? '')?.[1] ?? '',
      sequence: 1,
      branch: '',
      keys: []
    }
    dialogues.set(callId, dialogue)
    const call = callOf(dialogue)
    calls.push(call)
    send(respond(invite, 180, localTag, [['contact', contact]]))
    phone.onInvite?.(call)
  }

  function within (dialogue: Dialogue, method: string, more: Array<[string, string]> = [], body = ''): void {
    const routes = headers(dialogue.invite, 'record-route').map((value): [string, string] => ['route', value])
    send({
      method,
      uri: dialogue.target,
      headers: [via(branchId()), ...(dialogue.incoming ? routes : []), ['max-forwards', '70'], ['from', dialogue.local], ['to', dialogue.remote], ['call-id', dialogue.callId], ['cseq', `${++dialogue.sequence} ${method}`], ...more],
      body
    })
  }

  function refuse (dialogue: Dialogue, status: number): void {
    if (dialogue.state !== 'ringing') return
    dialogue.state = 'gone'
    dialogue.status = status
    send(respond(dialogue.invite, status, dialogue.localTag))
  }

  function hangUp (dialogue: Dialogue): void {
    if (dialogue.state === 'gone') return
    if (dialogue.incoming && dialogue.state === 'ringing') return refuse(dialogue, 480)
    const up = dialogue.state === 'up'
    dialogue.state = 'gone'
    carrier.hush?.(dialogue.callId)
    if (up) return within(dialogue, 'BYE')
    const { invite } = dialogue
    const copied = invite.headers.filter(([name]) => ['via', 'from', 'to', 'call-id', 'max-forwards'].includes(name))
    send({ method: 'CANCEL', uri: invite.uri as string, headers: [...copied, ['cseq', '1 CANCEL']], body: '' })
  }

  function press (dialogue: Dialogue, key: string): void {
    within(dialogue, 'INFO', [['content-type', 'application/dtmf-relay']], `Signal=${key}\r\nDuration=160\r\n`)
  }

  function callOf (dialogue: Dialogue): SipCall {
    return {
      get state () { return dialogue.state },
      get status () { return dialogue.status },
      header: (name) => header(dialogue.invite, name),
      answer: () => {
        if (!dialogue.incoming || dialogue.state !== 'ringing') return
        dialogue.state = 'up'
        carrier.speak?.(dialogue.callId, dialogue.invite.body)
        send(respond(dialogue.invite, 200, dialogue.localTag, [['contact', contact], ['content-type', 'application/sdp']], carrier.sdp))
      },
      refuse: (status) => { refuse(dialogue, status) },
      hangUp: () => { hangUp(dialogue) },
      press: (key) => {
        if (dialogue.state === 'up') press(dialogue, key)
        else if (dialogue.state === 'ringing') dialogue.keys.push(key)
      }
    }
  }

  const phone: SipPhone = {
    calls,
    address: carrier.address,
    onInvite: undefined,
    dial: (from, to) => {
      const localTag = token()
      const dialogue: Dialogue = {
        callId: token(12),
        invite: { headers: [], body: '' },
        incoming: false,
        state: 'ringing',
        status: 0,
        localTag,
        local: `"${from}" <sip:${from}@${carrier.address}>;tag=${localTag}`,
        remote: `<sip:${to}@${carrier.peer}>`,
        target: `sip:${to}@${carrier.peer}`,
        sequence: 1,
        branch: branchId(),
        keys: []
      }
      dialogue.invite = {
        method: 'INVITE',
        uri: dialogue.target,
        headers: [via(dialogue.branch), ['max-forwards', '70'], ['from', dialogue.local], ['to', dialogue.remote], ['call-id', dialogue.callId], ['cseq', '1 INVITE'], ['contact', contact], ['content-type', 'application/sdp']],
        body: carrier.sdp
      }
      dialogues.set(dialogue.callId, dialogue)
      send(dialogue.invite)
      const call = callOf(dialogue)
      calls.push(call)
      return call
    },
    register: async (user, password) => {
      const callId = token(12)
      const fromTag = token()
      let sequence = 0
      const attempt = (more: Array<[string, string]>): Promise<SipMessage> => new Promise((resolve) => {
        waiting.set(`${callId} ${++sequence} REGISTER`, resolve)
        const own = `<sip:${user}@${carrier.peer}>`
        const registered = `<sip:${user}@${carrier.address};transport=ws>;expires=120`
        send({
          method: 'REGISTER',
          uri: `sip:${carrier.peer}`,
          headers: [via(branchId()), ['max-forwards', '70'], ['from', `${own};tag=${fromTag}`], ['to', own], ['call-id', callId], ['cseq', `${sequence} REGISTER`], ['contact', registered], ...more],
          body: ''
        })
      })
      let answer = await attempt([])
      const challenge = header(answer, 'www-authenticate')
      if (answer.status === 401 && challenge !== undefined) {
        answer = await attempt([['authorization', authorization(challenge, user, password, 'REGISTER', `sip:${carrier.peer}`)]])
      }
      if (answer.status !== 200) throw new Error(`registration was refused with ${answer.status}`)
    },
    close: () => carrier.close()
  }
  return phone
}

interface Carrier {
  name: 'UDP' | 'WS'
  address: string
  peer: string
  sdp: string
  send: (text: string) => void
  close: () => Promise<void>
  /** Sends silence where the other side's description says, until `hush`. */
  speak?: (callId: string, sdp: string) => void
  hush?: (callId: string) => void
}

function branchId (): string {
  return `z9hG4bK${token()}`
}

const SDP = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']

async function byUdp (server: string, receive: (text: string) => void): Promise<Carrier> {
  const [host = '', port = ''] = server.split(':')
  const socket = createSocket('udp4')
  const sound = createSocket('udp4')
  socket.on('message', (data) => { receive(data.toString()) })
  socket.bind(0, '127.0.0.1')
  sound.bind(0, '127.0.0.1')
  await Promise.all([once(socket, 'listening'), once(sound, 'listening')])
  const sdp = [...SDP, `m=audio ${sound.address().port} RTP/AVP 0 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv', ''].join('\r\n')
  const timers = new Map<string, NodeJS.Timeout>()
  const hush = (callId: string): void => {
    clearInterval(timers.get(callId))
    timers.delete(callId)
  }
  return {
    name: 'UDP',
    address: `127.0.0.1:${socket.address().port}`,
    peer: server,
    sdp,
    send: (text) => { socket.send(text, Number(port), host) },
    speak: (callId, description) => {
      const target = Number(/m=audio (\d+)/.exec(description)?.[1] ?? 0)
      if (target === 0) return
      hush(callId)
      const packet = Buffer.alloc(12 + 160, 0xff)
      packet.writeUInt16BE(0x8000, 0)
      packet.writeUInt32BE(Math.floor(Math.random() * 0xffffffff), 8)
      let count = 0
      timers.set(callId, setInterval(() => {
        packet.writeUInt16BE(count & 0xffff, 2)
        packet.writeUInt32BE((count * 160) >>> 0, 4)
        count++
        sound.send(packet, target, host)
      }, 20))
    },
    hush,
    close: async () => {
      for (const callId of [...timers.keys()]) hush(callId)
      socket.close()
      sound.close()
      await Promise.all([once(socket, 'close'), once(sound, 'close')])
    }
  }
}

async function byWebSocket (url: string, receive: (text: string) => void): Promise<Carrier> {
  const socket = new WebSocket(url, ['sip'], { handshakeTimeout: 5_000 })
  await once(socket, 'open')
  socket.on('message', (data: Buffer) => { receive(data.toString()) })
  const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 16).toString(16).toUpperCase()).join(':')
  const sdp = [
    ...SDP, 'm=audio 40000 UDP/TLS/RTP/SAVPF 0 101', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv',
    'a=ice-ufrag:test', `a=ice-pwd:${token(12)}`, 'a=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host', 'a=setup:active', `a=fingerprint:sha-256 ${fingerprint}`, 'a=rtcp-mux', ''
  ].join('\r\n')
  return {
    name: 'WS',
    address: `${token(6)}.invalid`,
    peer: new URL(url).host,
    sdp,
    send: (text) => { if (socket.readyState === WebSocket.OPEN) socket.send(text) },
    close: async () => {
      if (socket.readyState === WebSocket.CLOSED) return
      const closed = once(socket, 'close')
      socket.terminate()
      await closed
    }
  }
}
