/**
 * The ACD alone: what one claim costs among 100, 1,000 and 10,000 agents, in 200 groups with levelled skills, while
 * nobody, or up to 100,000 callers, wait. One turn is what one call costs the ACD in its life: queued, claimed by an
 * agent, and that agent free again.
 */
import { createMemoryStore } from '../src/acd/memory-store.ts'
import { createAcd, type Acd } from '../src/acd/service.ts'
import type { AvailableAgent, Skill, WaitingCall } from '../src/acd/core/policy.ts'
import { bySize, inTurns, ratePerCpuSecond, row, type Bench } from './frame.ts'
import { createRandom } from '../test/support/random.ts'

const GROUPS = 200
const SKILLS = 4
const CLAIM_BAR = 2

interface Population { agents: number, waiting: number }

/** Each group has at least one agent: two of an agent's groups go round, the others are by chance, levels 1 to 3. */
function agentsOf (count: number): AvailableAgent[] {
  const random = createRandom(1)
  return Array.from({ length: count }, (_, index) => {
    const groups = new Set([2 * index % GROUPS, (2 * index + 1) % GROUPS])
    while (groups.size < SKILLS) groups.add(random.int(0, GROUPS - 1))
    const skills: Skill[] = [...groups].map(group => ({ groupId: `g${group}`, level: random.int(1, 3) }))
    return { agentId: `agent-${String(index).padStart(6, '0')}`, idleSince: index, skills }
  })
}

/** An ACD with this population; `turn` gives one call to one agent, who is free again at once. */
async function populate ({ agents: agentCount, waiting }: Population): Promise<{ turn: () => Promise<void> }> {
  const agents = new Map(agentsOf(agentCount).map(agent => [agent.agentId, agent]))
  const random = createRandom(2)
  let offered: AvailableAgent | undefined
  let servedGroup = 0
  let time = agentCount
  let calls = 0
  const acd: Acd = createAcd({
    store: createMemoryStore(),
    queueLimit: () => waiting + agentCount + 10,
    reserve: async () => true,
    offer (callId, agentId) {
      offered = agents.get(agentId)
      servedGroup = Number(callId.split('.')[1])
    },
    staffed: () => agentCount,
    changed: () => {}
  })
  const nextCall = (group = random.int(0, GROUPS - 1)): WaitingCall => ({
    callId: `call-${String(++calls).padStart(9, '0')}.${group}`, groupId: `g${group}`, priority: 5, joinedAt: ++time, node: 'n'
  })
  for (let n = 0; n < waiting; n++) await acd.enqueue(nextCall())
  const everyone = [...agents.values()]
  if (waiting === 0) for (const agent of everyone) await acd.agentFree(agent)
  return {
    async turn () {
      if (waiting === 0) {
        offered = undefined
        await acd.enqueue(nextCall())
        if (offered === undefined) throw new Error('nobody was offered a call although all are free')
        await acd.agentFree({ ...(offered as AvailableAgent), idleSince: ++time })
        return
      }
      // All are busy: one becomes free and takes the next, and another caller comes.
      offered = undefined
      await acd.agentFree({ ...random.pick(everyone), idleSince: ++time })
      if (offered === undefined) throw new Error('an agent became free and was offered nobody although callers wait')
      // Into the same group, so that as many wait there as before.
      await acd.enqueue(nextCall(servedGroup))
    }
  }
}

export const bench: Bench = {
  name: 'acd',
  title: 'ACD: claims among many agents, 200 groups, levelled skills',
  async run ({ size, report }) {
    const ms = bySize(size, { tiny: 5, short: 700, long: 3000 })
    const rounds = bySize(size, { tiny: 1, short: 5, long: 7 })
    const queue = bySize(size, { tiny: 2000, short: 100_000, long: 100_000 })
    const crowd = bySize(size, { tiny: 200, short: 10_000, long: 10_000 })
    const populations: Record<string, Population> = {
      few: { agents: 100, waiting: 0 },
      some: { agents: 1000, waiting: 0 },
      many: { agents: crowd, waiting: 0 },
      fewWaiting: { agents: 100, waiting: 1000 },
      manyWaiting: { agents: crowd, waiting: queue }
    }
    const subjects: Record<string, () => Promise<number>> = {}
    for (const [name, population] of Object.entries(populations)) {
      const { turn } = await populate(population)
      subjects[name] = async () => 1e6 / await ratePerCpuSecond(ms, 100, async () => { for (let n = 0; n < 100; n++) await turn() })
      // The first turns are slower: compiled code, cold caches.
      await subjects[name]()
    }
    const cost = await inTurns(rounds, subjects) as Record<'few' | 'some' | 'many' | 'fewWaiting' | 'manyWaiting', number>
    for (const [name, micros] of Object.entries(cost)) report(`${name}: ${Math.round(1e6 / micros)} claims per second of CPU`)
    const against = 'among 100 agents'
    return [
      row('a claim among 1,000 agents, nobody waits', cost.some, cost.few, 'µs CPU', against),
      row(`a claim among ${crowd.toLocaleString('en')} agents, nobody waits`, cost.many, cost.few, 'µs CPU', against, { bar: { atMost: CLAIM_BAR } }),
      row(`a claim among ${crowd.toLocaleString('en')} agents, ${queue.toLocaleString('en')} wait`, cost.manyWaiting, cost.fewWaiting, 'µs CPU', 'among 100 agents, 1,000 wait', { bar: { atMost: CLAIM_BAR } })
    ]
  }
}
