/**
 * Random days at the hotline over the real decisions and a simulated phone system: at least 100,000 calls a run, from a new
 * seed each time (HOTLINE_SIMULATION_SEED repeats one, HOTLINE_SIMULATION_CALLS asks for more or fewer).
 */
import t from 'tap'
import { shippedFlows } from './flows.ts'
import { REGRESSIONS } from './regressions.ts'
import { explain, print, run, WORLD_CALLS } from './runner.ts'
import { playWorld } from './world.ts'

t.setTimeout(900_000)

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
  t.comment(`seed ${seed}`)
  const { failed, ...report } = await run({ seed, calls })
  t.comment(JSON.stringify(report))
  t.equal(failed.length, 0, [`seed ${seed}`, ...failed.map(print)].join('\n').slice(0, 60_000))
  t.ok(report.calls >= calls, 'all were played')
  if (calls < 10_000) return
  for (const outcome of ['answered', 'abandoned-in-menu', 'abandoned-in-queue', 'abandoned-while-ringing', 'refused-full']) {
    t.ok((report.outcomes[outcome] ?? 0) > 0, `some were ${outcome}`)
  }
  t.ok(report.restarts > 0 && report.drops > 0 && report.failures > 0, 'and things went wrong')
})
