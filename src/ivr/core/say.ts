/**
 * Spoken numbers, digits, dates and times as rows of prompts (names: ivr-flows/prompts/prompts.json).
 * Mandarin digits of telephone numbers and of order numbers are read the hotline way: 1 is 幺.
 */
import type { Media } from '../../telephony/port.ts'
import type { Language } from './flow.ts'

/** Numbers from this on are not said. */
export const TOO_LARGE = 1e12

/** The pieces of each language that this file may name: all of them must exist as prompts. */
export const pieces: { readonly [L in Language]: readonly string[] } = {
  zh: [
    ...range(0, 9).map(digit => `n-${digit}`), 'n-yao', 'n-liang', 'n-shi', 'n-bai', 'n-qian', 'n-wan', 'n-yi', 'n-dian', 'n-fu',
    'd-nian', 'd-yue', 'd-ri', 't-dian', 't-fen', 't-zheng', ...range(1, 7).map(day => `w-${day}`)
  ],
  en: [
    ...range(0, 20).map(number => `n-${number}`), ...range(3, 9).map(tens => `n-${tens}0`),
    'n-hundred', 'n-thousand', 'n-million', 'n-billion', 'n-point', 'n-minus', 'n-oh',
    ...range(1, 12).map(month => `m-${month}`), ...range(1, 31).map(day => `o-${day}`), 't-oclock', ...range(1, 7).map(day => `w-${day}`)
  ]
}

/** A number below 10^12 in size, rounded to six decimals. Throws RangeError for any other. */
export function sayNumber (number: number, language: Language): Media[] {
  if (!Number.isFinite(number) || Math.abs(number) >= TOO_LARGE) throw new RangeError('a number below 10^12 is wanted')
  const [whole = '0', decimals = ''] = Math.abs(number).toFixed(6).replace(/\.?0+$/, '').split('.')
  const negative = number < 0 && `${whole}${decimals}` !== '0'
  const words = language === 'zh' ? wholeZh(Number(whole)) : wholeEn(Number(whole))
  const point = decimals === '' ? [] : ['n-dian', ...[...decimals].map(digit => `n-${digit}`)]
  if (language === 'zh') return named('zh', [...negative ? ['n-fu'] : [], ...words, ...point])
  return named('en', [...negative ? ['n-minus'] : [], ...words, ...point.map(word => word === 'n-dian' ? 'n-point' : word)])
}

/** A count before a measure word: like `sayNumber`, but a Mandarin 2 is 两 (两位, 两分钟). */
export function sayCount (count: number, language: Language): Media[] {
  return language === 'zh' && count === 2 ? named('zh', ['n-liang']) : sayNumber(count, language)
}

/** Digit by digit. Blanks, hyphens, brackets and a plus are passed over; a text with anything else is not said at all. */
export function sayDigits (text: string, language: Language): Media[] {
  const digits = text.replace(/[\s()+-]/g, '')
  if (!/^\d+$/.test(digits)) return []
  return named(language, [...digits].map(digit => language === 'zh' && digit === '1' ? 'n-yao' : `n-${digit}`))
}

