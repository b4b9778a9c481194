/** Sees an Asterisk that stands still: its ARI or its SIP no longer answers. */
import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

export interface WatchTarget {
  /** With user and password. */
  ariUrl: string
  /** Left out where SIP is another's to watch. */
  sip?: { host: string, port: number, watchKey: string }
}

export interface WatchOptions {
  /** Asked before each look; undefined while there is nothing to look at. */
  target: () => WatchTarget | undefined
  /** Called once when it was found still `failures` times in a row; the count then begins anew. */
  still: (what: string) => void
  everyMs?: number
  timeoutMs?: number
  failures?: number
}

/** Looks every two seconds; three looks in a row without an answer within three seconds count as standing still. Returns the end of the watch. */
export function watchAsterisk (options: WatchOptions): () => void {
  const { everyMs = 2000, timeoutMs = 3000, failures = 3 } = options
  const ended = new AbortController()
  const loop = async (): Promise<void> => {
    let misses = 0
    while (!ended.signal.aborted) {
      await wait(everyMs, undefined, { signal: ended.signal, ref: false }).catch(() => {})
      const target = options.target()
      if (target === undefined || ended.signal.aborted) {
        misses = 0
        continue
      }
      const silent = await silentPart(target, timeoutMs)
      misses = silent === undefined ? 0 : misses + 1
      if (silent !== undefined && misses >= failures) {
        misses = 0
        options.still(silent)
      }
    }
  }
  void loop()
  return () => ended.abort()
}

/** Which part does not answer within the time: `ARI`, `SIP` or undefined. */
export async function silentPart (target: WatchTarget, timeoutMs: number): Promise<'ARI' | 'SIP' | undefined> {
  const [ari, sip] = await Promise.all([
    ariAnswers(target.ariUrl, timeoutMs),
    target.sip === undefined ? true : sipAnswers(target.sip, timeoutMs)
  ])
  if (!ari) return 'ARI'
  return sip ? undefined : 'SIP'
}

async function ariAnswers (ariUrl: string, timeoutMs: number): Promise<boolean> {
  const { base, authorization } = ariAccess(ariUrl)
  try {
    // Channels rather than a ping: a deadlock among channels leaves the ping alive. One that does not exist costs nothing.
    const answer = await fetch(`${base}/ari/channels/hotline-watch`, { headers: { authorization }, signal: AbortSignal.timeout(timeoutMs) })
    await answer.body?.cancel()
    return true
  } catch (error) {
    return !(error instanceof Error)
  }
}

async function sipAnswers (sip: { host: string, port: number, watchKey: string }, timeoutMs: number): Promise<boolean> {
  const host = sip.host === '0.0.0.0' ? '127.0.0.1' : sip.host
  const socket = createSocket('udp4')
  try {
    return await new Promise<boolean>(resolve => {
      const late = setTimeout(() => resolve(false), timeoutMs)
      const answered = (alive: boolean) => (): void => {
        clearTimeout(late)
        resolve(alive)
      }
      socket.on('message', answered(true))
      socket.on('error', answered(false))
      socket.connect(sip.port, host, () => socket.send(optionsRequest(host, sip.port, socket.address(), sip.watchKey)))
    })
  } finally {
    socket.close()
  }
}

function optionsRequest (host: string, port: number, own: { address: string, port: number }, watchKey: string): string {
  const mark = randomBytes(8).toString('hex')
  return [
    `OPTIONS sip:${host}:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own.address}:${own.port};rport;branch=z9hG4bK${mark}`,
    `From: <sip:watch@${own.address}>;tag=${mark}`,
    `To: <sip:${host}:${port}>`,
    `Call-ID: ${mark}@${own.address}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 2',
    `X-Hotline-Watch: ${watchKey}`,
    'Content-Length: 0',
    '',
    ''
  ].join('\r\n')
}

/** The address without its credentials, and the credentials as a header: they never stand in a URL that may be logged. */
export function ariAccess (ariUrl: string): { base: string, authorization: string } {
  const url = new URL(ariUrl)
  const authorization = 'Basic ' + Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')
  return { base: `${url.protocol}//${url.host}`, authorization }
}
