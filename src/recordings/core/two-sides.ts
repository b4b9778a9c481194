/** Two recordings of one call become one of two channels. */
import { loudness, SILENCE } from './a-law.ts'

/** Points of the drawn waveform, of each side. */
export const PEAKS = 600

/**
 * Both sides ended in the same moment, with the citizen's leg; what is shorter began later and gets silence before it.
 */
export function alignment (citizen: number, others: number): { frames: number, silenceBefore: { citizen: number, others: number } } {
  const frames = Math.max(citizen, others)
  return { frames, silenceBefore: { citizen: frames - citizen, others: frames - others } }
}

/** Sample by sample in turns: citizen, others. Both are of the same length. */
export function interleave (citizen: Uint8Array, others: Uint8Array): Buffer {
  const both = Buffer.allocUnsafe(citizen.length * 2)
  for (let index = 0; index < citizen.length; index++) {
    both[index * 2] = citizen[index] as number
    both[index * 2 + 1] = others[index] as number
  }
  return both
}

/** Collects the loudest sample of each of `PEAKS` stretches of both sides, 0 to 255. */
export function createPeaks (frames: number) {
  const sides = { citizen: Buffer.alloc(PEAKS), others: Buffer.alloc(PEAKS) }
  let at = 0
  return {
    add (citizen: Uint8Array, others: Uint8Array): void {
      for (let index = 0; index < citizen.length; index++, at++) {
        const stretch = Math.min(PEAKS - 1, Math.floor(at * PEAKS / Math.max(1, frames)))
        sides.citizen[stretch] = Math.max(sides.citizen[stretch] as number, loudness[citizen[index] as number] as number)
        sides.others[stretch] = Math.max(sides.others[stretch] as number, loudness[others[index] as number] as number)
      }
    },
    sides
  }
}

/** A side as a stream of bytes, read in pieces of a wanted length. What is missing at its end is silence. */
export async function * piecesOf (silenceBefore: number, sound: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, frames: number, pieceBytes: number): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  let left = frames
  async function * all (): AsyncGenerator<Uint8Array> {
    for (let silence = silenceBefore; silence > 0; silence -= pieceBytes) yield Buffer.alloc(Math.min(silence, pieceBytes), SILENCE)
    yield * sound
  }
  for await (const bytes of all()) {
    held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes])
    while (held.length >= pieceBytes && left > 0) {
      const piece = held.subarray(0, Math.min(pieceBytes, left))
      left -= piece.length
      held = held.subarray(piece.length)
      yield piece
    }
  }
  while (left > 0) {
    const piece = Buffer.alloc(Math.min(pieceBytes, left), SILENCE)
    held.copy(piece)
    held = held.subarray(Math.min(held.length, piece.length))
    left -= piece.length
    yield piece
  }
}
