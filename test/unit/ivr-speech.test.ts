import t from 'tap'
import fc from 'fast-check'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { announcement, queueAnnouncement, serverPrompts } from '../../src/ivr/core/announcements.ts'
import { pieces, sayCount, sayDate, sayDigits, sayNumber, sayTime, sayWeekday } from '../../src/ivr/core/say.ts'
import { promptsIn } from '../../src/ivr/folder.ts'

const promptsFolder = join(import.meta.dirname, '../../ivr-flows/prompts')

/** Reads prompts of a Mandarin or English number back into the number. */
function readBack (names: readonly string[]): number {
  const words = names.map(name => name.replace(/^(zh|en)\/n-/, ''))
  const negative = ['fu', 'minus'].includes(words[0] ?? '')
  const point = words.findIndex(word => word === 'dian' || word === 'point')
  const whole = words.slice(negative ? 1 : 0, point === -1 ? undefined : point)
  const decimals = point === -1 ? '' : words.slice(point + 1).join('')
  const units: Record<string, number> = { shi: 10, bai: 100, qian: 1000, hundred: 100 }
  const blocks: Record<string, number> = { wan: 1e4, yi: 1e8, thousand: 1e3, million: 1e6, billion: 1e9 }
  let [total, block, digit] = [0, 0, 0]
  for (const word of whole) {
    const unit = units[word]
    const size = blocks[word]
    if (unit !== undefined) {
      block += (digit === 0 ? 1 : digit) * unit
      digit = 0
    } else if (size !== undefined) {
      total += (block + digit) * size
      block = digit = 0
    } else if (names[0]?.startsWith('en') === true) {
      digit += Number(word)
    } else digit = word === 'liang' ? 2 : Number(word)
  }
  return (negative ? -1 : 1) * Number(`${total + block + digit}${decimals === '' ? '' : `.${decimals}`}`)
}
const namesOf = (media: ReturnType<typeof sayNumber>): string[] => media.map(each => 'prompt' in each ? each.prompt : '')

t.test('numbers are said so that they can be read back, with pieces that exist', async (t) => {
  const prompts = await promptsIn(promptsFolder)
  const listed = { zh: new Set(pieces.zh.map(name => `zh/${name}`)), en: new Set(pieces.en.map(name => `en/${name}`)) }
  for (const language of ['zh', 'en'] as const) {
    for (const piece of listed[language]) t.ok(prompts.has(piece), piece)
    const good = (number: number): boolean => {
      const names = namesOf(sayNumber(number, language))
      return readBack(names) === number && names.every(name => listed[language].has(name))
    }
    for (let number = 0; number <= 30_000; number++) if (!good(number)) t.fail(`${language} ${number}: ${namesOf(sayNumber(number, language)).join(' ')}`)
    fc.assert(fc.property(fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }), good), { numRuns: 3000 })
    fc.assert(fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), n => good(n / 1000)), { numRuns: 2000 })
  }
  const zh = (number: number): string => namesOf(sayNumber(number, 'zh')).map(name => name.slice(5)).join(' ')
  t.equal(zh(12), 'shi 2')
  t.equal(zh(112), '1 bai 1 shi 2')
  t.equal(zh(10_000_001), '1 qian wan 0 1')
  t.equal(zh(100_001_234), '1 yi 0 1 qian 2 bai 3 shi 4')
  t.equal(zh(222), 'liang bai 2 shi 2')
  t.equal(zh(-0.0000001), '0')
  t.same(sayCount(2, 'zh'), [{ prompt: 'zh/n-liang' }])
  t.same(sayCount(12, 'zh'), sayNumber(12, 'zh'))
  t.same(sayCount(2, 'en'), [{ prompt: 'en/n-2' }])
  for (const bad of [NaN, Infinity, 1e12, -1e12]) t.throws(() => sayNumber(bad, 'zh'), RangeError)
})

