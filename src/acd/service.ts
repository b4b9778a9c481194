/** Brings waiting calls and free agents together, and knows how long callers must expect to wait. */
import { chooseCall, expectedWaitMinutes, placedPriority, type AvailableAgent, type WaitingCall } from './core/policy.ts'
import type { AcdStore } from './store.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

/** How many claims are tried before a call waits for the next agent who becomes free. */
const TRIES = 8
/** Handling times are averaged over so many calls of a group. */
const HANDLED = 50

export interface AcdDependencies {
  store: AcdStore
  /** Waiting calls a group may hold. */
  queueLimit: (groupId: string) => number
  /** What the group adds to the priority of its calls, 0 by default. */
  bonus?: (groupId: string) => number
  /** Reserves the agent for the call; false when the agent is no longer free. */
  reserve: (agentId: AgentId, callId: CallId) => Promise<boolean>
  /** Tells the call that this agent, who is reserved for it, is to be rung. */
  offer: (callId: CallId, agentId: AgentId) => void
  /** Agents signed in to the group, whatever their state. */
  staffed: (groupId: string) => number
  /** Called after anything that changed who waits. */
  changed: () => void
}

export type Acd = ReturnType<typeof createAcd>

export function createAcd ({ store, queueLimit, bonus = () => 0, reserve, offer, staffed, changed }: AcdDependencies) {
  const handled = new Map<string, number[]>()

  /** True when the call no longer waits: this claim, or somebody else's, took it. */
  async function tryClaim (call: WaitingCall, agentId: AgentId): Promise<boolean> {
    const claimed = await store.claim(call.callId, agentId)
    if (claimed === undefined) return (await store.ahead(call.callId)) === undefined
    if (await reserve(agentId, call.callId)) {
      offer(call.callId, agentId)
      return true
    }
    await store.enqueue(claimed)
    return false
  }

  async function matchCall (call: WaitingCall): Promise<void> {
    // Asked anew each turn: while one claim failed, another agent may have become free.
    for (let turn = 0; turn < TRIES; turn++) {
      const [best] = await store.candidates(call.groupId, 1)
      if (best === undefined || await tryClaim(call, best.agentId)) return
    }
  }

  async function matchAgent (agent: AvailableAgent): Promise<void> {
    const groupIds = agent.skills.map(skill => skill.groupId)
    // Bounded: each turn either ends or found a call that another agent took in that moment.
    for (let turn = 0; turn < TRIES; turn++) {
      const call = chooseCall(await store.heads(groupIds))
      if (call === undefined) return
      const claimed = await store.claim(call.callId, agent.agentId)
      if (claimed === undefined) continue
      if (await reserve(agent.agentId, claimed.callId)) {
        offer(claimed.callId, agent.agentId)
        return
      }
      await store.enqueue(claimed)
      await matchCall(claimed)
      return
    }
  }

  return {
    /**
     * Queues a call and offers it at once where an agent is free. A call that comes back (`again`) is never refused.
     * `queued` is called in between: whoever becomes free by it finds the call in its place.
     */
    async enqueue (call: WaitingCall, again = false, queued?: () => void): Promise<'queued' | 'full' | 'already'> {
      const placed = { ...call, priority: placedPriority(call.priority, bonus(call.groupId)) }
      const result = await store.enqueue(placed, again ? undefined : queueLimit(call.groupId))
      queued?.()
      if (result === 'queued') {
        changed()
        await matchCall(placed)
      }
      return result
    },
    /** The caller has left, or the call needs no agent any more. */
    async withdraw (callId: CallId): Promise<boolean> {
      const waited = await store.withdraw(callId)
      if (waited) changed()
      return waited
    },
    /** An agent is free: the best waiting call goes to it at once, else it stands in the pools of its groups. */
    async agentFree (agent: AvailableAgent): Promise<void> {
      await store.setAvailable(agent)
      await matchAgent(agent)
      changed()
    },
    async agentBusy (agentId: AgentId): Promise<void> {
      await store.setUnavailable(agentId)
    },
    /** What the caller is told; undefined when the call does not wait any more. */
    async position (call: { callId: CallId, groupId: string }): Promise<{ ahead: number, waitMinutes: number | undefined } | undefined> {
      const ahead = await store.ahead(call.callId)
      if (ahead === undefined) return undefined
      const times = handled.get(call.groupId) ?? []
      const average = times.length === 0 ? undefined : times.reduce((sum, time) => sum + time, 0) / times.length
      return { ahead, waitMinutes: expectedWaitMinutes(ahead, staffed(call.groupId), average) }
    },
    /** A call of the group was handled in `ms`, talk and wrap-up together. */
    noteHandled (groupId: string, ms: number): void {
      const times = handled.get(groupId) ?? []
      times.push(ms)
      handled.set(groupId, times.slice(-HANDLED))
    },
    waiting: () => store.waiting()
  }
}
