/** The screen-pop: fetched while the caller waits, ready when a phone rings; late or failed history never holds up a call. */
import type { HistoryPage, ScreenPop } from './contract.ts'
import type { CallState } from '../calls/core/state.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

/** What is known of a caller. */
export interface CallerRecord {
  caller?: { name: string, place: string }
  repeat: { days: number, calls: number }
  lastAgent?: { id: AgentId, name: string }
  history: HistoryPage
}

export interface ScreenPopDependencies {
  clock: Clock
  /** Looks the caller up by number; '' when withheld. */
  lookUp: (ani: string, exceptCall: CallId) => Promise<CallerRecord>
  groupName: (groupId: string) => string
  /** The number as this agent may see it. */
  show: (number: string, agentId: AgentId) => string
  /** After so long the ring goes out without history, and the desktop says so. */
  patienceMs: number
  /** A record came (perhaps late). */
  arrived: (callId: CallId) => void
  log: { warn: (detail: object, message: string) => void }
}

interface Pop { state: CallState, record?: CallerRecord, failed: boolean, settled: Promise<void> }

const DAYS = 7

export type ScreenPops = ReturnType<typeof createScreenPops>

export function createScreenPops ({ clock, lookUp, groupName, show, patienceMs, arrived, log }: ScreenPopDependencies) {
  const pops = new Map<CallId, Pop>()

  function prepare (state: CallState): void {
    const known = pops.get(state.callId)
    if (known !== undefined && !known.failed) {
      known.state = state
      return
    }
    const pop: Pop = { state, failed: false, settled: Promise.resolve() }
    pops.set(state.callId, pop)
    const fetched = fetch(pop)
    const patience = new Promise<void>(resolve => { clock.at(clock.now() + patienceMs, resolve) })
    pop.settled = Promise.race([fetched, patience])
  }

  async function fetch (pop: Pop): Promise<void> {
    try {
      pop.record = await lookUp(pop.state.ani, pop.state.callId)
    } catch (error) {
      pop.failed = true
      log.warn({ callId: pop.state.callId, err: error }, 'caller not looked up')
    }
    arrived(pop.state.callId)
  }

  return {
    prepare,
    settled: async (callId: CallId): Promise<void> => { await pops.get(callId)?.settled },
    /** The pop as this agent may see it; undefined for a call that has never waited. */
    view (callId: CallId, live: CallState, agentId: AgentId): ScreenPop | undefined {
      const pop = pops.get(callId)
      if (pop === undefined) return undefined
      const { record } = pop
      const groupId = live.queue?.groupId ?? ''
      return {
        number: show(live.ani, agentId),
        numberWithheld: live.ani === '',
        dnis: live.dnis,
        skillGroup: { id: groupId, name: groupName(groupId) },
        choices: [...live.choices],
        waitMs: Math.max(0, (live.agent?.offeredAt ?? clock.now()) - (live.queue?.joinedAt ?? clock.now())),
        ...(record?.caller === undefined ? {} : { caller: record.caller }),
        repeat: record?.repeat ?? { days: DAYS, calls: 0 },
        ...(record?.lastAgent === undefined ? {} : { lastAgent: record.lastAgent }),
        history: record?.history ?? { items: [], next: null },
        historyKnown: record !== undefined
      }
    },
    drop (callId: CallId): void {
      pops.delete(callId)
    }
  }
}
