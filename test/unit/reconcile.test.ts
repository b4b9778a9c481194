import t from 'tap'
import fc from 'fast-check'
import { closingEntry, LONGEST_SILENCE_MS, parseLogLine, type OpenCall } from '../../src/calls/core/reconcile.ts'
import { mergeFacts } from '../../src/calls/core/merge-facts.ts'
import type { CallEntry } from '../../src/calls/core/journal-entry.ts'

const NOW = 1_795_424_700_000

function line (change: Record<string, unknown> = {}, extra: Record<string, unknown> = {}): string {
  return JSON.stringify({
    eventtime: '1795424568.077610',
    eventtype: 'HANGUP',
    uniqueid: '1795424568.0',
    linkedid: '1795424568.0',
    channame: 'PJSIP/city-00000000',
    eventextra: JSON.stringify({ hangupcause: 16, hangupsource: 'PJSIP/city-00000000', dialstatus: '', ...extra }),
    ...change
  })
}

t.test('lines of the log', async (t) => {
  t.same(parseLogLine(line()), { legId: '1795424568.0', at: 1_795_424_568_078, causeCode: 16, by: 'caller' })
  t.match(parseLogLine(line({}, { hangupsource: 'PJSIP/seat-1001-00000001' })), { by: 'agent' })
  t.match(parseLogLine(line({}, { hangupsource: '' })), { by: 'unknown' })
  t.match(parseLogLine(line({ eventextra: '' })), { by: 'unknown', causeCode: 0 })
  for (const other of [line({ eventtype: 'CHAN_END' }), line({ eventtype: 'CHAN_END', num: '"HANGUP"' }), line({ uniqueid: '' }), line({ eventtime: 'today' }), line().slice(0, -5), '', '"HANGUP"', '[]']) {
    t.equal(parseLogLine(other), undefined, other)
  }
  fc.assert(fc.property(fc.string(), (text) => { parseLogLine(text + '"HANGUP"') }))
})

const open: OpenCall = { callId: '0', citizenLegId: '1795424568.0', queuedAt: null, answeredAt: null, lastSeq: 3, lastAt: NOW - 60_000, lastStage: 'arrived' }
const hangUp = { legId: '1795424568.0', at: NOW - 30_000, causeCode: 16, by: 'caller' as const }

t.test('the outcome by stage', async (t) => {
  const queued = { ...open, queuedAt: NOW - 50_000, lastStage: 'queued' as const }
  const answered = { ...queued, answeredAt: NOW - 45_000, lastStage: 'answered' as const }
  t.match(closingEntry(open, hangUp, NOW), { seq: 4, at: NOW - 30_000, type: 'ended', facts: { outcome: 'abandoned-in-menu', endedBy: 'caller', endedAt: NOW - 30_000 } })
  t.match(closingEntry(queued, hangUp, NOW)?.facts, { outcome: 'abandoned-in-queue', waitMs: 20_000 })
  t.match(closingEntry({ ...queued, lastStage: 'requeued' }, hangUp, NOW)?.facts, { outcome: 'abandoned-in-queue' })
  for (const lastStage of ['offered', 'ringing'] as const) t.match(closingEntry({ ...queued, lastStage }, hangUp, NOW)?.facts, { outcome: 'abandoned-while-ringing' })
  t.match(closingEntry(answered, { ...hangUp, by: 'agent' }, NOW)?.facts, { outcome: 'answered', endedBy: 'agent', talkMs: 15_000 })
  t.notOk(closingEntry(answered, hangUp, NOW)?.facts.waitMs, 'the wait of an answered call is known already')
  t.match(closingEntry(queued, { ...hangUp, by: 'unknown' }, NOW)?.facts, { outcome: 'failed', endedBy: 'unknown' }, 'it died with us')
})

t.test('without a hang-up in the log', async (t) => {
  t.equal(closingEntry(open, undefined, NOW), undefined, 'it may wait in the fallback queue')
  t.equal(closingEntry(open, undefined, open.lastAt + LONGEST_SILENCE_MS - 1), undefined)
  t.match(closingEntry(open, undefined, open.lastAt + LONGEST_SILENCE_MS), { at: open.lastAt, data: { source: 'silence' }, facts: { outcome: 'failed', endedBy: 'fault' } })
})

t.test('no time before another, whatever the log says', async () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: NOW * 2 }), fc.option(fc.integer({ min: 0, max: NOW })), fc.option(fc.integer({ min: 0, max: NOW })), (at, queuedAt, answeredAt) => {
    const { facts } = closingEntry({ ...open, queuedAt, answeredAt }, { ...hangUp, at }, NOW) as CallEntry
    return (facts.endedAt as number) >= open.lastAt && (facts.talkMs ?? 0) >= 0 && (facts.waitMs ?? 0) >= 0 && (facts.outcome === 'answered') === (answeredAt !== null)
  }))
})

t.test('facts of one call: the later entry counts, whatever the order of arrival', async (t) => {
  const entries: CallEntry[] = [
    { callId: 'a', seq: 1, at: 5, type: 'arrived', data: {}, facts: { ani: '1', dnis: '12345' } },
    { callId: 'a', seq: 2, at: 6, type: 'choice', data: {}, facts: { choices: ['咨询'] } },
    { callId: 'a', seq: 3, at: 7, type: 'choice', data: {}, facts: { choices: ['咨询', '求助'] } },
    { callId: 'b', seq: 1, at: 9, type: 'arrived', data: {}, facts: { dnis: '12345' } }
  ]
  fc.assert(fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
    const merged = new Map(mergeFacts(shuffled).map(item => [item.callId, item]))
    t.same(merged.get('a'), { callId: 'a', at: 5, facts: { ani: '1', dnis: '12345', choices: ['咨询', '求助'] } })
    t.same(merged.get('b'), { callId: 'b', at: 9, facts: { dnis: '12345' } })
  }), { numRuns: 30 })
})
