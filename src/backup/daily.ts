/** A backup each day, made by a process of its own so that no call waits for it; old ones make room. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { backupDue, backupName, expiredBackups, unfinishedBackups } from './core/schedule.ts'

export interface DailyBackupOptions {
  dir: string
  /** `02:30`, in the hotline's zone. */
  time: string
  keep: number
  timeZone: string
  clock: Clock
  log: { info: (detail: object, message: string) => void, error: (detail: object, message: string) => void }
  /** Makes the backup in this folder; rejects with why not. */
  make?: (dir: string, signal: AbortSignal) => Promise<void>
}

/** Longer than any disk takes for what a hotline has. */
const LONGEST_MS = 12 * 60 * 60_000

/**
 * `run` looks whether one is due, at its time or later when nobody was there then, and makes it; it rejects with why none was
 * made. `stop` breaks off one that is under way: it is due again, and what is left of it goes then.
 */
export function createDailyBackup ({ dir, time, keep, timeZone, clock, log, make = inOwnProcess }: DailyBackupOptions): { run: () => Promise<void>, stop: () => void } {
  const stopping = new AbortController()

  async function run (): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const names = await readdir(dir)
    const now = clock.now()
    if (!backupDue(names, now, time, timeZone)) return
    for (const left of unfinishedBackups(names)) await rm(join(dir, left), { recursive: true, force: true })
    const name = backupName(now, timeZone)
    try {
      await make(join(dir, name), stopping.signal)
    } catch (error) {
      if (stopping.signal.aborted) return
      log.error({ err: error }, 'no backup was made today')
      throw error
    }
    const expired = expiredBackups([...names, name], keep)
    for (const old of expired) await rm(join(dir, old), { recursive: true, force: true })
    log.info({ name, removed: expired.length }, 'daily backup made')
  }

  return { run, stop () { stopping.abort() } }
}

async function inOwnProcess (dir: string, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'backup-command.ts'), dir], { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST_MS, signal })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-2000) })
  const [code] = await once(child, 'exit') as [number | null]
  if (code !== 0) throw new Error(`the backup ended with ${code}: ${said.trim()}`)
}
