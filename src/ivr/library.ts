/** The flows that calls take: read from a folder, checked, kept, and read again whenever the folder changes. */
import { watch, type FSWatcher } from 'chokidar'
import { join } from 'node:path'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import type { Log } from '../platform/log.ts'
import { compile } from './compile.ts'
import { describe, type Finding } from './core/finding.ts'
import type { CompiledFlow, FlowLibrary } from './core/flow.ts'
import { flowFilesIn, promptsIn, readFlows } from './folder.ts'
import { createVersionStore } from './version-store.ts'

/** Editors write a file in several strokes: it is read when the folder has been quiet for so long. */
const QUIET_MS = 150
/** Longest wait for the watch to stand; changes in the meantime are seen by the reading that follows it. */
const WATCH_READY_MS = 5000
/** How often to look where the system cannot tell of changes. */
const POLL_MS = 2000

export interface FlowLibraryOptions {
  /** Folder of the flow files. */
  folder: string
  /** Where prompts are besides `prompts` below `folder`, e.g. where the phone system takes them from. */
  promptsFolder?: string
  /** Where accepted versions are kept, e.g. `DATA_DIR/flow-versions`. */
  versionsFolder: string
  skillGroups: () => ReadonlySet<string>
  /** The flow that new calls begin in. */
  entry: string
  clock: Clock
  log: Log
}

export interface FlowLibraryStatus {
  /** Whether new calls find their flow. */
  ok: boolean
  entry: string
  flows: ReadonlyArray<{ name: string, title: string, version: string }>
  /** What is wrong with the files as they are now; an earlier good version may be in use all the same. */
  findings: readonly Finding[]
  checkedAt: EpochMs | undefined
}

export interface WatchedFlowLibrary extends FlowLibrary {
  /** Reads the kept versions and the folder, and watches it from then on. Rejects only when the kept versions cannot be read or made. */
  start: () => Promise<void>
  stop: () => Promise<void>
  /** Reads the folder now. New calls take what is good from the moment this resolves. */
  reload: () => Promise<void>
  status: () => FlowLibraryStatus
  /** Called after each reading. Returns the removal. */
  onReload: (listener: (status: FlowLibraryStatus) => void) => () => void
}

