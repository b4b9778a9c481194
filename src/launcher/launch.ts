/** Prepares, starts and watches all that the hotline needs on this machine: see docs/architecture.md. */
import { existsSync, mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { adoptDetached, identify, isAlive, readPidFile, writePidFile } from '../platform/process/detached.ts'
import { diskError, OperatorError } from '../platform/process/operator-error.ts'
import { freeTcpPort, tcpPortFree } from '../platform/process/ports.ts'
import { loadSecrets } from '../platform/secrets.ts'
import { reloadQueues } from '../telephony/local/fallback.ts'
import { ensureAsterisk } from '../telephony/local/fetch.ts'
import { cacheFolder } from '../telephony/local/installation.ts'
import { renderQueues } from '../telephony/local/render.ts'
import { startLocalAsterisk } from '../telephony/local/start.ts'
import type { LocalAsterisk } from '../telephony/local/start.ts'
import { readTrunks } from '../telephony/local/trunks.ts'
import { ariAccess, watchAsterisk } from '../telephony/local/watch.ts'
import { publicAddresses } from './addresses.ts'
import { openFront } from './front.ts'
import type { Front } from './front.ts'
import { keepCertificate } from './keep-certificate.ts'
import { asteriskLogs, boundLogs } from './logs.ts'
import { networkAddresses } from './own-certificate.ts'
import { ensurePages } from './pages.ts'
import { startPostgres } from './postgres.ts'
import type { RunningPostgres } from './postgres.ts'
import { watchServer } from './server-watch.ts'
import { startServer } from './server-process.ts'
import { createSupervisor } from './supervisor.ts'
import type { Running, Supervisor } from './supervisor.ts'

export interface LaunchOptions {
  config: Config
  root: string
  dev: boolean
  report: (line: string) => void
}

export interface Ready {
  /** Where the pages are: for this machine first, then for others. */
  addresses: string[]
  serverBase: string
}

export interface Launched {
  /** Resolves when everything is up and calls can be served; rejects, with everything of ours ended, when that cannot be. */
  ready: Promise<Ready>
  /** Ends everything in order. May be called at any time. */
  stop: () => Promise<void>
  /** Ends everything at once. */
  kill: () => void
}

/** Stands in a data folder while it is being restored from a backup. */
export const RESTORING = 'restoring'
const NEEDED_BYTES = 300 * 1024 * 1024
/** Callers wait for it: it is tried more often than the others. */
const SERVER_BACK_OFF_MS = [20, 20, 300, 1000, 2000, 5000, 10_000]
const SEATS_EVERY_MS = 5000

/** Begins. The public port is taken first, so that a second start fails before it touches anything. */
export function launch ({ config, root, dev, report }: LaunchOptions): Launched {
  const closers: Array<() => void> = []
  const supervisors: Array<Supervisor<Running>> = []
  let front: Front | undefined
  let stopped = false

  const demandGoing = (): void => { if (stopped) throw new OperatorError('Stopped.', '已停止。') }
  const stop = async (): Promise<void> => {
    stopped = true
    for (const close of closers.splice(0)) close()
    // The server first, so that it can tell its calls good-bye in a journal that is still there.
    for (const supervisor of [...supervisors].reverse()) await supervisor.stop()
    await front?.close()
  }
  const kill = (): void => { for (const supervisor of supervisors) supervisor.kill() }
  const supervise = <T extends Running>(supervisor: Supervisor<T>): Supervisor<T> => {
    demandGoing()
    supervisors.push(supervisor as unknown as Supervisor<Running>)
    return supervisor
  }
  const begin = async (): Promise<Ready> => {
    takeDataFolder(config.dataDir)
    const secrets = loadSecrets(config.secretsFile, config.cipher)
    const ports = await rememberPort(config.dataDir)
    const serverBase = `http://127.0.0.1:${ports.server}`
    let serverUp = false
    let asteriskBase: string | undefined
    const certificate = await keepCertificate({ config, now: () => Date.now(), report })
    const opened = front = await openFront({
      certificate: certificate?.first,
      host: config.bind,
      port: config.port,
      server: () => serverUp ? serverBase : undefined,
      asterisk: () => asteriskBase,
      phoneGateKey: secrets.phoneGateKey,
      now: () => Date.now()
    })
    if (certificate !== undefined) closers.push(certificate.watch(opened.renew))
    if (!existsSync(config.soundsDir) && config.ariUrl === undefined) {
      throw new OperatorError(`The prompts are missing: ${config.soundsDir} (HOTLINE_SOUNDS_DIR).`, '缺少提示音目录。')
    }

    let ariUrl = config.ariUrl
    let local: LocalAsterisk | undefined
    const prepareAsterisk = async (): Promise<void> => {
      if (ariUrl !== undefined) {
        asteriskBase = ariAccess(ariUrl).base
        return
      }
      const trunks = config.trunksFile === undefined ? [] : readTrunks(config.trunksFile)
      const installation = await ensureAsterisk({ cacheDir: cacheFolder(process.env), env: process.env, report })
      demandGoing()
      let httpPort: number | undefined
      const supervisor = supervise(createSupervisor<LocalAsterisk>({
        name: 'Asterisk',
        report,
        start: async () => await startLocalAsterisk({
          dir: join(config.dataDir, 'asterisk'),
          sipPort: config.sipPort,
          sipBind: config.sipBind,
          rtpPorts: config.rtpPorts,
          mediaAddress: config.mediaAddress,
          ...(httpPort === undefined ? {} : { httpPort }),
          demo: config.demo,
          trunks,
          seats: readSeats(config.dataDir),
          ariPassword: secrets.ariPassword,
          watchKey: secrets.phoneGateKey.slice(0, 24),
          soundsDir: config.soundsDir,
          installation,
          report
        }),
        onUp: running => {
          local = running
          httpPort = running.httpPort
          asteriskBase = `http://127.0.0.1:${running.httpPort}`
        },
        onDown: () => { asteriskBase = undefined }
      }))
      const running = await supervisor.start()
      report(said('Asterisk ' + running.version.replace(/\+.*/, ''), running))
      ariUrl = running.ariUrl
      closers.push(watchAsterisk({
        target: () => {
          const { current } = supervisor
          if (current === undefined) return undefined
          return { ariUrl: current.ariUrl, sip: { host: config.sipBind, port: current.sipPort, watchKey: current.watchKey } }
        },
        still: what => supervisor.replace(`${what} 无响应,正在重启 (stands still, being restarted)`)
      }))
      closers.push(boundLogs(() => asteriskLogs(running.folders.log), report))
      closers.push(watchSeats(config.dataDir, () => supervisor.current, report))
    }

    let databaseUrl = config.databaseUrl
    const prepareDatabase = async (): Promise<void> => {
      if (databaseUrl !== undefined) return
      const dir = join(config.dataDir, 'postgres')
      const supervisor = supervise(createSupervisor<RunningPostgres>({
        name: 'PostgreSQL', report, start: async () => await startPostgres({ dir, password: secrets.databasePassword, report })
      }))
      const running = await supervisor.start()
      report(said('PostgreSQL', running))
      databaseUrl = running.url
      closers.push(boundLogs(() => [join(dir, 'log')], report))
    }

    await allOrFirstFault([prepareAsterisk(), prepareDatabase(), ensurePages(root, report)])
    demandGoing()

    const serverDir = join(config.dataDir, 'server')
    const server = supervise(createSupervisor<Running>({
      name: '服务 server',
      report,
      backOffMs: SERVER_BACK_OFF_MS,
      start: async () => await startServer({
        root,
        dir: serverDir,
        port: ports.server,
        dev,
        env: {
          HOTLINE_DATA_DIR: config.dataDir,
          HOTLINE_SERVER_PORT: String(ports.server),
          HOTLINE_SOUNDS_DIR: config.soundsDir,
          DATABASE_URL: databaseUrl as string,
          ARI_URL: ariUrl as string,
          ...(local === undefined ? {} : { HOTLINE_CEL_FILE: local.celFile })
        }
      }),
      onUp: () => { serverUp = true },
      onDown: () => { serverUp = false }
    }))
    const running = await server.start()
    report(said('服务 server', running))
    closers.push(boundLogs(() => [join(serverDir, 'server.log')], report))
    closers.push(watchServer({ base: serverBase, ariUrl: ariUrl as string, server, report }))
    return { addresses: publicAddresses({ bind: config.bind, port: opened.port, certificate: certificate?.first, own: networkAddresses() }), serverBase }
  }

  const ready = begin().catch(async (error: unknown) => {
    // What was alive before carries calls perhaps: it is not ended because something else failed.
    for (const supervisor of supervisors) if (supervisor.current?.adopted === true) supervisor.abandon()
    const own = supervisors.filter(supervisor => supervisor.current?.adopted !== true)
    supervisors.splice(0, supervisors.length, ...own)
    await stop()
    throw error
  })
  return { ready, stop, kill }
}

/** Waits for all, so that none is left half-way; then the first fault counts. */
async function allOrFirstFault (parts: ReadonlyArray<Promise<void>>): Promise<void> {
  const ends = await Promise.allSettled(parts)
  const fault = ends.find(end => end.status === 'rejected')
  if (fault !== undefined) throw fault.reason
}

function said (name: string, running: Running): string {
  return `${name}:${running.adopted ? '仍在运行,已接管 (found alive, adopted)' : '已启动 (started)'}, 进程 process ${running.pid}`
}

/** Makes the data folder ours alone, and refuses when another launcher of the same folder lives. */
function takeDataFolder (dataDir: string): void {
  const file = join(dataDir, 'launcher.pid.json')
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const other = readPidFile(file)
    if (other !== undefined && other.pid !== process.pid && isAlive(other)) {
      throw new OperatorError(`It already runs: the launcher with process id ${other.pid} uses ${dataDir}.`, `已在运行:进程 ${other.pid} 正在使用 ${dataDir}。`)
    }
    if (existsSync(join(dataDir, RESTORING))) {
      throw new OperatorError(`A restore into ${dataDir} was not finished: run npm run restore again, with --replace.`, '上次恢复未完成:请加 --replace 重新执行 npm run restore。')
    }
    const disk = statfsSync(dataDir)
    if (disk.bavail * disk.bsize < NEEDED_BYTES) throw new OperatorError(`Less than 300 MB are free on the disk of ${dataDir}.`, `${dataDir} 所在磁盘剩余空间不足 300 MB。`)
    const own = identify(process.pid)
    if (own !== undefined) writePidFile(file, { ...own, about: null })
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new OperatorError(`${dataDir} (HOTLINE_DATA_DIR) is not a folder, or lies below a file.`, `数据目录 ${dataDir} 不是目录,或其上级是文件。`, { cause: error })
    }
    throw diskError(error, dataDir) ?? error
  }
}

