/** Recordings: what of them is pure. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { CIPHERS } from '../../src/platform/ciphers.ts'
import { loudness, sampleOf, SILENCE, wavHeader } from '../../src/recordings/core/a-law.ts'
import { diskState } from '../../src/recordings/core/disk.ts'
import { noteProblem } from '../../src/recordings/core/listen-reason.ts'
import { mutesOf } from '../../src/recordings/core/mutes.ts'
import { rangeOf } from '../../src/recordings/core/range.ts'
import { chunksFor, headOf, openChunk, overheadOf, readHead, sealChunk, sealedBytes } from '../../src/recordings/sealed-file.ts'
import { alignment, createPeaks, interleave, PEAKS, piecesOf } from '../../src/recordings/core/two-sides.ts'

t.test('A-law: the samples of the standard', async t => {
  // ITU-T G.711, table 1a, with every even bit inverted: largest, smallest, and the steps around nothing.
  for (const [code, sample] of [[0xaa, 32256], [0x2a, -32256], [0xd5, 8], [0x55, -8], [0xd4, 24], [0x54, -24]] as const) t.equal(sampleOf(code), sample)
  const magnitudes = new Set(Array.from({ length: 256 }, (_, code) => Math.abs(sampleOf(code))))
  t.equal(magnitudes.size, 128, 'each magnitude twice, once of each sign')
  t.equal(loudness[SILENCE], 0)
  t.equal(loudness[0xaa], 252)
})

t.test('the head of the WAV file says what follows', async t => {
  const head = wavHeader(8000)
  t.equal(head.length, 58)
  t.equal(head.readUInt32LE(4), 58 - 8 + 16_000)
  t.equal(head.readUInt16LE(20), 6)
  t.equal(head.readUInt16LE(22), 2)
  t.equal(head.readUInt32LE(28), 16_000)
  t.equal(head.readUInt32LE(54), 16_000)
})

async function * pieces (bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] as number
    yield bytes.subarray(at, at + size)
    at += size
  }
}

t.test('both sides end together, however the bytes come', async () => {
  await fc.assert(fc.asyncProperty(
    fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 64 }),
    async (one, other, sizes, pieceBytes) => {
      const sides = { citizen: Buffer.from(one), others: Buffer.from(other) }
      const { frames, silenceBefore } = alignment(one.length, other.length)
      const whole = async (side: 'citizen' | 'others'): Promise<Buffer> => {
        const collected: Buffer[] = []
        for await (const piece of piecesOf(silenceBefore[side], pieces(sides[side], sizes), frames, pieceBytes)) {
          if (piece.length > pieceBytes) throw new Error('a piece is too long')
          collected.push(Buffer.from(piece))
        }
        return Buffer.concat(collected)
      }
      for (const side of ['citizen', 'others'] as const) {
        const wanted = Buffer.concat([Buffer.alloc(frames - sides[side].length, SILENCE), sides[side]])
        if (!(await whole(side)).equals(wanted)) throw new Error(`${side} is not what was recorded`)
      }
    }))
})

t.test('a side that ends early is silent to the end, and both have as many pieces', async t => {
  const lengths: number[] = []
  for await (const piece of piecesOf(0, [Buffer.alloc(10, 1)], 25, 8)) lengths.push(piece.length)
  t.same(lengths, [8, 8, 8, 1])
})

t.test('sides in turns, and their loudest moments', async t => {
  t.same([...interleave(Buffer.from([1, 2, 3]), Buffer.from([7, 8, 9]))], [1, 7, 2, 8, 3, 9])
  const peaks = createPeaks(PEAKS * 2)
  const loud = Buffer.alloc(PEAKS * 2, SILENCE)
  loud[2 * 10 + 1] = 0xaa
  peaks.add(loud, Buffer.alloc(PEAKS * 2, SILENCE))
  t.equal(peaks.sides.citizen[10], 252)
  t.equal(peaks.sides.citizen.filter(value => value > 0).length, 1)
  t.ok(peaks.sides.others.every(value => value === 0))
})

t.test('sealed files: any stretch is read alone; nothing altered, exchanged or cut off is', async () => {
  fc.assert(fc.property(fc.constantFrom(...CIPHERS), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 90 }), fc.nat(), fc.nat(), (cipher, bytes, chunk, a, b) => {
    const clear = randomBytes(bytes)
    const key = randomBytes(32)
    const form = { cipher, chunk, bytes }
    const parts = [headOf(form)]
    for (let index = 0; index * chunk < bytes; index++) parts.push(sealChunk(form, key, 'call', index, clear.subarray(index * chunk, (index + 1) * chunk)))
    const file = Buffer.concat(parts)
    if (file.length !== sealedBytes(form)) throw new Error('another length than was said')
    const { form: read, headBytes } = readHead(file)
    const [from, to] = [Math.min(a % bytes, b % bytes), Math.max(a % bytes, b % bytes)]
    const stretch = Buffer.concat(chunksFor(read, headBytes, from, to).map(found =>
      openChunk(read, key, 'call', found.index, file.subarray(found.at, found.at + found.sealedBytes)).subarray(found.from, found.to + 1)))
    if (!stretch.equals(clear.subarray(from, to + 1))) throw new Error('another stretch than was asked for')
    const first = chunksFor(read, headBytes, 0, 0)[0] as { at: number, sealedBytes: number }
    const sealed = Buffer.from(file.subarray(first.at, first.at + first.sealedBytes))
    const refuses = (why: string, open: () => unknown): void => {
      try {
        open()
      } catch {
        return
      }
      throw new Error(`opened though ${why}`)
    }
    refuses('it is another chunk', () => openChunk(read, key, 'call', 1, sealed))
    refuses('it is another call’s', () => openChunk(read, key, 'other', 0, sealed))
    refuses('more was cut off', () => openChunk({ ...read, bytes: bytes - 1 }, key, 'call', 0, sealed))
    refuses('the key is another', () => openChunk(read, randomBytes(32), 'call', 0, sealed))
    sealed[a % sealed.length] = (sealed[a % sealed.length] as number) ^ 1
    refuses('a bit is another', () => openChunk(read, key, 'call', 0, sealed))
  }), { numRuns: 300 })
})

t.test('what is no recording is refused', async t => {
  for (const start of ['', 'RIFF', 'HLREC1 {}\n', 'HLREC1 {"cipher":"none","chunk":1,"bytes":1}\n', 'HLREC1 {"cipher":"sm4","chunk":0,"bytes":1}\n', 'HLREC1 {"cipher":"sm4","chunk":1,"bytes":-1}\n']) {
    t.throws(() => readHead(Buffer.from(start)), start)
  }
  t.same(CIPHERS.map(overheadOf), [28, 48])
})

t.test('ranges', async t => {
  const table: Array<[string | undefined, ReturnType<typeof rangeOf>]> = [
    [undefined, 'whole'], ['', 'whole'], ['bytes=-', 'whole'], ['items=0-1', 'whole'], ['bytes=0-1,5-6', 'whole'], ['bytes=5-4', 'whole'],
    ['bytes=0-', { from: 0, to: 99 }], ['bytes=0-0', { from: 0, to: 0 }], ['bytes=90-200', { from: 90, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }], ['bytes=-1000', { from: 0, to: 99 }], ['bytes=100-', 'unsatisfiable'], ['bytes=-0', 'unsatisfiable']
  ]
  for (const [header, wanted] of table) t.same(rangeOf(header, 100), wanted, header ?? 'none')
})

t.test('silent stretches', async t => {
  const on = (at: number, reason = 'bank') => ({ at, type: 'recording-muted', reason })
  const off = (at: number) => ({ at, type: 'recording-unmuted' })
  t.same(mutesOf([], 1000, 60_000), [])
  t.same(mutesOf([on(2000), off(5000), on(6000, 'identity'), off(7000)], 1000, 60_000), [{ fromMs: 1000, toMs: 4000, reason: 'bank' }, { fromMs: 5000, toMs: 6000, reason: 'identity' }])
  t.same(mutesOf([off(1500), on(2000), on(3000), off(5000)], 1000, 60_000), [{ fromMs: 1000, toMs: 4000, reason: 'bank' }], 'the first counts')
  t.same(mutesOf([on(2000)], 1000, 60_000), [{ fromMs: 1000, toMs: 60_000, reason: 'bank' }], 'the call ended in it')
  t.same(mutesOf([on(500), off(99_000)], 1000, 60_000), [{ fromMs: 0, toMs: 60_000, reason: 'bank' }])
})

t.test('room on the disk', async t => {
  const rules = { warnBytes: 100, stopBytes: 10 }
  for (const [free, state] of [[1000, 'ok'], [100, 'ok'], [99, 'low'], [10, 'low'], [9, 'full'], [0, 'full']] as const) t.equal(diskState(free, rules), state)
})

t.test('reasons', async t => {
  t.equal(noteProblem('quality', ''), undefined)
  t.ok(noteProblem('other', ''))
  t.equal(noteProblem('other', '领导交办'), undefined)
  t.ok(noteProblem('verify', '来电 138 0000 0001'))
})
