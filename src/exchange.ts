/**
 * The exchange: phone, ACD, agents, calls, screen-pop and desks put together, without database and HTTP. The product
 * runs it over Asterisk, the simulation over a simulated phone.
 */
import { createAcd, type Acd } from './acd/service.ts'
import type { AcdStore } from './acd/store.ts'
import type { AgentRules } from './agents/core/agent.ts'
import { createDeskNotifier, type DeskNotifier } from './agents/notifier.ts'
import { createAgents, type Agents, type AgentProfile, type RememberedAgent } from './agents/service.ts'
import type { Desk } from './agents/contract.ts'
import type { CalendarMoment } from './calendar/core/moment.ts'
import type { RecorderSide } from './calls/performer.ts'
import type { Journal } from './calls/core/journal-entry.ts'
import type { CallRules, CallState } from './calls/core/state.ts'
import { createCalls, type Calls } from './calls/service.ts'
import type { FlowLibrary } from './ivr/core/flow.ts'
import type { Clock } from './kernel/clock.ts'
import type { AgentId, CallId } from './kernel/ids.ts'
import { createScreenPops, type CallerRecord } from './screen-pop/service.ts'
import { agentOfSeat, PhoneError, seatOf, type Phone, type PhoneEvent } from './telephony/port.ts'

export interface ExchangeDependencies {
  clock: Clock
  phone: Phone
  journal: Journal
  flows: FlowLibrary
  moment: (at: number) => CalendarMoment
  store: AcdStore
  callRules: CallRules
  agentRules: AgentRules
  queueLimit: number
  maxCalls: number
  musicClass: string
  node: string
  newCallId: () => CallId
  seal: (text: string) => string
  open: (sealed: string) => string
  recorder: RecorderSide
  /** A call is over; its recording may still be about to end. */
  callOver: (callId: CallId) => void
  lookUpCaller: (ani: string, exceptCall: CallId) => Promise<CallerRecord>
  groupName: (groupId: string) => string
  /** What a skill group has of its own. */
  groupSettings?: (groupId: string) => { priority: number, queueLimit?: number, wrapUpMs?: number } | undefined
  /** An agent who may not work any more has no call left. */
  agentRetired?: (agentId: AgentId) => void
  showNumber: (number: string, agentId: AgentId) => string
  /** How long a ring waits for the caller's history. */
  popPatienceMs: number
  /** Others who look at agents and queues. */
  board?: () => { agentChanged: (agentId: AgentId) => void, callChanged: (callId: CallId) => void, allChanged: () => void }
  /** The live calls were found, after the start and after each reconnect: what does not live has ended. */
  onSettled: () => void
  log: {
    info: (detail: object, message: string) => void
    warn: (detail: object, message: string) => void
    error: (detail: object, message: string) => void
  }
}

export interface Exchange {
  readonly calls: Calls
  readonly agents: Agents
  readonly acd: Acd
  readonly desks: DeskNotifier
  /** The calls that live now were found and go on: nothing is in doubt. */
  readonly settled: boolean
  /** Connects the phone; from then on calls are served. Rejects when `signal` aborts first. */
  start: (roster: readonly AgentProfile[], remembered: readonly RememberedAgent[], signal?: AbortSignal) => Promise<void>
  /** Lets go of all calls without ending them. */
  stop: () => Promise<void>
}

/** After a look around that failed in the middle, the next one comes so soon. */
const LOOK_AGAIN_MS = 1000
/** Desks show who waits at most so often. */
const QUEUES_MS = 1000

