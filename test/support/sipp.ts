/** Callers: SIPp speaks SIP (sipp/caller.xml), the test leads it, rtp.ts is its mouth and ear. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { freeSipPort } from '../../src/platform/process/ports.ts'
import { openSound, type Sound } from './rtp.ts'
import { until } from './until.ts'

const scenario = resolve(import.meta.dirname, 'sipp/caller.xml')

export interface Caller {
  readonly ani: string
  readonly sound: Sound
  /** Resolves when the call is answered; rejects when it is refused, with the SIP status in the message. */
  answered: () => Promise<void>
  /** Resolves with the SIP status with which the call was refused. */
  refused: () => Promise<number>
  /** Presses a key as a phone does: as telephone event in the sound (RFC 4733), or as SIP INFO. */
  press: (key: string, by?: 'rfc4733' | 'info') => Promise<void>
  /** Hangs up (before the answer: cancels) and waits until that is confirmed. */
  hangUp: () => Promise<void>
  /** Resolves when the other side has hung up. */
  ended: (options?: { timeoutMs?: number }) => Promise<void>
  /** True from the answer to the end, whichever side ended it. */
  readonly talking: boolean
  /** Hangs up if need be, and ends SIPp whatever comes of it; for teardown. */
  close: () => Promise<void>
}

export interface CallerOptions {
  /** SIP port of the hotline on 127.0.0.1. */
  sipPort: number
  ani: string
  dnis?: string
  /** Keys are sent as INFO only: telephone events are not offered. */
  infoOnly?: boolean
}

/** Dials. Resolves when SIPp was started, long before an answer. */
export async function call ({ sipPort, ani, dnis = '12345', infoOnly = false }: CallerOptions): Promise<Caller> {
  const folder = await mkdtemp(join(tmpdir(), 'caller-'))
  const sound = await openSound()
  const port = await freeSipPort()
  const callId = randomUUID()
  const sipp = spawn('sipp', [
    `127.0.0.1:${sipPort}`, '-sf', scenario, '-m', '1', '-i', '127.0.0.1', '-p', String(port), '-s', dnis, '-cid_str', callId,
    '-key', 'ani', ani, '-key', 'rtp_port', String(sound.port), '-key', 'payloads', infoOnly ? '8' : '8 101',
    '-nostdin', '-timeout', '600s', '-trace_logs', '-log_file', join(folder, 'log'), '-trace_err', '-error_file', join(folder, 'errors')
  ], { stdio: ['ignore', 'ignore', 'pipe'] })
  let gone = false
  let stderr = ''
  sipp.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-2000) })
  const exited = once(sipp, 'close').then(() => { gone = true })
  await once(sipp, 'spawn')
  const control = createSocket('udp4')

  const read = (name: string) => readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  /** The first log line that matches; a SIPp that ended without it is an error, and says why. */
  const logged = async (what: RegExp, timeoutMs: number): Promise<string> => {
    const line = await until(`SIPp of ${ani}: ${what}`, async () => {
      const over = gone
      return (await read('log')).split('\n').find(line => what.test(line)) ?? (over ? 'over' : undefined)
    }, { timeoutMs, everyMs: 20 })
    if (line === 'over') throw new Error(`SIPp ended without ${what}: ${JSON.stringify(await read('log'))} ${await read('errors')} ${stderr}`)
    return line
  }
  let sequence = 0
  const tell = async (...headers: string[]) => {
    sequence++
    const request = ['MESSAGE sip:caller@127.0.0.1 SIP/2.0', `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-${callId}-${sequence}`,
      'From: <sip:test@127.0.0.1>;tag=test', 'To: <sip:caller@127.0.0.1>', `Call-ID: ${callId}`, `CSeq: ${sequence} MESSAGE`,
      ...headers, 'Content-Length: 0', '', ''].join('\r\n')
    await new Promise<void>((resolve, reject) => control.send(request, port, '127.0.0.1', error => error === null ? resolve() : reject(error)))
  }

  let talking = false
  const answer = logged(/^answered \d+/, 120_000).then(line => {
    sound.sendTo(Number(line.split(' ')[1]))
    talking = true
    return exited.then(() => { talking = false }) // resolved by SIPp's end: it ends with its only call
  })
  // Who waits for the answer sees its failure; who hangs up before does not.
  answer.catch(() => undefined)

  return {
    ani,
    sound,
    get talking () { return talking && !gone },
    async answered () { await logged(/^answered \d+/, 15_000); await until('the sound of the call', () => talking || gone, { everyMs: 5 }) },
    async refused () { return Number((await logged(/^refused \d+/, 30_000)).split(' ')[1]) },
    async press (key, by = infoOnly ? 'info' : 'rfc4733') {
      if (by === 'info') await tell('X-Do: key', `X-Key: ${key}`)
      else await sound.press(key)
    },
    async hangUp () {
      await tell('X-Do: hang-up')
      await logged(/^(hung-up|cancelled|ended)/, 10_000)
    },
    async ended ({ timeoutMs = 15_000 } = {}) { await logged(/^ended/, timeoutMs) },
    async close () {
      if (!gone) {
        await tell('X-Do: hang-up')
        await Promise.race([exited, delay(1000)])
        sipp.kill('SIGKILL')
      }
      await exited
      control.close()
      sound.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