/** Until `start`, and as long as no good flow was ever seen, `get` gives undefined. */
export function createFlowLibrary (options: FlowLibraryOptions): WatchedFlowLibrary {
  const { folder, entry, clock, log } = options
  const promptFolders = [...new Set([join(folder, 'prompts'), options.promptsFolder ?? join(folder, 'prompts')])]
  const store = createVersionStore(options.versionsFolder, log)
  const versions = new Map<string, CompiledFlow>()
  const listeners = new Set<(status: FlowLibraryStatus) => void>()
  let current = new Map<string, CompiledFlow>()
  let findings: readonly Finding[] = []
  let checkedAt: EpochMs | undefined
  let watcher: FSWatcher | undefined
  let cancelQuiet: (() => void) | undefined
  let reading: Promise<void> = Promise.resolve()
  let stopped = false

  const keyOf = (name: string, version: string): string => `${name}@${version}`
  const get: FlowLibrary['get'] = (name, version) =>
    version === undefined ? current.get(name) : versions.get(keyOf(name, version))
  const status = (): FlowLibraryStatus => ({
    ok: current.has(entry),
    entry,
    flows: [...current.values()].map(({ name, version, file }) => ({ name, title: file.title, version })),
    findings,
    checkedAt
  })

  async function read (): Promise<void> {
    const found: Finding[] = []
    try {
      const read = await readFlows(await flowFilesIn(folder))
      const prompts = new Set<string>()
      for (const each of promptFolders) for (const prompt of await promptsIn(each)) prompts.add(prompt)
      const compiled = compile({
        ...read, prompts, skillGroups: options.skillGroups(), last: current, get: (name, version) => versions.get(keyOf(name, version))
      })
      found.push(...read.findings, ...compiled.findings.map(read.locate))
      const last = current.get(entry)
      if (!read.flowNames.has(entry)) {
        found.push({ file: `${entry}.json`, pointer: '', problem: { zh: '入口流程文件不存在', en: 'the file of the flow that calls begin in is not there' }, wanted: { zh: `文件 ${entry}.json`, en: `a file ${entry}.json` } })
        if (last !== undefined) compiled.flows.set(entry, last)
      } else if (compiled.flows.get(entry)?.file.kind === 'sub') {
        found.push({ file: `${entry}.json`, pointer: '/kind', problem: { zh: '来电由此流程开始，它却是子流程', en: 'calls begin in this flow, but it is a sub-flow' }, wanted: { zh: 'main', en: 'main' } })
        if (last === undefined) compiled.flows.delete(entry)
        else compiled.flows.set(entry, last)
      }
      for (const flow of compiled.flows.values()) versions.set(keyOf(flow.name, flow.version), flow)
      await keep(compiled.flows, found)
      announce(current, compiled.flows)
      current = compiled.flows
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ err: error }, 'the folder of flows cannot be read, the last good flows stay in use')
      found.push({ file: folder, pointer: '', problem: { zh: `流程目录无法读取：${reason}`, en: `the folder of flows cannot be read: ${reason}` }, wanted: { zh: '服务器可读的目录', en: 'a folder that the server may read' } })
    }
    for (const each of found) log.warn(`IVR flow refused\n${describe(each)}`)
    findings = found
    checkedAt = clock.now()
    for (const listener of listeners) listener(status())
  }

  /** A version that cannot be kept is used all the same: only a restart in the middle of its calls would miss it. */
  async function keep (flows: ReadonlyMap<string, CompiledFlow>, found: Finding[]): Promise<void> {
    try {
      await store.save(flows, clock.now())
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ err: error }, 'accepted flow versions cannot be kept on disk')
      found.push({ file: options.versionsFolder, pointer: '', problem: { zh: `流程版本无法保存：${reason}`, en: `flow versions cannot be kept: ${reason}` }, wanted: { zh: '可写且有空间的目录', en: 'a folder with space that the server may write' } })
    }
  }

  function announce (before: ReadonlyMap<string, CompiledFlow>, after: ReadonlyMap<string, CompiledFlow>): void {
    for (const flow of after.values()) {
      if (before.get(flow.name)?.version !== flow.version) log.info({ flow: flow.name, version: flow.version }, 'IVR flow counts from the next call on')
    }
  }

  function reload (): Promise<void> {
    reading = reading.then(read)
    return reading
  }

  function soon (): void {
    cancelQuiet?.()
    cancelQuiet = clock.at(clock.now() + QUIET_MS, () => {
      // `read` turns every failure into a finding.
      reload().catch((error: unknown) => { log.error({ err: error }, 'flows could not be read again') })
    })
  }

  async function watchFolder (usePolling: boolean): Promise<void> {
    const started = watch([folder, ...promptFolders], { ignoreInitial: true, depth: 2, usePolling, interval: POLL_MS })
    watcher = started
    started.on('all', soon)
    const ready = new Promise<void>(resolve => {
      const cancel = clock.at(clock.now() + WATCH_READY_MS, resolve)
      started.once('ready', () => {
        cancel()
        resolve()
      })
    })
    started.on('error', error => {
      const code = (error as NodeJS.ErrnoException).code
      log.error({ err: error }, 'the folder of flows cannot be watched')
      if (usePolling || stopped || (code !== 'ENOSPC' && code !== 'EMFILE')) return
      started.close().then(() => watchFolder(true)).catch((failure: unknown) => { log.error({ err: failure }, 'the folder of flows cannot be polled either') })
    })
    await ready
  }

  return {
    get,
    status,
    reload,
    async start () {
      const stored = await store.load(clock.now())
      for (const flow of stored.flows) versions.set(keyOf(flow.name, flow.version), flow)
      for (const [name, version] of Object.entries(stored.current)) {
        const flow = versions.get(keyOf(name, version))
        if (flow !== undefined) current.set(name, flow)
      }
      await watchFolder(false)
      await reload()
    },
    async stop () {
      stopped = true
      cancelQuiet?.()
      await watcher?.close()
      await reading
    },
    onReload (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    }
  }
}
