/** The server's own parts, put together over a simulated phone: what is decided here is what the product decides. */
import { createMemoryStore } from '../../src/acd/memory-store.ts'
import { createAcd, type Acd } from '../../src/acd/service.ts'
import type { AcdStore } from '../../src/acd/store.ts'
import { createAgents, type AgentProfile, type Agents, type RememberedAgent } from '../../src/agents/service.ts'
import type { AgentRules } from '../../src/agents/core/agent.ts'
import { createCalls, type Calls } from '../../src/calls/service.ts'
import type { CallRules, CallState } from '../../src/calls/core/state.ts'
import type { Journal } from '../../src/calls/core/journal-entry.ts'
import type { FlowLibrary } from '../../src/ivr/core/flow.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { AgentId, CallId } from '../../src/kernel/ids.ts'
import { createScreenPops } from '../../src/screen-pop/service.ts'
import { PhoneError, seatOf, type Phone } from '../../src/telephony/port.ts'
import type { Random } from '../support/random.ts'

export interface ProgramOptions {
  clock: Clock
  phone: Phone
  journal: Journal
  flows: FlowLibrary
  roster: readonly AgentProfile[]
  remembered: readonly RememberedAgent[]
  callRules: CallRules
  agentRules: AgentRules
  queueLimit: number
  newCallId: () => CallId
  random: Random
  /** Around the memory store, to watch claims. */
  watchStore: (store: AcdStore) => AcdStore
  /** Something that must not happen at all was logged. */
  fault: (message: string, detail: object) => void
}

export interface Program {
  calls: Calls
  agents: Agents
  acd: Acd
  start: () => Promise<void>
  stop: () => Promise<void>
}

/** Looks are tried again so soon when the phone system failed in the middle. */
const LOOK_AGAIN_MS = 1_000

export function createProgram (options: ProgramOptions): Program {
  const { clock, phone, journal, flows, roster, remembered, random, fault } = options
  const quiet = {
    info: () => {},
    // Trouble with the phone system is expected; a fault in the code is not.
    warn: (detail: object, message: string) => { if ('event' in detail && detail.event === 'fault') fault(message, detail) },
    error: (detail: object, message: string) => { fault(message, detail) }
  }
  const agentOfSeat = new Map(roster.map(({ agentId }) => [seatOf(agentId), agentId]))
  const store = options.watchStore(createMemoryStore())
  const acd: Acd = createAcd({
    store,
    queueLimit: options.queueLimit,
    reserve: (agentId, callId) => agents.reserve(agentId, callId),
    offer: (callId, agentId) => { calls.offer(callId, agentId) },
    staffed: (groupId) => agents.staffed(groupId),
    changed: () => {}
  })
  const agents: Agents = createAgents({
    clock,
    rules: options.agentRules,
    journal,
    acd,
    phoneBack: (callId, agentId, newPage) => { calls.phoneBack(callId, agentId, newPage) },
    changed: () => {},
    log: quiet
  })
  const pops = createScreenPops({
    clock,
    lookUp: () => new Promise((resolve, reject) => {
      clock.at(clock.now() + random.int(0, random.chance(0.05) ? 3_000 : 30), () => {
        if (random.chance(0.02)) reject(new Error('the database is away'))
        else resolve({ repeat: { days: 7, calls: 0 }, history: { items: [], next: null } })
      })
    }),
    groupName: (groupId) => groupId,
    show: (number) => number,
    patienceMs: 1_000,
    arrived: () => {},
    log: quiet
  })
  const calls: Calls = createCalls({
    phone,
    acd,
    agents,
    pop: pops,
    journal,
    node: 'node-1',
    musicClass: 'default',
    clock,
    flows,
    moment: () => ({ date: '2026-03-02', weekday: 1, minuteOfDay: 600, dayType: 'workday' }),
    rules: options.callRules,
    newCallId: options.newCallId,
    maxCalls: 500,
    seal: (text) => text,
    open: (text) => text,
    changed: () => {},
    over: (callId) => {
      pops.drop(callId)
      agents.callOver(callId)
    },
    log: quiet
  })

  async function look (): Promise<void> {
    try {
      const states = await calls.resume()
      agents.settle(heldBy(states))
    } catch (error) {
      if (!(error instanceof PhoneError)) return fault('looking around failed', { err: error })
      clock.at(clock.now() + LOOK_AGAIN_MS, () => { if (phone.connected) void look() })
    }
  }

  phone.subscribe((event) => {
    calls.onEvent(event)
    if (event.type === 'connected') void look()
    if (event.type !== 'seat-reachable' && event.type !== 'seat-unreachable') return
    const agentId = agentOfSeat.get(event.seatId)
    if (agentId === undefined) return
    if (event.type === 'seat-reachable') agents.seatReachable(agentId)
    else agents.seatUnreachable(agentId)
  })

  return {
    calls,
    agents,
    acd,
    start: async () => {
      agents.setRoster(roster)
      agents.restore(remembered)
      await phone.start()
    },
    stop: async () => {
      calls.stop()
      agents.stop()
      await phone.stop()
    }
  }
}

function heldBy (states: readonly CallState[]): Map<AgentId, { callId: CallId, talking: boolean }> {
  const held = new Map<AgentId, { callId: CallId, talking: boolean }>()
  for (const { callId, agent, phase } of states) {
    if (agent !== undefined) held.set(agent.agentId, { callId, talking: phase === 'talking' || phase === 'reconnecting' })
  }
  return held
}
