/** The pure parts of the pages: keys, drafts, subjects, times, masking. */
import fc from 'fast-check'
import t from 'tap'
import { chordText, commandOf, commands, defaultBindings, doublePress, hangUpWindowMs, refusalOf, withChanges, type KeyPress } from '../../web/src/keys/bindings.ts'
import { maskNumber } from '../../web/src/shared/mask.ts'
import { dateTimeText, durationText, spanText, timeOfDay } from '../../web/src/shared/time.ts'
import { blankForm, edited, errorsOf, isBlank, merged, titleFrom, workOrderOf, type LocalDraft } from '../../web/src/work-order/draft.ts'
import { findSubjects, subjectPath } from '../../web/src/work-order/subject-search.ts'

const id = '019a0000-0000-7000-8000-000000000001'
const plain: KeyPress = { code: '', ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, altGraph: false }

function draft (change: Partial<LocalDraft> = {}): LocalDraft {
  return { id, callId: id, version: 0, syncedVersion: 0, savedAt: 0, form: {}, label: '', ...change }
}

t.test('keys', async t => {
  t.test('each default key is one that may be chosen, and no two are the same', async t => {
    for (const command of commands) t.equal(refusalOf(defaultBindings[command], command, defaultBindings), undefined, command)
    t.equal(new Set(Object.values(defaultBindings)).size, commands.length)
  })

  t.test('keys are known by their place, not by what they write', async t => {
    t.equal(commandOf({ ...plain, code: 'F8' }, defaultBindings), 'answer')
    t.equal(commandOf({ ...plain, code: 'KeyQ', altKey: true }, defaultBindings), 'hang-up')
    t.equal(commandOf({ ...plain, code: 'NumpadEnter', ctrlKey: true }, defaultBindings), 'submit')
    t.equal(commandOf({ ...plain, code: 'Enter' }, defaultBindings), undefined, 'Enter alone never submits')
    t.equal(commandOf({ ...plain, code: 'KeyQ', altKey: true, altGraph: true }, defaultBindings), undefined)
    t.equal(commandOf({ ...plain, code: 'KeyQ', altKey: true, shiftKey: true }, defaultBindings), undefined)
    t.equal(commandOf({ ...plain, code: 'AltLeft', altKey: true }, defaultBindings), undefined)
  })

  t.test('keys that write, switch the input method or belong to the browser are refused', async t => {
    for (const chord of ['KeyA', 'Enter', 'Shift+KeyA']) t.equal(refusalOf(chord, 'answer', defaultBindings), 'types-text', chord)
    for (const chord of ['Ctrl+Space', 'Ctrl+Period', 'Ctrl+Shift+KeyX', 'Ctrl+KeyN', 'Ctrl+KeyT', 'Ctrl+KeyW', 'Alt+Digit1', 'Alt+KeyA', 'Alt+KeyD', 'Alt+KeyE', 'Alt+KeyF', 'F5', 'F12']) {
      t.equal(refusalOf(chord, 'answer', defaultBindings), 'reserved', chord)
    }
    t.equal(refusalOf('F9', 'answer', defaultBindings), 'taken')
    t.equal(refusalOf('F8', 'answer', defaultBindings), undefined)
  })

  t.test('whatever was stored, every command keeps a key of its own', async t => {
    const chord = fc.constantFrom('F8', 'F9', 'F7', 'KeyA', 'Alt+KeyZ', 'Ctrl+KeyT', 'Alt+KeyQ', 'Ctrl+Enter', '')
    fc.assert(fc.property(fc.oneof(fc.dictionary(fc.constantFrom(...commands, 'unknown'), chord), fc.anything()), stored => {
      const bindings = withChanges(stored)
      return new Set(Object.values(bindings)).size === commands.length
    }))
    t.equal(withChanges({ answer: 'F7' }).answer, 'F7')
    t.equal(withChanges({ answer: 'KeyA' }).answer, 'F8')
  })

  t.test('only two presses within a second hang up', async t => {
    const first = doublePress(1000, undefined)
    t.equal(first.fire, false)
    t.equal(doublePress(1000 + hangUpWindowMs, first.last).fire, true)
    t.equal(doublePress(1001 + hangUpWindowMs, first.last).fire, false)
    t.equal(doublePress(1100, doublePress(1050, first.last).last).fire, false, 'a third press begins anew')
  })

  t.test('keys read as printed on them', async t => {
    t.equal(chordText('Alt+KeyO'), 'Alt+O')
    t.equal(chordText('Alt+Slash'), 'Alt+/')
    t.equal(chordText('Ctrl+Enter'), 'Ctrl+Enter')
  })
})

