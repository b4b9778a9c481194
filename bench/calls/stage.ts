/**
 * What the calls bench runs on: one PostgreSQL, one Asterisk that knows all seats as plain SIP phones, SIPp behind the seats,
 * and our server with all agents signed in. All three contestants use the same Asterisk, seats, prompts and callers.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { WebSocket } from 'ws'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { freeTcpPort } from '../../src/platform/process/ports.ts'
import { createPersonalData } from '../../src/platform/personal-data.ts'
import { loadSecrets } from '../../src/platform/secrets.ts'
import { startLocalAsterisk, type LocalAsterisk } from '../../src/telephony/local/start.ts'
import { ariAccess } from '../../src/telephony/local/watch.ts'
import { until } from '../../test/support/until.ts'
import { benchPostgres } from '../database.ts'
import { cpuSeconds, root, type BenchContext } from '../frame.ts'
import { earlierNumber, loadHistory } from '../history.ts'
import { queueDialplan, queueConfiguration } from './app-queue.ts'
import { startSeats } from './sipp.ts'

const PLACE = { areaCode: '640100', unitId: 'hotline' }
const HISTORY = 100_000
/** The bench's own place for media: ours and Debian's defaults lie elsewhere. */
const RTP_PORTS = 6000

export interface Stage {
  asterisk: LocalAsterisk
  databaseUrl: string
  numbersFile: string
  seats: string[]
  ari: (method: string, path: string, body?: object) => Promise<Response>
  /** CPU seconds so far. */
  cpu: () => { asterisk: number, server: number, postgres: number }
  channels: () => Promise<number>
  serverWords: () => string
}

