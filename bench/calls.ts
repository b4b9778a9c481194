/**
 * Calls a second: ours, Asterisk's app_queue with the same work, and a bare program over ARI, on the same Asterisk with the
 * same seats and callers. A caller dials, presses a key in the menu, is given to the agent who is free for longest, talks a
 * second or so. A rate holds when for the whole step no call failed and 99 of 100 offers were bridged within 500 ms.
 */
import { bySize, median, row, type Bench, type BenchContext, type Row } from './frame.ts'
import { records } from './calls/app-queue.ts'
import { step, type Contestant, type Step } from './calls/contest.ts'
import { climb, probe, rateOf } from './calls/ladder.ts'
import { runCallers } from './calls/sipp.ts'
import { buildStage, type Stage } from './calls/stage.ts'
import { until } from '../test/support/until.ts'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** 7 calls a second: what holds less is broken. */
const LOWEST = 20
const PROBE_SECONDS = 6
const SAME_WORK_BAR = 0.7
const CROWD_BAR = 1

interface Result { rate: number, cost: string, p99: number }

/** The median rate of each contestant over the rounds, which take turns. */
async function contest (stage: Stage, context: BenchContext, names: readonly Contestant[], { rounds, seconds, sound, crowd }: { rounds: number, seconds: number, sound: boolean, crowd: number }): Promise<Record<Contestant, Result>> {
  const rungs = {} as Record<Contestant, number>
  const rates: Record<Contestant, number[]> = { ours: [], queue: [], bare: [] }
  const last = {} as Record<Contestant, Step>
  const holdsFor = (contestant: Contestant, seconds: number) => async (rung: number): Promise<boolean> => {
    const done = await step(stage, context, { contestant, rate: rateOf(rung), seconds, sound, crowd })
    if (done.holds) last[contestant] = done
    return done.holds
  }
  for (const name of names) rungs[name] = await probe(LOWEST, holdsFor(name, PROBE_SECONDS))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const rung = await climb(rungs[name], LOWEST, holdsFor(name, seconds))
      rates[name].push(rung === undefined ? 0 : rateOf(rung))
      rungs[name] = rung ?? LOWEST
    }
  }
  return Object.fromEntries(names.map(name => [name, { rate: median(rates[name]), cost: last[name]?.cost ?? '', p99: last[name]?.p99 ?? NaN }])) as Record<Contestant, Result>
}

const costs = (ours: Result, theirs: Result): string => `CPU ms a call: ours ${ours.cost}; theirs ${theirs.cost}`

/** Callers who wait in a queue without agents, half in ours and half in theirs when both are asked. Gives the end of it. */
async function fillQueues (stage: Stage, { scratch }: BenchContext, waiting: number): Promise<() => Promise<void>> {
  const stop = new AbortController()
  const done: Array<Promise<unknown>> = []
  for (const dnis of ['12345', '70001']) {
    mkdirSync(join(scratch, `waiting-${dnis}`))
    done.push(runCallers(join(scratch, `waiting-${dnis}`), {
      sipPort: stage.asterisk.sipPort, dnis, key: '3', rate: 20, calls: waiting / 2, numbersFile: stage.numbersFile, sound: false, talkMs: 3_600_000
    }, stop.signal))
  }
  await until(`${waiting} callers wait`, async () => await stage.channels() >= waiting, { timeoutMs: 180_000, everyMs: 1000 })
  // Their one announcement at the beginning is over.
  await new Promise(resolve => { setTimeout(resolve, 15_000) })
  return async () => {
    stop.abort()
    await Promise.all(done)
  }
}

export const bench: Bench = {
  name: 'calls',
  title: `Calls a second: menu by key, queue, agent, journal, pop${records ? ', two-way recording' : ''}`,
  async run (context) {
    const { size } = context
    const seconds = bySize(size, { tiny: 5, short: 20, long: 60 })
    const agents = bySize(size, { tiny: 20, short: 250, long: 250 })
    const rows: Row[] = []
    const undoings: Array<() => Promise<void> | void> = []
    const own = (name: string): BenchContext => {
      const scratch = join(context.scratch, name)
      mkdirSync(scratch)
      return { ...context, scratch, undo: action => { undoings.push(action) } }
    }
    const undoAll = async (): Promise<void> => {
      for (const undoing of undoings.splice(0).reverse()) await undoing()
    }
    context.undo(undoAll)

    const first = own('first')
    const stage = await buildStage(first, agents)
    const silent = await contest(stage, first, ['ours', 'queue', 'bare'], { rounds: bySize(size, { tiny: 1, short: 3, long: 3 }), seconds, sound: false, crowd: 0 })
    const who = `${agents} agents`
    rows.push(
      row(`calls held, ${who}, without sound`, silent.ours.rate, silent.queue.rate, 'calls/s', 'app_queue', { bar: { atLeast: SAME_WORK_BAR }, note: costs(silent.ours, silent.queue) }),
      row(`calls held, ${who}, without sound`, silent.ours.rate, silent.bare.rate, 'calls/s', 'a bare ARI program', { note: costs(silent.ours, silent.bare) })
    )
    if (size !== 'tiny') {
      const loud = await contest(stage, first, size === 'long' ? ['ours', 'queue', 'bare'] : ['ours', 'queue'], { rounds: bySize(size, { tiny: 1, short: 1, long: 3 }), seconds, sound: true, crowd: 0 })
      rows.push(row(`calls held, ${who}, with sound`, loud.ours.rate, loud.queue.rate, 'calls/s', 'app_queue', { bar: { atLeast: SAME_WORK_BAR }, note: costs(loud.ours, loud.queue) }))
      if (loud.bare !== undefined) rows.push(row(`calls held, ${who}, with sound`, loud.ours.rate, loud.bare.rate, 'calls/s', 'a bare ARI program', { note: costs(loud.ours, loud.bare) }))
    }
    await undoAll()

    const many = bySize(size, { tiny: 40, short: 1000, long: 1000 })
    const second = own('second')
    const crowded = await buildStage(second, many)
    const empty = await fillQueues(crowded, second, many)
    let crowd: Record<Contestant, Result>
    try {
      crowd = await contest(crowded, second, ['ours', 'queue'], { rounds: bySize(size, { tiny: 1, short: 1, long: 3 }), seconds, sound: false, crowd: many })
    } finally {
      await empty()
    }
    const crowdName = `calls held, ${many.toLocaleString('en')} agents, ${many.toLocaleString('en')} wait`
    rows.push(
      row(crowdName, crowd.ours.rate, crowd.queue.rate, 'calls/s', 'app_queue', { bar: { atLeast: CROWD_BAR }, note: costs(crowd.ours, crowd.queue) }),
      row(crowdName, crowd.ours.rate, silent.ours.rate, 'calls/s', `ours with ${agents}, nobody waits`),
      row('the same of app_queue', crowd.queue.rate, silent.queue.rate, 'calls/s', `app_queue with ${agents}, nobody waits`)
    )
    return rows
  }
}
