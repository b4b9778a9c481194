/**
 * The form of a recording on disk:
 *
 *   HLREC1 {"cipher":"aes-256-gcm","chunk":65536,"bytes":N}\n   sealed chunk | sealed chunk | …
 *
 * Each chunk is sealed with the recording's own key, for this call, its number and the number of bytes in all: none can be
 * altered, exchanged, left out or cut off unnoticed. The key stands, sealed, in the recording's row, so that keys of the
 * installation change without a file being written anew. Any stretch can be read without what is before it.
 */
import { algorithms, type Cipher, CIPHERS, KEY_BYTES } from '../platform/ciphers.ts'

export const CHUNK_BYTES = 64 * 1024
/** The head is shorter than this. */
export const MOST_HEAD_BYTES = 256

export interface SealedForm {
  cipher: Cipher
  chunk: number
  /** Of the recording in clear. */
  bytes: number
}

export function headOf (form: SealedForm): Buffer {
  return Buffer.from(`HLREC1 ${JSON.stringify({ cipher: form.cipher, chunk: form.chunk, bytes: form.bytes })}\n`)
}

/** Reads the head; throws when it is none. */
export function readHead (start: Buffer): { form: SealedForm, headBytes: number } {
  const end = start.indexOf(0x0a)
  const text = end < 0 ? '' : start.subarray(0, end).toString()
  if (!text.startsWith('HLREC1 ')) throw new Error('not a recording')
  const form = JSON.parse(text.slice('HLREC1 '.length)) as SealedForm
  if (!CIPHERS.includes(form.cipher) || !Number.isSafeInteger(form.chunk) || form.chunk < 1 || !Number.isSafeInteger(form.bytes) || form.bytes < 0) throw new Error('not a recording')
  return { form, headBytes: end + 1 }
}

/** Bytes that sealing adds to a chunk. */
export function overheadOf (cipher: Cipher): number {
  return algorithms[cipher].seal(Buffer.alloc(KEY_BYTES), Buffer.alloc(0), Buffer.alloc(0)).length
}

/** Bytes of the whole file. */
export function sealedBytes (form: SealedForm): number {
  return headOf(form).length + form.bytes + Math.ceil(form.bytes / form.chunk) * overheadOf(form.cipher)
}

/** Which chunks hold the bytes from `from` to `to`, both included, and where each lies in the file. */
export function chunksFor (form: SealedForm, headBytes: number, from: number, to: number): Array<{ index: number, at: number, sealedBytes: number, from: number, to: number }> {
  const overhead = overheadOf(form.cipher)
  const found = []
  for (let index = Math.floor(from / form.chunk); index * form.chunk <= to; index++) {
    const begins = index * form.chunk
    const clear = Math.min(form.chunk, form.bytes - begins)
    found.push({
      index,
      at: headBytes + index * (form.chunk + overhead),
      sealedBytes: clear + overhead,
      from: Math.max(0, from - begins),
      to: Math.min(clear - 1, to - begins)
    })
  }
  return found
}

export function sealChunk (form: SealedForm, key: Buffer, callId: string, index: number, clear: Buffer): Buffer {
  return algorithms[form.cipher].seal(key, clear, placeOf(form, callId, index))
}

/** Throws when the chunk was altered or is another one. */
export function openChunk (form: SealedForm, key: Buffer, callId: string, index: number, sealed: Buffer): Buffer {
  return algorithms[form.cipher].open(key, sealed, placeOf(form, callId, index))
}

function placeOf (form: SealedForm, callId: string, index: number): Buffer {
  return Buffer.from(`recording:${callId}:${index}:${form.bytes}`)
}
