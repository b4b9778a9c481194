/**
 * Working days (domain rules, section 4): Monday to Friday or a make-up working day, less the State Council's holidays.
 * A year without a notice is refused, never guessed. All dates are local, `YYYY-MM-DD`.
 */
import type { DayType } from './moment.ts'

/** What differs from plain weeks, for the years whose notice is known. */
export interface HolidayTable {
  years: ReadonlySet<number>
  holidays: ReadonlySet<string>
  makeupWorkdays: ReadonlySet<string>
}

export type WorkingDays<Value> = { ok: true, value: Value } | { ok: false, missingYear: number }

const DAY_MS = 86_400_000

/** Day of the week of a date, 1 Monday to 7 Sunday. */
export function weekdayOf (date: string): 1 | 2 | 3 | 4 | 5 | 6 | 7 {
  const sundayFirst = new Date(`${date}T00:00:00Z`).getUTCDay()
  return (sundayFirst === 0 ? 7 : sundayFirst) as 1 | 2 | 3 | 4 | 5 | 6 | 7
}

/** The date so many days later, or earlier. */
export function addDays (date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** What kind of day a date is; `unknown` when the year's notice is. */
export function dayTypeOf (table: HolidayTable, date: string): DayType {
  if (!table.years.has(yearOf(date))) return 'unknown'
  if (table.holidays.has(date)) return 'holiday'
  if (table.makeupWorkdays.has(date)) return 'makeup-workday'
  return weekdayOf(date) >= 6 ? 'weekend' : 'workday'
}

/** Whether people work that day. */
export function isWorkingDay (table: HolidayTable, date: string): WorkingDays<boolean> {
  const type = dayTypeOf(table, date)
  return type === 'unknown'
    ? { ok: false, missingYear: yearOf(date) }
    : { ok: true, value: type === 'workday' || type === 'makeup-workday' }
}

/**
 * The last day of a limit of so many working days, at least 1: the day of the event does not count
 * (Civil Code, article 201), and the limit ends at 24:00 of the day that comes back (article 203).
 */
export function addWorkingDays (table: HolidayTable, from: string, days: number): WorkingDays<string> {
  if (!Number.isInteger(days) || days < 1) throw new RangeError('a limit is at least one working day')
  let date = from
  for (let left = days; left > 0;) {
    date = addDays(date, 1)
    const working = isWorkingDay(table, date)
    if (!working.ok) return working
    if (working.value) left--
  }
  return { ok: true, value: date }
}

/** Working days after `from` up to and with `to`: 0 when `to` is not later. */
export function workingDaysBetween (table: HolidayTable, from: string, to: string): WorkingDays<number> {
  let count = 0
  for (let date = addDays(from, 1); date <= to; date = addDays(date, 1)) {
    const working = isWorkingDay(table, date)
    if (!working.ok) return working
    if (working.value) count++
  }
  return { ok: true, value: count }
}

function yearOf (date: string): number {
  return Number(date.slice(0, 4))
}