/** Whether the text is a real date `YYYY-MM-DD`. */
export function isDate (text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

/** A date `YYYY-MM-DD`; anything else is not said. */
export function sayDate (date: string, language: Language): Media[] {
  if (!isDate(date)) return []
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  if (language === 'en') return named('en', [`m-${month}`, `o-${day}`, ...yearEn(year)])
  const digits = [...date.slice(0, 4)].map(digit => `n-${digit}`)
  return named('zh', [...digits, 'd-nian', ...wholeZh(month), 'd-yue', ...wholeZh(day), 'd-ri'])
}

/** A time of day `HH:MM`, 00:00 to 23:59; anything else is not said. */
export function sayTime (time: string, language: Language): Media[] {
  const match = /^(\d{1,2}):(\d{2})$/.exec(time)
  const [hour, minute] = [Number(match?.[1] ?? 24), Number(match?.[2] ?? 60)]
  if (hour > 23 || minute > 59) return []
  if (language === 'en') {
    if (minute === 0) return named('en', [...wholeEn(hour), 't-oclock'])
    return named('en', [...wholeEn(hour), ...minute < 10 ? ['n-oh'] : [], ...wholeEn(minute)])
  }
  const hours = hour === 2 ? ['n-liang'] : wholeZh(hour)
  if (minute === 0) return named('zh', [...hours, 't-dian', 't-zheng'])
  return named('zh', [...hours, 't-dian', ...minute < 10 ? ['n-0'] : [], ...wholeZh(minute), 't-fen'])
}

/** A day of the week, 1 Monday to 7 Sunday. */
export function sayWeekday (weekday: 1 | 2 | 3 | 4 | 5 | 6 | 7, language: Language): Media[] {
  return named(language, [`w-${weekday}`])
}

function wholeZh (number: number): string[] {
  if (number === 0) return ['n-0']
  const words: string[] = []
  let gap = false
  // Blocks of four digits: 亿, 万, and the rest. A gap before a block, or inside it, is one 零.
  for (const [size, unit] of [[1e8, 'n-yi'], [1e4, 'n-wan'], [1, undefined]] as const) {
    const block = Math.floor(number / size) % 1e4
    if (block === 0) {
      gap = words.length > 0
      continue
    }
    if (gap || (words.length > 0 && block < 1000)) words.push('n-0')
    gap = false
    words.push(...blockZh(block))
    if (unit !== undefined) words.push(unit)
  }
  // 十二, not 一十二, and 两百, not 二百: at the beginning only.
  if (words[0] === 'n-1' && words[1] === 'n-shi') words.shift()
  if (words[0] === 'n-2' && ['n-bai', 'n-qian', 'n-wan', 'n-yi'].includes(words[1] ?? '')) words[0] = 'n-liang'
  return words
}

function blockZh (block: number): string[] {
  const words: string[] = []
  let gap = false
  for (const [size, unit] of [[1000, 'n-qian'], [100, 'n-bai'], [10, 'n-shi'], [1, undefined]] as const) {
    const digit = Math.floor(block / size) % 10
    if (digit === 0) {
      gap = words.length > 0
      continue
    }
    if (gap) words.push('n-0')
    gap = false
    words.push(`n-${digit}`)
    if (unit !== undefined) words.push(unit)
  }
  return words
}

function wholeEn (number: number): string[] {
  if (number === 0) return ['n-0']
  const words: string[] = []
  for (const [size, unit] of [[1e9, 'n-billion'], [1e6, 'n-million'], [1e3, 'n-thousand'], [1, undefined]] as const) {
    const block = Math.floor(number / size) % 1000
    if (block === 0) continue
    words.push(...blockEn(block))
    if (unit !== undefined) words.push(unit)
  }
  return words
}

function blockEn (block: number): string[] {
  const hundreds = Math.floor(block / 100)
  const rest = block % 100
  const words = hundreds === 0 ? [] : [`n-${hundreds}`, 'n-hundred']
  if (rest === 0) return words
  if (rest <= 20) return [...words, `n-${rest}`]
  return [...words, `n-${Math.floor(rest / 10)}0`, ...rest % 10 === 0 ? [] : [`n-${rest % 10}`]]
}

function yearEn (year: number): string[] {
  const century = Math.floor(year / 100)
  const rest = year % 100
  if (year < 1000 || (year >= 2000 && year < 2010)) return wholeEn(year)
  if (rest === 0) return year % 1000 === 0 ? wholeEn(year) : [...wholeEn(century), 'n-hundred']
  return [...wholeEn(century), ...rest < 10 ? ['n-oh'] : [], ...wholeEn(rest)]
}

function daysIn (year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function named (language: Language, names: readonly string[]): Media[] {
  return names.map(name => ({ prompt: `${language}/${name}` }))
}

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