/** The server's port: the one it has when it lives, else the one it had when that is free, else another. */
async function rememberPort (dataDir: string): Promise<{ server: number }> {
  const file = join(dataDir, 'server/port')
  const alive = adoptDetached(join(dataDir, 'server/server.pid.json')) !== undefined
  const before = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (before > 1023 && before < 65536 && (alive || await tcpPortFree(before))) return { server: before }
  const server = await freeTcpPort()
  mkdirSync(join(dataDir, 'server'), { recursive: true, mode: 0o700 })
  writeFileSync(file, String(server))
  return { server }
}

/** The seats of the fallback queue: a JSON list that the server keeps, e.g. `["seat-1001"]`. */
function readSeats (dataDir: string): string[] {
  const file = join(dataDir, 'seats.json')
  if (!existsSync(file)) return []
  const seats = JSON.parse(readFileSync(file, 'utf8')) as unknown
  return Array.isArray(seats) ? seats.filter(seat => typeof seat === 'string') : []
}

function watchSeats (dataDir: string, asterisk: () => LocalAsterisk | undefined, report: (line: string) => void): () => void {
  const file = join(dataDir, 'seats.json')
  let known = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  const look = async (): Promise<void> => {
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs
    const current = asterisk()
    if (changed === known || current === undefined) return
    if (renderQueues(readSeats(dataDir), current.folders)) await reloadQueues(current.ariUrl)
    known = changed
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => report(`备用队列未能更新 (the fallback queue was not updated): ${(error as Error).message}`))
  }, SEATS_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
