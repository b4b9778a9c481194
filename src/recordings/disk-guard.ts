/** Watches the room for recordings: says early that a disk fills, and lets no recording begin on a full one. */
import { statfs } from 'node:fs/promises'
import type { Clock } from '../kernel/clock.ts'
import { diskState, type DiskRules, type DiskState } from './core/disk.ts'

export interface DiskGuardDependencies extends DiskRules {
  folder: string
  clock: Clock
  log: { info: (detail: object, message: string) => void, warn: (detail: object, message: string) => void, error: (detail: object, message: string) => void }
}

const LOOK_MS = 15_000

export function createDiskGuard ({ folder, clock, log, ...rules }: DiskGuardDependencies) {
  let state: DiskState = 'ok'
  let freeBytes: number | undefined
  let cancel: (() => void) | undefined
  let stopped = false

  async function look (): Promise<void> {
    try {
      const disk = await statfs(folder)
      freeBytes = disk.bavail * disk.bsize
      const now = diskState(freeBytes, rules)
      if (now !== state) {
        const detail = { freeBytes, ...rules }
        if (now === 'full') log.error(detail, 'disk full: calls are not recorded any more')
        else if (now === 'low') log.warn(detail, 'disk fills: soon calls cannot be recorded')
        else log.info(detail, 'enough room for recordings again')
      }
      state = now
    } catch (error) {
      log.error({ err: error }, 'room for recordings not known')
    }
    if (!stopped) cancel = clock.at(clock.now() + LOOK_MS, () => { void look() })
  }

  return {
    start: look,
    stop (): void {
      stopped = true
      cancel?.()
    },
    get state () { return state },
    get freeBytes () { return freeBytes }
  }
}
