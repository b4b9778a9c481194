/** The launcher, as `npm start` runs it: what it starts, adopts, restarts and ends, and what it says when it cannot. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import WebSocket from 'ws'
import { signPhonePass } from '../../src/platform/phone-gate.ts'
import { identify, isAlive, readPidFile } from '../../src/platform/process/detached.ts'
import { freeSipPort, freeTcpPort } from '../../src/platform/process/ports.ts'
import { until } from '../support/until.ts'

t.setTimeout(280_000)

const root = resolve(import.meta.dirname, '../..')
const dataDir = mkdtempSync(join(tmpdir(), 'launcher-'))
const port = await freeTcpPort()
const sipPort = await freeSipPort()
const origin = `http://127.0.0.1:${port}`
const settings = {
  HOTLINE_PORT: String(port),
  HOTLINE_SIP_PORT: String(sipPort),
  HOTLINE_RTP_PORTS: '29000-29399',
  HOTLINE_DATA_DIR: dataDir,
  HOTLINE_DEMO: '1'
}
const PARTS = ['asterisk/asterisk.pid.json', 'postgres/postgres.pid.json', 'server/server.pid.json'] as const

interface Started { process: ChildProcess, said: () => string, exit: Promise<number | null> }

const launchers: Started[] = []
function start (env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/launcher.ts'], { cwd: root, env: { ...process.env, ...settings, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said += text })
  const started = { process: child, said: () => said, exit: once(child, 'exit').then(([code]) => code as number | null) }
  launchers.push(started)
  return started
}

/** The processes that run now, in the order of PARTS. */
function pids (): number[] {
  return PARTS.map(file => readPidFile(join(dataDir, file))?.pid ?? 0)
}

async function health (): Promise<number> {
  const answer = await fetch(`${origin}/api/v1/health`, { signal: AbortSignal.timeout(3000) })
  await answer.body?.cancel()
  return answer.status
}

async function ready (launcher: Started): Promise<void> {
  await until('it is ready', () => {
    if (launcher.process.exitCode !== null) throw new Error(launcher.said())
    return /已就绪/.test(launcher.said())
  }, { timeoutMs: 180_000, everyMs: 100 })
}

