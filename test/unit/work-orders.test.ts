/** Intake of work orders, the pure part: catalogue, numbers, states, what is wrong with a form. */
import t from 'tap'
import fc from 'fast-check'
import { pinyin } from 'pinyin-pro'
import { areaName, catalogueOf, parseSubjects, subjectOf, urgencyFor } from '../../src/work-orders/core/catalogue.ts'
import { problemsOf, tidied } from '../../src/work-orders/core/intake.ts'
import { QUERY_CODE_ALPHABET, queryCode, workOrderNumber } from '../../src/work-orders/core/number.ts'
import { isOpen, stateAfterIntake, stateNames, type WorkOrderState } from '../../src/work-orders/core/state.ts'
import { demoHistory } from '../../src/demo/core/history.ts'
import { demoRequests } from '../../src/demo/core/requests.ts'
import type { NewWorkOrder } from '../../src/work-orders/contract.ts'

const form: NewWorkOrder = {
  type: 'QZ',
  title: '暖气不热',
  content: '家里暖气不热,室温十四度。',
  wishedOutcome: '',
  callerName: '王女士',
  callerSex: 'female',
  callerKind: 'person',
  contact: '',
  anonymous: false,
  confidential: false,
  subject: '01.05.01',
  urgency: 'normal',
  eventTime: '',
  address: '',
  areaCode: '640104',
  callId: null,
  disposition: 'submit',
  answer: ''
}

t.test('the catalogue holds all types, urgencies and top subjects, with pinyin as people type it', async t => {
  const catalogue = catalogueOf('640000')
  t.strictSame(catalogue.types.map(({ name }) => name), ['咨询', '求助', '投诉', '举报', '建议', '意见', '表扬'])
  t.strictSame(catalogue.urgencies.map(({ name }) => name), ['一般', '紧急', '特急'])
  const top = catalogue.subjects.filter(({ code }) => code.length === 2).map(({ code }) => code)
  t.strictSame(top, [...Array.from({ length: 19 }, (_, at) => String(at + 1).padStart(2, '0')), '99'])
  t.strictSame(subjectOf('01.05'), { code: '01.05', name: '供热', pinyin: 'gong re' })
  t.equal(subjectOf('01.05.01')?.name, '温度不达标')
  t.equal(subjectOf('01.05.77'), undefined)
  for (const group of catalogue.subjects.filter(({ code }) => code.length < 8)) {
    t.ok(catalogue.subjects.some(({ code }) => code.startsWith(`${group.code}.`)), `${group.name} has something below it`)
  }
  const unlike = catalogue.subjects.filter(({ name, pinyin: given }) => pinyin(name, { toneType: 'none', type: 'array', v: true }).join(' ') !== given)
  t.strictSame(unlike, [])
  t.equal(new Set(catalogue.areas.map(({ code }) => code)).size, catalogue.areas.length)
  t.strictSame(catalogueOf('640100').areas.map(({ code }) => code), ['640100', '640104', '640105', '640106', '640121', '640122', '640181'], 'a city sees its own')
  t.strictSame(catalogueOf('110100').areas.map(({ code }) => code), ['110100'], 'one that is not in the sample sees itself')
  t.equal(areaName('640104'), '银川市兴庆区')
  t.equal(areaName('640104001'), '银川市兴庆区', 'a street is in its district')
  t.equal(areaName('110101'), '')
})

t.test('a broken subject line is refused', async t => {
  t.throws(() => parseSubjects('01 城乡建设'), /not understood/)
  t.throws(() => parseSubjects('01 城 cheng\n01 乡 xiang'), /twice/)
  t.throws(() => parseSubjects('01 城 cheng\n02.01 乡 xiang'), /without its group/)
})

t.test('numbers carry the local time and the sequence', async t => {
  const at = Date.UTC(2025, 10, 23, 2, 11, 8, 999)
  t.equal(workOrderNumber(at, 'Asia/Shanghai', 12), '251123101108000012')
  t.equal(workOrderNumber(at, 'UTC', 12), '251123021108000012')
  t.equal(workOrderNumber(Date.UTC(2025, 11, 31, 16), 'Asia/Shanghai', 999_999), '260101000000999999', 'midnight is 00')
  fc.assert(fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 1e9 }), (moment, sequence) =>
    /^\d{18}$/.test(workOrderNumber(moment, 'Asia/Shanghai', sequence))))
})

t.test('query codes have six characters that nobody confuses', async t => {
  for (const pair of ['0O', '1I', '1L', '2Z', '5S', '8B', 'UV', 'IL']) {
    t.ok([...pair].filter(character => QUERY_CODE_ALPHABET.includes(character)).length <= 1, pair)
  }
  t.equal(queryCode([0, 1, 2, 3, 4, 5]), '234567')
  t.throws(() => queryCode([0, 1]), /6 characters/)
  t.throws(() => queryCode([0, 1, 2, 3, 4, 99]), /no character/)
})

