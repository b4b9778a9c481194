/** Calls' snapshots as the phone system keeps them: sealed, until they are dropped. */
import { inParallel } from './in-parallel.ts'
import type { Snapshot } from './mailbox.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Phone } from '../telephony/port.ts'

export interface SnapshotsDependencies {
  phone: Pick<Phone, 'writeSnapshot' | 'readSnapshot' | 'dropSnapshot'>
  /** Makes a snapshot unreadable for others, and back; `open` throws when it is not ours. */
  seal: (text: string) => string
  open: (sealed: string) => string
  /** A call that lives keeps its snapshot. */
  lives: (callId: CallId) => boolean
  log: { warn: (detail: object, message: string) => void, error: (detail: object, message: string) => void }
}

/** Few: nobody waits for it, and callers may wait for what else is asked at that time. */
const DROPS_AT_ONCE = 4
/** Snapshots to be dropped later; those beyond lie in the phone system until that restarts. */
const MOST_UNDROPPED = 5_000

export function createSnapshots ({ phone, seal, open, lives, log }: SnapshotsDependencies) {
  const undropped = new Set<CallId>()

  /** Of calls that have ended. Never rejects: what fails is kept for `dropAgain`. */
  async function drop (callIds: Iterable<CallId>): Promise<void> {
    await inParallel(callIds, DROPS_AT_ONCE, async callId => {
      if (lives(callId)) return
      try {
        await phone.dropSnapshot(callId)
        undropped.delete(callId)
      } catch (error) {
        if (undropped.size < MOST_UNDROPPED) undropped.add(callId)
        log.warn({ callId, err: error }, 'snapshot not dropped')
      }
    })
  }

  return {
    /** Rejects with PhoneError. */
    keep: async (callId: CallId, snapshot: Snapshot): Promise<void> => { await phone.writeSnapshot(callId, seal(JSON.stringify(snapshot))) },
    /** Undefined when there is none, or none that can be read. Rejects with PhoneError. */
    async read (callId: CallId): Promise<Snapshot | undefined> {
      const sealed = await phone.readSnapshot(callId)
      if (sealed === undefined || sealed === '') return undefined
      try {
        const snapshot = JSON.parse(open(sealed)) as Snapshot
        return snapshot.v === 1 && snapshot.state.callId === callId ? snapshot : undefined
      } catch (error) {
        log.error({ callId, err: error }, 'snapshot not readable: the caller begins anew')
        return undefined
      }
    },
    drop,
    /** What could not be dropped before; to be called when the phone system is there again. */
    dropAgain: async (): Promise<void> => { await drop([...undropped]) }
  }
}
