/**
 * What a driver behind src/telephony/port.ts promises, on a real Asterisk. Every driver passes the same tests:
 * here its commands and what it tells of legs; in contract-faults.ts what it does when Asterisk fails.
 */
import type { Test } from 'tap'
import { ownedId, type LegId } from '../../src/kernel/ids.ts'
import type { AriLog } from '../../src/telephony/ari/connection.ts'
import { type HangUpCause, type NewLeg, type Phone, PhoneError, type PhoneErrorCode, type Seat } from '../../src/telephony/port.ts'
import { sendWaitingToFallback } from '../../src/telephony/local/fallback.ts'
import { createExchange, type Exchange, listen } from '../support/contract-exchange.ts'
import type { SipCall } from '../support/sip-phone.ts'
import { until } from '../support/until.ts'
import { faultContract } from './contract-faults.ts'
import { recordingContract } from './contract-recording.ts'

/** Makes a driver, not started, for the Asterisk at `url`. It gives up silence of more than 3 s, and commands after 2 s. */
export type MakePhone = (options: { url: string, soundsDir: string, log: AriLog }) => Phone

export interface Bench {
  exchange: Exchange
  phone: Phone
  heard: ReturnType<typeof listen>
  make: (url?: string) => Phone
  /** All that drivers logged. */
  logged: string[]
}

const CALL = '01935f00-0000-7000-8000-000000000001'
const SEAT: Seat = { id: 'seat-1001', password: 'first-password', kind: 'agent', number: '1001', displayName: '张三' }

/** Runs the whole contract as a subtest of `t`, with an Asterisk of its own. */
export function phoneContract (t: Test, name: string, makePhone: MakePhone): void {
  t.test(name, async t => {
    t.setTimeout(240_000)
    const exchange = await createExchange()
    t.teardown(async () => { await exchange.stop() })
    const logged: string[] = []
    const note = (details: object, message: string): void => { logged.push(`${message} ${JSON.stringify(details)}`) }
    const make = (url = exchange.url): Phone => makePhone({ url, soundsDir: exchange.soundsDir, log: { debug: note, info: note, warn: note, error: note } })
    const bench = async (): Promise<Bench> => {
      const phone = make()
      const heard = listen(phone)
      await phone.start(AbortSignal.timeout(10_000))
      return { exchange, phone, heard, make, logged }
    }

    /** One promise: begins connected with nothing there, and must leave nothing. */
    const promise = (what: string, keep: (t: Test, bench: Bench) => Promise<void>): void => {
      t.test(what, async t => {
        const given = await bench()
        try {
          await keep(t, given)
          await until('no channel and no bridge is left', async () => (await exchange.leftovers()).length === 0)
        } finally {
          await exchange.clear()
          await given.phone.stop()
        }
      })
    }

    commandContract(promise)
    recordingContract(promise)
    faultContract(promise)
    t.test('no password and no number was logged', async t => {
      t.notMatch(logged.join('\n'), /the-contract-password|first-password|13800000001/)
    })
  })
}

type Promised = (what: string, keep: (t: Test, bench: Bench) => Promise<void>) => void

/** A caller who is ours now. */
export async function arrive ({ exchange, heard }: Bench, ani?: string): Promise<{ call: SipCall, legId: LegId }> {
  const call = exchange.dial(ani)
  const { leg } = await heard.next('leg-arrived')
  return { call, legId: leg.id }
}

/** A caller who was answered. */
export async function answered (bench: Bench, ani?: string): Promise<{ call: SipCall, legId: LegId }> {
  const citizen = await arrive(bench, ani)
  await bench.phone.answer(citizen.legId)
  await until('the caller hears the answer', () => citizen.call.state === 'up', { everyMs: 5 })
  return citizen
}

/** Rejects the test unless `command` rejects with `code`. */
export async function refused (t: Test, code: PhoneErrorCode, command: Promise<unknown>, what: string): Promise<void> {
  await t.rejects(command, { name: 'PhoneError', code } as unknown as PhoneError, `${what}: ${code}`)
}

