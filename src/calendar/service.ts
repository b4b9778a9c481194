/** The calendar of the hotline's zone: what a moment is, and which years nobody knows yet. */
import type { EpochMs } from '../kernel/clock.ts'
import type { CalendarMoment } from './core/moment.ts'
import { dayTypeOf, weekdayOf, type HolidayTable } from './core/working-days.ts'
import { createHolidayTable, type CalendarOverrides } from './holidays.ts'

/** The notice of a year comes in the November before: from the first of December on, its absence is an alarm. */
const WARN_FROM_MONTH = 12

export interface Calendar {
  readonly table: HolidayTable
  moment: (at: EpochMs) => CalendarMoment
  /**
   * The alarm flag: years that are needed and not known. This year, and from December on the next one.
   * Until they are known their days are `unknown`, and limits in working days are refused.
   */
  missingYears: (at: EpochMs) => number[]
}

/** A calendar in an IANA zone. Throws RangeError for a zone that does not exist. */
export function createCalendar (options: { timeZone: string, overrides?: CalendarOverrides }): Calendar {
  const table = createHolidayTable(options.overrides)
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: options.timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit'
  })
  const local = (at: EpochMs): { date: string, minuteOfDay: number } => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value])) as Record<'year' | 'month' | 'day' | 'hour' | 'minute', string>
    return { date: `${parts.year}-${parts.month}-${parts.day}`, minuteOfDay: Number(parts.hour) * 60 + Number(parts.minute) }
  }
  return {
    table,
    moment (at) {
      const { date, minuteOfDay } = local(at)
      return { date, weekday: weekdayOf(date), minuteOfDay, dayType: dayTypeOf(table, date) }
    },
    missingYears (at) {
      const [year = 0, month = 0] = local(at).date.split('-').map(Number)
      const needed = month >= WARN_FROM_MONTH ? [year, year + 1] : [year]
      return needed.filter(each => !table.years.has(each))
    }
  }
}
