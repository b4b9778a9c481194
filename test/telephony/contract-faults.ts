/** The second half of the phone contract (contract.ts): what a driver does when Asterisk, or the line to it, fails. */
import type { Test } from 'tap'
import { ownedId } from '../../src/kernel/ids.ts'
import { PhoneError, type Seat } from '../../src/telephony/port.ts'
import { createAriProxy } from '../support/ari-proxy.ts'
import { listen } from '../support/contract-exchange.ts'
import { until } from '../support/until.ts'
import { answered, arrive, type Bench, refused } from './contract.ts'

const SEAT: Seat = { id: 'seat-1002', password: 'second-password', kind: 'agent', number: '1002', displayName: '李四' }
/** The drivers under test take silence of 3 s for the end; a busy machine may need a little longer. */
const NOTICED_MS = 6000

export function faultContract (promise: (what: string, keep: (t: Test, bench: Bench) => Promise<void>) => void): void {
  promise('a wrong password is said in the log and tried again, and ends neither the program nor the right one', async (t, { exchange, make, logged, phone }) => {
    const proxy = await createAriProxy(exchange.url.replace(':the-contract-password@', ':wrong@'))
    t.teardown(async () => { await proxy.close() })
    const locked = make(proxy.url)
    const heard = listen(locked)
    const giveUp = new AbortController()
    const started = locked.start(giveUp.signal)
    await until('it tried three times', () => proxy.attempts >= 3)
    t.equal(locked.connected, false)
    await refused(t, 'disconnected', locked.legs(), 'a command meanwhile')
    giveUp.abort()
    await t.rejects(started, { name: 'PhoneError', code: 'disconnected', message: /password/ } as unknown as PhoneError)
    t.strictSame(heard.events, [])
    t.ok(logged.some(line => /password/.test(line) && /401/.test(line)), 'the log says so')
    t.equal(proxy.paths.filter(path => /wrong|password/.test(path)).length, 0, 'no password in a URL')
    t.strictSame(await phone.legs(), [])
  })

  promise('an event it never heard of, one that lacks its parts, and what is no event harm nothing', async (t, bench) => {
    const proxy = await createAriProxy(bench.exchange.url)
    t.teardown(async () => { await proxy.close() })
    await bench.phone.stop()
    const phone = bench.make(proxy.url)
    const heard = listen(phone)
    await phone.start(AbortSignal.timeout(10_000))
    const before = bench.logged.length
    for (let times = 0; times < 3; times++) {
      for (const text of [
        '{"type":"TeleportationStarted","application":"hotline","where":"13800000001"}', '{"type":"StasisStart","application":"hotline"}', '{"type":"ChannelDestroyed"}',
        '{"type":"PlaybackFinished"}', '{"type":"RESTResponse","request_id":"never asked"}', '{"type":5}', '[]', 'null', 'no JSON', ''
      ]) proxy.inject(text)
    }
    const { legId } = await answered({ ...bench, phone, heard })
    await phone.hangUp(legId, 'normal')
    await heard.gone(legId)
    t.equal(heard.of('disconnected').length, 0)
    t.strictSame(heard.events.map(({ type }) => type), ['connected', 'leg-arrived', 'leg-answered', 'leg-gone'], 'nothing else was told')
    t.equal(bench.logged.slice(before).filter(line => /TeleportationStarted/.test(line)).length, 1, 'an unknown kind is logged once')
    await phone.stop()
  })

  promise('a cut line is noticed and mended; what ended meanwhile is told once, what began is there', async (t, bench) => {
    const proxy = await createAriProxy(bench.exchange.url)
    t.teardown(async () => { await proxy.close() })
    await bench.phone.stop()
    const phone = bench.make(proxy.url)
    const heard = listen(phone)
    await phone.start(AbortSignal.timeout(10_000))
    const stays = await answered({ ...bench, phone, heard })
    const leaves = bench.exchange.dial('13800000002')
    const { leg } = await heard.next('leg-arrived', event => event.leg.ani === '13800000002')
    heard.forget()
    proxy.cut()
    await heard.next('disconnected')
    leaves.hangUp()
    await heard.next('connected')
    t.match(await heard.gone(leg.id), { legId: leg.id })
    t.match(await phone.legs(), [{ id: stays.legId, state: 'up' }])
    stays.call.press('9')
    t.equal((await heard.next('key-pressed')).legId, stays.legId, 'its keys are heard again')
    stays.call.hangUp()
    t.match(await heard.gone(stays.legId), { cause: 'normal' })
    t.equal(heard.of('leg-gone').length, 2)
    await phone.stop()
  })

  promise('another program under the same name takes over; the first comes back with care', async (t, { make, phone, heard, logged }) => {
    const rival = make()
    await rival.start(AbortSignal.timeout(10_000))
    t.match((await heard.next('disconnected')).reason, /another program/)
    await refused(t, 'disconnected', phone.legs(), 'a command meanwhile')
    t.ok(logged.some(line => /another program/.test(line)), 'the log says so')
    await rival.stop()
    heard.forget()
    await heard.next('connected', undefined, 15_000)
    t.strictSame(await phone.legs(), [])
  })

  promise('a frozen Asterisk: commands time out, the end of the connection is told, and afterwards the calls are there', async (t, bench) => {
    const { exchange, phone, heard } = bench
    const { call, legId } = await answered(bench)
    const leaving = exchange.dial('13800000002')
    const { leg } = await heard.next('leg-arrived', event => event.leg.ani === '13800000002')
    heard.forget()
    await exchange.freeze()
    const frozen = performance.now()
    try {
      const command = await phone.ring(legId).then(() => 'done', (error: unknown) => error instanceof PhoneError ? error.code : String(error))
      t.ok(['timeout', 'disconnected'].includes(command), `the command ended with ${command}`)
      t.ok(performance.now() - frozen < NOTICED_MS, 'in time')
      await heard.next('disconnected', undefined, NOTICED_MS)
      t.ok(performance.now() - frozen < NOTICED_MS, 'the silence was noticed in time')
      t.equal(phone.connected, false)
      await refused(t, 'disconnected', phone.legs(), 'a command while it is frozen')
      leaving.hangUp()
    } finally {
      exchange.thaw()
    }
    await heard.next('connected')
    await heard.gone(leg.id)
    t.match(await phone.legs(), [{ id: legId, state: 'up' }])
    call.hangUp()
    await heard.gone(legId)
    t.equal(heard.of('leg-gone').length, 2, 'each end is told once')
  })

  promise('Asterisk stopped and started again: nothing is left of its calls, and the seats are made again', async (t, bench) => {
    const { exchange, phone, heard } = bench
    await phone.putSeat(SEAT)
    const page = await exchange.page(SEAT.id, SEAT.password)
    await heard.next('seat-reachable')
    const { legId } = await answered(bench)
    const waiting = await arrive({ ...bench, heard: listen(phone) }, '13800000003')
    const lost = phone.createLeg({ id: ownedId('01935f00-0000-7000-8000-000000000009', 'leg', 1), target: { seatId: SEAT.id }, callerNumber: '1', callerName: '', headers: {} }, { timeoutMs: 10_000 })
    await lost
    heard.forget()
    await exchange.stopAsterisk()
    await heard.next('disconnected')
    await refused(t, 'disconnected', phone.createBridge('b'), 'a command meanwhile')
    await page.close()
    await exchange.startAsterisk()
    await heard.next('connected', undefined, 20_000)
    t.strictSame(await phone.legs(), [])
    t.strictSame(await phone.bridgeIds(), [])
    await heard.gone(legId)
    await heard.gone(waiting.legId)
    t.equal(heard.of('leg-gone').length, 3, 'each end is told once')
    await heard.next('seat-unreachable')
    await exchange.page(SEAT.id, SEAT.password)
    await heard.next('seat-reachable')
    heard.forget()
    const { legId: next } = await answered(bench)
    await phone.hangUp(next, 'normal')
    await heard.gone(next)
    await phone.removeSeat(SEAT.id)
  })

  promise('a start that is given up ends, and a phone that was stopped tells nothing more', async (t, { exchange, make, heard, phone }) => {
    const nowhere = make('http://hotline:x@127.0.0.1:9')
    await t.rejects(nowhere.start(AbortSignal.timeout(300)), { name: 'PhoneError', code: 'disconnected' } as unknown as PhoneError)
    await phone.stop()
    heard.forget()
    const rest = make()
    const heardRest = listen(rest)
    await rest.start(AbortSignal.timeout(5000))
    const call = exchange.dial()
    const { leg } = await heardRest.next('leg-arrived')
    await rest.hangUp(leg.id, 'normal')
    await heardRest.gone(leg.id)
    await until('the caller is told', () => call.state === 'gone')
    t.strictSame(heard.events, [])
    await rest.stop()
  })
}
