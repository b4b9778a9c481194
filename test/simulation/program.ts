/** The server's own exchange over a simulated phone: what is decided here is what the product decides. */
import { createMemoryStore } from '../../src/acd/memory-store.ts'
import type { AcdStore } from '../../src/acd/store.ts'
import type { AgentProfile, RememberedAgent } from '../../src/agents/service.ts'
import type { AgentRules } from '../../src/agents/core/agent.ts'
import type { CallRules } from '../../src/calls/core/state.ts'
import type { Journal } from '../../src/calls/core/journal-entry.ts'
import { createExchange, type Exchange } from '../../src/exchange.ts'
import type { FlowLibrary } from '../../src/ivr/core/flow.ts'
import { createRecorder } from '../../src/recordings/recorder.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { CallId } from '../../src/kernel/ids.ts'
import type { Phone } from '../../src/telephony/port.ts'
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
  /** The live calls were found. */
  onSettled: () => void
  /** Something that must not happen at all was logged. */
  fault: (message: string, detail: object) => void
}

export interface Program extends Pick<Exchange, 'calls' | 'agents' | 'acd' | 'stop'> {
  start: () => Promise<void>
}

export function createProgram (options: ProgramOptions): Program {
  const { clock, random, fault } = options
  const exchange = createExchange({
    clock,
    phone: options.phone,
    journal: options.journal,
    flows: options.flows,
    moment: () => ({ date: '2026-03-02', weekday: 1, minuteOfDay: 600, dayType: 'workday' }),
    store: options.watchStore(createMemoryStore()),
    callRules: options.callRules,
    agentRules: options.agentRules,
    queueLimit: options.queueLimit,
    maxCalls: 500,
    musicClass: 'default',
    node: 'node-1',
    newCallId: options.newCallId,
    seal: (text) => text,
    open: (text) => text,
    lookUpCaller: () => new Promise((resolve, reject) => {
      clock.at(clock.now() + random.int(0, random.chance(0.05) ? 3_000 : 30), () => {
        if (random.chance(0.02)) reject(new Error('the database is away'))
        else resolve({ repeat: { days: 7, calls: 0 }, history: { items: [], next: null } })
      })
    }),
    groupName: (groupId) => groupId,
    showNumber: (number) => number,
    popPatienceMs: 1_000,
    recorder: createRecorder({ phone: options.phone, clock, mayRecord: () => true, log: { warn: () => {} } }),
    callOver: () => {},
    onSettled: options.onSettled,
    log: {
      info: () => {},
      // Trouble with the phone system is expected; a fault in the code is not.
      warn: (detail, message) => { if ('event' in detail && detail.event === 'fault') fault(message, detail) },
      error: (detail, message) => { fault(message, detail) }
    }
  })
  return {
    calls: exchange.calls,
    agents: exchange.agents,
    acd: exchange.acd,
    start: async () => { await exchange.start(options.roster, options.remembered) },
    stop: exchange.stop
  }
}
