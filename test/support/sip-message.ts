/** SIP messages as text: as much of RFC 3261 as the tests' phones speak. */
import { createHash, randomBytes } from 'node:crypto'

export interface SipMessage {
  /** Set in requests. */
  method?: string
  uri?: string
  /** Set in responses. */
  status?: number
  reason?: string
  /** Names in lower case; headers that come several times stay in order. */
  headers: Array<[name: string, value: string]>
  body: string
}

export function token (bytes = 8): string {
  return randomBytes(bytes).toString('hex')
}

export function header (message: SipMessage, name: string): string | undefined {
  return message.headers.find(([key]) => key === name)?.[1]
}

export function headers (message: SipMessage, name: string): string[] {
  return message.headers.filter(([key]) => key === name).map(([, value]) => value)
}

const SHORT: Record<string, string> = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length', c: 'content-type' }

/** Undefined for what is no SIP message (keep-alives). */
export function parse (text: string): SipMessage | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const found: Array<[string, string]> = lines.map((line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    return [SHORT[name] ?? name, line.slice(colon + 1).trim()]
  })
  const body = text.slice(end + 4)
  const response = /^SIP\/2\.0 (\d{3}) (.*)$/.exec(start)
  if (response !== null) return { status: Number(response[1]), reason: response[2] ?? '', headers: found, body }
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start)
  if (request === null) return undefined
  return { method: request[1] as string, uri: request[2] as string, headers: found, body }
}

export function format (message: SipMessage): string {
  const start = message.status === undefined
    ? `${message.method} ${message.uri} SIP/2.0`
    : `SIP/2.0 ${message.status} ${message.reason}`
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`)
  return [start, ...lines, `content-length: ${Buffer.byteLength(message.body)}`, '', message.body].join('\r\n')
}

const REASONS: Record<number, string> = {
  100: 'Trying', 180: 'Ringing', 200: 'OK', 404: 'Not Found', 480: 'Temporarily Unavailable', 486: 'Busy Here', 487: 'Request Terminated', 603: 'Decline'
}

/** The response to `request`; `tag` is ours in this dialogue. */
export function respond (request: SipMessage, status: number, tag: string, more: Array<[string, string]> = [], body = ''): SipMessage {
  const copied = request.headers.filter(([name]) => ['via', 'from', 'call-id', 'cseq', 'record-route'].includes(name))
  const to = header(request, 'to') ?? ''
  const tagged = /;tag=/.test(to) || status === 100 ? to : `${to};tag=${tag}`
  return { status, reason: REASONS[status] ?? 'Other', headers: [...copied, ['to', tagged], ...more], body }
}

/** Digest access authentication, MD5 with or without `qop=auth` (RFC 2617). */
export function authorization (challenge: string, user: string, password: string, method: string, uri: string): string {
  const field = (name: string): string | undefined => new RegExp(`${name}="?([^",]+)"?`).exec(challenge)?.[1]
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const realm = field('realm') ?? ''
  const nonce = field('nonce') ?? ''
  const opaque = field('opaque')
  const first = md5(`${user}:${realm}:${password}`)
  const second = md5(`${method}:${uri}`)
  const cnonce = token()
  const qop = field('qop') !== undefined
  const answer = qop ? md5(`${first}:${nonce}:00000001:${cnonce}:auth:${second}`) : md5(`${first}:${nonce}:${second}`)
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${answer}", algorithm=MD5` +
    (qop ? `, qop=auth, nc=00000001, cnonce="${cnonce}"` : '') + (opaque === undefined ? '' : `, opaque="${opaque}"`)
}