t.test('drafts', async t => {
  t.test('an edit makes a draft newer by one; an edit that changes nothing does not', async t => {
    const written = edited(draft(), { content: '室温14度' }, 5)
    t.match(written, { version: 1, savedAt: 5, form: { content: '室温14度' } })
    t.equal(edited(written, { content: '室温14度' }, 9), written)
    t.equal(edited(draft(), { content: '' }, 9).version, 0)
    t.equal(edited(draft(), { type: 'CX' }, 9).version, 1, 'choosing the first type is a change too')
  })

  t.test('a report is confidential unless the agent said otherwise', async t => {
    t.equal(edited(draft(), { type: 'JB' }, 1).form.confidential, true)
    const open = edited(edited(draft(), { confidential: true }, 1), { confidential: false }, 2)
    t.equal(edited(open, { type: 'JB' }, 3).form.confidential, false)
  })

  t.test('restoring never makes newer what nobody wrote, and never loses what was written here', async t => {
    const copy = fc.record({
      version: fc.nat(20),
      savedAt: fc.nat(1000),
      content: fc.option(fc.string({ maxLength: 5 }), { nil: undefined })
    }).map(({ version, savedAt, content }) => draft({ version, savedAt, syncedVersion: 0, form: content === undefined ? {} : { content } }))
    fc.assert(fc.property(fc.array(copy, { minLength: 1, maxLength: 4 }), fc.nat(20), (copies, onServer) => {
      const known = copies.map((one, at) => at === 0 ? { ...one, syncedVersion: onServer } : one)
      const result = merged(known, {})
      return result !== undefined && result.version === Math.max(...known.map(one => one.version)) && result.syncedVersion === onServer
    }))
    fc.assert(fc.property(fc.array(copy, { minLength: 1, maxLength: 4 }), fc.string({ minLength: 6, maxLength: 9 }), (copies, here) => {
      const result = merged(copies, { content: here })
      return result?.form.content === here && result.version > Math.max(...copies.map(one => one.version))
    }))
    t.equal(merged([], { content: 'x' }), undefined)
    t.strictSame(merged([draft({ version: 3, form: { content: '旧' }, label: '138****0012' }), draft({ version: 4, form: { content: '新' } })], {}), draft({ version: 4, form: { content: '新' }, label: '138****0012' }))
  })

  t.test('blank is what nobody chose or wrote', async t => {
    t.equal(isBlank(draft()), true)
    t.equal(isBlank(draft({ form: { content: '' } })), true)
    t.equal(isBlank(draft({ form: { type: 'CX' } })), false)
    t.equal(isBlank(draft({ form: { anonymous: true } })), false)
  })
})

t.test('the form', async t => {
  const subjects = new Set(['01.05.01'])
  const good = { type: 'QZ' as const, content: '室温14度。', title: '供热', subject: '01.05.01', areaCode: '640104' }

  t.test('says what is missing, beside the field, for what is asked', async t => {
    t.strictSame(errorsOf(good, 'submit', subjects), {})
    t.same(Object.keys(errorsOf({}, 'submit', subjects)).sort(), ['areaCode', 'content', 'subject', 'type'])
    t.same(Object.keys(errorsOf({ ...good, subject: '', areaCode: '' }, 'direct-answer', subjects)), ['answer'])
    t.same(Object.keys(errorsOf({ ...good, answer: '已告知', contact: '同上' }, 'direct-answer', subjects)), ['contact'])
    t.same(Object.keys(errorsOf({ ...good, subject: '77' }, 'submit', subjects)), ['subject'])
    t.strictSame(errorsOf({ ...good, contact: '0951-6012345' }, 'submit', subjects), {})
  })

  t.test('becomes a work order with all its fields', async t => {
    const order = workOrderOf(draft({ form: { ...good, contact: '138 0000-0012' } }), 'submit')
    t.strictSame(order, { ...blankForm(), ...good, contact: '13800000012', callId: id, disposition: 'submit' })
  })

  t.test('takes its title from the first clause', async t => {
    t.equal(titleFrom(' 室温14度。已三日。'), '室温14度')
    t.equal(titleFrom('长'.repeat(60)).length, 40)
    t.equal(titleFrom(''), '')
  })
})

t.test('subjects are found by name, code, pinyin and initials', async t => {
  const subjects = [
    { code: '01', name: '城乡建设', pinyin: 'cheng xiang jian she' },
    { code: '01.05', name: '供热', pinyin: 'gong re' },
    { code: '01.05.01', name: '温度不达标', pinyin: 'wen du bu da biao' },
    { code: '02.05', name: '噪声', pinyin: 'zao sheng' }
  ]
  const first = (query: string) => findSubjects(subjects, query)[0]?.code
  t.equal(first('wdbdb'), '01.05.01')
  t.equal(first('gr'), '01.05')
  t.equal(first('gongr'), '01.05')
  t.equal(first('01.05'), '01.05')
  t.equal(first('达标'), '01.05.01')
  t.equal(first('GR'), '01.05')
  t.equal(first('xyz'), undefined)
  t.equal(findSubjects(subjects, '').length, 4)
  t.equal(findSubjects(subjects, '', 2).length, 2)
  t.equal(subjectPath(subjects, '01.05.01'), '城乡建设 / 供热 / 温度不达标')
})

t.test('times read in the hotline\'s zone', async t => {
  t.equal(durationText(201_999), '03:21')
  t.equal(durationText(3_801_000), '1:03:21')
  t.equal(durationText(-5), '00:00')
  t.equal(spanText(45_000), '45秒')
  t.equal(spanText(200_000), '3分20秒')
  t.equal(spanText(8_100_000), '2小时15分')
  const at = Date.parse('2026-11-23T02:32:05Z')
  t.equal(timeOfDay(at), '10:32:05')
  t.equal(dateTimeText(at, at + 60_000), '今天 10:32')
  t.equal(dateTimeText(at, Date.parse('2026-11-23T16:00:01Z')), '11-23 10:32', 'the day ends at the zone\'s midnight')
  t.equal(dateTimeText(at, Date.parse('2027-01-05T00:00:00Z')), '2026-11-23 10:32')
})

t.test('numbers are masked', async t => {
  t.equal(maskNumber('13800000012'), '138****0012')
  t.equal(maskNumber('+8613800000012'), '+86138****0012')
  t.equal(maskNumber('6012345'), '60***45')
  t.equal(maskNumber('110'), '110')
})
