/** Parts of the ARI driver that need no Asterisk: bounds, time-outs, what goes where on the wire, and each thing told once. */
import t from 'tap'
import { backoffMs } from '../../src/telephony/ari/backoff.ts'
import { causeOf, codeOf } from '../../src/telephony/ari/causes.ts'
import { argsIn, arrivalOf, legOf } from '../../src/telephony/ari/channels.ts'
import { errorOf } from '../../src/telephony/ari/errors.ts'
import type { AriEvent } from '../../src/telephony/ari/generated/events.ts'
import type { Channel } from '../../src/telephony/ari/generated/models.ts'
import { createLegBook } from '../../src/telephony/ari/legs.ts'
import { createPlaybackBook } from '../../src/telephony/ari/playbacks.ts'
import { createRequestQueue } from '../../src/telephony/ari/request-queue.ts'
import { parseBody, restMessage } from '../../src/telephony/ari/rest-message.ts'
import { PhoneError, type PhoneEvent } from '../../src/telephony/port.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

const refusal = (code: string): PhoneError => ({ name: 'PhoneError', code }) as unknown as PhoneError

t.test('pauses between attempts double up to the limit and spread by a quarter', async t => {
  const limits = { firstMs: 250, maxMs: 5000 }
  t.strictSame([0, 1, 2, 3, 4, 5, 1000].map(attempt => backoffMs(attempt, 0.5, limits)), [250, 500, 1000, 2000, 4000, 5000, 5000])
  t.equal(backoffMs(0, 0, limits), 188)
  t.equal(backoffMs(30, 0.9999, limits), 6250)
})

t.test('reads go into the query, writes into the body, nothing personal into the address', async t => {
  t.strictSame(restMessage('asterisk.getGlobalVar', { variable: 'A(b c)' }), { method: 'GET', uri: 'asterisk/variable?variable=A(b%20c)' })
  t.strictSame(restMessage('bridges.addChannel', { bridgeId: 'a/b', channel: ['x', 'y'] }), { method: 'POST', uri: 'bridges/a%2Fb/addChannel', body: '{"channel":["x","y"]}' })
  t.strictSame(restMessage('asterisk.setGlobalVar', { variable: 'V' }), { method: 'POST', uri: 'asterisk/variable', body: '{"variable":"V"}' })
  t.strictSame(restMessage('applications.filter', { applicationName: 'h', filter: { disallowed: [] } }), { method: 'PUT', uri: 'applications/h/eventFilter', body: '{"disallowed":[]}' })
  t.strictSame(restMessage('channels.hangup', { channelId: 'c', reason_code: '17' }), { method: 'DELETE', uri: 'channels/c', body: '{"reason_code":"17"}' })
  t.strictSame(restMessage('channels.answer', { channelId: 'c' }), { method: 'POST', uri: 'channels/c/answer' })
  const created = restMessage('channels.create', { endpoint: 'PJSIP/13800000000@t', app: 'h', variables: { X: 'Y' } })
  t.notMatch(created.uri, /138/)
  t.match(JSON.parse(created.body ?? ''), { endpoint: 'PJSIP/13800000000@t', variables: { X: 'Y' } })
  t.equal(parseBody(''), undefined)
  t.equal(parseBody('<html>'), undefined)
})

t.test('answers of Asterisk become the port\'s refusals', async t => {
  t.match(errorOf('channels.get', 404, { message: 'Channel not found' }), { code: 'not-found', message: 'channels.get: 404 Channel not found' })
  t.equal(errorOf('bridges.addChannel', 400, { message: 'Channel not found' }).code, 'not-found')
  t.equal(errorOf('bridges.addChannel', 400, { message: 'role is not allowed' }).code, 'refused')
  t.equal(errorOf('channels.create', 500, { error: 'Allocation failed' }).code, 'unreachable')
  t.equal(errorOf('channels.play', 500, undefined).code, 'fault')
  for (const status of [409, 412, 422]) t.equal(errorOf('channels.play', status, undefined).code, 'conflict')
  for (const cause of ['normal', 'busy', 'no-answer', 'congestion', 'rejected', 'unallocated'] as const) t.equal(causeOf(codeOf(cause)), cause)
  t.equal(causeOf(127), 'other')
})

