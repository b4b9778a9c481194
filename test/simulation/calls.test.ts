/**
 * Random days at the hotline over the real decisions and a simulated phone system: at least 100,000 calls a run, from a new
 * seed each time (HOTLINE_SIMULATION_SEED repeats one, HOTLINE_SIMULATION_CALLS asks for more or fewer).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { shippedFlows } from './flows.ts'
import { REGRESSIONS } from './regressions.ts'
import { explain, print, WORLD_CALLS, type RunReport } from './runner.ts'
import { playWorld } from './world.ts'

t.setTimeout(900_000)

const PROCESSES = 2

t.test('worlds in which something was found once', async (t) => {
  const flows = shippedFlows()
  for (const { world, found } of REGRESSIONS) {
    try {
      await playWorld({ seed: world, calls: WORLD_CALLS, flows })
      t.pass(`${world}: ${found}`)
    } catch (error) {
      t.fail(print(await explain(world, error)))
    }
  }
})

t.test('one seed gives one day', async (t) => {
  const flows = shippedFlows()
  const [once, again] = [await playWorld({ seed: 7, calls: WORLD_CALLS, flows }), await playWorld({ seed: 7, calls: WORLD_CALLS, flows })]
  t.strictSame(again, once)
})

t.test('random days', async (t) => {
  const seed = Number(process.env.HOTLINE_SIMULATION_SEED ?? Math.floor(Math.random() * 0x7fffffff))
  const calls = Number(process.env.HOTLINE_SIMULATION_CALLS ?? 100_000)
  const seeds = Array.from({ length: PROCESSES }, (_, index) => seed + index)
  t.comment(`seeds ${seeds.join(' ')}`)
  const reports = await Promise.all(seeds.map(async (own) => await runApart(own, calls / PROCESSES)))
  const outcomes: Record<string, number> = {}
  for (const [index, { failed, ...report }] of reports.entries()) {
    t.comment(JSON.stringify(report))
    t.equal(failed.length, 0, [`seed ${seeds[index]}`, ...failed.map(print)].join('\n').slice(0, 60_000))
    for (const [outcome, count] of Object.entries(report.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
    t.ok(report.calls >= calls / PROCESSES, 'all were played')
    t.ok(report.restarts > 0 && report.drops > 0 && report.failures > 0, 'and things went wrong')
  }
  for (const outcome of ['answered', 'abandoned-in-menu', 'abandoned-in-queue', 'abandoned-while-ringing', 'refused-full']) {
    t.ok((outcomes[outcome] ?? 0) > 0, `some were ${outcome}`)
  }
})

/** In a process without the test runner's hooks into promises, which make it four times slower. */
async function runApart (seed: number, calls: number): Promise<RunReport> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'runner.ts'), '--json', '--seed', String(seed), '--calls', String(calls)], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 800_000
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return JSON.parse(output) as RunReport
}
