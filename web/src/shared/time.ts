/** How times and durations read on the screens. Pure: the time now is an argument. */

/** `03:21`, or `1:03:21` from one hour on. Negative durations read as zero. */
export function durationText (ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

/** `45秒`, `3分20秒`, `2小时15分`: for a wait or a talk that is over. */
export function spanText (ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds}秒`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}分` : `${minutes}分${seconds % 60}秒`
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)}小时` : `${Math.floor(minutes / 60)}小时${minutes % 60}分`
}

function formatIn (timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('zh-CN', {
    timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'
  })
}

let parts = formatIn('Asia/Shanghai')

/** Times are shown in the hotline's zone, in which the server computes too, wherever the computer believes to be. */
export function useTimeZone (timeZone: string): void {
  parts = formatIn(timeZone)
}

function fields (at: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(at).map(part => [part.type, part.value]))
}

/** `10:32:05` */
export function timeOfDay (at: number): string {
  const f = fields(at)
  return `${f['hour']}:${f['minute']}:${f['second']}`
}

/** `今天 10:32`, `11-23 10:32`, `2025-11-23 10:32`: as short as stays clear. */
export function dateTimeText (at: number, now: number): string {
  const f = fields(at)
  const n = fields(now)
  const time = `${f['hour']}:${f['minute']}`
  if (f['year'] !== n['year']) return `${f['year']}-${f['month']}-${f['day']} ${time}`
  if (f['month'] === n['month'] && f['day'] === n['day']) return `今天 ${time}`
  return `${f['month']}-${f['day']} ${time}`
}

/** `11-23`, `2025-11-23` */
export function dayText (at: number, now: number): string {
  const f = fields(at)
  return f['year'] === fields(now)['year'] ? `${f['month']}-${f['day']}` : `${f['year']}-${f['month']}-${f['day']}`
}
