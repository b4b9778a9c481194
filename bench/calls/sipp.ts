/** SIPp for load: all seats behind one socket, and callers at a rate. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freeSipPort } from '../../src/platform/process/ports.ts'
import { root } from '../frame.ts'

export interface Load {
  sipPort: number
  /** The number that is dialled. */
  dnis: string
  key: string
  rate: number
  calls: number
  /** File with the callers' numbers, one a line. */
  numbersFile: string
  /** Callers send and get sound all the time. */
  sound: boolean
  /** How long a caller stays after the key. */
  talkMs: number
}

export interface LoadResult { ok: number, failed: number, seconds: number, words: string }

/** An answer that takes longer counts as none. */
const ANSWER_MS = 10_000

const scenarioOf = (name: string, values: Record<string, string>): string =>
  readFileSync(join(root, 'bench/calls', name), 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] as string)

/** Starts the seats; resolves with their port. */
export async function startSeats (folder: string, undo: (action: () => Promise<void>) => void): Promise<{ port: number, pid: number }> {
  const file = join(folder, 'seat.xml')
  writeFileSync(file, scenarioOf('seat.xml', {}))
  const port = await freeSipPort()
  const sipp = spawn('sipp', ['-sf', file, '-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-nostdin', '-rtp_echo', '-aa', '-nd', '-default_behaviors', 'all,-bye'], { cwd: folder, stdio: 'ignore' })
  undo(async () => { await end(sipp) })
  await once(sipp, 'spawn')
  return { port, pid: sipp.pid as number }
}

let runs = 0

/** Runs callers to their end, or until `signal` ends them. */
export async function runCallers (folder: string, load: Load, signal?: AbortSignal): Promise<LoadResult> {
  runs += 1
  const file = join(folder, `caller-${runs}.xml`)
  const silence = join(folder, 'silence.ulaw')
  writeFileSync(silence, Buffer.alloc(8000, 0xff))
  writeFileSync(file, scenarioOf('caller.xml', {
    key: load.key,
    talk: String(load.talkMs),
    port: load.sound ? '[rtpstream_audio_port]' : '[media_port]',
    sound: load.sound ? `<nop><action><exec rtp_stream="${silence},-1,0,PCMU/8000"/></action></nop>` : ''
  }))
  const statistics = join(folder, `statistics-${runs}.csv`)
  const began = performance.now()
  const sipp = spawn('sipp', [
    `127.0.0.1:${load.sipPort}`, '-sf', file, '-inf', load.numbersFile, '-s', load.dnis, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', String(await freeSipPort()),
    '-r', String(load.rate), '-m', String(load.calls), '-l', '6000', '-nostdin', '-trace_stat', '-stf', statistics, '-fd', '1',
    '-default_behaviors', 'all', '-recv_timeout', String(ANSWER_MS), '-max_retrans', '6',
    ...(load.sound ? ['-min_rtp_port', '41000', '-max_rtp_port', '49998'] : [])
  ], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  sipp.stderr.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-600) })
  const stop = (): void => { sipp.kill('SIGTERM') }
  signal?.addEventListener('abort', stop, { once: true })
  await once(sipp, 'close')
  signal?.removeEventListener('abort', stop)
  const { ok, failed } = countsIn(readFileSync(statistics, 'utf8'))
  return { ok, failed: failed + Math.max(0, load.calls - ok - failed), seconds: (performance.now() - began) / 1000, words }
}

function countsIn (csv: string): { ok: number, failed: number } {
  const lines = csv.trim().split('\n').map(line => line.split(';'))
  const head = lines[0] ?? []
  const last = lines.at(-1) ?? []
  const of = (name: string): number => Number(last[head.indexOf(name)] ?? 0)
  return { ok: of('SuccessfulCall(C)'), failed: of('FailedCall(C)') }
}

async function end (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}
