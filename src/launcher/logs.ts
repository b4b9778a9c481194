/** Keeps the logs of the programs from filling the disk. */
import { copyFileSync, existsSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const MOST_BYTES = 32 * 1024 * 1024
const EVERY_MS = 60_000

/**
 * Looks at the files once a minute; one that has grown beyond 32 MB is copied to `NAME.1` and emptied. The programs append,
 * so they go on at its beginning. Returns the end of it.
 */
export function boundLogs (files: () => readonly string[], report: (line: string) => void): () => void {
  const look = (): void => {
    for (const file of files()) {
      try {
        boundLog(file, MOST_BYTES)
      } catch (error) {
        report(`日志无法轮换 (a log could not be cut) ${file}: ${(error as Error).message}`)
      }
    }
  }
  const timer = setInterval(look, EVERY_MS).unref()
  look()
  return () => clearInterval(timer)
}

/** Cuts one log that is longer than `mostBytes`; its content goes to `NAME.1`, whose former content is dropped. */
export function boundLog (file: string, mostBytes: number): void {
  if (!existsSync(file) || statSync(file).size <= mostBytes) return
  copyFileSync(file, `${file}.1`)
  truncateSync(file, 0)
}

/** The logs below an Asterisk's log folder, without the channel event log, which is the journal's. */
export function asteriskLogs (folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isFile() && !entry.name.endsWith('.1')).map(entry => join(folder, entry.name))
}
