/** Recordings, from the first word to the player: real calls, real sound, and nothing readable on the disk. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { defaultSkillGroups as groups } from '../../src/ivr/core/skill-groups.ts'
import type { Listening } from '../../src/recordings/contract.ts'
import { openBrowser, openDesk } from '../support/browser.ts'
import { createCallers } from '../support/callers.ts'
import { startHotline, type Api } from '../support/hotline.ts'
import { loudnessOf, readWav, shift, share } from '../support/recorded-sound.ts'
import { until } from '../support/until.ts'

const hotline = await startHotline({ quickMenu: true })
const callers = createCallers(hotline, '13800060')
const browser = await openBrowser()
t.teardown(async () => {
  await callers.close()
  await browser.close()
  await hotline.stop()
})
const desk = await openDesk(browser, hotline.origin, '1001', hotline.password)
const { page, byId } = desk
const agent = await hotline.signIn('1001')

t.afterEach(async () => {
  await callers.close()
  await hotline.nothingLeft()
})

/** Clear sound in the phone system's folder, whoever left it. */
const clearFiles = async () => (await readdir(join(hotline.dataDir, 'asterisk/spool/recording'))).filter(name => !name.startsWith('.'))
const sealedFiles = async () => (await readdir(join(hotline.dataDir, 'recordings'), { recursive: true })).filter(name => name.endsWith('.hlrec')).map(name => join(hotline.dataDir, 'recordings', name))

/** So much sound went by, told by the packets that the caller hears, 20 ms each. */
async function soundFor (sound: { readonly packets: number }, ms: number): Promise<void> {
  const enough = sound.packets + ms / 20
  await until(`${ms} ms of sound`, () => sound.packets >= enough)
}

async function recorded (callId: string): Promise<void> {
  await until('the recording is taken in', async () => {
    const { callIds } = await agent.request<{ callIds: string[] }>('POST', '/api/v1/recordings/present', { callIds: [callId] })
    return callIds.includes(callId)
  }, { timeoutMs: 20_000 })
}

async function listen (who: Api, callId: string): Promise<{ listening: Listening, wav: ReturnType<typeof readWav> }> {
  const listening = await who.request<Listening>('POST', '/api/v1/recordings/listen', { callId, reason: 'verify' })
  return { listening, wav: readWav(Buffer.from(await who.bytes(listening.url))) }
}

t.test('menu, queue, talk: the citizen in one channel, everyone else in the other; silent where it was asked for', async t => {
  // Speaks 440 Hz throughout; the agent's microphone beeps.
  const citizen = await callers.connect()
  await until('the menu speaks', () => citizen.sound.loudness() > 200)
  await soundFor(citizen.sound, 1000)
  await citizen.press('0')
  await until('it waits', async () => (await hotline.calls(citizen.ani))[0]?.skillGroup === groups.general, { timeoutMs: 60_000 })
  await until('music', () => citizen.sound.loudness(200) > 50, { timeoutMs: 30_000 })
  await soundFor(citizen.sound, 1000)
  await desk.ready()
  await desk.state('ringing')
  await desk.answer()
  await desk.state('talking')
  await desk.hears()
  await until('the agent is heard', () => citizen.sound.loudness() > 50)
  await soundFor(citizen.sound, 1500)
  const callId = (await hotline.calls(citizen.ani))[0]?.id ?? ''
  t.equal((await clearFiles()).length, 2)
  t.equal((await stat(join(hotline.dataDir, 'asterisk/spool/recording'))).mode & 0o777, 0o700, 'clear sound is for its owner only')

  await byId('btn-silence-bank').click()
  await byId('silence-left').waitFor()
  await t.rejects((await hotline.signIn('1002')).request('POST', `/api/v1/calls/${callId}/recording/mute`, { reason: 'bank' }), /not-your-call/)
  await soundFor(citizen.sound, 2500)
  await page.keyboard.press('Alt+KeyU')
  await byId('btn-silence-bank').waitFor()
  await soundFor(citizen.sound, 3000)
  await desk.hangUp()
  await citizen.ended()
  await recorded(callId)
  t.same(await clearFiles(), [], 'nothing clear is left')

  const { listening, wav } = await listen(agent, callId)
  t.equal(wav.citizen.length, wav.others.length)
  t.ok(Math.abs(wav.citizen.length / 8 - listening.durationMs) < 2)
  const [muted] = listening.muted
  t.match(muted, { reason: 'bank' })
  if (muted === undefined) return
  const inside = { fromMs: muted.fromMs + 400, toMs: muted.toMs - 400 }
  t.equal(loudnessOf(wav.citizen, inside.fromMs, inside.toMs), loudnessOf(wav.others, inside.fromMs, inside.toMs))
  t.ok(loudnessOf(wav.citizen, inside.fromMs, inside.toMs) < 20, 'both sides are silent while it was asked for')
  t.ok(loudnessOf(wav.citizen, 500, muted.fromMs - 500) > 2000, 'and not before')
  t.ok(loudnessOf(wav.citizen, muted.toMs + 500, listening.durationMs - 200) > 2000, 'nor after')
  // The tone is 440 Hz: nearly all of the citizen's side, nothing to speak of in the other.
  t.ok(share(wav.citizen, 440, 500, muted.fromMs - 500) > 0.9, 'the citizen’s side is the citizen')
  t.ok(loudnessOf(wav.others, 500, muted.fromMs - 500) > 50)
  t.ok(share(wav.others, 440, 500, muted.fromMs - 500) < 0.2, 'and the citizen is not in the other')

  const [file = ''] = await sealedFiles()
  const bytes = await readFile(file)
  t.notOk(bytes.includes('RIFF') || bytes.includes('WAVE'), 'not to be read without the key')
  t.ok(new Set(bytes.subarray(200, 5000)).size > 250, 'like noise')
  t.equal((await stat(file)).mode & 0o777, 0o600)
})

