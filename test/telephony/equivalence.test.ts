/**
 * The simulated phone system is held to the real one: each scenario runs on both, and what was told and answered is compared.
 * Times may differ by what a busy machine costs.
 */
import t from 'tap'
import { compareTraces, createStage, type Segment, type World, type Scenario } from '../support/phone-stage.ts'
import { createRealWorld, type RealWorld } from '../support/real-stage.ts'
import { createSimulatedWorld } from '../support/simulated-stage.ts'
import { SCENARIOS } from '../support/scenarios/index.ts'

const TOLERANCE_MS = 1_200

async function play (scenario: Scenario, world: World): Promise<Segment[]> {
  const stage = createStage(world, await world.start())
  try {
    await scenario.run(stage)
  } finally {
    await stage.finish()
  }
  return stage.segments
}

t.setTimeout(600_000)

let real: RealWorld
t.before(async () => { real = await createRealWorld() })
t.teardown(async () => { await real?.stop() })

t.test('there are enough scenarios', async (t) => { t.ok(SCENARIOS.length >= 30) })

for (const scenario of SCENARIOS) {
  t.test(scenario.name, async (t) => {
    const simulated = createSimulatedWorld()
    try {
      const expected = await play(scenario, simulated)
      const found = await play(scenario, real)
      t.strictSame(compareTraces(expected, found, TOLERANCE_MS), [], 'simulated (first line) and real (second) agree')
    } finally {
      simulated.stop()
    }
  })
}
