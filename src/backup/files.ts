/** Files in and out of a backup, streamed: nothing is ever held whole in memory. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type Dirent, type Stats } from 'node:fs'
import { copyFile, link, mkdir, open, opendir, stat, utimes, type FileHandle } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { readSum } from './core/manifest.ts'

export const SUMS = 'SHA256SUMS'
const NEWLINE = 10
/** The time of a file is put on its copy as milliseconds, while a disk keeps finer ones. */
const KEPT_TIME_MS = 2
/** Enough for a disk; more would take it from the calls. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

/** Writes below `dir` and keeps account of what it wrote, in the form that `sha256sum -c` reads. */
export interface Writer {
  readonly files: number
  readonly bytes: number
  /** Compresses text lines into a file; resolves with how many there were. `told` hears how many bytes came so far. */
  lines: (path: string, source: Readable, told: (bytes: number) => void) => Promise<number>
  text: (path: string, content: string) => Promise<void>
  /**
   * Copies a file, or links to the copy that an earlier backup made of the same. A file that is gone meanwhile is left out.
   * @param earlier where an earlier backup may have it
   */
  file: (path: string, from: string, earlier?: string) => Promise<void>
  /** Closes the account; resolves with its own SHA-256. */
  close: () => Promise<string>
}

export async function openWriter (dir: string): Promise<Writer> {
  const account: FileHandle = await open(join(dir, SUMS), 'wx', 0o600)
  let files = 0
  let bytes = 0

  async function enter (path: string, hash: string, size: number): Promise<void> {
    await account.appendFile(`${hash}  ${path}\n`)
    files += 1
    bytes += size
  }

  async function write (path: string, source: Readable, ...through: Transform[]): Promise<void> {
    await mkdir(dirname(join(dir, path)), { recursive: true, mode: 0o700 })
    const seen = hashing()
    // flush: on the disk before the account says so.
    await pipeline([source, ...through, seen.stream, createWriteStream(join(dir, path), { flags: 'wx', mode: 0o600, flush: true })])
    await enter(path, seen.hash(), seen.bytes())
  }

  return {
    get files () { return files },
    get bytes () { return bytes },
    async lines (path, source, told) {
      let count = 0
      let all = 0
      const counting = new Transform({
        transform (chunk: Buffer, _encoding, done) {
          for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count += 1
          told(all += chunk.length)
          done(null, chunk)
        }
      })
      await write(path, source, counting, createZstdCompress(ZSTD))
      return count
    },
    async text (path, content) { await write(path, Readable.from([Buffer.from(content)])) },
    async file (path, from, earlier) {
      const found = await present(stat(from))
      if (found === undefined) return
      const before = earlier === undefined ? undefined : await present(stat(earlier))
      const target = join(dir, path)
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      if (earlier !== undefined && before?.size === found.size && Math.abs(before.mtimeMs - found.mtimeMs) < KEPT_TIME_MS && await linked(earlier, target)) {
        const { hash, size } = await hashOf(target)
        return await enter(path, hash, size)
      }
      const handle = await present(open(from, 'r'))
      if (handle === undefined) return
      await write(path, handle.createReadStream())
      await utimes(target, found.atime, new Date(found.mtimeMs))
    },
    async close () {
      await account.sync()
      await account.close()
      return (await hashOf(join(dir, SUMS))).hash
    }
  }
}

/** What one folder holds, below it too, in no order; nothing when it is not there. Links are not followed. */
export async function * filesBelow (folder: string, below = ''): AsyncGenerator<string> {
  const entries = await present(opendir(join(folder, below)))
  if (entries === undefined) return
  for await (const entry of entries as AsyncIterable<Dirent>) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield * filesBelow(folder, path)
    else if (entry.isFile()) yield path
  }
}

/** Every file that the account names, in its order; `undefined` for a line that is none. */
export async function * accounted (dir: string): AsyncGenerator<{ hash: string, path: string } | undefined> {
  for await (const line of createInterface({ input: createReadStream(join(dir, SUMS)), crlfDelay: Infinity })) yield readSum(line)
}

export async function hashOf (file: string): Promise<{ hash: string, size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer)
    size += (chunk as Buffer).length
  }
  return { hash: hash.digest('hex'), size }
}

/** The lines that `Writer.lines` compressed. */
export function readLines (file: string): Readable {
  const source = createReadStream(file)
  const out = createZstdDecompress()
  source.once('error', error => out.destroy(error))
  return source.pipe(out)
}

/** Puts a file of a backup where it belongs, with its time. */
export async function putBack (from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await copyFile(from, to)
  const { atime, mtime } = await stat(from)
  await utimes(to, atime, mtime)
}

function hashing (): { stream: Transform, hash: () => string, bytes: () => number } {
  const hash = createHash('sha256')
  let bytes = 0
  const stream = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    }
  })
  return { stream, hash: () => hash.digest('hex'), bytes: () => bytes }
}

async function linked (from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    // Another disk, or one that knows no links: then it is copied.
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** What is asked for, unless it is not there (any more). */
async function present<T extends Stats | FileHandle | AsyncIterable<Dirent>> (asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
