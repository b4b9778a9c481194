/** The holiday table: the published notices as the package knows them, with the operator's own days over them. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { DayType } from './core/moment.ts'
import { addDays, weekdayOf, type HolidayTable } from './core/working-days.ts'

/**
 * The operator's own table: days that differ (a region's own holidays, or a notice that the package does not have yet),
 * and years for which these days are all there is to know.
 */
export interface CalendarOverrides {
  years?: readonly number[]
  days?: Readonly<Record<string, Exclude<DayType, 'unknown'>>>
}

interface Published { holidays: Readonly<Record<string, string>>, workdays: Readonly<Record<string, string>> }

const published = createRequire(import.meta.url)('chinese-days/dist/chinese-days.json') as Published

/** A year counts as published only with National Day in it: a single early entry is not a notice. */
export function createHolidayTable (overrides: CalendarOverrides = {}): HolidayTable {
  const holidays = new Set(Object.keys(published.holidays))
  const makeupWorkdays = new Set(Object.keys(published.workdays))
  const years = new Set<number>(overrides.years ?? [])
  for (const date of holidays) if (date.endsWith('-10-01')) years.add(Number(date.slice(0, 4)))
  for (const [date, type] of Object.entries(overrides.days ?? {})) {
    holidays.delete(date)
    makeupWorkdays.delete(date)
    const weekend = weekdayOf(date) >= 6
    if (type === 'holiday' || (type === 'weekend' && !weekend)) holidays.add(date)
    else if (type === 'makeup-workday' || (type === 'workday' && weekend)) makeupWorkdays.add(date)
  }
  return { years, holidays, makeupWorkdays }
}

/** The operator's table in a file, e.g. `DATA_DIR/calendar.json`; an absent file means that nothing differs. Throws for a faulty one. */
export async function loadOverrides (path: string): Promise<CalendarOverrides> {
  try {
    return parseOverrides(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Reads the operator's table from JSON. Throws an Error that says what is wrong. */
export function parseOverrides (text: string): CalendarOverrides {
  const value = JSON.parse(text) as CalendarOverrides
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('日历表应为对象 the calendar table must be an object')
  for (const key of Object.keys(value)) if (key !== 'years' && key !== 'days') throw new Error(`日历表中不认识 ${key}，应为 years 或 days / ${key} is not known in the calendar table, years or days is`)
  for (const year of value.years ?? []) if (!Number.isInteger(year) || year < 2000 || year > 2999) throw new Error(`年份 ${JSON.stringify(year)} 不对，应为如 2027 / not a year: ${JSON.stringify(year)}`)
  for (const [date, type] of Object.entries(value.days ?? {})) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)) || addDays(date, 0) !== date) throw new Error(`日期 ${date} 不对，应为 YYYY-MM-DD / not a date: ${date}`)
    if (!['workday', 'weekend', 'holiday', 'makeup-workday'].includes(type)) throw new Error(`${date} 的类型 ${JSON.stringify(type)} 不对，应为 workday、weekend、holiday 或 makeup-workday / not a type of day: ${JSON.stringify(type)}`)
  }
  return value
}