export function createExchange (dependencies: ExchangeDependencies): Exchange {
  const { clock, phone, log, store, board, groupSettings = () => undefined } = dependencies
  let settled = false
  let queues: Awaited<ReturnType<Acd['waiting']>> = []
  let queuesDue = false

  const acd: Acd = createAcd({
    store,
    queueLimit: groupId => groupSettings(groupId)?.queueLimit ?? dependencies.queueLimit,
    bonus: groupId => groupSettings(groupId)?.priority ?? 0,
    reserve: (agentId, callId) => agents.reserve(agentId, callId),
    offer: (callId, agentId) => { calls.offer(callId, agentId) },
    staffed: groupId => agents.staffed(groupId),
    changed: queuesSoon
  })
  const agents: Agents = createAgents({
    clock,
    rules: dependencies.agentRules,
    journal: dependencies.journal,
    acd,
    wrapUpMs: groupId => groupSettings(groupId)?.wrapUpMs,
    ...(dependencies.agentRetired === undefined ? {} : { retired: dependencies.agentRetired }),
    phoneBack: (callId, agentId, newPage) => { calls.phoneBack(callId, agentId, newPage) },
    changed (agentId) {
      desks.changed(agentId)
      board?.().agentChanged(agentId)
    },
    log
  })
  const pops = createScreenPops({
    clock,
    lookUp: dependencies.lookUpCaller,
    groupName: dependencies.groupName,
    show: dependencies.showNumber,
    patienceMs: dependencies.popPatienceMs,
    arrived (callId) {
      const agentId = calls.state(callId)?.agent?.agentId
      if (agentId !== undefined) desks.showNow(agentId)
    },
    log
  })
  const calls: Calls = createCalls({
    phone,
    acd,
    agents,
    pop: pops,
    recorder: dependencies.recorder,
    journal: dependencies.journal,
    node: dependencies.node,
    musicClass: dependencies.musicClass,
    clock,
    flows: dependencies.flows,
    moment: dependencies.moment,
    rules: dependencies.callRules,
    newCallId: dependencies.newCallId,
    maxCalls: dependencies.maxCalls,
    seal: dependencies.seal,
    open: dependencies.open,
    changed (state, formerAgent) {
      if (formerAgent !== undefined) desks.changed(formerAgent)
      if (state.agent !== undefined) desks.changed(state.agent.agentId)
      board?.().callChanged(state.callId)
      for (const agentId of [formerAgent, state.agent?.agentId]) if (agentId !== undefined) board?.().agentChanged(agentId)
    },
    over (callId) {
      board?.().callChanged(callId)
      agents.callOver(callId)
      pops.drop(callId)
      dependencies.callOver(callId)
    },
    log
  })
  const desks: DeskNotifier = createDeskNotifier({
    clock,
    agentState: agents.state,
    agentName: agentId => agents.profile(agentId)?.name ?? agentId,
    role: agents.role,
    call: calls.state,
    pop (callId, agentId) {
      const live = calls.state(callId)
      return live === undefined ? undefined : pops.view(callId, live, agentId)
    },
    queues: queuesOf
  })

  function queuesOf (agentId: AgentId): Desk['queues'] {
    const now = clock.now()
    return (agents.profile(agentId)?.skills ?? []).map(({ groupId }) => {
      const queue = queues.find(candidate => candidate.groupId === groupId)
      return {
        groupId,
        name: dependencies.groupName(groupId),
        waiting: queue?.waiting ?? 0,
        longestWaitMs: queue === undefined ? 0 : now - queue.oldestJoinedAt
      }
    })
  }

  function queuesSoon (): void {
    if (queuesDue) return
    queuesDue = true
    clock.at(clock.now() + QUEUES_MS, () => {
      queuesDue = false
      acd.waiting().then(waiting => {
        const changed = changedQueues(queues, waiting)
        queues = waiting
        if (changed.size === 0) return
        for (const agentId of desks.present()) if (agents.profile(agentId)?.skills.some(({ groupId }) => changed.has(groupId)) === true) desks.changed(agentId)
      }, (error: unknown) => { log.error({ err: error }, 'queues not read') })
    })
  }

  async function lookAround (): Promise<void> {
    try {
      const states = await calls.resume()
      agents.settle(heldBy(states))
      await lookForPhones()
      settled = true
      board?.().allChanged()
      dependencies.onSettled()
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error
      log.warn({ code: error.code }, 'live calls not looked at yet')
      clock.at(clock.now() + LOOK_AGAIN_MS, () => { if (phone.connected) void lookAround() })
    }
  }

  /** Phones that stayed registered while we were away. */
  async function lookForPhones (): Promise<void> {
    for (const agentId of agents.signedIn()) {
      if (await phone.seatReachable(seatOf(agentId))) agents.seatReachable(agentId)
      else agents.seatUnreachable(agentId)
    }
  }

  function onEvent (event: PhoneEvent): void {
    calls.onEvent(event)
    if (event.type === 'connected') {
      void lookAround()
    } else if (event.type === 'disconnected') {
      settled = false
      log.warn({ reason: event.reason }, 'phone system lost')
    } else if (event.type === 'seat-reachable' || event.type === 'seat-unreachable') {
      const agentId = agentOfSeat(event.seatId)
      if (agentId === undefined) return
      if (event.type === 'seat-reachable') agents.seatReachable(agentId)
      else agents.seatUnreachable(agentId)
    }
  }

  return {
    calls,
    agents,
    acd,
    desks,
    get settled () { return settled },
    async start (roster, remembered, signal) {
      agents.setRoster(roster)
      agents.restore(remembered)
      phone.subscribe(onEvent)
      await phone.start(signal)
    },
    async stop () {
      calls.stop()
      agents.stop()
      await phone.stop()
    }
  }
}

type Queues = Awaited<ReturnType<Acd['waiting']>>

/** Groups of which desks would show something else. */
function changedQueues (before: Queues, after: Queues): Set<string> {
  const shown = (queues: Queues) => new Map(queues.map(({ groupId, waiting, oldestJoinedAt }) => [groupId, `${waiting} ${oldestJoinedAt}`]))
  const [old, now] = [shown(before), shown(after)]
  return new Set([...old.keys(), ...now.keys()].filter(groupId => old.get(groupId) !== now.get(groupId)))
}

/** Which agent each resumed call has. */
function heldBy (states: readonly CallState[]): Map<AgentId, { callId: CallId, talking: boolean }> {
  const held = new Map<AgentId, { callId: CallId, talking: boolean }>()
  for (const { callId, phase, agent } of states) {
    if (agent !== undefined && phase !== 'ended') held.set(agent.agentId, { callId, talking: phase === 'talking' || phase === 'reconnecting' })
  }
  return held
}
