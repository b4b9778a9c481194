/** What a moment is to the hotline: its local date and time of day, and what kind of day that is. */

/** `makeup-workday`: a weekend day that the State Council's notice turns into a working day (调休上班). */
export type DayType = 'workday' | 'weekend' | 'holiday' | 'makeup-workday' | 'unknown'

export interface CalendarMoment {
  /** Local date in the hotline's zone, `YYYY-MM-DD`. */
  date: string
  /** 1 Monday to 7 Sunday. */
  weekday: 1 | 2 | 3 | 4 | 5 | 6 | 7
  /** 0 to 1439, local. */
  minuteOfDay: number
  /** `unknown` when there is no holiday notice for that year: never guessed. */
  dayType: DayType
}
