/**
 * A whole hotline for a test file, as `npm start` runs it: the real launcher with Asterisk, PostgreSQL, the server and
 * the built pages, on free ports, with the sample agents and a data folder of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { CallView } from '../../src/calls/contract.ts'
import { ownedId } from '../../src/kernel/ids.ts'
import { freeSipPort, freeTcpPort } from '../../src/platform/process/ports.ts'
import { until } from './until.ts'

const root = resolve(import.meta.dirname, '../..')
const PASSWORD = 'Trial-Run-2026'

/** A signed-in user of the API. */
export interface Api {
  /** Rejects when the answer's status is not 2xx, with the status and the error's code in the message. */
  request: <T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>
  /** What stands at an address, whole. Rejects as `request` does. */
  bytes: (path: string) => Promise<ArrayBuffer>
}

export interface Hotline {
  /** `http://127.0.0.1:PORT`, or with TLS `https://…`, without a slash at the end. */
  origin: string
  sipPort: number
  dataDir: string
  /** The password of all sample accounts. */
  password: string
  signIn: (username: string) => Promise<Api>
  /** A request to Asterisk's ARI, past the server. */
  ari: <T>(path: string) => Promise<T>
  /** Resolves when Asterisk has no channel and no bridge; rejects with what is left. */
  nothingLeft: (options?: { timeoutMs?: number }) => Promise<void>
  /** The calls of this number as admin sees them, newest first. */
  calls: (ani: string) => Promise<CallView[]>
  /** Resolves with the newest call of this number once it has ended and is in the database. */
  ended: (ani: string) => Promise<CallView>
  /** What is being played to this call now: media as Asterisk names them. */
  played: (callId: string) => Promise<string[]>
  /** Kills the server with SIGKILL, as often as wanted; resolves when the next one serves calls, with the milliseconds. */
  killServer: () => Promise<number>
  /** The server's process id. */
  serverPid: () => Promise<number>
  /** What the launcher and the server said, for messages of failed tests. */
  words: () => Promise<string>
  stop: () => Promise<void>
}

export interface HotlineOptions {
  /** Settings beside those that a test needs anyway. */
  env?: Record<string, string>
  /** The default flow without its long welcome, and with short patience: for tests that are not about the menu. */
  quickMenu?: boolean
  /** How long the quick menu waits for a key; 2 s by default. */
  menuSeconds?: number
  /** HTTPS with a certificate that the hotline makes itself; requests from here trust it. */
  tls?: boolean
  /** A data folder that is there already, with what is in it; it is removed at the end like any other, unless it is kept. */
  dataDir?: string
  keepData?: boolean
}