t.test('states: answered in the call is closed, all else goes to the dispatcher', async t => {
  t.equal(stateAfterIntake('submit'), 'pending-review')
  t.equal(stateAfterIntake('direct-answer'), 'closed')
  const open = (Object.keys(stateNames) as WorkOrderState[]).filter(isOpen)
  t.strictSame(open, ['pending-review', 'pending-sign', 'processing', 'returned', 'extension-review', 'suspended', 'result-review', 'pending-callback', 'redo', 'supervised'])
})

t.test('what is wrong with a form is said by field', async t => {
  const problems = (change: Partial<NewWorkOrder>) => problemsOf(tidied({ ...form, ...change }), '640100').map(({ path }) => path)
  t.strictSame(problems({}), [])
  t.strictSame(problems({ title: '  ', content: '\n' }), ['content', 'title'])
  t.strictSame(problems({ subject: '', areaCode: '' }), ['areaCode', 'subject'])
  t.strictSame(problems({ subject: '77', areaCode: '12' }), ['areaCode', 'subject'])
  t.strictSame(problems({ areaCode: '640202' }), ['areaCode'], 'another city is not ours')
  t.strictSame(problems({ areaCode: '640104001' }), [])
  t.strictSame(problems({ contact: '找我儿子' }), ['contact'])
  t.strictSame(problems({ contact: '0951-123 4567' }), [])
  t.strictSame(problems({ disposition: 'direct-answer' }), ['answer'])
  t.strictSame(problems({ disposition: 'direct-answer', answer: '已告知。', subject: '', areaCode: '' }), [], 'an answer alone closes a question')
  t.strictSame(problems({ disposition: 'direct-answer', answer: '已告知。', subject: '01.77' }), ['subject'])
})

t.test('defaults of the domain: reports are confidential, outages are urgent, anonymous callers have no name', async t => {
  const { confidential: _, ...open } = form
  t.equal(tidied({ ...open, type: 'JB' }).confidential, true)
  t.equal(tidied({ ...open, type: 'TS' }).confidential, false)
  t.equal(tidied({ ...form, type: 'JB', confidential: false }).confidential, false, 'unless somebody says otherwise')
  t.equal(tidied({ ...form, subject: '01.05.02' }).urgency, 'urgent')
  t.equal(tidied({ ...form, subject: '01.05.02', disposition: 'direct-answer' }).urgency, 'normal')
  t.equal(urgencyFor('critical', '13.01.01'), 'critical')
  t.equal(urgencyFor('normal', '01.06.02'), 'critical')
  t.equal(tidied({ ...form, anonymous: true }).callerName, '')
  fc.assert(fc.property(fc.record({ title: fc.string(), content: fc.string(), contact: fc.string(), answer: fc.string(), subject: fc.string(), areaCode: fc.string() }), change => {
    const once = tidied({ ...form, ...change })
    t.strictSame(tidied(once), once, 'tidying twice changes nothing')
  }), { numRuns: 50 })
})

t.test('the sample history is the same for the same seed, and each of its calls is whole and over', async t => {
  const now = Date.UTC(2026, 2, 10, 4)
  const { entries, orders } = demoHistory(now)
  t.strictSame(demoHistory(now), { entries, orders })
  const calls = Map.groupBy(entries, ({ callId }) => callId)
  for (const [callId, events] of calls) {
    const whole = events.every(({ seq }, at) => seq === at + 1) && events.every(({ at }, place) => at >= (events[place - 1]?.at ?? 0)) &&
      events[0]?.type === 'arrived' && events.filter(({ type }) => type === 'ended').length === 1 && events.at(-1)?.type === 'ended' &&
      (events.at(-1)?.at ?? Infinity) <= now
    if (!whole) t.fail(callId)
  }
  const seen = new Set(entries.flatMap(({ facts }) => facts.outcome ?? []))
  t.strictSame([...seen].sort(), ['abandoned-in-menu', 'abandoned-in-queue', 'abandoned-while-ringing', 'answered'])
  for (const { callId, agentId, request, state, closedAt, at } of orders) {
    const answered = calls.get(callId)?.find(({ type }) => type === 'answered')
    if (answered?.facts.agentId !== agentId || (closedAt === null) !== isOpen(state) || at > now || (closedAt ?? 0) > now || subjectOf(request.subject) === undefined) t.fail(callId)
  }
  t.ok(demoRequests.every(({ subject }) => subjectOf(subject)?.code.length === 8), 'requests have subjects of the third level')
})
