/**
 * Plays worlds one after another, each from its own seed. By hand:
 *
 *   node test/simulation/runner.ts [--seed N] [--calls N] [--json]
 *   node test/simulation/runner.ts --world N [--trace]
 *
 * `--seed` is the run's; `--world` plays the one world of that seed again, and with `--trace` tells all that happened in it.
 * `--json` gives the report as one line, for the test.
 */
import { parseArgs } from 'node:util'
import { createRandom } from '../support/random.ts'
import { Violation } from './checks.ts'
import { shippedFlows } from './flows.ts'
import type { Trace } from './trace.ts'
import { playWorld, type WorldReport } from './world.ts'

/** Citizens of one world. */
export const WORLD_CALLS = 100

export interface Failure { world: number, message: string, callId: string | undefined, trace: string[] }

export interface RunReport extends Omit<WorldReport, 'steps'> { worlds: number, seconds: number, failures: number, failed: Failure[] }

/** Plays worlds until `calls` citizens have called. Goes on after a failure until `maxFailures`. */
export async function run ({ seed, calls, maxFailures = 3, progress }: { seed: number, calls: number, maxFailures?: number, progress?: (done: number) => void }): Promise<RunReport> {
  const flows = shippedFlows()
  const seeds = createRandom(seed)
  const began = performance.now()
  const report: RunReport = { worlds: 0, calls: 0, answered: 0, outcomes: {}, restarts: 0, drops: 0, failures: 0, failed: [], seconds: 0 }
  while (report.calls < calls && report.failed.length < maxFailures) {
    const world = seeds.int(0, 0x7fffffff)
    report.worlds++
    try {
      const one = await playWorld({ seed: world, calls: WORLD_CALLS, flows })
      report.answered += one.answered
      report.restarts += one.restarts
      report.drops += one.drops
      report.failures += one.failures
      for (const [outcome, count] of Object.entries(one.outcomes)) report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + count
    } catch (error) {
      report.failed.push(await explain(world, error))
    }
    report.calls += WORLD_CALLS
    progress?.(report.calls)
  }
  report.seconds = Math.round((performance.now() - began) / 100) / 10
  return report
}

/** Plays the failed world again and keeps what concerns the call in question. */
export async function explain (world: number, error: unknown): Promise<Failure> {
  if (!(error instanceof Violation)) return { world, message: error instanceof Error ? error.stack ?? error.message : String(error), callId: undefined, trace: [] }
  const { callId } = error
  const lines: string[] = []
  const names = new Set([...callId === undefined ? [] : [callId], ...error.message.match(/\b\d{10}\.\d+\b/g) ?? []])
  const trace: Trace = (at, about, line) => {
    const concerns = about === callId || [...names].some((name) => line.includes(name)) || line.startsWith('program') || line.startsWith('connection')
    if (!concerns && names.size > 0) return
    const citizen = /"citizenLegId":"([^"]+)"/.exec(line)?.[1]
    if (citizen !== undefined) names.add(citizen)
    lines.push(`${new Date(at).toISOString().slice(11, 23)} ${line.slice(0, 400)}`)
  }
  try {
    await playWorld({ seed: world, calls: WORLD_CALLS, flows: shippedFlows(), trace })
  } catch (again) {
    if (!(again instanceof Violation) || again.message !== error.message) lines.push(`played again it fails otherwise: ${String(again)}`)
  }
  return { world, message: error.message, callId, trace: lines.slice(-300) }
}

export function print (failure: Failure): string {
  return [`world ${failure.world}: ${failure.message}${failure.callId === undefined ? '' : ` (call ${failure.callId})`}`, ...failure.trace.map((line) => `  ${line}`)].join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      calls: { type: 'string', default: '10000' },
      world: { type: 'string' },
      trace: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }
    }
  })
  if (values.world === undefined) {
    const seed = values.seed === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(values.seed)
    if (!values.json) console.log(`seed ${seed}`)
    const { failed, ...report } = await run({ seed, calls: Number(values.calls) })
    if (values.json) {
      console.log(JSON.stringify({ failed, ...report }))
    } else {
      for (const failure of failed) console.log(print(failure))
      console.log(report)
    }
    process.exitCode = failed.length === 0 ? 0 : 1
  } else {
    const world = Number(values.world)
    const trace: Trace | undefined = values.trace ? (at, _about, line) => { console.log(new Date(at).toISOString().slice(11, 23), line) } : undefined
    try {
      console.log(await playWorld({ seed: world, calls: WORLD_CALLS, flows: shippedFlows(), ...(trace === undefined ? {} : { trace }) }))
    } catch (error) {
      console.log(print(await explain(world, error)))
      process.exitCode = 1
    }
  }
}