t.test('requests are bounded in number and in time, urgent ones go first', async t => {
  const clock = createVirtualClock()
  const sent: Array<{ id: string, uri: string, signal: AbortSignal }> = []
  const queue = createRequestQueue({ clock, maxInFlight: 2, maxWaiting: 2, send: (id, { uri }, signal) => { sent.push({ id, uri, signal }) } })
  const ask = (uri: string, urgent = false) => queue.request(uri, { method: 'GET', uri }, { timeoutMs: 1000, urgent })
  const first = ask('a')
  const second = ask('b')
  const third = ask('c')
  const fourth = ask('d')
  await t.rejects(ask('e'), refusal('refused'), 'the fifth finds no room')
  const urgent = ask('f', true)
  t.strictSame(sent.map(({ uri }) => uri), ['a', 'b'])
  queue.settle('1', { status: 200, body: 'A' })
  t.match(await first, { body: 'A' })
  t.strictSame(sent.map(({ uri }) => uri), ['a', 'b', 'f'])
  const timedOut = [second, third, fourth, urgent].map(request => t.rejects(request, refusal('timeout')))
  await clock.advance(1001)
  await Promise.all(timedOut)
  t.ok(sent.slice(1).every(({ signal }) => signal.aborted), 'nobody waits on the wire')
  queue.settle('2', { status: 200, body: 'late' })
  t.equal(queue.lateAnswers, 1)
  const lost = ask('g')
  queue.fail(sent.at(-1)?.id ?? '', 'reset')
  await t.rejects(lost, refusal('disconnected'))
  const cut = ask('h')
  queue.close('the line was cut')
  await t.rejects(cut, { code: 'disconnected', message: 'the line was cut' } as unknown as PhoneError)
  await t.rejects(ask('i'), refusal('disconnected'))
  t.equal(clock.pending, 0, 'no timer is left')
})

const channel = (id: string, state: string, data = 'hotline,trunk,12345,carrier,', number = '13800000001'): Channel => ({
  id,
  protocol_id: '',
  name: 'PJSIP/x',
  state: state as Channel['state'],
  caller: { name: '', number },
  connected: { name: '', number: '' },
  accountcode: '',
  dialplan: { context: 'c', exten: '12345', priority: 1, app_name: data === '' ? '' : 'Stasis', app_data: data },
  creationtime: '2026-03-02T09:00:00.250+0800',
  language: 'zh'
})

t.test('a leg is what the dialplan handed over', async t => {
  t.strictSame(arrivalOf(['trunk', '12345', 'carrier', '']), { from: 'trunk', dnis: '12345', trunk: 'carrier' })
  t.strictSame(arrivalOf(['seat', '110', 'seat-1001', '']), { from: 'seat', dnis: '110', trunk: 'seat-1001' })
  t.strictSame(arrivalOf(['trial', '12345', 'trial-abcdefgh']), { from: 'trial', dnis: '12345', trunk: 'trial-abcdefgh' })
  t.strictSame(arrivalOf(['resume', '12345', 'carrier', '1772413200']), { from: 'trunk', dnis: '12345', trunk: 'carrier', joinedAt: 1772413200000 })
  t.match(arrivalOf(['resume', '12345', 'trial-abcdefgh', '1']), { from: 'trial' })
  t.equal(arrivalOf(['leg']), undefined)
  t.strictSame(argsIn(channel('a', 'Up'), 'hotline'), ['trunk', '12345', 'carrier', ''])
  t.equal(argsIn(channel('a', 'Up', 'other,trunk'), 'hotline'), undefined)
  t.equal(argsIn({ ...channel('a', 'Up'), dialplan: { ...channel('a', 'Up').dialplan, app_name: 'Queue', app_data: 'fallback' } }, 'hotline'), undefined)
  t.strictSame(argsIn(channel('01935f00-0000-7000-8000-000000000001.leg.000001', 'Down', ''), 'hotline'), ['leg'])
  t.equal(argsIn(channel('a', 'Down', ''), 'hotline'), undefined)
  t.strictSame(legOf(channel('a', 'Ring'), ['trunk', '12345', 'carrier', '']), { id: 'a', ani: '13800000001', dnis: '12345', state: 'ringing', createdAt: Date.UTC(2026, 2, 2, 1, 0, 0, 250) })
  for (const number of ['anonymous', '', 'Unknown', 'Restricted']) t.equal(legOf(channel('a', 'Up', undefined, number), ['trunk']).ani, '')
})

