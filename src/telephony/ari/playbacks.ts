import type { Clock } from '../../kernel/clock.ts'
import type { PhoneEvent } from '../port.ts'
import type { AriEvent } from './generated/events.ts'

const MAX_STOPPING = 1000

/** Tells a playback that came to its end from one that was stopped: Asterisk calls both finished. */
export function createPlaybackBook ({ clock, emit }: { clock: Clock, emit: (event: PhoneEvent) => void }) {
  const stopping = new Set<string>()
  return {
    /** To be called before the playback is told to stop. */
    stopping (playbackId: string): void {
      stopping.add(playbackId)
      // Those that were over already never come: forget the oldest.
      if (stopping.size > MAX_STOPPING) stopping.delete(stopping.keys().next().value as string)
    },
    event (event: AriEvent): void {
      if (event.type !== 'PlaybackFinished') return
      const { id, state } = event.playback
      const stopped = stopping.delete(id)
      emit({ type: 'playback-ended', at: clock.now(), playbackId: id, completed: state === 'done' && !stopped })
    }
  }
}
