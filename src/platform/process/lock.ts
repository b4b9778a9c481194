import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { identify, isAlive, readPidFile } from './detached.ts'

const STEP_MS = 250
/** An empty lock belongs to one who is just writing it, or who died doing so. */
const EMPTY_MS = 5000

/**
 * Holds `file` as a lock against other processes, waiting while a living one holds it. Returns the release; undefined when
 * it was not to be had within `timeoutMs`. `onWait` is called once when there is waiting to do.
 */
export async function holdLock (file: string, timeoutMs: number, onWait: () => void): Promise<(() => void) | undefined> {
  for (let waited = 0; waited <= timeoutMs; waited += STEP_MS) {
    if (take(file)) return () => rmSync(file, { force: true })
    const holder = readPidFile(file)
    if (holder === undefined ? waited > EMPTY_MS : !isAlive(holder)) rmSync(file, { force: true })
    else if (waited === 0) onWait()
    await wait(STEP_MS)
  }
  return undefined
}

function take (file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600)
    writeFileSync(handle, JSON.stringify({ ...identify(process.pid), about: null }))
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
