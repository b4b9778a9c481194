/** What a driver promises of recordings. */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { until } from '../support/until.ts'
import { answered, type Bench, refused } from './contract.ts'

const CALL = '01935f00-0000-7000-8000-000000000001'

export function recordingContract (promise: (what: string, keep: (t: Test, bench: Bench) => Promise<void>) => void): void {
  promise('a recording has each side apart and as long as the other, silent where it was muted, and outlives the program', async (t, bench) => {
    const { phone, heard, make } = bench
    const { call, legId } = await answered(bench)
    t.equal(await phone.recordingGoesOn(CALL), false)
    await refused(t, 'not-found', phone.startRecording(CALL, 'nobody'), 'recording a leg that is not there')
    await phone.startRecording(CALL, legId)
    await phone.startRecording(CALL, legId)
    t.equal(await phone.recordingGoesOn(CALL), true)
    t.strictSame((await phone.legs()).map(({ id }) => id), [legId], 'who only listens is nobody\'s leg')
    await phone.muteRecording(CALL, true)
    await phone.muteRecording(CALL, true)
    await phone.muteRecording(CALL, false)
    await phone.play('long', { legId }, [{ prompt: 'short' }])
    await heard.next('playback-ended')
    await phone.stop()
    const next = make()
    await next.start(AbortSignal.timeout(5000))
    t.equal(await next.recordingGoesOn(CALL), true, 'another program finds it')
    await next.startRecording(CALL, legId)
    call.hangUp()
    await until('it is finished', async () => !await next.recordingGoesOn(CALL))
    t.strictSame(await next.storedRecordings(), [CALL])
    const [citizen, others] = [await next.readRecording(CALL, 'citizen'), await next.readRecording(CALL, 'others')]
    const sounds = [await buffer(citizen?.sound as Readable), await buffer(others?.sound as Readable)]
    t.same(sounds.map(({ length }) => length), [citizen?.bytes, others?.bytes], 'as long as was said')
    t.ok(sounds[0]!.length > 2000 && Math.abs(sounds[0]!.length - sounds[1]!.length) <= 400, `as long as each other: ${sounds.map(({ length }) => length)}`)
    await next.dropRecording(CALL)
    await next.dropRecording(CALL)
    t.strictSame(await next.storedRecordings(), [])
    t.equal(await next.readRecording(CALL, 'citizen'), undefined)
    t.equal(await next.recordingGoesOn(CALL), false)
    await next.muteRecording(CALL, true)
    await next.stop()
  })
}
