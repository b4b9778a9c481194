/** G.711 A-law as WAV: what a browser plays and every telephone exchange knows. */

export const SAMPLES_PER_SECOND = 8000
/** A-law for silence. */
export const SILENCE = 0xd5
export const WAV_HEADER_BYTES = 58

/** The head of a WAV file of two channels, of `frames` samples each, that follow it in turns: citizen, others. */
export function wavHeader (frames: number): Buffer {
  const head = Buffer.alloc(WAV_HEADER_BYTES)
  const dataBytes = frames * 2
  head.write('RIFF', 0)
  head.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(18, 16)
  head.writeUInt16LE(6, 20) // A-law
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  head.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(8, 34)
  head.write('fact', 38)
  head.writeUInt32LE(4, 42)
  head.writeUInt32LE(frames, 46)
  head.write('data', 50)
  head.writeUInt32LE(dataBytes, 54)
  return head
}

/** Magnitude of each A-law byte, 0 to 255 of full scale. */
export const loudness: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => Math.min(255, Math.round(Math.abs(sampleOf(code)) / 128)))

/** The sample that an A-law byte stands for, -32256 to 32256 (ITU-T G.711). */
export function sampleOf (code: number): number {
  const bits = code ^ 0x55
  const exponent = (bits & 0x70) >> 4
  const mantissa = (bits & 0x0f) << 4
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
  return (bits & 0x80) === 0 ? -magnitude : magnitude
}