export async function buildStage (context: BenchContext, agents: number): Promise<Stage> {
  const { scratch, undo, report } = context
  const seats = Array.from({ length: agents }, (_, n) => `seat-${1001 + n}`)
  const { url, running, secretsFile } = await benchPostgres(context)
  const personalData = createPersonalData(loadSecrets(secretsFile))
  const history = await loadHistory({ url, count: HISTORY, personalData, secretsFile })
  const numbersFile = join(scratch, 'numbers.csv')
  writeFileSync(numbersFile, ['SEQUENTIAL', ...Array.from({ length: Math.min(5000, history.numbers) }, (_, n) => earlierNumber(n))].join('\n') + '\n')
  const phones = await startSeats(scratch, undo)

  const rtpFrom = 20_000 + 2 * randomInt(3000)
  const asterisk = await startLocalAsterisk({ dir: join(scratch, 'asterisk'), demo: true, rtpPorts: { from: rtpFrom, to: rtpFrom + RTP_PORTS }, report })
  undo(async () => { await asterisk.stop() })
  const { base, authorization } = ariAccess(asterisk.ariUrl)
  const ari = async (method: string, path: string, body?: object): Promise<Response> => {
    const answer = await fetch(`${base}/ari/${path}`, {
      method, headers: { authorization, 'content-type': 'application/json' }, signal: AbortSignal.timeout(20_000), ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    if (!answer.ok) throw new Error(`ARI answered ${answer.status} to ${method} ${path}: ${await answer.text()}`)
    return answer
  }
  const { etc } = asterisk.folders
  appendFileSync(join(etc, 'pjsip.conf'), seats.map(seat => `
[${seat}]
type = endpoint
context = from-seat
aors = ${seat}
disallow = all
allow = ulaw
direct_media = no
[${seat}]
type = aor
contact = sip:${seat}@127.0.0.1:${phones.port}
`).join(''))
  appendFileSync(join(etc, 'extensions.conf'), queueDialplan(join(root, 'ivr-flows/prompts')))
  writeFileSync(join(etc, 'queues.conf'), queueConfiguration(seats))
  // Music for a thousand who wait would cost three cores by itself, in any of the three.
  mkdirSync(join(scratch, 'no-music'))
  writeFileSync(join(etc, 'musiconhold.conf'), `[default]\nmode = files\ndirectory = ${join(scratch, 'no-music')}\n`)
  for (const module of ['res_pjsip', 'pbx_config', 'app_queue', 'res_musiconhold']) await ari('PUT', `asterisk/modules/${module}.so`)
  await ari('POST', 'asterisk/modules/app_mixmonitor.so')
  await until('Asterisk knows the seats', async () => {
    const endpoints = await (await ari('GET', 'endpoints/PJSIP')).json() as Array<{ resource: string, state: string }>
    return endpoints.filter(({ resource, state }) => resource.startsWith('seat-') && state === 'online').length === agents
  }, { timeoutMs: 60_000, everyMs: 300 })

  await addAgents(url, agents)
  const server = await startServer(context, { asterisk, url, secretsFile })
  await signIn(context, url, server.port, agents)
  return {
    asterisk,
    databaseUrl: url,
    numbersFile,
    seats,
    ari,
    cpu: () => ({ asterisk: cpuSeconds(asterisk.pid) ?? 0, server: cpuSeconds(server.pid) ?? 0, postgres: familyCpu(running.pid) }),
    channels: async () => (await (await ari('GET', 'channels')).json() as unknown[]).length,
    serverWords: () => readFileSync(server.log, 'utf8').slice(-3000)
  }
}

/** Of a process and its children. */
function familyCpu (pid: number): number {
  const children = readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter((name) => {
    try {
      return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid)
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
      throw error
    }
  })
  return children.reduce((sum, each) => sum + (cpuSeconds(Number(each)) ?? 0), cpuSeconds(pid, true) ?? 0)
}

async function addAgents (url: string, agents: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    let position = 0
    for (const [id, name] of Object.entries(defaultSkillGroups)) {
      await sql`insert into skill_groups (id, name, position, area_code, unit_id) values (${id}, ${name}, ${position++}, ${PLACE.areaCode}, ${PLACE.unitId}) on conflict do nothing`
    }
    await sql`insert into users (id, name, password_hash, roles, area_code, unit_id, created_at, password_changed_at)
      select (1000 + n)::text, 'Agent ' || n, '-', array['agent'], ${PLACE.areaCode}, ${PLACE.unitId}, now(), now() from generate_series(1, ${agents}) n`
    await sql`insert into agent_skills (agent_id, group_id, level) select (1000 + n)::text, 'consult', 1 + n % 3 from generate_series(1, ${agents}) n`
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The default flow without its long welcome. */
function quickFlows (folder: string): string {
  const own = join(root, 'ivr-flows')
  mkdirSync(folder)
  for (const name of readdirSync(own)) if (name.endsWith('.json')) copyFileSync(join(own, name), join(folder, name))
  const main = JSON.parse(readFileSync(join(own, 'main.json'), 'utf8')) as { start: string, nodes: Record<string, unknown> }
  main.start = 'menu'
  for (const name of ['welcome', 'danger', 'hours', 'night']) delete main.nodes[name]
  writeFileSync(join(folder, 'main.json'), JSON.stringify(main))
  return folder
}

async function startServer ({ scratch, undo }: BenchContext, { asterisk, url, secretsFile }: { asterisk: LocalAsterisk, url: string, secretsFile: string }): Promise<{ pid: number, port: number, log: string }> {
  const port = await freeTcpPort()
  const log = join(scratch, 'server.log')
  const out = createWriteStream(log)
  await once(out, 'open')
  const profile = process.env['HOTLINE_BENCH_PROFILE']
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]), 'src/server.ts'], {
    cwd: root,
    stdio: ['ignore', out, out],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      HOTLINE_SERVER_PORT: String(port),
      HOTLINE_DATA_DIR: join(scratch, 'server'),
      HOTLINE_SECRETS_FILE: secretsFile,
      HOTLINE_CEL_FILE: asterisk.celFile,
      DATABASE_URL: url,
      ARI_URL: asterisk.ariUrl,
      HOTLINE_FLOWS_DIR: quickFlows(join(scratch, 'flows')),
      HOTLINE_SOUNDS_DIR: join(root, 'ivr-flows/prompts'),
      HOTLINE_WRAP_UP_SECONDS: '0',
      HOTLINE_QUEUE_LIMIT: '5000',
      HOTLINE_ANNOUNCE_SECONDS: '600'
    }
  })
  undo(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'exit')
    child.kill('SIGTERM')
    const harder = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await closed
    clearTimeout(harder)
  })
  try {
    await until('the server serves calls', async () => {
      if (child.exitCode !== null) throw new Error('it has ended')
      return (await fetch(`http://127.0.0.1:${port}/api/v1/health`).catch(() => undefined))?.status === 200
    }, { timeoutMs: 60_000, everyMs: 200 })
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${readFileSync(log, 'utf8').slice(-2000)}`, { cause: error })
  }
  return { pid: child.pid as number, port, log }
}

/** Each agent's page: a session, a socket that hears its desk (and throws it away), and 示闲. */
async function signIn ({ undo }: BenchContext, url: string, port: number, agents: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const ids = Array.from({ length: agents }, (_, n) => String(1001 + n))
  const tokens = new Map(ids.map(id => [id, randomBytes(32).toString('base64url')]))
  try {
    await sql`insert into sessions ${sql(ids.map(id => ({
      token_hash: createHash('sha256').update(tokens.get(id) as string).digest('base64url'), user_id: id, created_at: new Date(), seen_at: new Date()
    })))}`
  } finally {
    await sql.end({ timeout: 5 })
  }
  const sockets: WebSocket[] = []
  undo(() => { for (const socket of sockets) socket.terminate() })
  const origin = `http://127.0.0.1:${port}`
  const open = async (id: string): Promise<void> => {
    const cookie = `hotline_session=${tokens.get(id)}`
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, { headers: { cookie, origin }, perMessageDeflate: false })
    sockets.push(socket)
    // Engine.IO by hand, since a page's client would cost this process more than the server spends on it.
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data: Buffer) => {
        const kind = String.fromCharCode(data[0] as number)
        if (kind === '0') socket.send(`40${JSON.stringify({ pageId: randomUUID(), holdsPhone: true })}`)
        if (kind === '2') socket.send('3')
        if (kind === '4' && data[1] === 0x30) resolve()
        if (kind === '4' && data[1] === 0x34) reject(new Error(`the socket of ${id} was refused: ${data.toString()}`))
      })
    })
    const answer = await fetch(`${origin}/api/v1/agents/me/state`, { method: 'POST', headers: { cookie, origin, 'content-type': 'application/json' }, body: '{"to":"ready"}' })
    if (!answer.ok) throw new Error(`${id} could not be made ready: ${answer.status} ${await answer.text()}`)
    await answer.body?.cancel()
  }
  for (let from = 0; from < ids.length; from += 20) await Promise.all(ids.slice(from, from + 20).map(open))
}
