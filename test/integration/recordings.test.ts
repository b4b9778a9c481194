/** Taking recordings in, keeping and deleting them: real PostgreSQL, real files; the phone system's side is proven in browser/recordings. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { createIds } from '../../src/platform/ids.ts'
import type { Cipher } from '../../src/platform/ciphers.ts'
import { createDiskGuard } from '../../src/recordings/disk-guard.ts'
import { createRecordingFiles } from '../../src/recordings/files.ts'
import { createIntake } from '../../src/recordings/intake.ts'
import { createRecorder } from '../../src/recordings/recorder.ts'
import { createRecordingRepository } from '../../src/recordings/repository.ts'
import { deleteExpired } from '../../src/recordings/retention.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { PhoneError } from '../../src/telephony/port.ts'
import { testPersonalData, testPostgres } from '../support/database.ts'
import { readWav } from '../support/recorded-sound.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)
const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const clock = createSystemClock()
const newId = createIds(clock)
const DAY = 86_400_000

/** Clear recordings as a phone system keeps them. */
function clearRecordings () {
  const kept = new Map<string, { citizen: Buffer, others: Buffer }>()
  const live = new Set<string>()
  return {
    kept,
    live,
    connected: true,
    recordingGoesOn: async (callId: string) => live.has(callId),
    storedRecordings: async () => [...kept.keys()],
    readRecording: async (callId: string, side: 'citizen' | 'others') => {
      const sound = kept.get(callId)?.[side]
      return sound === undefined ? undefined : { bytes: sound.length, sound: Readable.from([sound.subarray(0, 700), sound.subarray(700)]) }
    },
    dropRecording: async (callId: string) => { kept.delete(callId) }
  }
}

async function stage (t: Parameters<typeof postgres.database>[0], cipher: Cipher = 'aes-256-gcm') {
  const { sql, open } = await postgres.database(t)
  const folder = mkdtempSync(join(tmpdir(), 'hotline-recordings-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const phone = clearRecordings()
  const files = createRecordingFiles(folder)
  const said: string[] = []
  const note = (detail: object, message: string): void => { said.push(`${message} ${JSON.stringify(detail)}`) }
  const log = { info: note, warn: note, error: note }
  const make = (repository = createRecordingRepository({ sql })) => createIntake({
    phone, files, repository, personalData, notesDir: join(folder, 'notes'), cipher: () => cipher, lives: () => false, clock, areaCode: '640100', unitId: 'hotline', log
  })
  const notes = () => { try { return readdirSync(join(folder, 'notes')) } catch { return [] } }
  return { sql, open, folder, phone, files, log, said, make, notes, repository: createRecordingRepository({ sql }) }
}

for (const cipher of ['aes-256-gcm', 'sm4'] as const) {
  t.test(`two clear sides become one sealed recording (${cipher})`, async t => {
    const { phone, files, folder, make, notes, repository } = await stage(t, cipher)
    const callId = newId()
    const citizen = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))
    phone.kept.set(callId, { citizen, others: Buffer.alloc(99_200, 0x2a) })
    phone.live.add(callId)
    const intake = make()
    intake.over(callId)
    await until('it was asked for while it went on', () => intake.waiting() === 0)
    t.equal(phone.kept.size, 1)
    phone.live.delete(callId)
    await until('it is taken in', async () => await repository.find(callId) !== undefined)
    await until('nothing is left', () => phone.kept.size === 0 && notes().length === 0)
    const row = await repository.find(callId)
    t.match(row, { durationMs: 12_500, deletedAt: null })
    const path = join(folder, row?.file ?? '')
    const bytes = readFileSync(path)
    t.equal(bytes.length, row?.fileBytes)
    t.equal(createHash('sha256').update(bytes).digest('hex'), row?.fileHash)
    const key = Buffer.from(personalData.open(row?.keySealed ?? '', `recordings.key:${callId}`), 'base64url')
    const size = await files.size(row?.file ?? '')
    const whole = await buffer(files.read(callId, row?.file ?? '', key, 0, size - 1))
    const wav = readWav(whole)
    t.equal(wav.citizen.length, 100_000)
    t.ok(wav.others.subarray(0, 800).every(sample => Math.abs(sample) === 8), 'what began later is silent before')
    t.ok(wav.others.subarray(800).every(sample => sample === -32256))
    t.ok((await buffer(files.read(callId, row?.file ?? '', key, 70_000, 140_001))).equals(whole.subarray(70_000, 140_002)), 'a stretch across chunks')
    bytes[90_000] = (bytes[90_000] as number) ^ 1
    writeFileSync(path, bytes)
    await t.rejects(buffer(files.read(callId, row?.file ?? '', key, 0, size - 1)), 'one bit altered')
    writeFileSync(path, bytes.subarray(0, bytes.length - 10))
    await t.rejects(buffer(files.read(callId, row?.file ?? '', key, 0, size - 1)), 'cut off')
    await intake.stop()
  })
}

