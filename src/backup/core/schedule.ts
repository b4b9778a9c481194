/** When the daily backup is due, what it is called, and which ones have had their time. */
import type { EpochMs } from '../../kernel/clock.ts'

const NAME = /^hotline-\d{8}-\d{6}$/
const UNFINISHED = /^hotline-\d{8}-\d{6}\.partial$/
const DAY_MS = 86_400_000

function parts (at: EpochMs, timeZone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'
  })
  return Object.fromEntries(format.formatToParts(at).map(part => [part.type, part.value]))
}

/** `hotline-20261124-023000`, in the hotline's zone: names sort by time. */
export function backupName (at: EpochMs, timeZone: string): string {
  const { year, month, day, hour, minute, second } = parts(at, timeZone)
  return `hotline-${year}${month}${day}-${hour}${minute}${second}`
}

/** Whether the time of day `time` (`02:30`) has passed since the newest of the backups was begun. */
export function backupDue (names: readonly string[], now: EpochMs, time: string, timeZone: string): boolean {
  const today = backupName(now, timeZone).slice(8, 16)
  const clock = time.replace(':', '') + '00'
  const passedToday = backupName(now, timeZone).slice(17) >= clock
  const day = passedToday ? today : backupName(now - DAY_MS, timeZone).slice(8, 16)
  const newest = names.filter(name => NAME.test(name)).sort().at(-1) ?? ''
  return newest < `hotline-${day}-${clock}`
}

/** Backups beyond the newest `keep`. Names that are not of this form belong to somebody else and stay. */
export function expiredBackups (names: readonly string[], keep: number): string[] {
  return names.filter(name => NAME.test(name)).sort().slice(0, -keep)
}

/** What backups left that were cut off by a power cut, a kill, or the end of the hotline. */
export function unfinishedBackups (names: readonly string[]): string[] {
  return names.filter(name => UNFINISHED.test(name))
}
