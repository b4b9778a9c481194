/** Files that are there whole or not at all. */
import { open, rename, rm } from 'node:fs/promises'

/** Writes beside the target, synced, then in its place; readable by the owner only. */
export async function writeWhole (path: string, content: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  try {
    const handle = await open(beside, 'w', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
