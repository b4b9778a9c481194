/** Shows agents their desks: the whole desk after each change, numbered, so that a page can tell old from new. */
import type { Desk, DeskCall } from './contract.ts'
import type { AgentState } from './core/agent.ts'
import type { CallState } from '../calls/core/state.ts'
import type { ScreenPop } from '../screen-pop/contract.ts'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

/** A connected page of an agent. */
export interface DeskPage { pageId: string, send: (desk: Desk) => void }

export interface NotifierDependencies {
  clock: Clock
  agentState: (agentId: AgentId) => AgentState | undefined
  agentName: (agentId: AgentId) => string
  role: (agentId: AgentId, pageId: string) => Desk['phone']['role']
  call: (callId: CallId) => CallState | undefined
  /** The pop as this agent may see it; undefined until it is fetched. */
  pop: (callId: CallId, agentId: AgentId) => ScreenPop | undefined
  queues: (agentId: AgentId) => Desk['queues']
}

export type DeskNotifier = ReturnType<typeof createDeskNotifier>

export function createDeskNotifier ({ clock, agentState, agentName, role, call, pop, queues }: NotifierDependencies) {
  const pages = new Map<AgentId, Set<DeskPage>>()
  /** Begins with the time, so that it also rises over our own restarts. */
  const sequence = new Map<AgentId, number>()
  const dirty = new Set<AgentId>()
  /** The agent's present or latest call as last shown: it stays on the desk through wrap-up. */
  const shown = new Map<AgentId, DeskCall>()

  function callOf (state: AgentState): DeskCall | undefined {
    const { agentId, callId } = state
    if (callId === undefined) {
      shown.delete(agentId)
      return undefined
    }
    const before = shown.get(agentId)
    const known = before?.callId === callId ? before : undefined
    const live = call(callId)
    const view = live?.agent?.agentId === agentId || (live !== undefined && state.name === 'reserved')
      ? liveView(live, callId, agentId)
      : known === undefined || known.phase === 'ended' ? known : { ...known, phase: 'ended' as const, endedAt: state.since }
    if (view === undefined) return undefined
    shown.set(agentId, view)
    return view
  }

  function liveView (live: CallState, callId: CallId, agentId: AgentId): DeskCall | undefined {
    const content = pop(callId, agentId)
    if (content === undefined) return undefined
    const { agent, timers, answeredAt, mutedUntil } = live
    return {
      callId,
      phase: phaseOf(live),
      pop: content,
      offeredAt: agent?.offeredAt ?? clock.now(),
      ...(timers.ring === undefined ? {} : { ringUntil: timers.ring }),
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(mutedUntil === undefined ? {} : { recordingMutedUntil: mutedUntil })
    }
  }

  function untilOf (state: AgentState): EpochMs | undefined {
    if (state.until !== undefined) return state.until
    if (state.callId === undefined) return undefined
    const timers = call(state.callId)?.timers
    return timers?.ring ?? timers?.reconnect
  }

  function render (agentId: AgentId, seq: number): Omit<Desk, 'phone'> & { phone: { reachable: boolean } } | undefined {
    const state = agentState(agentId)
    if (state === undefined) return undefined
    const until = untilOf(state)
    const current = callOf(state)
    return {
      seq,
      serverTime: clock.now(),
      agent: {
        id: agentId,
        name: agentName(agentId),
        state: state.name,
        ...(state.reason === undefined ? {} : { reason: state.reason }),
        since: state.since,
        ...(until === undefined ? {} : { until })
      },
      phone: { reachable: state.phone },
      ...(current === undefined ? {} : { call: current }),
      queues: queues(agentId)
    }
  }

  function flush (): void {
    const agents = [...dirty]
    dirty.clear()
    for (const agentId of agents) show(agentId)
  }

  function show (agentId: AgentId): void {
    const to = pages.get(agentId)
    const seq = (sequence.get(agentId) ?? clock.now()) + 1
    const desk = render(agentId, seq)
    if (desk === undefined || to === undefined) return
    sequence.set(agentId, seq)
    for (const page of to) page.send({ ...desk, phone: { ...desk.phone, role: role(agentId, page.pageId) } })
  }

  return {
    /** Something on this agent's desk changed. Several changes in one go are shown once. */
    changed (agentId: AgentId): void {
      if (dirty.size === 0) queueMicrotask(flush)
      dirty.add(agentId)
    },
    /** Shows the desk at once: before the phone rings. */
    showNow: show,
    connect (agentId: AgentId, page: DeskPage): void {
      pages.set(agentId, (pages.get(agentId) ?? new Set()).add(page))
      show(agentId)
    },
    disconnect (agentId: AgentId, page: DeskPage): void {
      const left = pages.get(agentId)
      left?.delete(page)
      if (left?.size === 0) pages.delete(agentId)
    },
    /** Agents with at least one page. */
    present: (): AgentId[] => [...pages.keys()]
  }
}

function phaseOf ({ phase, agent }: CallState): DeskCall['phase'] {
  switch (phase) {
    case 'menu':
    case 'queued':
      return 'offered'
    case 'offering':
      return agent?.rang === true ? 'ringing' : 'offered'
    case 'talking':
      return 'talking'
    case 'reconnecting':
      return 'reconnecting'
    case 'ended':
      return 'ended'
  }
}