t.test('digits, dates, times', async (t) => {
  const words = (media: ReturnType<typeof sayNumber>): string => namesOf(media).map(name => name.slice(3)).join(' ')
  t.equal(words(sayDigits('12345', 'zh')), 'n-yao n-2 n-3 n-4 n-5')
  t.equal(words(sayDigits('+86 (0951) 1-1', 'en')), 'n-8 n-6 n-0 n-9 n-5 n-1 n-1 n-1')
  t.same(sayDigits('12a', 'zh'), [])
  t.same(sayDigits('', 'zh'), [])
  t.equal(words(sayDate('2026-02-13', 'zh')), 'n-2 n-0 n-2 n-6 d-nian n-2 d-yue n-shi n-3 d-ri')
  t.equal(words(sayDate('2026-12-31', 'en')), 'm-12 o-31 n-20 n-20 n-6')
  t.equal(words(sayDate('2005-01-01', 'en')), 'm-1 o-1 n-2 n-thousand n-5')
  t.equal(words(sayDate('1908-01-01', 'en')), 'm-1 o-1 n-19 n-oh n-8')
  t.equal(words(sayDate('1900-01-01', 'en')), 'm-1 o-1 n-19 n-hundred')
  for (const bad of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-01-00', '26-1-1', 'today', '']) t.same(sayDate(bad, 'zh'), [], bad)
  t.equal(sayDate('2028-02-29', 'zh').length, 4 + 1 + 1 + 1 + 3 + 1)
  t.equal(words(sayTime('14:05', 'zh')), 'n-shi n-4 t-dian n-0 n-5 t-fen')
  t.equal(words(sayTime('02:00', 'zh')), 'n-liang t-dian t-zheng')
  t.equal(words(sayTime('14:05', 'en')), 'n-14 n-oh n-5')
  t.equal(words(sayTime('9:00', 'en')), 'n-9 t-oclock')
  for (const bad of ['24:00', '12:60', '12', '']) t.same(sayTime(bad, 'zh'), [], bad)
  t.equal(words(sayWeekday(7, 'zh')), 'w-7')
  const prompts = await promptsIn(promptsFolder)
  for (const language of ['zh', 'en'] as const) {
    for (let minute = 0; minute < 1440; minute++) {
      const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
      const names = namesOf(sayTime(time, language))
      if (names.length === 0 || !names.every(name => prompts.has(name))) t.fail(time)
    }
    for (let offset = 0; offset < 800; offset++) {
      const date = new Date(Date.UTC(1999, 0, 1) + offset * 24 * 3600 * 1000 * 17).toISOString().slice(0, 10)
      const names = namesOf(sayDate(date, language))
      if (names.length === 0 || !names.every(name => prompts.has(name))) t.fail(date)
    }
  }
})

t.test('announcements of the server', async (t) => {
  const say = (ahead: number, waitMinutes: number | undefined, language: 'zh' | 'en' = 'zh'): string =>
    namesOf(queueAnnouncement({ ahead, waitMinutes, language })).map(name => name.slice(3)).join(' ')
  t.equal(say(2, 2), 'queue-all-busy queue-ahead n-liang queue-people queue-wait n-liang queue-minutes queue-hold')
  t.equal(say(0, undefined), 'queue-all-busy queue-next queue-hold')
  t.equal(say(11, 0), 'queue-all-busy queue-ahead n-shi n-1 queue-people queue-soon queue-hold')
  t.equal(say(1, 1, 'en'), 'queue-all-busy queue-ahead n-1 queue-wait n-1 queue-minute queue-hold')
  t.equal(say(-3, NaN), 'queue-all-busy queue-next queue-wait n-9 n-qian n-9 n-bai n-9 n-shi n-9 queue-minutes queue-hold', 'odd estimates do not break it')
  t.same(announcement('agent-reconnecting', 'en'), [{ prompt: 'en/agent-reconnecting' }])
  const prompts = await promptsIn(promptsFolder)
  for (const prompt of serverPrompts) t.ok(prompts.has(prompt), prompt)
})

t.test('every prompt is a telephone sound of fitting length, neither silent nor clipped', async (t) => {
  const prompts = await promptsIn(promptsFolder)
  const texts = JSON.parse(await readFile(join(promptsFolder, 'prompts.json'), 'utf8')) as Record<'zh' | 'en', Record<string, string>>
  const listed = Object.entries(texts).flatMap(([language, entries]) => Object.entries(entries).map(([name, text]) => ({ language, prompt: `${language}/${name}`, text })))
  t.same(listed.map(each => each.prompt).sort(), [...prompts].sort(), 'each file has its text, each text its file')
  let size = 0
  for (const { language, prompt, text } of listed) {
    const path = join(promptsFolder, `${prompt}.wav`)
    const bytes = await readFile(path)
    size += (await stat(path)).size
    const format = [bytes.toString('latin1', 0, 4), bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)]
    t.same(format, ['RIFF', 1, 1, 8000, 16], prompt)
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset + 44, (bytes.length - 44) / 2)
    let [peak, energy] = [0, 0]
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample))
      energy += sample * sample
    }
    const loudness = Math.sqrt(energy / samples.length) / 32768
    const seconds = samples.length / 8000
    // 12345 is five syllables; English letters come at about fourteen a second.
    const syllables = language === 'zh' ? text.replace(/[^\u4e00-\u9fff\d]/g, '').length : Math.max(1, text.length / 4)
    if (peak < 15_000 || peak > 32_000 || loudness < 0.04 || loudness > 0.35) t.fail(`${prompt}: peak ${peak}, loudness ${loudness}`)
    if (seconds < syllables * 0.12 || seconds > syllables * 0.55 + 0.6) t.fail(`${prompt}: ${seconds} s for ${syllables} syllables`)
  }
  t.ok(size < 8_000_000, `${size} bytes`)
})
