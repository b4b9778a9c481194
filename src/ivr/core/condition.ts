/** Conditions of a branch: calendar, time of day, the caller, variables. */
import type { DayType } from '../../calendar/core/moment.ts'
import type { Json } from '../../kernel/json.ts'
import type { IvrContext } from './node-type.ts'
import { lookUp, placeholdersIn } from './text.ts'

export type Condition =
  | { dayType: readonly DayType[] }
  | { weekday: readonly number[] }
  /** Local time, `from` included, `to` excluded; past midnight when `to` is not after `from`. */
  | { time: { from: string, to: string } }
  /** Local dates, both included. */
  | { date: { from: string, to: string } }
  /** `value` is a text with placeholders; exactly one of the tests beside it. */
  | { value: string, is: readonly string[] }
  | { value: string, startsWith: readonly string[] }
  | { value: string, empty: boolean }
  | { all: readonly Condition[] }
  | { any: readonly Condition[] }
  | { not: Condition }

/** Whether `condition` holds. A day of unknown type is none of the others: it neither is nor is not a working day. */
export function holds (condition: Condition, vars: Readonly<Record<string, string>>, context: IvrContext): boolean {
  const { moment } = context
  if ('dayType' in condition) return condition.dayType.includes(moment.dayType)
  if ('weekday' in condition) return condition.weekday.includes(moment.weekday)
  if ('time' in condition) {
    const from = minutes(condition.time.from)
    const to = minutes(condition.time.to)
    const at = moment.minuteOfDay
    return from < to ? at >= from && at < to : at >= from || at < to
  }
  if ('date' in condition) return moment.date >= condition.date.from && moment.date <= condition.date.to
  if ('all' in condition) return condition.all.every(each => holds(each, vars, context))
  if ('any' in condition) return condition.any.some(each => holds(each, vars, context))
  if ('not' in condition) return !holds(condition.not, vars, context)
  // Not through `fill`: its shortening would change what a long value is compared with.
  const value = condition.value.replace(/\{([^{}]*)\}/g, (_, name: string) => lookUp(name, vars, context) ?? '')
  if ('is' in condition) return condition.is.includes(value)
  if ('startsWith' in condition) return condition.startsWith.some(start => value.startsWith(start))
  return (value === '') === condition.empty
}

function minutes (time: string): number {
  const [hour, minute] = time.split(':')
  return Number(hour) * 60 + Number(minute)
}

/** Placeholders that the condition reads, with a pointer relative to it. */
export function placeholdersOf (condition: Condition, pointer = ''): Array<{ pointer: string, name: string }> {
  if ('all' in condition) return condition.all.flatMap((each, index) => placeholdersOf(each, `${pointer}/all/${index}`))
  if ('any' in condition) return condition.any.flatMap((each, index) => placeholdersOf(each, `${pointer}/any/${index}`))
  if ('not' in condition) return placeholdersOf(condition.not, `${pointer}/not`)
  if ('value' in condition) return placeholdersIn(condition.value).map(name => ({ pointer: `${pointer}/value`, name }))
  return []
}

const strict = (description: string, properties: { readonly [key: string]: Json }): Json =>
  ({ type: 'object', description, properties, required: Object.keys(properties), additionalProperties: false })
const list = (items: Json): Json => ({ type: 'array', items, minItems: 1, maxItems: 50, uniqueItems: true })
const text: Json = { type: 'string', maxLength: 200 }
const time = (pattern: string): Json => ({ type: 'string', pattern })
const HOUR_MINUTE = '^([01][0-9]|2[0-3]):[0-5][0-9]$'
const date: Json = { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' }
const value: Json = { ...text as object, description: '带占位符的文本，如 {caller.ani}、{变量}。Text with placeholders.' }

/** JSON Schemas of the conditions, one a kind, by the property that names it. */
export const conditionSchemas: ReadonlyArray<{ key: string, schema: Json }> = [
  { key: 'dayType', schema: strict('日期类型：工作日、周末、法定节假日、调休上班、未知（当年无放假通知）。Kind of day.', { dayType: list({ enum: ['workday', 'weekend', 'holiday', 'makeup-workday', 'unknown'] }) }) },
  { key: 'weekday', schema: strict('星期，1 为周一，7 为周日。1 Monday to 7 Sunday.', { weekday: list({ type: 'integer', minimum: 1, maximum: 7 }) }) },
  { key: 'time', schema: strict('本地时间，含 from，不含 to；to 不晚于 from 时跨零点。Local time of day, may pass midnight.', { time: strict('起止 From, to.', { from: time(HOUR_MINUTE), to: time('^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$') }) }) },
  { key: 'date', schema: strict('本地日期，首尾都含。Local dates, both included.', { date: strict('起止 From, to.', { from: date, to: date }) }) },
  { key: 'is', schema: strict('值等于其中之一。The value is one of these.', { value, is: list(text) }) },
  { key: 'startsWith', schema: strict('值以其中之一开头。The value starts with one of these.', { value, startsWith: list({ ...text as object, minLength: 1 }) }) },
  { key: 'empty', schema: strict('值为空（或非空）。The value is empty, or not.', { value, empty: { type: 'boolean' } }) },
  { key: 'all', schema: strict('全部成立。All hold.', { all: { type: 'array', items: { $ref: '#/$defs/condition' }, minItems: 1, maxItems: 20 } }) },
  { key: 'any', schema: strict('至少一个成立。At least one holds.', { any: { type: 'array', items: { $ref: '#/$defs/condition' }, minItems: 1, maxItems: 20 } }) },
  { key: 'not', schema: strict('不成立。Does not hold.', { not: { $ref: '#/$defs/condition' } }) }
]
