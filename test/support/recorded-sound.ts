/** Looks into a recording: how loud, which tone, how far two sides are apart. */
import { sampleOf, WAV_HEADER_BYTES } from '../../src/recordings/core/a-law.ts'

const RATE = 8

export interface TwoSides { citizen: Int16Array, others: Int16Array }

/** A WAV of two A-law channels; throws for anything else. */
export function readWav (bytes: Buffer): TwoSides {
  if (bytes.subarray(0, 4).toString() !== 'RIFF' || bytes.readUInt16LE(20) !== 6 || bytes.readUInt16LE(22) !== 2) throw new Error('no WAV of two A-law channels')
  const frames = (bytes.length - WAV_HEADER_BYTES) / 2
  const sides = { citizen: new Int16Array(frames), others: new Int16Array(frames) }
  for (let index = 0; index < frames; index++) {
    sides.citizen[index] = sampleOf(bytes[WAV_HEADER_BYTES + index * 2] as number)
    sides.others[index] = sampleOf(bytes[WAV_HEADER_BYTES + index * 2 + 1] as number)
  }
  return sides
}

/** Root mean square of a stretch. */
export function loudnessOf (side: Int16Array, fromMs: number, toMs: number): number {
  const stretch = side.subarray(Math.round(fromMs * RATE), Math.round(toMs * RATE))
  return Math.sqrt(stretch.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, stretch.length))
}

/**
 * Share of a tone in the energy of a stretch, 0 to 1: the median of its windows of 50 ms that hold sound (Goertzel). A sender
 * that is late now and then breaks the tone in few of them.
 */
export function share (side: Int16Array, hz: number, fromMs: number, toMs: number): number {
  const window = 50 * RATE
  const turn = 2 * Math.cos(2 * Math.PI * hz / (RATE * 1000))
  const shares: number[] = []
  for (let at = Math.round(fromMs * RATE); at + window <= toMs * RATE; at += window) {
    let [last, before, all] = [0, 0, 0]
    for (let index = at; index < at + window; index++) {
      const sample = side[index] as number
      all += sample * sample
      ;[last, before] = [sample + turn * last - before, last]
    }
    if (all / window > 100) shares.push((last * last + before * before - turn * last * before) * 2 / window / all)
  }
  return shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)] ?? 0
}

/** By how many milliseconds `later` follows `earlier` (negative: it goes before): where they fit best, up to `mostMs`. */
export function shift (earlier: Int16Array, later: Int16Array, mostMs: number): number {
  let best = { lag: 0, fit: -Infinity }
  const most = mostMs * RATE
  for (let lag = -most; lag <= most; lag += 4) {
    let fit = 0
    for (let index = most; index < earlier.length - most; index += 2) fit += (earlier[index] as number) * (later[index + lag] as number)
    if (fit > best.fit) best = { lag, fit }
  }
  return best.lag / RATE
}