function book () {
  const clock = createVirtualClock()
  const told: string[] = []
  const asked: string[] = []
  let refusal: PhoneError | undefined
  const tell = (event: PhoneEvent): void => {
    told.push(event.type === 'leg-arrived' ? `arrived ${event.leg.id}` : event.type === 'leg-gone' ? `gone ${event.legId} ${event.causeCode}` : event.type === 'key-pressed' ? `key ${event.key}` : event.type)
  }
  const legs = createLegBook({
    app: 'hotline',
    clock,
    emit: tell,
    request: (async (name: string, parameters: { eventSource?: readonly string[] }) => {
      asked.push(`${name} ${parameters.eventSource?.join() ?? ''}`)
      if (refusal !== undefined) throw refusal
    }) as never,
    onFault: (what, error) => { throw new Error(what, { cause: error }) }
  })
  const happen = (type: AriEvent['type'], more: object): void => legs.event({ type, application: 'hotline', timestamp: 'now', ...more } as AriEvent)
  return { clock, told, asked, legs, happen, refuse: (error: PhoneError) => { refusal = error } }
}

t.test('what Asterisk tells twice is told once, and never anything after the end', async t => {
  const { told, legs, happen, clock } = book()
  const started = legs.started('own', 1000, async () => {})
  happen('StasisStart', { channel: channel('own', 'Down', 'hotline,leg'), args: ['leg'] })
  await started
  happen('Dial', { peer: channel('own', 'Down'), dialstatus: 'RINGING' })
  for (let twice = 0; twice < 2; twice++) happen('ChannelStateChange', { channel: channel('own', 'Ringing') })
  for (let twice = 0; twice < 2; twice++) happen('ChannelStateChange', { channel: channel('own', 'Up') })
  happen('Dial', { peer: channel('own', 'Up'), dialstatus: 'PROGRESS' })
  for (const timestamp of ['1', '1', '2']) happen('ChannelDtmfReceived', { channel: channel('own', 'Up'), digit: '5', timestamp })
  happen('ChannelDtmfReceived', { channel: channel('own', 'Up'), digit: 'A', timestamp: '3' })
  for (let twice = 0; twice < 2; twice++) happen('ChannelHangupRequest', { channel: channel('own', 'Up'), soft: true, cause: 32 })
  happen('StasisEnd', { channel: channel('own', 'Up') })
  for (let twice = 0; twice < 2; twice++) happen('ChannelDestroyed', { channel: channel('own', 'Up'), cause: 17, cause_txt: '' })
  happen('ChannelStateChange', { channel: channel('own', 'Up') })
  await clock.advance(5000)
  t.strictSame(told, ['leg-ringing', 'leg-answered', 'key 5', 'key 5', 'gone own 17'])
  t.equal(legs.size, 0)
  t.equal(clock.pending, 0)
})