const seatLeg = (id: LegId): NewLeg => ({ id, target: { seatId: SEAT.id }, callerNumber: '13800000001', callerName: '李"四', headers: { 'X-Hotline-Call': CALL, 'X-Hotline-Auto-Answer': '1' } })
const outsideLeg = (id: LegId): NewLeg => ({ id, target: { number: '02012345678', trunk: 'outside' }, callerNumber: '12345', callerName: '', headers: {} })

function commandContract (promise: Promised): void {
  promise('a caller arrives, is answered, hears prompts, presses keys and hangs up', async (t, bench) => {
    const { phone, heard } = bench
    const before = Date.now()
    const { call, legId } = await arrive(bench)
    const [arrival] = heard.of('leg-arrived')
    t.match(arrival, { from: 'trunk', trunk: 'loopback', leg: { ani: '13800000001', dnis: '12345', state: 'ringing' } })
    t.ok(Math.abs((arrival?.leg.createdAt ?? 0) - before) < 5000, 'the leg knows when it began')
    t.strictSame(await phone.legs(), [arrival?.leg], 'and is among ours')
    t.equal(await phone.stands(legId), true)

    await phone.mark(legId, { callId: CALL })
    t.strictSame(await phone.readMark(legId), { callId: CALL })
    await phone.ring(legId)
    await phone.answer(legId)
    await phone.answer(legId)
    await heard.next('leg-answered')
    await until('the caller hears the answer', () => call.state === 'up')
    t.match(await phone.legs(), [{ id: legId, state: 'up' }])

    await phone.play('one', { legId }, [{ prompt: 'short' }, { silenceMs: 500 }, { prompt: 'short' }])
    t.equal(await phone.playing('one'), true)
    await phone.play('one', { legId }, [{ prompt: 'short' }])
    t.match(await heard.next('playback-ended'), { playbackId: 'one', completed: true })
    t.equal(await phone.playing('one'), false)
    await phone.play('two', { legId }, [{ prompt: 'long' }])
    call.press('5')
    call.press('#')
    t.equal((await heard.next('key-pressed')).key, '5')
    await heard.next('key-pressed', ({ key }) => key === '#')
    await phone.stopPlayback('two')
    t.match(await heard.next('playback-ended', ({ playbackId }) => playbackId === 'two'), { completed: false })
    await phone.stopPlayback('two')
    await phone.play('three', { legId }, [{ prompt: 'not-there' }])
    t.match(await heard.next('playback-ended', ({ playbackId }) => playbackId === 'three'), { completed: false })
    await phone.startMusic(legId, 'default')
    await phone.stopMusic(legId)
    await phone.sendKeys(legId, '1')

    await phone.play('four', { legId }, [{ prompt: 'long' }])
    call.hangUp()
    t.match(await heard.gone(legId), { cause: 'normal', causeCode: 16 })
    t.match(await heard.next('playback-ended', ({ playbackId }) => playbackId === 'four'), { completed: false })
    t.strictSame(await phone.legs(), [])
    t.equal(await phone.stands(legId), false)
    t.equal(heard.of('leg-gone').length, 1, 'the end is told once')
    t.equal(heard.of('leg-answered').length, 1, 'the answer is told once')
    t.equal(heard.of('key-pressed').length, 2, 'each key is told once')
  })

  promise('a caller whom the fallback has stands, and comes back as the same leg with its mark', async (t, bench) => {
    const { phone, exchange, make } = bench
    const { call, legId } = await answered(bench)
    await phone.mark(legId, { callId: CALL })
    await phone.stop()
    t.equal(await sendWaitingToFallback(exchange.url, 'hotline'), 1)
    const next = make()
    const heardNext = listen(next)
    await next.start(AbortSignal.timeout(5000))
    t.equal(await next.stands(legId), true)
    const back = await heardNext.next('leg-arrived', ({ leg }) => leg.id === legId, 20_000)
    t.ok(back.joinedAt !== undefined && back.joinedAt <= back.at, 'with the time of its first arrival')
    t.strictSame(await next.readMark(legId), { callId: CALL })
    call.hangUp()
    await heardNext.gone(legId)
    await next.stop()
  })

  promise('a caller who leaves before the answer is told as gone, once', async (t, bench) => {
    const { call, legId } = await arrive(bench)
    call.hangUp()
    await bench.heard.gone(legId)
    await until('Asterisk has forgotten the leg', async () => (await bench.exchange.leftovers()).length === 0)
    t.equal(bench.heard.of('leg-gone').length, 1)
    t.equal(await bench.phone.readMark(legId), undefined)
    await bench.phone.hangUp(legId, 'normal')
    await refused(t, 'not-found', bench.phone.answer(legId), 'answering it')
    await refused(t, 'not-found', bench.phone.play('late', { legId }, [{ prompt: 'short' }]), 'playing to it')
  })

  promise('a withheld number is no number', async (t, bench) => {
    const { legId } = await arrive(bench, 'anonymous')
    t.match(await bench.phone.legs(), [{ id: legId, ani: '' }])
    await bench.phone.hangUp(legId, 'normal')
    await bench.heard.gone(legId)
  })

  promise('a hang-up before the answer carries its cause to the caller', async (t, bench) => {
    const statuses: Partial<Record<HangUpCause, number>> = { busy: 486, congestion: 503, rejected: 403, unallocated: 404 }
    for (const [cause, status] of Object.entries(statuses) as Array<[HangUpCause, number]>) {
      bench.heard.forget()
      const { call, legId } = await arrive(bench)
      await bench.phone.hangUp(legId, cause)
      t.match(await bench.heard.gone(legId), { cause })
      await until('the caller is told', () => call.state === 'gone')
      t.equal(call.status, status, `${cause} is ${status}`)
    }
  })

  promise('a seat without a phone cannot be rung; with one it rings, refuses, does not answer, or answers', async (t, bench) => {
    const { phone, heard, exchange } = bench
    await refused(t, 'unreachable', phone.createLeg(seatLeg(ownedId(CALL, 'leg', 1)), { timeoutMs: 5000 }), 'no account')
    await phone.putSeat(SEAT)
    await refused(t, 'unreachable', phone.createLeg(seatLeg(ownedId(CALL, 'leg', 1)), { timeoutMs: 5000 }), 'no phone')
    const page = await exchange.page(SEAT.id, SEAT.password)
    t.equal((await heard.next('seat-reachable')).seatId, SEAT.id)
    t.equal(await phone.seatReachable(SEAT.id), true)

    const ring = async (seq: number, timeoutMs = 10_000): Promise<{ legId: LegId, call: SipCall }> => {
      const legId = ownedId(CALL, 'leg', seq)
      const rung = page.calls.length
      await phone.createLeg(seatLeg(legId), { timeoutMs })
      await heard.next('leg-ringing', event => event.legId === legId)
      return { legId, call: await until('the page rings', () => page.calls[rung]) }
    }
    const busy = await ring(2)
    t.match(busy.call.header('from'), /"李\\"四" <sip:13800000001@/, 'the page sees who calls')
    t.equal(busy.call.header('x-hotline-call'), CALL)
    t.equal(busy.call.header('x-hotline-auto-answer'), '1')
    t.match(await phone.legs(), [{ id: busy.legId, state: 'ringing' }])
    busy.call.refuse(486)
    t.match(await heard.gone(busy.legId), { cause: 'busy', causeCode: 17 })

    const declined = await ring(3)
    declined.call.refuse(603)
    t.match(await heard.gone(declined.legId), { cause: 'rejected' })

    const unanswered = await ring(4, 1000)
    t.match(await heard.gone(unanswered.legId), { cause: 'no-answer' })
    await until('the page stops ringing', () => unanswered.call.state === 'gone')

    const withdrawn = await ring(5)
    await phone.hangUp(withdrawn.legId, 'normal')
    await heard.gone(withdrawn.legId)
    await until('the page stops ringing', () => withdrawn.call.state === 'gone')

    const taken = await ring(6)
    taken.call.answer()
    await heard.next('leg-answered', ({ legId }) => legId === taken.legId)
    await phone.createLeg(seatLeg(taken.legId), { timeoutMs: 1000 })
    await phone.hangUp(taken.legId, 'normal')
    await heard.gone(taken.legId)
    t.equal(heard.of('leg-gone').length, 5, 'each end is told once')
    t.equal(heard.of('leg-ringing').length, 5, 'each ring is told once')
    t.strictSame(heard.of('leg-arrived'), [], 'legs of our own do not arrive')
    await phone.removeSeat(SEAT.id)
  })

  promise('a leg asked for twice is rung once, and one that an earlier program had not yet rung is rung', async (t, bench) => {
    const { phone, heard, exchange, make } = bench
    const legId = ownedId(CALL, 'leg', 1)
    const rung = exchange.outside.calls.length
    await Promise.all([phone.createLeg(outsideLeg(legId), { timeoutMs: 5000 }), phone.createLeg(outsideLeg(legId), { timeoutMs: 5000 })])
    await heard.next('leg-ringing')
    await phone.stop()
    const next = make()
    const heardNext = listen(next)
    await next.start(AbortSignal.timeout(5000))
    t.match(await next.legs(), [{ id: legId, state: 'ringing', ani: '', dnis: '' }])
    await next.createLeg(outsideLeg(legId), { timeoutMs: 5000 })
    const call = await until('the number rings', () => exchange.outside.calls[rung])
    call.answer()
    await heardNext.next('leg-answered')
    t.equal(exchange.outside.calls.length, rung + 1)
    call.hangUp()
    t.match(await heardNext.gone(legId), { cause: 'normal' })
    await refused(t, 'unreachable', next.createLeg({ ...outsideLeg(legId), target: { number: '1', trunk: 'none' } }, { timeoutMs: 1000 }), 'no such trunk')
    await next.stop()
  })

  promise('legs talk in a bridge and leave it, also one that is gone', async (t, bench) => {
    const { phone, heard, exchange } = bench
    const { legId: citizen } = await answered(bench)
    const other = ownedId(CALL, 'leg', 1)
    const bridge = ownedId(CALL, 'bri', 2)
    await phone.createBridge(bridge)
    await phone.createBridge(bridge)
    t.strictSame(await phone.bridgeIds(), [bridge])
    t.strictSame(await phone.bridge(bridge), { legIds: [] })
    const rung = exchange.outside.calls.length
    await phone.createLeg(outsideLeg(other), { timeoutMs: 5000 })
    const call = await until('the number rings', () => exchange.outside.calls[rung])
    call.answer()
    await heard.next('leg-answered', ({ legId }) => legId === other)
    await phone.addToBridge(bridge, [citizen, other])
    await phone.addToBridge(bridge, [citizen])
    t.strictSame((await phone.bridge(bridge))?.legIds.toSorted(), [citizen, other].toSorted())
    await phone.play('both', { bridgeId: bridge }, [{ prompt: 'short' }])
    t.match(await heard.next('playback-ended', ({ playbackId }) => playbackId === 'both'), { completed: true })
    call.press('7')
    t.match(await heard.next('key-pressed'), { legId: other, key: '7' })
    await refused(t, 'not-found', phone.addToBridge(bridge, ['nobody']), 'adding a leg that is not there')
    await refused(t, 'not-found', phone.addToBridge(ownedId(CALL, 'bri', 3), [citizen]), 'adding to a bridge that is not there')
    call.hangUp()
    await heard.gone(other)
    await until('the bridge lost it', async () => (await phone.bridge(bridge))?.legIds.length === 1)
    await phone.removeFromBridge(bridge, [other, citizen])
    await phone.removeFromBridge(bridge, [citizen])
    t.strictSame(await phone.bridge(bridge), { legIds: [] })
    await phone.destroyBridge(bridge)
    await phone.destroyBridge(bridge)
    t.equal(await phone.bridge(bridge), undefined)
    await phone.hangUp(citizen, 'normal')
    await heard.gone(citizen)
  })

  promise('a command that must wait for a prompt holds up no other call', async (t, bench) => {
    const { phone, heard } = bench
    const { legId } = await answered(bench)
    const bridge = ownedId(CALL, 'bri', 2)
    await phone.createBridge(bridge)
    await phone.play('long', { legId }, [{ prompt: 'long' }])
    const joined = phone.addToBridge(bridge, [legId])
    const started = performance.now()
    await phone.writeSnapshot(CALL, 'meanwhile')
    t.ok(performance.now() - started < 500, 'another command is through at once')
    await phone.stopPlayback('long')
    await joined
    await phone.dropSnapshot(CALL)
    await phone.destroyBridge(bridge)
    await phone.hangUp(legId, 'normal')
    await heard.gone(legId)
  })

  promise('a snapshot keeps every character up to 16 KB, outlives the program, and is dropped', async (t, { phone, make }) => {
    t.equal(await phone.readSnapshot(CALL), undefined)
    // eslint-disable-next-line no-template-curly-in-string -- what Asterisk might take for a variable
    const unit = JSON.stringify({ text: '市民 "\\ ${EXTEN} $[1+1] ,;|&=%+#<>\'`\t😀', list: [null, 1.5, true] })
    const full = unit.repeat(Math.floor(16 * 1024 / Buffer.byteLength(unit)))
    await phone.writeSnapshot(CALL, unit)
    await phone.writeSnapshot(CALL, full)
    t.equal(await phone.readSnapshot(CALL), full)
    await refused(t, 'refused', phone.writeSnapshot(CALL, full + unit), 'more than 16 KB')
    await phone.stop()
    const next = make()
    await next.start(AbortSignal.timeout(5000))
    t.equal(await next.readSnapshot(CALL), full, 'another program reads it')
    await next.dropSnapshot(CALL)
    await next.dropSnapshot(CALL)
    t.equal(await next.readSnapshot(CALL), undefined)
    await next.stop()
  })

  promise('a seat is made, gets a new password, is taken over by another page, and is removed', async (t, { phone, heard, exchange }) => {
    await phone.putSeat(SEAT)
    t.equal(await phone.seatReachable(SEAT.id), false)
    await t.rejects(exchange.page(SEAT.id, 'guessed'), 'a wrong password is refused')
    await exchange.page(SEAT.id, SEAT.password)
    await heard.next('seat-reachable')
    const second = await exchange.page(SEAT.id, SEAT.password)
    t.equal(await phone.seatReachable(SEAT.id), true)
    await second.close()
    await heard.next('seat-unreachable')
    t.equal(await phone.seatReachable(SEAT.id), false)

    heard.forget()
    await exchange.page(SEAT.id, SEAT.password)
    await heard.next('seat-reachable')
    await phone.putSeat({ ...SEAT, password: 'another-password' })
    await heard.next('seat-unreachable')
    await t.rejects(exchange.page(SEAT.id, SEAT.password), 'the old password is refused')
    heard.forget()
    await exchange.page(SEAT.id, 'another-password')
    await heard.next('seat-reachable')
    await phone.removeSeat(SEAT.id)
    await heard.next('seat-unreachable')
    t.equal(await phone.seatReachable(SEAT.id), false)
    await t.rejects(exchange.page(SEAT.id, 'another-password'), 'a removed seat is refused')
    await phone.removeSeat(SEAT.id)
    await refused(t, 'refused', phone.putSeat({ ...SEAT, id: 'somebody' }), 'an id that is no seat\'s')
  })
}
