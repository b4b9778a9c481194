/** Callers of one test file: each with a number of its own, none left behind. */
import type { Hotline } from './hotline.ts'
import { call, type Caller } from './sipp.ts'

export interface Callers {
  /** Dials 12345 from a number that nobody used before in this file. */
  dial: (options?: { infoOnly?: boolean, dnis?: string }) => Promise<Caller>
  /** Dials and waits for the answer. */
  connect: (options?: { infoOnly?: boolean }) => Promise<Caller>
  /** Ends all of them, whatever they do. */
  close: () => Promise<void>
}

/** `prefix`: 138000 and two digits, so that files do not meet in a log. */
export function createCallers (hotline: Pick<Hotline, 'sipPort'>, prefix: string): Callers {
  const all: Caller[] = []
  let dialled = 0
  const dial: Callers['dial'] = async (options = {}) => {
    const ani = `${prefix}${String(++dialled).padStart(11 - prefix.length, '0')}`
    const caller = await call({ sipPort: hotline.sipPort, ani, ...options })
    all.push(caller)
    return caller
  }
  return {
    dial,
    async connect (options) {
      const caller = await dial(options)
      await caller.answered()
      return caller
    },
    async close () {
      await Promise.all(all.splice(0).map(caller => caller.close()))
    }
  }
}
