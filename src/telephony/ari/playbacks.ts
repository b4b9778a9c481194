import type { Clock } from '../../kernel/clock.ts'
import type { PhoneEvent } from '../port.ts'
import type { AriEvent } from './generated/events.ts'

const MAX_STOPPING = 1000

/**
 * Tells a playback that came to its end from one that was stopped: Asterisk calls both finished. Of one that a bridge takes
 * with it, Asterisk says so only sometimes: its end is told here, once.
 */
export function createPlaybackBook ({ clock, emit }: { clock: Clock, emit: (event: PhoneEvent) => void }) {
  const stopping = new Set<string>()
  /** Playbacks that go on in bridges, and those whose end was told when their bridge ended. */
  const inBridges = new Map<string, string>()
  const toldWithBridge = new Set<string>()
  return {
    /** To be called before the playback begins in the bridge. */
    inBridge (playbackId: string, bridgeId: string): void {
      toldWithBridge.delete(playbackId)
      inBridges.set(playbackId, bridgeId)
      if (inBridges.size > MAX_STOPPING) inBridges.delete(inBridges.keys().next().value as string)
    },
    /** There is no such bridge: nothing can end with it. */
    neverBegan (playbackId: string): void {
      inBridges.delete(playbackId)
    },
    bridgeGone (bridgeId: string): void {
      for (const [playbackId, its] of [...inBridges]) {
        if (its !== bridgeId) continue
        inBridges.delete(playbackId)
        stopping.delete(playbackId)
        toldWithBridge.add(playbackId)
        if (toldWithBridge.size > MAX_STOPPING) toldWithBridge.delete(toldWithBridge.keys().next().value as string)
        emit({ type: 'playback-ended', at: clock.now(), playbackId, completed: false })
      }
    },
    /** To be called before the playback is told to stop. */
    stopping (playbackId: string): void {
      stopping.add(playbackId)
      // Those that were over already never come: forget the oldest.
      if (stopping.size > MAX_STOPPING) stopping.delete(stopping.keys().next().value as string)
    },
    event (event: AriEvent): void {
      if (event.type !== 'PlaybackFinished') return
      const { id, state } = event.playback
      inBridges.delete(id)
      if (toldWithBridge.delete(id)) return
      const stopped = stopping.delete(id)
      emit({ type: 'playback-ended', at: clock.now(), playbackId: id, completed: state === 'done' && !stopped })
    }
  }
}