/** What opening a phone's socket gives: `open`, or the status of the refusal. */
async function knock (headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/sip`, 'sip', { headers })
  return await new Promise(resolve => {
    socket.on('open', () => { resolve('open'); socket.close() })
    socket.on('unexpected-response', (_request, response) => { resolve(String(response.statusCode)); response.destroy() })
    socket.on('error', error => resolve(error.message))
  })
}

t.teardown(async () => {
  for (const launcher of launchers) {
    if (launcher.process.exitCode !== null || launcher.process.signalCode !== null) continue
    launcher.process.kill('SIGTERM')
    await launcher.exit
  }
  rmSync(dataDir, { recursive: true, force: true })
})

t.test('it starts everything, and calls can be served', { timeout: 200_000 }, async t => {
  const launcher = start()
  await ready(launcher)
  t.equal(await health(), 200)
  const alive = pids()
  t.ok(alive.every(pid => pid > 0 && identify(pid) !== undefined), 'all parts run')
  t.match(launcher.said(), `http://127.0.0.1:${port}`)
  for (const file of ['secrets.json', 'server/server.log', 'asterisk/etc/ari.conf', 'asterisk/log/messages']) {
    t.equal(statSync(join(dataDir, file)).mode & 0o077, 0, `${file} is readable by its owner only`)
  }
  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>
  const logs = launcher.said() + readFileSync(join(dataDir, 'server/server.log'), 'utf8')
  t.notOk(['ariPassword', 'databasePassword', 'cookieKey', 'phoneGateKey'].some(name => logs.includes(secrets[name] as string)), 'no secret is said or logged')

  t.test('a second start of the same folder says that it runs already', async t => {
    const second = start()
    t.equal(await second.exit, 1)
    t.match(second.said(), new RegExp(`It already runs: .*${launcher.process.pid}`))
    t.notMatch(second.said(), /\n\s+at /, 'a sentence, not a stack')
    t.strictSame(pids(), alive, 'and touches nothing')
  })

  t.test('a start in another folder says which port is taken', async t => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'launcher-'))
    t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }))
    const web = start({ HOTLINE_DATA_DIR: elsewhere })
    t.equal(await web.exit, 1)
    t.match(web.said(), `Port ${port} is in use`)
    const sip = start({ HOTLINE_DATA_DIR: elsewhere, HOTLINE_PORT: String(await freeTcpPort()) })
    t.equal(await sip.exit, 1)
    t.match(sip.said(), `The SIP port ${sipPort} is in use`)
    t.notOk(readPidFile(join(elsewhere, 'postgres/postgres.pid.json')), 'what it had started is ended')
    const wrong = start({ HOTLINE_PORT: 'http', HOTLINE_RTP_PORTS: '5' })
    t.equal(await wrong.exit, 1)
    t.match(wrong.said(), /HOTLINE_PORT=http[^]*HOTLINE_RTP_PORTS=5/, 'each bad setting is named')
  })

  t.test('a phone\'s socket opens for a page of ours with a pass', async t => {
    const pass = signPhonePass({ seatId: 'seat-1001', expiresAt: Date.now() + 60_000 }, secrets.phoneGateKey as string)
    t.equal(await knock({ origin, cookie: `hotline_phone=${pass}` }), 'open')
    t.equal(await knock({ origin }), '401')
    t.equal(await knock({ origin, cookie: `hotline_phone=${pass.replace('1001', '1002')}` }), '401')
    t.equal(await knock({ origin: 'http://evil.example', cookie: `hotline_phone=${pass}` }), '403')
    t.equal(await knock({ cookie: `hotline_phone=${pass}` }), '403')
  })

  /** Ends the server so; resolves to the milliseconds until the next one answers, and holds that nothing else was touched. */
  const back = async (signal: NodeJS.Signals): Promise<number> => {
    const [asterisk, database, server] = pids() as [number, number, number]
    process.kill(server, signal)
    await until('it is gone', () => pids()[2] !== server, { everyMs: 5 })
    const gone = performance.now()
    const page = await fetch(origin, { headers: { accept: 'text/html' } })
    if (page.status === 503) t.equal(page.headers.get('retry-after'), '1', 'who comes meanwhile is asked to come again')
    await page.body?.cancel()
    await until('calls can be served', async () => await health() === 200, { everyMs: 20 })
    const ms = Math.round(performance.now() - gone)
    t.strictSame(pids().slice(0, 2), [asterisk, database])
    return ms
  }

  t.test('a server that is ended or killed is back by itself, the rest goes on', async t => {
    const pass = signPhonePass({ seatId: 'seat-1001', expiresAt: Date.now() + 60_000 }, secrets.phoneGateKey as string)
    const phone = new WebSocket(`ws://127.0.0.1:${port}/sip`, 'sip', { headers: { origin, cookie: `hotline_phone=${pass}` } })
    await once(phone, 'open')
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      t.comment(`back after ${signal} in ${await back(signal)} ms`)
    }
    t.equal(phone.readyState, WebSocket.OPEN, 'phones keep their sockets')
    phone.close()
  })

  t.test('a killed launcher leaves everything running, and the next one adopts it', async t => {
    const before = pids()
    launcher.process.kill('SIGKILL')
    await launcher.exit
    t.ok(before.every(pid => identify(pid) !== undefined))
    const began = performance.now()
    const next = start()
    await ready(next)
    const ms = performance.now() - began
    t.strictSame(pids(), before, 'the same processes')
    t.equal(await health(), 200)
    t.ok(ms < 10_000, `ready in ${Math.round(ms)} ms`)

    t.test('a killed database and a killed Asterisk are started anew', async t => {
      const [asterisk, database] = pids() as [number, number, number]
      process.kill(asterisk, 'SIGKILL')
      process.kill(database, 'SIGKILL')
      await until('both are new', () => /Asterisk[^\n]*is up again/.test(next.said()) && /PostgreSQL[^\n]*is up again/.test(next.said()), { timeoutMs: 60_000 })
      t.ok(pids()[0] !== asterisk && pids()[1] !== database)
      await until('calls can be served', async () => await health() === 200, { timeoutMs: 60_000 })
      t.match(next.said(), /Asterisk[^\n]*ended/)
      t.match(next.said(), /PostgreSQL[^\n]*ended/)
    })

    t.test('an Asterisk that stands still is said to, and replaced', async t => {
      const [asterisk] = pids() as [number, number, number]
      process.kill(asterisk, 'SIGSTOP')
      await until('it was replaced', () => /stands still[^]*Asterisk[^\n]*is up again/.test(next.said()), { timeoutMs: 60_000, everyMs: 100 })
      t.not(pids()[0], asterisk)
      await until('calls can be served', async () => await health() === 200, { timeoutMs: 30_000 })
    })

    t.test('the fallback queue follows the list of seats', async t => {
      const queues = () => readFileSync(join(dataDir, 'asterisk/etc/queues.conf'), 'utf8')
      t.match(queues(), 'member => PJSIP/seat-1001\n', 'the server names its agents\' seats')
      writeFileSync(join(dataDir, 'seats.json'), JSON.stringify(['seat-7001']))
      await until('the queue has it', () => queues().includes('PJSIP/seat-7001') && !queues().includes('PJSIP/seat-1001'), { timeoutMs: 15_000 })
    })

    t.test('a terminal\'s Ctrl-C, which comes twice, ends everything in order', async t => {
      const known = PARTS.map(file => readPidFile(join(dataDir, file)))
      next.process.kill('SIGINT')
      next.process.kill('SIGINT')
      t.equal(await next.exit, 0)
      t.ok(known.every(part => part !== undefined && !isAlive(part)), 'all parts have ended')
      t.match(next.said(), /已停止/)
    })
  })
})

