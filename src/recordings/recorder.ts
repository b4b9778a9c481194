/** Begins recordings while calls go on. Nothing waits for it, and what it cannot do it says once. */
import type { RecorderSide } from '../calls/performer.ts'
import type { Clock } from '../kernel/clock.ts'
import type { CallId, LegId } from '../kernel/ids.ts'
import { PhoneError, type Phone } from '../telephony/port.ts'

export interface RecorderDependencies {
  phone: Pick<Phone, 'startRecording' | 'muteRecording'>
  clock: Clock
  /** Whether there is room for another recording. */
  mayRecord: () => boolean
  log: { warn: (detail: object, message: string) => void }
}

/** Attempts at one recording, and the pause between them: callers come first on a phone system that is slow. */
const ATTEMPTS = 3
const AGAIN_MS = 1000
/** Begun side by side; after a lost connection all live calls are looked after at once. */
const AT_ONCE = 8
/** More than there may be calls. */
const MOST_WAITING = 5000

export function createRecorder ({ phone, clock, mayRecord, log }: RecorderDependencies): RecorderSide {
  const waiting: Array<{ callId: CallId, legId: LegId, failed: (code: string) => void }> = []
  const underWay = new Set<CallId>()
  let running = 0

  async function attempt (callId: CallId, legId: LegId, failed: (code: string) => void): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await phone.startRecording(callId, legId)
      } catch (error) {
        const code = error instanceof PhoneError ? error.code : 'fault'
        // Gone already; or away, and looked after again once it is back.
        if (code === 'not-found' || code === 'disconnected') return
        if (tried >= ATTEMPTS) {
          log.warn({ callId, code, err: error }, 'call not recorded')
          return failed(code)
        }
        await new Promise<void>(resolve => { clock.at(clock.now() + AGAIN_MS, resolve) })
      }
    }
  }

  function next (): void {
    while (running < AT_ONCE) {
      const work = waiting.shift()
      if (work === undefined) return
      running++
      attempt(work.callId, work.legId, work.failed).finally(() => {
        underWay.delete(work.callId)
        running--
        next()
      }).catch((error: unknown) => { log.warn({ callId: work.callId, err: error }, 'call not recorded') })
    }
  }

  return {
    begin (callId, legId, failed) {
      if (underWay.has(callId)) return
      if (!mayRecord()) return failed('disk-full')
      if (waiting.length >= MOST_WAITING) return failed('overload')
      underWay.add(callId)
      waiting.push({ callId, legId, failed })
      next()
    },
    mute: async (callId, muted) => { await phone.muteRecording(callId, muted) }
  }
}

/** Where calls are not recorded. */
export const noRecorder: RecorderSide = { begin () {}, mute: async () => {} }
