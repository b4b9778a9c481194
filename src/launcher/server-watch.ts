/** Sees a server that is away or stands still, and cares for the callers who wait for it. */
import { setTimeout as wait } from 'node:timers/promises'
import { sendWaitingToFallback } from '../telephony/local/fallback.ts'
import { askHealth } from './server-process.ts'
import type { Running, Supervisor } from './supervisor.ts'

export const APPLICATION = 'hotline'
/** A server that comes back within this time finds its callers where they were. */
export const AWAY_MS = 20_000
const EVERY_MS = 2000
const AGAIN_MS = 5000

/**
 * Asks the server every two seconds. After 20 s without an answer it is replaced if its process still lives, and callers
 * who wait are sent to the fallback, again and again until it answers. Returns the end of the watch.
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
    let sentAt = -Infinity
    while (!ended.signal.aborted) {
      await wait(EVERY_MS, undefined, { signal: ended.signal, ref: false }).catch(() => {})
      if (ended.signal.aborted) return
      const asked = performance.now()
      if ((await askHealth(options.base)).status !== undefined) {
        answered = performance.now()
        continue
      }
      if (asked - answered < awayMs) continue
      options.server.replace('20 秒无响应,正在重启 (no answer for 20 s, being restarted)')
      if (asked - sentAt < AGAIN_MS) continue
      sentAt = asked
      try {
        const sent = await sendWaitingToFallback(options.ariUrl, APPLICATION)
        if (sent > 0) options.report(`服务离线,已将 ${sent} 位等待的来电转入备用队列 (waiting callers sent to the fallback)`)
      } catch (error) {
        options.report(`等待的来电未能转入备用队列 (waiting callers not sent): ${(error as Error).message}`)
      }
    }
  }
  void loop()
  return () => ended.abort()
}