t.test('a second start is quick, and SIGTERM ends it', { timeout: 60_000 }, async t => {
  const began = performance.now()
  const launcher = start()
  await ready(launcher)
  const ms = performance.now() - began
  t.ok(ms < 10_000, `ready in ${Math.round(ms)} ms`)
  const known = PARTS.map(file => readPidFile(join(dataDir, file)))
  launcher.process.kill('SIGTERM')
  t.equal(await launcher.exit, 0)
  t.ok(known.every(part => part !== undefined && !isAlive(part)), 'all parts have ended')
})

t.test('a start that is ended half-way leaves nothing behind', { timeout: 60_000 }, async t => {
  const launcher = start()
  await until('something has begun', () => pids().some(pid => pid !== 0), { everyMs: 5 })
  launcher.process.kill('SIGTERM')
  t.equal(await launcher.exit, 0)
  t.strictSame(pids(), [0, 0, 0])
})

t.test('what the operator can mend is one sentence', { timeout: 60_000 }, async t => {
  const file = join(dataDir, 'a-file')
  writeFileSync(file, '')
  for (const [env, sentence] of [
    [{ HOTLINE_DATA_DIR: file }, /a-file \(HOTLINE_DATA_DIR\) is not a folder/],
    [{ HOTLINE_DATA_DIR: join(file, 'below') }, /is not a folder, or lies below a file/],
    [{ HOTLINE_TLS_CERT: file }, /certificate and key belong together/],
    [{ HOTLINE_TLS_CERT: file, HOTLINE_TLS_KEY: file }, /holds no certificate in PEM form/]
  ] as Array<[Record<string, string>, RegExp]>) {
    const launcher = start(env)
    t.equal(await launcher.exit, 1)
    t.match(launcher.said(), sentence)
    t.notMatch(launcher.said(), /\n\s+at /, 'and no stack')
  }
})

t.test('a port that a stranger holds is named', { timeout: 60_000 }, async t => {
  const stranger = createServer().listen(port, '127.0.0.1')
  await once(stranger, 'listening')
  const web = start()
  t.equal(await web.exit, 1)
  t.match(web.said(), `Port ${port} is in use`)
  await new Promise(resolve => stranger.close(resolve))
  const udp = createSocket('udp4').bind(sipPort, '127.0.0.1')
  await once(udp, 'listening')
  const sip = start()
  t.equal(await sip.exit, 1)
  t.match(sip.said(), `The SIP port ${sipPort} is in use`)
  udp.close()
  t.strictSame(pids(), [0, 0, 0])
})
