/** One step of the ladder for one contestant, and what it cost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../test/support/until.ts'
import { cpuSeconds, percentile, root, type BenchContext } from '../frame.ts'
import { BARE_DNIS, logIntoDatabase, QUEUE_DNIS } from './app-queue.ts'
import { logEnd, offersIn } from './offers.ts'
import { runCallers } from './sipp.ts'
import type { Stage } from './stage.ts'

export type Contestant = 'ours' | 'queue' | 'bare'

const OFFER_TO_BRIDGE_MS = 500
/** From the key to the caller's hang-up: a little queueing, the ring, the talk. Who waits longer has not reached a seat. */
const TALK_MS = 1500
const DNIS: Readonly<Record<Contestant, string>> = { ours: '12345', queue: QUEUE_DNIS, bare: BARE_DNIS }

export interface Step { holds: boolean, rate: number, calls: number, failed: number, p99: number, cost: string, why: string }

/** What runs beside Asterisk while this contestant is measured; gives the end of it, and its process. */
async function enter (stage: Stage, contestant: Contestant): Promise<{ pid?: number, leave: () => Promise<void> }> {
  if (contestant === 'queue') return { leave: await logIntoDatabase(stage) }
  if (contestant === 'ours') return { leave: async () => {} }
  const program = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'bench/calls/bare-ari.ts'), stage.asterisk.ariUrl, join(root, 'ivr-flows/prompts'), stage.seats.join(',')],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(program.stdout, 'data')
  return {
    pid: program.pid as number,
    async leave () {
      if (program.exitCode !== null || program.signalCode !== null) return
      const closed = once(program, 'exit')
      program.kill('SIGKILL')
      await closed
    }
  }
}

/** Calls at this rate for so long. `crowd`: channels that stand all the while and are nobody's to end. */
export async function step (stage: Stage, { scratch, report }: BenchContext, { contestant, rate, seconds, sound, crowd }: { contestant: Contestant, rate: number, seconds: number, sound: boolean, crowd: number }): Promise<Step> {
  const { pid, leave } = await enter(stage, contestant)
  try {
    const from = logEnd(stage.asterisk.celFile)
    const before = { ...stage.cpu(), program: pid === undefined ? 0 : cpuSeconds(pid) ?? 0 }
    const calls = Math.max(1, Math.round(rate * seconds))
    const result = await runCallers(scratch, {
      sipPort: stage.asterisk.sipPort, dnis: DNIS[contestant], key: '1', rate, calls, numbersFile: stage.numbersFile, sound, talkMs: TALK_MS
    })
    const after = { ...stage.cpu(), program: pid === undefined ? 0 : cpuSeconds(pid) ?? 0 }
    await until('all channels of the step are gone', async () => await stage.channels() <= crowd, { timeoutMs: 40_000, everyMs: 300 })
    const { toBridge } = offersIn(stage.asterisk.celFile, from)
    const p99 = toBridge.length === 0 ? Infinity : percentile(toBridge, 99)
    const perCall = (name: keyof typeof before): string => ((after[name] - before[name]) * 1000 / calls).toFixed(1)
    const cost = [`Asterisk ${perCall('asterisk')}`, ...(contestant === 'ours' ? [`server ${perCall('server')}`] : []), ...(contestant === 'bare' ? [`program ${perCall('program')}`] : []), `PostgreSQL ${perCall('postgres')}`].join(', ')
    const faults = [
      ...(result.failed > 0 ? [`${result.failed} of ${calls} calls failed`] : []),
      ...(toBridge.length < calls ? [`${calls - toBridge.length} calls never reached a seat`] : []),
      ...(p99 > OFFER_TO_BRIDGE_MS ? [`p99 from offer to bridge ${Math.round(p99)} ms`] : []),
      // Answers that come later and later.
      ...(result.seconds > seconds + TALK_MS / 1000 + 5 ? [`took ${result.seconds.toFixed(0)} s`] : [])
    ]
    const why = faults.join('; ')
    report(`${contestant} ${rate}/s${sound ? ' with sound' : ''}: ${why === '' ? 'holds' : why}; p99 ${Math.round(p99)} ms; CPU ms a call: ${cost}`)
    return { holds: faults.length === 0, rate, calls, failed: result.failed, p99, cost, why }
  } finally {
    await leave()
    const monitor = join(stage.asterisk.folders.spool, 'monitor')
    for (const name of readdirSync(monitor)) rmSync(join(monitor, name))
  }
}