t.test('what a killed server left is taken in by the next one, once', async t => {
  const { phone, make, repository, notes } = await stage(t)
  const left = Array.from({ length: 5 }, () => newId())
  for (const callId of left) phone.kept.set(callId, { citizen: Buffer.alloc(800), others: Buffer.alloc(800) })
  phone.kept.set(newId(), { citizen: Buffer.alloc(0), others: Buffer.alloc(0) })
  const [first, second] = [make(), make()]
  await Promise.all([first.sweep(), second.sweep()])
  await until('all are taken in', async () => (await repository.present(left)).length === 5 && phone.kept.size === 0 && first.waiting() + second.waiting() === 0)
  await first.sweep()
  t.same(notes(), [])
  await first.stop()
  await second.stop()
})

t.test('the database away: nothing clear stays, the row comes later', async t => {
  const { phone, make, notes, open, folder } = await stage(t)
  const database = await open()
  const repository = createRecordingRepository(database)
  const callId = newId()
  phone.kept.set(callId, { citizen: Buffer.alloc(800), others: Buffer.alloc(800) })
  await postgres.running.stop()
  const intake = make(repository)
  intake.over(callId)
  await until('the clear sides are gone', () => phone.kept.size === 0 && intake.waiting() === 0, { timeoutMs: 30_000 })
  t.same(notes(), [`${callId}.note`])
  t.notOk(readFileSync(join(folder, 'notes', `${callId}.note`), 'utf8').includes('640100'), 'sealed')
  await postgres.restart()
  await until('the database is back', () => database.up, { timeoutMs: 30_000 })
  await until('the row is there', async () => {
    await intake.sweep()
    return notes().length === 0
  }, { timeoutMs: 30_000 })
  t.match(await repository.find(callId), { callId, durationMs: 100 })
  await intake.stop()
})

t.test('kept for as long as it is to be, then deleted, and that is said', async t => {
  const { phone, make, repository, files, folder, sql, log, said } = await stage(t)
  const idAt = (at: number) => createIds({ now: () => at, at: () => () => {} })()
  const now = clock.now()
  const [old, young] = [idAt(now - 31 * DAY), idAt(now - 29 * DAY)]
  for (const callId of [old, young]) phone.kept.set(callId, { citizen: Buffer.alloc(800), others: Buffer.alloc(800) })
  const intake = make()
  await intake.sweep()
  await until('both are taken in', async () => (await repository.present([old, young])).length === 2)
  await intake.stop()
  const audited: object[] = []
  const options = { repository, files, keepMs: 30 * DAY, clock, newId, areaCode: '640100', unitId: 'hotline', log, audit: async (entry: object) => { audited.push(entry) } }
  t.equal(await deleteExpired(options), 1)
  t.equal(await deleteExpired(options), 0)
  t.same(await repository.present([old, young]), [young])
  t.match(await repository.find(old), { file: null, keySealed: null, deletedWhy: 'retention' })
  t.equal(readdirSync(folder, { recursive: true }).filter(name => String(name).endsWith('.hlrec')).length, 1)
  t.match(audited, [{ action: 'recording.delete', detail: { deleted: 1 } }])
  t.equal(said.filter(line => line.startsWith('recordings beyond their time deleted')).length, 1)
  await t.rejects(sql`update recordings set key_sealed = 'x' where call_id = ${old}`, 'a deleted one gets no key again')
})

t.test('a disk that fills is told, and begins no recording', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-disk-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const said: string[] = []
  const log = { info: (_: object, message: string) => { said.push(message) }, warn: (_: object, message: string) => { said.push(message) }, error: (_: object, message: string) => { said.push(message) } }
  for (const [warnBytes, stopBytes, state, words] of [[1, 1, 'ok', []], [2 ** 60, 1, 'low', ['disk fills: soon calls cannot be recorded']], [2 ** 60, 2 ** 60, 'full', ['disk full: calls are not recorded any more']]] as const) {
    said.length = 0
    const guard = createDiskGuard({ folder, warnBytes, stopBytes, clock, log })
    await guard.start()
    guard.stop()
    t.equal(guard.state, state)
    t.same(said, words)
    const begun: string[] = []
    const recorder = createRecorder({ phone: { startRecording: async callId => { begun.push(callId) }, muteRecording: async () => {} }, clock, mayRecord: () => guard.state !== 'full', log })
    const failed: string[] = []
    recorder.begin('call', 'leg', code => { failed.push(code) })
    t.same([begun, failed], state === 'full' ? [[], ['disk-full']] : [['call'], []])
  }
})

t.test('a phone system that refuses is asked again, and then it is told once', async t => {
  let asked = 0
  const at: Array<() => void> = []
  const recorder = createRecorder({
    phone: { startRecording: async () => { asked++; throw new PhoneError('fault', 'no') }, muteRecording: async () => {} },
    clock: { now: () => 0, at: (_, action) => { at.push(action); return () => {} } },
    mayRecord: () => true,
    log: { warn: () => {} }
  })
  const failed: string[] = []
  recorder.begin('call', 'leg', code => { failed.push(code) })
  recorder.begin('call', 'leg', code => { failed.push(code) })
  await until('given up', () => {
    for (const action of at.splice(0)) action()
    return failed.length > 0
  })
  t.equal(asked, 3)
  t.same(failed, ['fault'])
})
