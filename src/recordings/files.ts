/** Sealed recordings on disk: written whole or not at all, read by stretches. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { Cipher } from '../platform/ciphers.ts'
import { KEY_BYTES } from '../platform/ciphers.ts'
import { calendarFolder } from './core/folder.ts'
import { CHUNK_BYTES, chunksFor, headOf, MOST_HEAD_BYTES, openChunk, readHead, sealChunk } from './sealed-file.ts'

/** What is known of a file that was written. */
export interface Written { file: string, fileBytes: number, fileHash: string, key: Buffer }

export type RecordingFiles = ReturnType<typeof createRecordingFiles>

export function createRecordingFiles (folder: string) {
  return {
    /**
     * Seals `bytes` bytes of `sound` under a key of their own. The file's name is there when the file is whole and on disk.
     * Rejects when `sound` has another length or fails; then nothing is left.
     */
    async write (callId: string, startedAt: number, sound: AsyncIterable<Buffer>, bytes: number, cipher: Cipher): Promise<Written> {
      const file = join(calendarFolder(startedAt), `${callId}.hlrec`)
      const target = join(folder, file)
      const beside = `${target}.${process.pid}.part`
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      const key = randomBytes(KEY_BYTES)
      const form = { cipher, chunk: CHUNK_BYTES, bytes }
      const hash = createHash('sha256')
      const handle = await open(beside, 'w', 0o600)
      let fileBytes = 0
      try {
        const put = async (part: Buffer): Promise<void> => {
          hash.update(part)
          fileBytes += part.length
          await handle.writeFile(part)
        }
        await put(headOf(form))
        let held = Buffer.alloc(0)
        let index = 0
        let clear = 0
        for await (const part of sound) {
          clear += part.length
          held = Buffer.concat([held, part])
          for (; held.length >= CHUNK_BYTES; held = held.subarray(CHUNK_BYTES)) await put(sealChunk(form, key, callId, index++, held.subarray(0, CHUNK_BYTES)))
        }
        if (held.length > 0) await put(sealChunk(form, key, callId, index, held))
        if (clear !== bytes) throw new Error(`a recording of ${clear} bytes where ${bytes} were announced`)
        await handle.sync()
        await handle.close()
        await rename(beside, target)
      } catch (error) {
        await handle.close().catch(() => { /* it was closed before what failed */ })
        await rm(beside, { force: true })
        throw error
      }
      return { file, fileBytes, fileHash: hash.digest('hex'), key }
    },

    /** Length of the recording in clear; rejects when there is no such file. */
    async size (file: string): Promise<number> {
      return (await headAt(join(folder, file))).form.bytes
    },

    /** The bytes from `from` to `to`, both included. The stream fails where the file was altered. */
    read (callId: string, file: string, key: Buffer, from: number, to: number): Readable {
      return Readable.from((async function * () {
        const path = join(folder, file)
        const { form, headBytes } = await headAt(path)
        const handle = await open(path, 'r')
        try {
          for (const chunk of chunksFor(form, headBytes, from, Math.min(to, form.bytes - 1))) {
            const sealed = Buffer.alloc(chunk.sealedBytes)
            const { bytesRead } = await handle.read(sealed, 0, sealed.length, chunk.at)
            if (bytesRead !== sealed.length) throw new Error('the recording is cut off')
            yield openChunk(form, key, callId, chunk.index, sealed).subarray(chunk.from, chunk.to + 1)
          }
        } finally {
          await handle.close()
        }
      })(), { objectMode: false })
    },

    remove: async (file: string): Promise<void> => { await rm(join(folder, file), { force: true }) }
  }

  async function headAt (path: string): Promise<ReturnType<typeof readHead>> {
    const handle = await open(path, 'r')
    try {
      const start = Buffer.alloc(MOST_HEAD_BYTES)
      const { bytesRead } = await handle.read(start, 0, start.length, 0)
      return readHead(start.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  }
}