/** Starts it; resolves when calls can be served. Stop it in the file's teardown. */
export async function startHotline ({ env = {}, quickMenu = false, menuSeconds = 2, tls = false, dataDir: given, keepData = false }: HotlineOptions = {}): Promise<Hotline> {
  const dataDir = given ?? await mkdtemp(join(tmpdir(), 'hotline-'))
  const flows = quickMenu ? await quickFlows(dataDir, menuSeconds) : {}
  const port = await freeTcpPort()
  const sipPort = await freeSipPort()
  const rtp = 30_000 + 200 * randomInt(140)
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const launcher = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/launcher.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HOTLINE_PORT: String(port),
      HOTLINE_SIP_PORT: String(sipPort),
      HOTLINE_RTP_PORTS: `${rtp}-${rtp + 199}`,
      HOTLINE_DATA_DIR: dataDir,
      HOTLINE_DEMO: '1',
      HOTLINE_DEMO_PASSWORD: PASSWORD,
      HOTLINE_LOG_LEVEL: 'debug',
      ...(tls ? { HOTLINE_TLS: '1' } : {}),
      ...flows,
      ...env
    }
  })
  let said = ''
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-20_000) })
  }
  const exited = once(launcher, 'exit')
  const serverLog = async () => await readFile(join(dataDir, 'server/server.log'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '(the server was not started)'
    throw error
  })
  const words = async () => `${said}\n${(await serverLog()).slice(-8000)}`
  const stop = async () => {
    await end(launcher, exited)
    // Where all tests run, what was said is kept with what the tests said.
    const keep = process.env['HOTLINE_TEST_LOG']
    if (keep !== undefined) await writeFile(keep, `${said}\n${await serverLog()}`)
    if (!keepData) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await until('the hotline serves calls', async () => {
      if (launcher.exitCode !== null) return true
      if (tls && !await trust(join(dataDir, 'tls/own.pem'))) return false
      return await healthy(origin)
    }, { timeoutMs: 180_000, everyMs: 200 })
    if (launcher.exitCode !== null) throw new Error('the launcher has ended')
  } catch (error) {
    const why = await words()
    await stop()
    throw new Error(`${(error as Error).message}\n${why}`, { cause: error })
  }

  const pidOf = async (file: string) => JSON.parse(await readFile(join(dataDir, file), 'utf8')) as { pid: number, about: { httpPort?: number } }
  const { ariPassword } = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')) as { ariPassword: string }
  const ariPort = (await pidOf('asterisk/asterisk.pid.json')).about.httpPort
  const ari = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${ariPort}/ari${path}`, {
      headers: { authorization: `Basic ${Buffer.from(`hotline:${ariPassword}`).toString('base64')}` }, signal: AbortSignal.timeout(5000)
    })
    if (!answer.ok) throw Object.assign(new Error(`ARI ${path}: ${answer.status}`), { status: answer.status })
    return await answer.json() as T
  }

  const signIn = async (username: string): Promise<Api> => {
    const answer = await ask(origin, 'POST', '/api/v1/session', { username, password: PASSWORD })
    if (!answer.ok) throw new Error(`sign-in of ${username}: ${answer.status} ${await answer.text()}`)
    await answer.body?.cancel()
    const cookie = answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ')
    return {
      async request<T> (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
        const answer = await ask(origin, method, path, body, { cookie, ...headers })
        const text = await answer.text()
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
        return (text === '' ? undefined : JSON.parse(text)) as T
      },
      async bytes (path) {
        const answer = await ask(origin, 'GET', path, undefined, { cookie })
        if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
        return await answer.arrayBuffer()
      }
    }
  }
  let admin: Promise<Api> | undefined
  const calls = async (ani: string): Promise<CallView[]> => {
    admin ??= signIn('admin')
    const { items } = await (await admin).request<{ items: CallView[] }>('POST', '/api/v1/calls/search', { ani })
    return items
  }

  return {
    origin,
    sipPort,
    dataDir,
    password: PASSWORD,
    signIn,
    ari,
    calls,
    words,
    stop,
    ended: async ani => await until(`the call of ${ani} is over in the database`, async () => {
      const call = (await calls(ani))[0]
      return call !== undefined && call.endedAt !== null && call
    }),
    async played (callId) {
      // Asterisk cannot list playbacks: ask for those that the call may have made.
      const found = await Promise.all(Array.from({ length: 30 }, async (_, n) => {
        const id = ownedId(callId, 'pla', n)
        try {
          return (await ari<{ media_uri: string }>(`/playbacks/${id}`)).media_uri
        } catch (error) {
          if ((error as { status?: number }).status === 404) return []
          throw error
        }
      }))
      return found.flat()
    },
    serverPid: async () => (await pidOf('server/server.pid.json')).pid,
    async killServer () {
      const before = (await pidOf('server/server.pid.json')).pid
      const began = performance.now()
      process.kill(before, 'SIGKILL')
      await until('another server serves calls', async () => {
        return (await pidOf('server/server.pid.json')).pid !== before && await healthy(origin)
      }, { timeoutMs: 60_000 })
      return performance.now() - began
    },
    async nothingLeft ({ timeoutMs = 5000 } = {}) {
      let left = ''
      await until('nothing is left in Asterisk', async () => {
        const channels = await ari<Array<{ id: string, name: string, state: string }>>('/channels')
        const bridges = await ari<Array<{ id: string, channels: string[] }>>('/bridges')
        left = JSON.stringify({ channels: channels.map(({ id, name, state }) => ({ id, name, state })), bridges: bridges.map(({ id, channels }) => ({ id, channels })) })
        return channels.length === 0 && bridges.length === 0
      }, { timeoutMs }).catch((error: Error) => { throw new Error(`${error.message}: ${left}`) })
    }
  }
}

/** A copy of the default flows whose main flow begins at the menu. */
async function quickFlows (dataDir: string, menuSeconds: number): Promise<Record<string, string>> {
  const own = join(root, 'ivr-flows')
  const folder = join(dataDir, 'test-flows')
  await mkdir(folder)
  for (const name of await readdir(own)) {
    if (name.endsWith('.json')) await copyFile(join(own, name), join(folder, name))
  }
  const main = JSON.parse(await readFile(join(own, 'main.json'), 'utf8')) as { start: string, nodes: Record<string, { waitSeconds?: number, next?: string }> }
  const { nodes } = main
  main.start = 'menu'
  for (const name of ['welcome', 'danger', 'hours', 'night']) delete nodes[name]
  if (nodes['menu'] === undefined) throw new Error('the default flow has no menu')
  nodes['menu'].waitSeconds = menuSeconds
  await writeFile(join(folder, 'main.json'), JSON.stringify(main))
  return { HOTLINE_FLOWS_DIR: folder, HOTLINE_SOUNDS_DIR: join(own, 'prompts') }
}

/** Makes requests of this process trust the certificate in `file`; false while there is none. */
async function trust (file: string): Promise<boolean> {
  try {
    const pem = await readFile(file, 'utf8')
    setDefaultCACertificates([...getCACertificates('default'), pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY'))])
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function healthy (origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/api/v1/health`, { signal: AbortSignal.timeout(5000) })
    await answer.body?.cancel()
    return answer.status === 200
  } catch (error) {
    // Nobody listens yet.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}

async function ask (origin: string, method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(origin + path, {
    method,
    headers: { origin, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000)
  })
}

/** The launcher stops all that it started; one that does not is a fault. */
async function end (launcher: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return
  launcher.kill('SIGTERM')
  const tooLong = setTimeout(() => launcher.kill('SIGKILL'), 30_000)
  await exited
  clearTimeout(tooLong)
  if (launcher.signalCode === 'SIGKILL') throw new Error('the launcher did not stop within 30 s')
}