t.test('a caller who leaves the application without a cause is gone soon, and may come back', async t => {
  const { told, asked, happen, clock } = book()
  const arrive = (): void => happen('StasisStart', { channel: channel('c', 'Up'), args: ['trunk', '12345', 'carrier', ''] })
  arrive()
  happen('StasisEnd', { channel: channel('c', 'Up') })
  t.strictSame(told, ['arrived c'])
  await clock.advance(200)
  t.strictSame(told, ['arrived c', 'gone c 0'], 'it went on in the dialplan')
  arrive()
  happen('StasisEnd', { channel: channel('c', 'Up') })
  arrive()
  happen('ChannelHangupRequest', { channel: channel('c', 'Up') })
  happen('StasisEnd', { channel: channel('c', 'Up') })
  await clock.advance(999)
  t.equal(told.at(-1), 'arrived c', 'the cause may still come')
  await clock.advance(1)
  t.strictSame(told.slice(2), ['arrived c', 'gone c 0', 'arrived c', 'gone c 16'])
  t.equal(asked.filter(request => request === 'applications.subscribe channel:c').length, 3)
  t.equal(asked.filter(request => request === 'applications.unsubscribe channel:c').length, 2)
})

t.test('the cause that was asked for counts where Asterisk tells none, without a wait when it is sure to tell none', async t => {
  const { told, legs, happen, clock, refuse } = book()
  const arrive = (): void => happen('StasisStart', { channel: channel('c', 'Ring'), args: ['trunk', '12345', 'carrier', ''] })
  const hangUp = (): void => {
    legs.hangingUp('c', 21)
    happen('ChannelHangupRequest', { channel: channel('c', 'Ring'), soft: true, cause: 32 })
    happen('StasisEnd', { channel: channel('c', 'Ring') })
  }
  arrive()
  hangUp()
  await clock.advance(1000)
  arrive()
  hangUp()
  happen('ChannelDestroyed', { channel: channel('c', 'Ring'), cause: 0, cause_txt: '' })
  refuse(new PhoneError('conflict', 'no such channel'))
  arrive()
  hangUp()
  await clock.advance(0)
  t.strictSame(told, ['arrived c', 'gone c 21', 'arrived c', 'gone c 21', 'arrived c', 'gone c 21'])
})

t.test('a leg that ends before it could be rung rejects whoever waits, and is not told as gone', async t => {
  const { told, legs, happen, clock } = book()
  const waiting = legs.started('own', 1000, async () => {})
  happen('ChannelDestroyed', { channel: channel('own', 'Down'), cause: 20, cause_txt: '' })
  await t.rejects(waiting, refusal('unreachable'))
  const late = t.rejects(legs.started('own', 1000, async () => {}), refusal('timeout'))
  await clock.advance(1000)
  await late
  const cut = t.rejects(legs.started('own', 1000, async () => {}), refusal('disconnected'))
  legs.interrupt('cut')
  await cut
  await t.rejects(legs.started('own', 1000, async () => { throw new Error('no') }), { message: 'no' })
  t.strictSame(told, [])
  t.equal(clock.pending, 0)
})

t.test('after a lost connection the legs that ended are known, and those that began', async t => {
  const { legs, happen, told } = book()
  for (const id of ['a', 'b']) happen('StasisStart', { channel: channel(id, 'Up'), args: ['trunk', '12345', 'carrier', ''] })
  happen('StasisEnd', { channel: channel('a', 'Up') })
  const { ended, callers } = legs.reconcile([channel('a', 'Up'), channel('n', 'Ring'), channel('01935f00-0000-7000-8000-000000000001.leg.000001', 'Ringing', 'hotline,leg'), channel('f', 'Up', 'other')])
  t.strictSame(ended, ['b'])
  t.strictSame(callers, ['a', 'n'])
  for (const legId of ended) legs.gone(legId, 0)
  t.equal(legs.size, 3)
  t.strictSame(told, ['arrived a', 'arrived b', 'gone b 0'])
})

t.test('a stopped playback is not a completed one', async t => {
  const told: PhoneEvent[] = []
  const playbacks = createPlaybackBook({ clock: createVirtualClock(), emit: event => { told.push(event) } })
  const finish = (id: string, state: string): void => playbacks.event({ type: 'PlaybackFinished', playback: { id, state } } as AriEvent)
  finish('whole', 'done')
  playbacks.stopping('cut')
  finish('cut', 'done')
  finish('broken', 'failed')
  t.match(told, [{ playbackId: 'whole', completed: true }, { playbackId: 'cut', completed: false }, { playbackId: 'broken', completed: false }])
})
