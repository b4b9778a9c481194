/**
 * The local end of the journal: a folder of append-only files through which every entry passes on its way to the database.
 * Each line is sealed. What was written survives the death of the process; while `durable` is set, that of the machine too.
 * Files are removed when all their lines have been committed; lines of a file that was not removed are read again at the
 * next start, so that the reader of the spool must know repeated entries.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { appendFile, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../platform/log.ts'

const SEGMENT_BYTES = 1_048_576
const CHUNK_BYTES = 262_144
/** A line longer than this is no line of ours. */
const LINE_BYTES = 1_048_576
/** Entries that wait in memory for a disk that does not take them. */
const PENDING_MOST = 50_000
const DISK_RETRY_MS = 1_000

export interface Position { segment: number, offset: number }
export interface Batch { entries: unknown[], end: Position }

export interface SpoolOptions {
  dir: string
  limitBytes: number
  seal: (text: string) => string
  open: (sealed: string) => string
  clock: Clock
  log: Log
  /** There is something new to read. */
  onWritten: () => void
}

export type Spool = ReturnType<typeof createSpool>

/** Opens the spool and finds what an earlier process left in it. */
export function createSpool ({ dir, limitBytes, seal, open: unseal, clock, log, onWritten }: SpoolOptions) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  /** Bytes of each segment, in order; the last one may be open for writing. */
  const segments = new Map<number, number>()
  for (const name of readdirSync(dir).sort()) {
    const number = /^(\d{10})\.log$/.exec(name)?.[1]
    if (number !== undefined) segments.set(Number(number), statSync(join(dir, name)).size)
  }
  let current = Math.max(0, ...segments.keys())
  let writer: FileHandle | undefined
  let reader: { segment: number, handle: FileHandle } | undefined
  let position: Position = { segment: firstSegment() ?? current + 1, offset: 0 }
  let pending: string[] = []
  let writing: Promise<void> | undefined
  let durable = false
  let unsynced = false
  let closing = false
  let cancelRetry = () => {}
  const counts = { dropped: 0, unreadable: 0, diskFailures: 0 }

  function firstSegment (): number | undefined {
    return segments.keys().next().value
  }
  function file (segment: number): string {
    return join(dir, `${String(segment).padStart(10, '0')}.log`)
  }
  function bytes (): number {
    let sum = 0
    for (const size of segments.values()) sum += size
    return sum
  }

  function drop (count: number, why: string): void {
    if (counts.dropped === 0 || Math.floor((counts.dropped + count) / 1000) > Math.floor(counts.dropped / 1000)) {
      log.error({ dropped: counts.dropped + count, why }, 'journal entries lost')
    }
    counts.dropped += count
  }

  async function nextSegment (): Promise<FileHandle> {
    await writer?.close()
    writer = undefined
    // Exclusive: a file that is there already belongs to someone else.
    writer = await open(file(current + 1), 'ax', 0o600)
    current += 1
    segments.set(current, 0)
    return writer
  }

  async function write (): Promise<void> {
    while (pending.length > 0) {
      const lines = pending.slice(0, 1000)
      const bulk = Buffer.from(lines.join(''))
      if (bytes() + bulk.length > limitBytes) {
        pending = pending.slice(lines.length)
        drop(lines.length, 'spool is full')
        continue
      }
      const handle = writer === undefined || (segments.get(current) ?? 0) >= SEGMENT_BYTES ? await nextSegment() : writer
      const size = segments.get(current) ?? 0
      try {
        await handle.appendFile(bulk)
        unsynced = true
        await syncIfAsked()
      } catch (error) {
        // Half a line must not stay before the next try.
        await handle.truncate(size)
        throw error
      }
      pending = pending.slice(lines.length)
      segments.set(current, size + bulk.length)
      onWritten()
    }
  }

  async function syncIfAsked (): Promise<void> {
    if (!durable || !unsynced || writer === undefined) return
    unsynced = false
    await writer.datasync()
  }

  function startWriting (): void {
    if (writing !== undefined) return
    writing = write().catch((error: unknown) => {
      counts.diskFailures += 1
      log.error({ err: error, waiting: pending.length }, 'journal cannot be written to disk')
      if (!closing) cancelRetry = clock.at(clock.now() + DISK_RETRY_MS, startWriting)
    }).finally(() => { writing = undefined })
  }

  async function readerFor (segment: number): Promise<FileHandle> {
    if (reader?.segment === segment) return reader.handle
    await reader?.handle.close()
    reader = undefined
    const handle = await open(file(segment), 'r')
    reader = { segment, handle }
    return handle
  }

  /** Whole lines from `from` on, at most `most`. `end` stands behind the last one. */
  async function readLines (from: Position, most: number): Promise<{ lines: string[], end: Position }> {
    const size = segments.get(from.segment) ?? 0
    const handle = await readerFor(from.segment)
    for (let length = CHUNK_BYTES; ; length *= 4) {
      const wanted = Math.min(length, size - from.offset)
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, from.offset)
      const lines: string[] = []
      let start = 0
      for (let at = buffer.indexOf(10); at !== -1 && at < bytesRead && lines.length < most; at = buffer.indexOf(10, start)) {
        lines.push(buffer.toString('latin1', start, at))
        start = at + 1
      }
      if (start > 0) return { lines, end: { segment: from.segment, offset: from.offset + start } }
      if (wanted === size - from.offset || length > LINE_BYTES) {
        // The tail of a line whose writer died, or no line at all.
        counts.unreadable += 1
        log.warn({ segment: from.segment, bytes: size - from.offset }, 'torn end of a journal file left out')
        return { lines: [], end: { segment: from.segment, offset: size } }
      }
    }
  }

  function unread (): boolean {
    const last = [...segments.keys()].at(-1)
    if (last === undefined) return false
    return position.segment < last || (position.segment === last && position.offset < (segments.get(last) ?? 0))
  }

  return {
    /** Takes an entry. Neither waits nor throws. */
    append (entry: unknown): void {
      if (pending.length >= PENDING_MOST) {
        drop(1, 'disk does not take them')
        return
      }
      pending.push(seal(JSON.stringify(entry)) + '\n')
      startWriting()
    },
    /** The next entries in order, at most `most`, or undefined when all were read. Reading again without `commit` gives the same. */
    async read (most: number): Promise<Batch | undefined> {
      let from = position
      while (unread()) {
        const size = segments.get(from.segment)
        if (size === undefined || from.offset >= size) {
          const next = [...segments.keys()].find(segment => segment > from.segment)
          if (next === undefined) return undefined
          from = { segment: next, offset: 0 }
          continue
        }
        const { lines, end } = await readLines(from, most)
        const entries: unknown[] = []
        for (const line of lines) {
          try {
            entries.push(JSON.parse(unseal(line)))
          } catch (error) {
            counts.unreadable += 1
            log.error({ err: error, segment: from.segment }, 'journal line not readable')
          }
        }
        if (entries.length > 0) return { entries, end }
        await this.commit(end)
        from = end
      }
      return undefined
    },
    /** Everything before `end` is safe elsewhere. */
    async commit (end: Position): Promise<void> {
      position = end
      for (const [segment, size] of segments) {
        const done = segment < end.segment || (segment === end.segment && end.offset >= size)
        // The file that is being written stays until it is full.
        if (!done || (segment === current && writer !== undefined && size < SEGMENT_BYTES)) break
        if (segment === current && (writing !== undefined || pending.length > 0)) break
        if (segment === current) {
          await writer?.close()
          writer = undefined
        }
        if (reader?.segment === segment) {
          await reader.handle.close()
          reader = undefined
        }
        segments.delete(segment)
        await unlink(file(segment))
      }
    },
    /** While set, what is written is on the disk itself. */
    setDurable (now: boolean): void {
      durable = now
      if (now && unsynced && writing === undefined) {
        writing = syncIfAsked().catch((error: unknown) => { log.error({ err: error }, 'journal not synced') }).finally(() => { writing = undefined })
      }
    },
    /** Keeps an entry that the database refuses, for people to look at. */
    async setAside (entry: unknown): Promise<void> {
      await appendFile(join(dir, 'refused.sealed'), seal(JSON.stringify(entry)) + '\n', { mode: 0o600 })
    },
    get unread () { return unread() || pending.length > 0 },
    state: () => ({ bytes: bytes(), pending: pending.length, ...counts }),
    /** Writes what is pending, syncs it, and removes files that are read to their end. */
    async close (): Promise<void> {
      closing = true
      cancelRetry()
      durable = true
      await writing
      if (pending.length > 0) {
        startWriting()
        await writing
      }
      await syncIfAsked()
      await writer?.close()
      writer = undefined
      await this.commit(position)
      await reader?.handle.close()
      reader = undefined
    }
  }
}
