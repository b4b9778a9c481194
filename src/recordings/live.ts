/** The recordings of a running hotline, put together: begun, taken in, heard, deleted, and the disk watched. */
import { join } from 'node:path'
import type { CallState } from '../calls/core/state.ts'
import type { RecorderSide } from '../calls/performer.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Config } from '../platform/config.ts'
import type { Sql } from '../platform/database/sql.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { Phone } from '../telephony/port.ts'
import { createDiskGuard } from './disk-guard.ts'
import { createRecordingFiles } from './files.ts'
import { createIntake } from './intake.ts'
import { createPlayback, type PlaybackDependencies } from './playback.ts'
import { createRecorder, noRecorder } from './recorder.ts'
import { createRecordingRepository } from './repository.ts'
import { deleteExpired, type RetentionDependencies } from './retention.ts'

export interface RecordingsDependencies extends Pick<PlaybackDependencies, 'findCall' | 'hasWorkOrder' | 'audit' | 'clock' | 'newId'>, Pick<RetentionDependencies, 'areaCode' | 'unitId'> {
  sql: Sql
  phone: Phone
  personalData: PersonalData
  calls: {
    state: (callId: CallId) => CallState | undefined
    /** Live calls were found: what does not live has ended. */
    settled: () => boolean
  }
  settings: Pick<Config, 'dataDir' | 'recording' | 'recordingKeepMs' | 'diskWarnBytes' | 'diskStopBytes' | 'cipher'>
  log: Record<'info' | 'warn' | 'error', (detail: object, message: string) => void>
}

/** What a killed server or a database that was away left is looked for so often; soon again while calls are still being found. */
const SWEEP_MS = 60_000
const UNSETTLED_MS = 1000

export function createRecordings ({ sql, phone, personalData, calls, settings, clock, areaCode, unitId, log, ...rest }: RecordingsDependencies) {
  const { dataDir, recording, recordingKeepMs, diskWarnBytes, diskStopBytes } = settings
  const repository = createRecordingRepository({ sql })
  const folder = join(dataDir, 'recordings')
  const files = createRecordingFiles(folder)
  const disk = createDiskGuard({ folder: dataDir, warnBytes: diskWarnBytes, stopBytes: diskStopBytes, clock, log })
  const intake = createIntake({
    phone,
    files,
    repository,
    personalData,
    notesDir: join(folder, 'notes'),
    cipher: () => settings.cipher,
    lives: callId => calls.state(callId) !== undefined,
    clock,
    areaCode,
    unitId,
    log
  })
  const recorder: RecorderSide = recording ? createRecorder({ phone, clock, mayRecord: () => disk.state !== 'full', log }) : noRecorder
  let cancel: (() => void) | undefined
  let stopped = false

  function sweepAfter (ms: number): void {
    if (stopped) return
    cancel = clock.at(clock.now() + ms, () => {
      if (!calls.settled()) return sweepAfter(UNSETTLED_MS)
      intake.sweep().catch((error: unknown) => { log.error({ err: error }, 'recordings not taken in') }).finally(() => { sweepAfter(SWEEP_MS) })
    })
  }

  return {
    recorder,
    playback: createPlayback({ repository, files, personalData, clock, ...rest }),
    /** Its recording may still be about to end. */
    callOver (callId: CallId): void { if (recording) intake.over(callId) },
    disk: () => disk.state,
    async deleteExpired (): Promise<void> { await deleteExpired({ repository, files, keepMs: recordingKeepMs, clock, areaCode, unitId, log, ...rest }) },
    /** Resolves when it is known whether there is room. */
    async start (): Promise<void> {
      await disk.start()
      sweepAfter(0)
    },
    /** Ends what is under way. */
    async stop (): Promise<void> {
      stopped = true
      cancel?.()
      disk.stop()
      await intake.stop()
    }
  }
}
