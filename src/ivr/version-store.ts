/** Keeps every accepted version of every flow on disk, so that calls go on with theirs after a restart. */
import { mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs } from '../kernel/clock.ts'
import { versionOf } from './compile.ts'
import type { CompiledFlow } from './core/flow.ts'
import type { Log } from '../platform/log.ts'

/** Versions that nothing uses are kept for so long: no call lasts longer. */
const KEPT_MS = 7 * 24 * 3600 * 1000

export interface StoredVersions {
  flows: CompiledFlow[]
  /** Version that calls took last, by name of the flow. */
  current: Readonly<Record<string, string>>
}

export interface VersionStore {
  /** Reads all that is kept, drops what is out of date, and passes over what is damaged, with a warning. */
  load: (now: EpochMs) => Promise<StoredVersions>
  /** Keeps `flows` as those that calls take from `now` on. */
  save: (flows: ReadonlyMap<string, CompiledFlow>, now: EpochMs) => Promise<void>
}

/** A store in `folder`, which is made when first needed. */
export function createVersionStore (folder: string, log: Log): VersionStore {
  const written = new Map<string, CompiledFlow>()
  const currentFile = join(folder, 'current.json')
  let inUse = new Set<string>()

  /** Those versions and all that they call. */
  function closure (versions: Iterable<string>): Set<string> {
    const found = new Set(versions)
    for (const version of found) for (const called of Object.values(written.get(version)?.subFlows ?? {})) found.add(called)
    return found
  }

  async function write (path: string, content: unknown): Promise<void> {
    // Renamed into place, so that a crash leaves the old file or the new one, never half of one.
    await writeFile(`${path}.new`, JSON.stringify(content))
    await rename(`${path}.new`, path)
  }

  async function readFlowVersion (path: string): Promise<CompiledFlow | undefined> {
    try {
      const flow = JSON.parse(await readFile(path, 'utf8')) as CompiledFlow
      if (path.endsWith(`/${flow.version}.json`) && versionOf(flow.file, flow.subFlows) === flow.version) return flow
      log.warn({ path }, 'a kept flow version does not match its content, it is passed over')
    } catch (error) {
      log.warn({ path, err: error }, 'a kept flow version cannot be read, it is passed over')
    }
    return undefined
  }

  return {
    async load (now) {
      await mkdir(folder, { recursive: true })
      const current = await readCurrent(currentFile, log)
      for (const name of await readdir(folder)) {
        if (!/^[0-9a-f]{16}\.json$/.test(name)) continue
        const flow = await readFlowVersion(join(folder, name))
        if (flow !== undefined) written.set(flow.version, flow)
      }
      inUse = closure(Object.values(current))
      for (const version of written.keys()) {
        const path = join(folder, `${version}.json`)
        if (inUse.has(version) || now - (await stat(path)).mtimeMs < KEPT_MS) continue
        await unlink(path)
        written.delete(version)
      }
      return { flows: [...written.values()], current }
    },
    async save (flows, now) {
      await mkdir(folder, { recursive: true })
      for (const flow of flows.values()) {
        if (written.has(flow.version)) continue
        await write(join(folder, `${flow.version}.json`), flow)
        written.set(flow.version, flow)
      }
      const used = closure([...flows.values()].map(flow => flow.version))
      // Calls may still be on what was current until now: its time out of use begins here.
      for (const version of inUse) if (!used.has(version)) await utimes(join(folder, `${version}.json`), now / 1000, now / 1000)
      await write(currentFile, Object.fromEntries([...flows].map(([name, flow]) => [name, flow.version])))
      inUse = used
    }
  }
}

async function readCurrent (path: string, log: Log): Promise<Readonly<Record<string, string>>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ path, err: error }, 'the list of current flow versions cannot be read')
    return {}
  }
}
