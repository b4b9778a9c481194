/**
 * Takes recordings in from the phone system: two clear files become one sealed one, then the clear ones are deleted. Each step
 * can be done again, so that whoever was killed in the middle leaves nothing behind, neither sound nor a gap.
 *
 *   lies in the phone system --1--> sealed file and its note --2--> row in the database --3--> clear files and note deleted
 *
 * While the database is away it stops at the note, which is sealed and holds the row; the clear files are deleted nevertheless.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { idTime } from '../platform/ids.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Cipher } from '../platform/ciphers.ts'
import { isDatabaseAway } from '../platform/database/errors.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import { writeWhole } from '../platform/whole-file.ts'
import { PhoneError, type Phone } from '../telephony/port.ts'
import { SAMPLES_PER_SECOND, wavHeader, WAV_HEADER_BYTES } from './core/a-law.ts'
import { alignment, createPeaks, interleave, piecesOf } from './core/two-sides.ts'
import type { RecordingFiles } from './files.ts'
import type { RecordingRepository } from './repository.ts'
import type { RecordingRow } from './tables.ts'

export interface IntakeDependencies {
  phone: Pick<Phone, 'connected' | 'recordingGoesOn' | 'storedRecordings' | 'readRecording' | 'dropRecording'>
  files: Pick<RecordingFiles, 'write'>
  repository: Pick<RecordingRepository, 'add'>
  personalData: Pick<PersonalData, 'seal' | 'open'>
  /** Folder of the notes. */
  notesDir: string
  cipher: () => Cipher
  /** Calls that live keep recording. */
  lives: (callId: CallId) => boolean
  clock: Clock
  areaCode: string
  unitId: string
  log: { info: (detail: object, message: string) => void, warn: (detail: object, message: string) => void, error: (detail: object, message: string) => void }
}

const PIECE_BYTES = 32 * 1024
/** After a call ended its recording is asked for so often, before it is left to the next sweep. */
const LOOKS = 12
const LOOK_AGAIN_MS = 500
/** Calls that ended within a moment; more wait for the sweep. */
const MOST_WAITING = 2000
const AT_ONCE = 2

export type Intake = ReturnType<typeof createIntake>

export function createIntake (dependencies: IntakeDependencies) {
  const { phone, files, repository, personalData, notesDir, cipher, lives, clock, areaCode, unitId, log } = dependencies
  const waiting = new Map<CallId, number>()
  const running = new Map<CallId, Promise<void>>()
  let stopped = false
  let sweeping: Promise<void> | undefined

  function next (): void {
    for (const [callId, looks] of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(callId)
      running.set(callId, attempt(callId, looks).finally(() => {
        running.delete(callId)
        next()
      }))
    }
  }

  async function attempt (callId: CallId, looks: number): Promise<void> {
    try {
      if (lives(callId)) return
      if (!await phone.recordingGoesOn(callId)) return await take(callId)
    } catch (error) {
      // Told only when nothing more is tried: the sweep comes back to it.
      if (looks <= 1) log.warn({ callId, err: error }, 'recording not taken in yet')
    }
    if (looks > 1 && !stopped) clock.at(clock.now() + LOOK_AGAIN_MS, () => { post(callId, looks - 1) })
  }

  function post (callId: CallId, looks: number): void {
    if (stopped || running.has(callId) || waiting.size >= MOST_WAITING) return
    waiting.set(callId, Math.max(looks, waiting.get(callId) ?? 0))
    next()
  }

  const noteOf = (callId: CallId) => join(notesDir, `${callId}.note`)

  async function take (callId: CallId): Promise<void> {
    const citizen = await phone.readRecording(callId, 'citizen')
    const others = await phone.readRecording(callId, 'others')
    try {
      const { frames, silenceBefore } = alignment(citizen?.bytes ?? 0, others?.bytes ?? 0)
      if (frames > 0) {
        const startedAt = idTime(callId)
        const peaks = createPeaks(frames)
        const sound = (async function * () {
          yield wavHeader(frames)
          const sides = [piecesOf(silenceBefore.citizen, citizen?.sound ?? [], frames, PIECE_BYTES), piecesOf(silenceBefore.others, others?.sound ?? [], frames, PIECE_BYTES)] as const
          for await (const one of sides[0]) {
            const { value: other } = await sides[1].next() as { value: Buffer }
            peaks.add(one, other)
            yield interleave(one, other)
          }
        })()
        const { file, fileBytes, fileHash, key } = await files.write(callId, startedAt, sound, WAV_HEADER_BYTES + frames * 2, cipher())
        const row: RecordingRow = {
          callId,
          startedAt,
          durationMs: Math.round(frames * 1000 / SAMPLES_PER_SECOND),
          file,
          fileBytes,
          fileHash,
          keySealed: personalData.seal(key.toString('base64url'), `recordings.key:${callId}`),
          peaksCitizen: peaks.sides.citizen.toString('base64'),
          peaksOthers: peaks.sides.others.toString('base64'),
          deletedAt: null,
          deletedWhy: null,
          areaCode,
          unitId
        }
        await mkdir(notesDir, { recursive: true, mode: 0o700 })
        await writeWhole(noteOf(callId), personalData.seal(JSON.stringify(row), 'recordings.note'))
      }
    } finally {
      citizen?.sound.destroy()
      others?.sound.destroy()
    }
    await phone.dropRecording(callId)
    await enter(callId)
  }

  /** The note's row goes into the database; the note stays while that is away. */
  async function enter (callId: CallId): Promise<void> {
    let note: string
    try {
      note = await readFile(noteOf(callId), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    try {
      await repository.add(JSON.parse(personalData.open(note, 'recordings.note')) as RecordingRow)
    } catch (error) {
      if (isDatabaseAway(error)) return
      throw error
    }
    await rm(noteOf(callId), { force: true })
  }

  async function sweepAll (): Promise<void> {
    if (phone.connected) for (const callId of await phone.storedRecordings()) if (!lives(callId)) post(callId, 1)
    for (const name of await readdir(notesDir).catch(() => [])) {
      const callId = name.endsWith('.note') ? name.slice(0, -'.note'.length) : undefined
      if (callId === undefined || running.has(callId)) continue
      await enter(callId).catch((error: unknown) => { log.error({ callId, err: error }, 'recording not entered') })
    }
  }

  return {
    /** A call is over: its recording is taken in as soon as it is finished. */
    over (callId: CallId): void { post(callId, LOOKS) },
    /** Looks for what was left, after a start or by the clock. Rejects with PhoneError. */
    async sweep (): Promise<void> {
      sweeping ??= sweepAll().finally(() => { sweeping = undefined })
      await sweeping.catch((error: unknown) => {
        if (!(error instanceof PhoneError)) throw error
        log.warn({ code: error.code }, 'recordings not looked for')
      })
    },
    /** Ends what is under way. */
    async stop (): Promise<void> {
      stopped = true
      waiting.clear()
      await Promise.allSettled([...running.values()])
    },
    waiting: () => waiting.size + running.size
  }
}
