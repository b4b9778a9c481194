/** Deletes what has been kept long enough, page by page, and says so. */
import type { Clock } from '../kernel/clock.ts'
import type { RecordingFiles } from './files.ts'
import type { RecordingRepository } from './repository.ts'
import type { PlaybackDependencies } from './playback.ts'

export interface RetentionDependencies {
  repository: Pick<RecordingRepository, 'expired' | 'markDeleted'>
  files: Pick<RecordingFiles, 'remove'>
  audit: PlaybackDependencies['audit']
  keepMs: number
  clock: Clock
  newId: () => string
  areaCode: string
  unitId: string
  log: { info: (detail: object, message: string) => void }
}

const PAGE = 200

/** Gives the number of recordings deleted. The file goes first: a row without its sound is honest, sound without a row is lost. */
export async function deleteExpired ({ repository, files, audit, keepMs, clock, newId, areaCode, unitId, log }: RetentionDependencies): Promise<number> {
  const before = clock.now() - keepMs
  let deleted = 0
  for (;;) {
    const page = await repository.expired(before, PAGE)
    for (const { callId, file } of page) {
      if (file !== null) await files.remove(file)
      await repository.markDeleted(callId, clock.now(), 'retention')
    }
    deleted += page.length
    if (page.length < PAGE) break
  }
  if (deleted > 0) {
    log.info({ deleted, before }, 'recordings beyond their time deleted')
    await audit({ id: newId(), at: clock.now(), actorId: 'system', action: 'recording.delete', subject: 'recordings', detail: { why: 'retention', deleted, before }, address: '', areaCode, unitId })
  }
  return deleted
}
