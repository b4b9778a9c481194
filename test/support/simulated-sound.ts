/** What the simulated phone system plays, and what each ear hears. */
import type { Clock, EpochMs } from '../../src/kernel/clock.ts'
import type { LegId } from '../../src/kernel/ids.ts'
import type { Leg, LegMark, Media, NewLeg, PhoneEvent } from '../../src/telephony/port.ts'
import type { CallerEars, Hearing, Ring } from './simulated-people.ts'

export interface Playback { id: string, on: LegId | string, lengthMs: number, cancel: (() => void) | undefined, complete: boolean }

export interface Line {
  leg: Leg
  bridgeId: string | undefined
  playbacks: Playback[]
  music: string | undefined
  mark: LegMark | undefined
  trunk: string
  from: 'trunk' | 'seat' | 'trial'
  /** False while the fallback has it. */
  ours: boolean
  joinedAt: EpochMs
  ring: Ring | undefined
  seatId: string | undefined
  ears: CallerEars
  talking: boolean
  cancels: Set<() => void>
  pendingDial: NewLeg | undefined
  silentSince: EpochMs
}

export interface Bridge {
  id: string
  legIds: LegId[]
  playbacks: Playback[]
  /** Playbacks that ended while nobody was in it. */
  untold: string[]
}

export interface SoundOptions {
  clock: Clock
  lines: ReadonlyMap<LegId, Line>
  bridges: ReadonlyMap<string, Bridge>
  promptMs: (prompt: string) => number | undefined
  tell: (order: string, event: PhoneEvent) => void
}

/** Playbacks of one leg or bridge are heard one after another. */
export function createSound ({ clock, lines, bridges, promptMs, tell }: SoundOptions) {
  const playbacks = new Map<string, Playback>()

  function queueOf (on: string): Playback[] {
    return lines.get(on)?.playbacks ?? bridges.get(on)?.playbacks ?? []
  }

  function startNext (on: string): void {
    const head = queueOf(on)[0]
    if (head === undefined || head.cancel !== undefined) return
    head.cancel = clock.at(clock.now() + head.lengthMs, () => { endPlayback(head, head.complete) })
  }

  /** What ends in a bridge in which nobody is, is told when that ends. */
  function endPlayback (playback: Playback, completed: boolean): void {
    if (!playbacks.delete(playback.id)) return
    playback.cancel?.()
    const queue = queueOf(playback.on)
    queue.splice(queue.indexOf(playback), 1)
    heard(playback.on)
    const bridge = bridges.get(playback.on)
    if (bridge?.legIds.length === 0) bridge.untold.push(playback.id)
    else tell(playback.on, { type: 'playback-ended', at: clock.now(), playbackId: playback.id, completed })
    startNext(playback.on)
  }

  /** What a bridge takes with it, one after another, and what ended in it unheard. */
  function endWithBridge (bridge: Bridge): void {
    for (const { id, cancel } of bridge.playbacks) {
      cancel?.()
      playbacks.delete(id)
    }
    for (const playbackId of [...bridge.untold, ...bridge.playbacks.map(({ id }) => id)]) {
      tell(bridge.id, { type: 'playback-ended', at: clock.now(), playbackId, completed: false })
    }
    bridge.playbacks = []
  }

  /** Behind what `on`, a leg or a bridge, plays already. */
  function play (playbackId: string, on: string, media: readonly Media[]): void {
    if (playbacks.has(playbackId)) return
    let lengthMs = 0
    let complete = true
    for (const piece of media) {
      const ms = 'prompt' in piece ? promptMs(piece.prompt) : piece.silenceMs
      complete = ms !== undefined // the last piece decides, as in Asterisk
      lengthMs += ms ?? 0
    }
    const playback: Playback = { id: playbackId, on, lengthMs, cancel: undefined, complete }
    playbacks.set(playbackId, playback)
    const of = lines.get(on)
    if (of !== undefined) of.music = undefined // a playback ends the music for good, as in Asterisk
    queueOf(on).push(playback)
    heard(on)
    startNext(on)
  }

  function hearing (legId: LegId): Hearing {
    const of = lines.get(legId)
    if (of === undefined) return 'silence'
    if (of.leg.state !== 'up') return 'ringback'
    if (of.playbacks.length > 0) return 'playback'
    const bridge = of.bridgeId === undefined ? undefined : bridges.get(of.bridgeId)
    if (bridge !== undefined) {
      if (bridge.playbacks.length > 0) return 'playback'
      if (bridge.legIds.some((other) => other !== legId && lines.get(other)?.leg.state === 'up')) return 'people'
    }
    return of.music === undefined ? 'silence' : 'music'
  }

  /** Notes since when the ears concerned hear nothing, and tells people that they talk. */
  function heard (on: string): void {
    const bridge = bridges.get(on) ?? bridges.get(lines.get(on)?.bridgeId ?? '')
    for (const legId of bridge === undefined ? [on] : bridge.legIds) {
      const of = lines.get(legId)
      if (of === undefined) continue
      const now = hearing(legId)
      if (now !== 'silence') of.silentSince = Infinity
      else if (of.silentSince === Infinity) of.silentSince = clock.now()
      const talking = of.leg.state === 'up' && bridge !== undefined &&
        bridge.legIds.some((other) => other !== legId && lines.get(other)?.leg.state === 'up')
      if (talking !== of.talking) {
        of.talking = talking
        of.ears.talking?.(talking)
      }
    }
  }

  return { playbacks, play, endPlayback, endWithBridge, hearing, heard }
}
