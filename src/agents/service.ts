/** All agents: their states, their pages and phones. One input after another for each agent; nothing here waits. */
import { decide, initialAgent, isAvailable, isBusy, nextMoment, type AgentInput, type AgentRefusal, type AgentRules, type AgentState, type OfferEnd } from './core/agent.ts'
import type { Skill, AvailableAgent } from '../acd/core/policy.ts'
import type { Desk } from './contract.ts'
import type { Journal } from '../calls/core/journal-entry.ts'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

export interface AgentProfile {
  agentId: AgentId
  name: string
  skills: readonly Skill[]
  /** Where the agent belongs. */
  areaCode?: string
  unitId?: string
}

/** What is known of an agent from before a restart. */
export interface RememberedAgent {
  agentId: AgentId
  name: AgentState['name']
  reason?: string
  since: EpochMs
  until?: EpochMs
  callId?: CallId
  seq: number
}

export interface AgentsDependencies {
  clock: Clock
  rules: AgentRules
  journal: Pick<Journal, 'agent'>
  acd: { agentFree: (agent: AvailableAgent) => Promise<void>, agentBusy: (agentId: AgentId) => Promise<void> }
  /** Tells the call that its agent's phone can be rung again. */
  /** A skill group's own time for wrap-up, if it has one. */
  wrapUpMs?: (groupId: string) => number | undefined
  /** An agent who may not work any more is out, with no call left that counts on them. */
  retired?: (agentId: AgentId) => void
  phoneBack: (callId: CallId, agentId: AgentId, newPage: boolean) => void
  changed: (agentId: AgentId) => void
  log: { error: (detail: object, message: string) => void }
}

interface Seat {
  profile: AgentProfile
  state: AgentState
  /** Pages that are connected, and how often. */
  pages: Map<string, number>
  /** The page that has the phone. */
  holder?: string
  /** The page that had it when the agent's present leg was rung. */
  legPage?: string
  cancel?: () => void
  /** Not in the roster any more: gets no call, and goes offline as soon as none counts on the agent. */
  retiring?: boolean
  /** The ACD hears of this agent in order. */
  acdTail: Promise<void>
}

export type Agents = ReturnType<typeof createAgents>