t.test('both sides are aligned within 50 ms', async t => {
  const citizen = await callers.connect()
  citizen.sound.echo(true)
  await until('the menu speaks', () => citizen.sound.loudness() > 200)
  await until('for a while', () => citizen.sound.packets > 300, { timeoutMs: 20_000 })
  const callId = (await hotline.calls(citizen.ani))[0]?.id ?? ''
  await citizen.hangUp()
  await hotline.ended(citizen.ani)
  const quality = await hotline.signIn('leader')
  await until('the recording is taken in', async () => (await quality.request<{ callIds: string[] }>('POST', '/api/v1/recordings/present', { callIds: [callId] })).callIds.length === 1, { timeoutMs: 20_000 })
  const { wav } = await listen(quality, callId)
  const lagMs = shift(wav.others, wav.citizen, 250)
  t.comment(`what the citizen sent back comes ${lagMs} ms after what the citizen heard`)
  t.ok(Math.abs(lagMs) <= 50, `${lagMs} ms`)
})

t.test('a server that is killed in the middle loses nothing of it', async t => {
  const citizen = await callers.connect()
  await until('the menu speaks', () => citizen.sound.loudness() > 200)
  await hotline.killServer()
  await until('it goes on', async () => (await hotline.calls(citizen.ani))[0] !== undefined, { timeoutMs: 20_000 })
  t.equal((await clearFiles()).length, 2)
  const callId = (await hotline.calls(citizen.ani))[0]?.id ?? ''
  await citizen.hangUp()
  const leader = await hotline.signIn('leader')
  await until('the recording is taken in', async () => (await leader.request<{ callIds: string[] }>('POST', '/api/v1/recordings/present', { callIds: [callId] })).callIds.length === 1, { timeoutMs: 30_000 })
  const { listening } = await listen(leader, callId)
  t.ok(listening.durationMs > 1000)
})

t.test('played in the browser, for a reason that stands in the access log', async t => {
  await byId('tab-my-calls').click()
  await byId('btn-listen-to').first().waitFor({ timeout: 20_000 })
  await byId('btn-listen-to').first().click()
  await byId('listen-reason').selectOption('other')
  await byId('btn-listen').click()
  await until('a reason is asked for', async () => /请填写调听原因/.test(await byId('listen-failure').innerText()))
  await byId('listen-note').fill('市民要求核对')
  await byId('btn-listen').click()
  await byId('waveform').waitFor()
  const painted = await page.evaluate(`(() => {
    const canvas = document.querySelector('[data-testid="waveform"]')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count++
    return count / (canvas.width * canvas.height)
  })()`) as number
  t.ok(painted > 0.02 && painted < 0.98, `the waveform is drawn: ${painted}`)
  await byId('btn-play').click()
  await until('it plays', async () => await page.evaluate('document.querySelector("audio[data-testid=recording-audio]").currentTime') as number > 0.5)
  await byId('waveform').focus()
  const time = async () => await page.evaluate('document.querySelector("audio[data-testid=recording-audio]").currentTime') as number
  await page.keyboard.press('Space')
  await page.keyboard.press('Home')
  await until('back at the beginning', async () => await time() === 0)
  await page.keyboard.press('ArrowRight')
  await until('on by five seconds', async () => await time() === 5)
  if (process.env['HOTLINE_TEST_PICTURES'] !== undefined) await page.screenshot({ path: join(process.env['HOTLINE_TEST_PICTURES'], 'recording.png') })
  await byId('btn-listen-close').click()
  await byId('recording-player').waitFor({ state: 'detached' })

  const callId = (await agent.request<{ items: Array<{ id: string }> }>('POST', '/api/v1/calls/search', { agentId: '1001' })).items[0]?.id ?? ''
  const admin = await hotline.signIn('admin')
  const { items } = await admin.request<{ items: object[] }>('POST', '/api/v1/admin/audit/search', { subject: `call:${callId}`, action: 'recording.listen' })
  t.match(items[0], { actorId: '1001', detail: { reason: 'other', note: '市民要求核对' } })
})

t.test('who may not hear does not', async t => {
  const callId = (await agent.request<{ items: Array<{ id: string }> }>('POST', '/api/v1/calls/search', { agentId: '1001' })).items[0]?.id ?? ''
  for (const [name, code] of [['1002', '404'], ['admin', '403'], ['dispatcher', '403'], ['housing', '404']] as const) {
    const who = await hotline.signIn(name)
    await t.rejects(who.request('POST', '/api/v1/recordings/listen', { callId, reason: 'verify' }), new RegExp(`: ${code} `), name)
    t.same((await who.request<{ callIds: string[] }>('POST', '/api/v1/recordings/present', { callIds: [callId] })).callIds, [])
  }
  const listening = await agent.request<Listening>('POST', '/api/v1/recordings/listen', { callId, reason: 'verify' })
  await t.rejects((await hotline.signIn('leader')).bytes(listening.url), /404/, 'the address is for who asked')
  await t.rejects(agent.request('POST', '/api/v1/recordings/listen', { callId, reason: 'other' }), /400 /)
  await t.rejects(agent.request('POST', '/api/v1/recordings/listen', { callId, reason: 'verify', note: '来电 13800000001' }), /400 /)
})
