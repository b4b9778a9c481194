import t from 'tap'
import fc from 'fast-check'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addDays, addWorkingDays, dayTypeOf, isWorkingDay, weekdayOf, workingDaysBetween } from '../../src/calendar/core/working-days.ts'
import { createHolidayTable, loadOverrides, parseOverrides } from '../../src/calendar/holidays.ts'
import { createCalendar } from '../../src/calendar/service.ts'

const table = createHolidayTable()
const date = fc.integer({ min: 0, max: 364 + 365 }).map(days => addDays('2025-01-01', days))

t.test('limits in working days, by the notice of 2026', async (t) => {
  for (const [from, days, to] of [
    ['2026-02-13', 1, '2026-02-14'], ['2026-02-13', 5, '2026-02-27'], ['2026-02-13', 10, '2026-03-05'],
    ['2026-09-30', 1, '2026-10-08'], ['2026-09-30', 3, '2026-10-10'], ['2026-09-30', 5, '2026-10-13']
  ] as const) t.same(addWorkingDays(table, from, days), { ok: true, value: to }, `${from} + ${days}`)
  for (const day of ['2026-01-04', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10', '2026-02-14']) t.equal(dayTypeOf(table, day), 'makeup-workday', day)
  t.equal(dayTypeOf(table, '2026-10-01'), 'holiday')
  t.equal(dayTypeOf(table, '2026-11-22'), 'weekend')
  t.equal(dayTypeOf(table, '2026-11-23'), 'workday')
})

t.test('a year that nobody knows is refused, never guessed', async (t) => {
  t.equal(dayTypeOf(table, '2027-03-01'), 'unknown')
  t.same(isWorkingDay(table, '2027-03-01'), { ok: false, missingYear: 2027 })
  t.same(addWorkingDays(table, '2026-12-30', 5), { ok: false, missingYear: 2027 })
  t.same(workingDaysBetween(table, '2026-12-30', '2027-01-05'), { ok: false, missingYear: 2027 })
  t.throws(() => addWorkingDays(table, '2026-01-01', 0), RangeError)
})

t.test('counting forth and back agree', async (t) => {
  fc.assert(fc.property(date, fc.integer({ min: 1, max: 20 }), (from, days) => {
    const to = addWorkingDays(table, from, days)
    if (!to.ok) return to.missingYear === 2027
    const count = workingDaysBetween(table, from, to.value)
    const working = isWorkingDay(table, to.value)
    return count.ok && count.value === days && working.ok && working.value && to.value > from
  }))
  fc.assert(fc.property(date, fc.integer({ min: -400, max: 400 }), (from, days) => addDays(addDays(from, days), -days) === from))
  fc.assert(fc.property(date, from => weekdayOf(addDays(from, 7)) === weekdayOf(from) && weekdayOf(addDays(from, 1)) === weekdayOf(from) % 7 + 1))
  t.same(workingDaysBetween(table, '2026-03-05', '2026-03-05'), { ok: true, value: 0 })
})

t.test('the operator\'s own days go before the published ones', async (t) => {
  const own = createHolidayTable({
    years: [2027],
    days: { '2026-11-23': 'holiday', '2026-11-22': 'workday', '2026-10-01': 'workday', '2026-10-10': 'weekend', '2027-01-01': 'holiday', '2026-11-24': 'weekend' }
  })
  t.same(['2026-11-23', '2026-11-22', '2026-10-01', '2026-10-10', '2027-01-01', '2027-01-04', '2026-11-24'].map(day => dayTypeOf(own, day)),
    ['holiday', 'makeup-workday', 'workday', 'weekend', 'holiday', 'workday', 'holiday'])
  const path = join(t.testdir(), 'calendar.json')
  t.same(await loadOverrides(path), {}, 'no file: nothing differs')
  await writeFile(path, '{"years":[2027],"days":{"2027-01-01":"holiday"}}')
  t.same(await loadOverrides(path), { years: [2027], days: { '2027-01-01': 'holiday' } })
  for (const [text, problem] of [['[]', /an object/], ['{"holidays":[]}', /not known/], ['{"years":["2027"]}', /not a year/], ['{"days":{"2027-02-30":"holiday"}}', /not a date/], ['{"days":{"2027-02-20":"unknown"}}', /not a type/]] as const) {
    t.throws(() => parseOverrides(text), problem)
  }
  await writeFile(path, '{')
  await t.rejects(loadOverrides(path), /calendar\.json: /)
})

t.test('moments in the hotline\'s zone, and the alarm for a missing notice', async (t) => {
  const calendar = createCalendar({ timeZone: 'Asia/Shanghai' })
  t.same(calendar.moment(Date.parse('2026-11-22T15:59:59Z')), { date: '2026-11-22', weekday: 7, minuteOfDay: 1439, dayType: 'weekend' })
  t.same(calendar.moment(Date.parse('2026-11-22T16:00:00Z')), { date: '2026-11-23', weekday: 1, minuteOfDay: 0, dayType: 'workday' })
  t.same(calendar.moment(Date.parse('2026-12-31T16:00:00Z')), { date: '2027-01-01', weekday: 5, minuteOfDay: 0, dayType: 'unknown' })
  t.equal(createCalendar({ timeZone: 'America/New_York' }).moment(Date.parse('2026-07-01T03:30:00Z')).date, '2026-06-30')
  t.throws(() => createCalendar({ timeZone: 'Asia/Nowhere' }), RangeError)
  t.same(calendar.missingYears(Date.parse('2026-11-30T12:00:00Z')), [])
  t.same(calendar.missingYears(Date.parse('2026-11-30T16:00:00Z')), [2027], 'from December on')
  t.same(calendar.missingYears(Date.parse('2027-02-01T00:00:00Z')), [2027])
  t.same(createCalendar({ timeZone: 'Asia/Shanghai', overrides: { years: [2027] } }).missingYears(Date.parse('2026-12-15T00:00:00Z')), [])
})
