/** Keeps one program running: started again when it ends, sooner at first, later when it keeps failing. */
import { setTimeout as wait } from 'node:timers/promises'

/** A program as the supervisor needs it. */
export interface Running {
  readonly pid: number
  readonly adopted: boolean
  readonly gone: Promise<string>
  kill: (signal: NodeJS.Signals) => void
  stop: () => Promise<void>
}

export interface Supervisor<T extends Running> {
  /** The program while it is up. */
  readonly current: T | undefined
  /** Starts it; rejects when this first start fails. From then on it is kept running. */
  start: () => Promise<T>
  /** Kills it, so that it is started anew: for one that does not answer. */
  replace: (reason: string) => void
  /** Ends it for good. */
  stop: () => Promise<void>
  /** Ends it for good, at once. */
  kill: () => void
  /** Leaves it as it is, no longer kept. */
  abandon: () => void
}

/** Waits before the 1st, 2nd, ... start after an end; the last one holds from then on. */
export const BACK_OFF_MS: readonly number[] = [50, 1000, 2000, 5000, 10_000, 30_000]
/** A program that ran so long has not "failed again". */
const SOUND_MS = 5000

export function createSupervisor<T extends Running> (options: {
  /** For people, e.g. `Asterisk`. */
  name: string
  start: () => Promise<T>
  report: (line: string) => void
  onUp?: (running: T) => void
  onDown?: () => void
  backOffMs?: readonly number[]
}): Supervisor<T> {
  const backOff = options.backOffMs ?? BACK_OFF_MS
  const stopping = new AbortController()
  let current: T | undefined
  let keeping: Promise<void> = Promise.resolve()
  let starting: Promise<unknown> = Promise.resolve()

  const up = (running: T): number => {
    current = running
    options.onUp?.(running)
    return performance.now()
  }

  const keep = async (first: T): Promise<void> => {
    let running = first
    let since = up(first)
    let failures = 0
    for (;;) {
      const how = await running.gone
      current = undefined
      options.onDown?.()
      if (stopping.signal.aborted) return
      options.report(`${options.name} 已退出,正在重新启动 (ended: ${how}; starting it again)`)
      if (performance.now() - since > SOUND_MS) failures = 0
      const next = await again(() => failures++)
      if (next === undefined) return
      running = next
      since = up(running)
      options.report(`${options.name} 已恢复 (is up again, process ${running.pid})`)
    }
  }

  /** Tries until it is up; undefined when stopped meanwhile. */
  const again = async (failed: () => number): Promise<T | undefined> => {
    while (!stopping.signal.aborted) {
      const count = failed()
      await wait(backOff[Math.min(count, backOff.length - 1)], undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return undefined
      try {
        const running = await options.start()
        if (!stopping.signal.aborted) return running
        await running.stop()
      } catch (error) {
        // The whole story once; then that it is still so.
        const story = (error as Error).message
        options.report(`${options.name} 未能启动 (did not start): ${count === 0 ? story : (story.split('\n', 1)[0] as string)}`)
      }
    }
    return undefined
  }

  return {
    get current () { return current },
    async start () {
      const first = options.start()
      // Who stops us meanwhile waits for it; the failure itself goes to who starts us.
      starting = first.catch(() => {})
      const running = await first
      keeping = keep(running)
      return running
    },
    replace (reason) {
      if (current === undefined) return
      options.report(`${options.name}:${reason}`)
      current.kill('SIGKILL')
    },
    async stop () {
      stopping.abort()
      await starting
      await current?.stop()
      await keeping
    },
    kill () {
      stopping.abort()
      current?.kill('SIGKILL')
    },
    abandon () {
      stopping.abort()
    }
  }
}
