/** Sees a server that is away or stands still, and cares for the callers who wait for it. */
import { setTimeout as wait } from 'node:timers/promises'
import { sendWaitingToFallback } from '../telephony/local/fallback.ts'
import { askHealth } from './server-process.ts'
import type { Running, Supervisor } from './supervisor.ts'

export const APPLICATION = 'hotline'
/** A server that comes back within this time finds its callers where they were. */
export const AWAY_MS = 20_000
/** A server whose process lives but that answers nothing for so long will not: a new one may still save the callers' places. */
const SILENT_MS = 12_000
const EVERY_MS = 2000
const AGAIN_MS = 5000

/**
 * Asks the server every two seconds. A process that lives but gives no answer for 12 s is replaced. Once calls could not be
 * served for 20 s, also by a server that has lost the phone system, callers who wait are sent to the fallback, again and
 * again until they can be. Returns the end of the watch.
 */
export function watchServer (options: {
  base: string
  ariUrl: string
  server: Pick<Supervisor<Running>, 'current' | 'replace'>
  report: (line: string) => void
  awayMs?: number
}): () => void {
  const { awayMs = AWAY_MS } = options
  const ended = new AbortController()
  const loop = async (): Promise<void> => {
    let answered = performance.now()
    let served = answered
    let sentAt = -Infinity
    let complained = false
    while (!ended.signal.aborted) {
      await wait(EVERY_MS, undefined, { signal: ended.signal, ref: false }).catch(() => {})
      if (ended.signal.aborted) return
      const { status } = await askHealth(options.base)
      const now = performance.now()
      if (status !== undefined || options.server.current === undefined) answered = now
      else if (now - answered >= SILENT_MS) {
        options.server.replace('无响应,正在重启 (no answer, being restarted)')
        answered = now
      }
      if (status === 200) {
        served = now
        complained = false
      }
      if (now - served < awayMs || now - sentAt < AGAIN_MS) continue
      sentAt = now
      try {
        const sent = await sendWaitingToFallback(options.ariUrl, APPLICATION)
        if (sent > 0) options.report(`服务离线,已将 ${sent} 位等待的来电转入备用队列 (waiting callers sent to the fallback)`)
      } catch (error) {
        // Asterisk is away too: there is nobody to send, and its own watch says so.
        if (!complained) options.report(`等待的来电未能转入备用队列 (waiting callers not sent): ${(error as Error).message}`)
        complained = true
      }
    }
  }
  void loop()
  return () => ended.abort()
}