export function createAgents ({ clock, rules, journal, acd, wrapUpMs = () => undefined, retired = () => {}, phoneBack, changed, log }: AgentsDependencies) {
  const seats = new Map<AgentId, Seat>()
  /** Agents as they were before the restart, by the number of their last change. */
  const restored = new Map<AgentId, number>()

  function dispatch (agentId: AgentId, input: AgentInput): AgentRefusal | undefined {
    const seat = seats.get(agentId)
    if (seat === undefined) return 'not-signed-in'
    const decision = decide(seat.state, input, clock.now(), rules)
    if (!decision.ok) return decision.refusal
    const before = seat.state
    seat.state = decision.state
    for (const effect of decision.effects) {
      if (effect.type === 'journal') writeDown(seat)
      else tellAcd(seat)
    }
    if (before !== seat.state) {
      arm(seat)
      changed(agentId)
    }
    if (seat.retiring === true && input.type !== 'sign-out') retire(seat)
    return undefined
  }

  /** Takes an agent out who is not in the roster any more. A call that counts on the agent goes on; its end comes here again. */
  function retire (seat: Seat): void {
    const { agentId } = seat.state
    seat.retiring = true
    if (dispatch(agentId, { type: 'sign-out' }) !== undefined) return
    seat.cancel?.()
    seats.delete(agentId)
    retired(agentId)
  }

  function writeDown ({ state }: Seat): void {
    journal.agent({
      agentId: state.agentId,
      seq: state.seq,
      at: clock.now(),
      state: state.name,
      ...(state.reason === undefined ? {} : { reason: state.reason }),
      ...(state.callId === undefined ? {} : { callId: state.callId }),
      ...(state.until === undefined ? {} : { until: state.until })
    })
  }

  /** By the time it is this news' turn, only what holds then counts. */
  function tellAcd (seat: Seat): void {
    seat.acdTail = seat.acdTail.then(async () => {
      const { agentId, since } = seat.state
      if (isAvailable(seat.state)) await acd.agentFree({ agentId, idleSince: since, skills: seat.profile.skills })
      else await acd.agentBusy(agentId)
    }).catch((error: unknown) => { log.error({ agentId: seat.state.agentId, err: error }, 'ACD not told') })
  }

  function arm (seat: Seat): void {
    seat.cancel?.()
    delete seat.cancel
    const moment = nextMoment(seat.state, rules)
    if (moment !== undefined) seat.cancel = clock.at(moment, () => { dispatch(seat.state.agentId, { type: 'time' }) })
  }

  function need (agentId: AgentId): Seat | undefined {
    return seats.get(agentId)
  }

  function adopt (agentId: AgentId, callId: CallId, talking: boolean): boolean {
    const state = need(agentId)?.state
    if (state === undefined || (isBusy(state) && state.callId !== callId)) return false
    // From here on it is for that call to free the agent.
    restored.delete(agentId)
    return dispatch(agentId, { type: 'adopt', callId, talking }) === undefined
  }

  return {
    dispatch,
    /** A resumed call says that it has this agent. False when another call has: then it must do without. */
    adopt,
    /** Replaces what is known of who may sign in; skills count from now on. Agents who are gone get no further call; one goes on. */
    setRoster (profiles: readonly AgentProfile[]): void {
      const present = new Set(profiles.map(profile => profile.agentId))
      for (const profile of profiles) {
        const seat = seats.get(profile.agentId)
        if (seat === undefined) {
          seats.set(profile.agentId, { profile, state: initialAgent(profile.agentId, clock.now()), pages: new Map(), acdTail: Promise.resolve() })
        } else {
          seat.profile = profile
          delete seat.retiring
          if (isAvailable(seat.state)) tellAcd(seat)
        }
      }
      for (const [agentId, seat] of [...seats]) if (!present.has(agentId)) retire(seat)
    },
    /** After a restart: the states as they were, without pages and phones, which come back by themselves or not. */
    restore (remembered: readonly RememberedAgent[]): void {
      for (const { agentId, ...known } of remembered) {
        const seat = seats.get(agentId)
        if (seat === undefined) continue
        // An offer is not given up before its call was looked for.
        const since = known.name === 'reserved' || known.name === 'ringing' ? clock.now() : known.since
        seat.state = { ...seat.state, ...known, since, ...(known.name === 'offline' ? {} : { deskLostAt: clock.now() }) }
        restored.set(agentId, seat.state.seq)
        arm(seat)
      }
    },
    /**
     * After calls were resumed: agents follow what the calls say; those who were busy before the restart, with a call that
     * does not say so, are free. Who was reserved since is not in question: that call is about to hear of it.
     */
    settle (held: ReadonlyMap<AgentId, { callId: CallId, talking: boolean }>): void {
      for (const [agentId, { state }] of seats) {
        const call = held.get(agentId)
        if (call !== undefined) adopt(agentId, call.callId, call.talking)
        else if (isBusy(state) && restored.get(agentId) === state.seq) dispatch(agentId, { type: 'call-vanished' })
      }
      restored.clear()
    },
    /** Reserves the agent for a call that the ACD claimed. False when the agent is no longer free. */
    reserve: async (agentId: AgentId, callId: CallId): Promise<boolean> => {
      const refusal = dispatch(agentId, { type: 'reserve', callId })
      const seat = need(agentId)
      if (refusal === undefined && seat?.holder !== undefined) seat.legPage = seat.holder
      return refusal === undefined
    },
    rang: (agentId: AgentId, callId: CallId): void => { dispatch(agentId, { type: 'rang', callId }) },
    answered: (agentId: AgentId, callId: CallId): void => { dispatch(agentId, { type: 'answered', callId }) },
    offerEnded: (agentId: AgentId, callId: CallId, why: OfferEnd): void => { dispatch(agentId, { type: 'offer-ended', callId, why }) },
    callEnded (agentId: AgentId, callId: CallId, groupId?: string): void {
      const own = groupId === undefined ? undefined : wrapUpMs(groupId)
      dispatch(agentId, { type: 'call-ended', callId, ...(own === undefined ? {} : { wrapUpMs: own }) })
    },
    callTaken: (agentId: AgentId, callId: CallId): void => { dispatch(agentId, { type: 'call-taken-away', callId }) },
    /** A call is over: nobody may be left waiting for it. */
    callOver (callId: CallId): void {
      for (const [agentId, { state }] of seats) if (state.callId === callId && isBusy(state)) dispatch(agentId, { type: 'call-vanished' })
    },
    reachable: (agentId: AgentId): boolean => {
      const state = need(agentId)?.state
      return state !== undefined && state.desk && state.phone
    },

    /** A page's socket is here. `holds`: it says that its phone is registered (it stayed while the server was away). */
    pageConnected (agentId: AgentId, pageId: string, holds: boolean): void {
      const seat = need(agentId)
      if (seat === undefined) return
      seat.pages.set(pageId, (seat.pages.get(pageId) ?? 0) + 1)
      if (holds && seat.holder === undefined) {
        seat.holder = pageId
        seat.legPage ??= pageId
      }
      dispatch(agentId, { type: 'desk-connected' })
      changed(agentId)
    },
    pageGone (agentId: AgentId, pageId: string): void {
      const seat = need(agentId)
      if (seat === undefined) return
      const left = (seat.pages.get(pageId) ?? 1) - 1
      if (left > 0) seat.pages.set(pageId, left)
      else seat.pages.delete(pageId)
      if (seat.pages.size === 0) dispatch(agentId, { type: 'desk-lost' })
      else changed(agentId)
    },
    /**
     * Gives this page the phone. False when another page that is here has it, unless `takeOver`.
     * The phone counts as unreachable until it registers anew.
     */
    takePhone (agentId: AgentId, pageId: string, takeOver: boolean): boolean {
      const seat = need(agentId)
      if (seat === undefined) return false
      const { holder } = seat
      if (holder !== undefined && holder !== pageId && seat.pages.has(holder) && !takeOver) return false
      seat.holder = pageId
      dispatch(agentId, { type: 'phone-unreachable' })
      changed(agentId)
      return true
    },
    seatReachable (agentId: AgentId): void {
      const seat = need(agentId)
      if (seat === undefined) return
      dispatch(agentId, { type: 'phone-reachable' })
      const { callId } = seat.state
      if (!isBusy(seat.state) || callId === undefined) return
      const newPage = seat.legPage !== undefined && seat.legPage !== seat.holder
      if (seat.holder !== undefined) seat.legPage = seat.holder
      phoneBack(callId, agentId, newPage)
    },
    seatUnreachable (agentId: AgentId): void {
      dispatch(agentId, { type: 'phone-unreachable' })
    },
    /** With the password; harmless for who is no agent. */
    signIn (agentId: AgentId): void {
      if (seats.has(agentId)) dispatch(agentId, { type: 'signed-in' })
    },
    /** 签出. Refused while a call counts on the agent. */
    signOut (agentId: AgentId): AgentRefusal | undefined {
      const refusal = dispatch(agentId, { type: 'sign-out' })
      const seat = need(agentId)
      if (refusal === undefined && seat !== undefined) delete seat.holder
      return refusal
    },
    state: (agentId: AgentId): AgentState | undefined => need(agentId)?.state,
    /** All who may sign in, and those who are about to be out. */
    ids: (): Iterable<AgentId> => seats.keys(),
    profile: (agentId: AgentId): AgentProfile | undefined => need(agentId)?.profile,
    role: (agentId: AgentId, pageId: string): Desk['phone']['role'] => {
      const seat = need(agentId)
      if (seat?.holder === pageId) return 'holder'
      return seat?.holder !== undefined && seat.pages.has(seat.holder) ? 'watcher' : 'free'
    },
    /** Agents signed in to a group, whatever their state. */
    staffed: (groupId: string): number => {
      let count = 0
      for (const { state, profile } of seats.values()) {
        if (state.name !== 'offline' && profile.skills.some(skill => skill.groupId === groupId)) count += 1
      }
      return count
    },
    signedIn: (): AgentId[] => [...seats].filter(([, seat]) => seat.state.name !== 'offline').map(([agentId]) => agentId),
    stop (): void {
      for (const seat of seats.values()) seat.cancel?.()
    }
  }
}
