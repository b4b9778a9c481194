/** Sound for the telephone: 8 kHz, 16 bit, one channel, low-passed, trimmed and of one loudness. */

export interface Sound {
  rate: number
  /** From -1 to 1. */
  samples: Float64Array
}

export const TELEPHONE_RATE = 8000
/** What a telephone line carries. */
const CUT_OFF_HZ = 3400
/** Half the length of the low-pass, in seconds: 40 dB down at 4 kHz, where 8 kHz sampling folds. */
const HALF_FILTER = 0.0045
const FRAME_SECONDS = 0.01
/** Frames below this part of the peak are silence at the ends. */
const SILENCE = 0.012
const PEAK = 10 ** (-3 / 20)

/** Reads a RIFF file of 16-bit PCM with one channel. Its own sizes are not trusted: a synthesiser that streams does not know them. */
export function readWave (bytes: Buffer): Sound {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') throw new Error('not a WAVE file')
  let rate = 0
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const start = at + 8
    if (id === 'fmt ') {
      if (bytes.readUInt16LE(start) !== 1 || bytes.readUInt16LE(start + 2) !== 1 || bytes.readUInt16LE(start + 14) !== 16) throw new Error('16-bit PCM with one channel is wanted')
      rate = bytes.readUInt32LE(start + 4)
    } else if (id === 'data') {
      const end = Math.min(bytes.length, start + size)
      const samples = new Float64Array(Math.floor((end - start) / 2))
      for (let index = 0; index < samples.length; index++) samples[index] = bytes.readInt16LE(start + 2 * index) / 32768
      return { rate, samples }
    }
    at = start + size + size % 2
  }
  throw new Error('a WAVE file without sound')
}

/** A RIFF file of 16-bit PCM. */
export function writeWave ({ rate, samples }: Sound): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * 2)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(rate, 24)
  bytes.writeUInt32LE(rate * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(samples.length * 2, 40)
  samples.forEach((sample, index) => bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32767), 44 + 2 * index))
  return bytes
}

/** Makes a sound fit for a telephone line, with so many seconds of silence at its ends. Throws for a silent one. */
export function forTelephone (sound: Sound, edgeSeconds: number): Sound {
  return { rate: TELEPHONE_RATE, samples: level(trim(resample(sound), edgeSeconds)) }
}

/** Low-pass and change of rate in one: each new sample is the windowed sinc over the old ones around its moment. */
function resample ({ rate, samples }: Sound): Float64Array {
  const half = HALF_FILTER * rate
  const cut = CUT_OFF_HZ / rate
  const result = new Float64Array(Math.floor(samples.length * TELEPHONE_RATE / rate))
  for (let index = 0; index < result.length; index++) {
    const middle = index * rate / TELEPHONE_RATE
    let sum = 0
    let weights = 0
    for (let at = Math.max(0, Math.ceil(middle - half)); at <= Math.min(samples.length - 1, middle + half); at++) {
      const distance = at - middle
      const angle = 2 * Math.PI * cut * distance
      const window = 0.42 + 0.5 * Math.cos(Math.PI * distance / half) + 0.08 * Math.cos(2 * Math.PI * distance / half)
      const weight = (angle === 0 ? 1 : Math.sin(angle) / angle) * window
      sum += weight * (samples[at] as number)
      weights += weight
    }
    result[index] = weights === 0 ? 0 : sum / weights
  }
  return result
}

function trim (samples: Float64Array, edgeSeconds: number): Float64Array {
  const frame = FRAME_SECONDS * TELEPHONE_RATE
  const peak = peakOf(samples)
  if (peak === 0) throw new Error('silence')
  const loud: number[] = []
  for (let start = 0; start < samples.length; start += frame) {
    if (peakOf(samples.subarray(start, start + frame)) > peak * SILENCE) loud.push(start)
  }
  const from = loud[0] as number
  const to = Math.min(samples.length, (loud.at(-1) as number) + frame)
  const edge = Math.round(edgeSeconds * TELEPHONE_RATE)
  const result = new Float64Array(to - from + 2 * edge)
  result.set(samples.subarray(from, to), edge)
  return result
}

function level (samples: Float64Array): Float64Array {
  const factor = PEAK / peakOf(samples)
  return samples.map(sample => sample * factor)
}

function peakOf (samples: Float64Array): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return peak
}
