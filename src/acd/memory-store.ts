/** The ACD's store for one node: everything in memory, each operation at once and therefore atomic. */
import { callKey, candidateKey, compareCalls, type Skill, type WaitingCall } from './core/policy.ts'
import { createOrderedSet, type OrderedSet } from './ordered-set.ts'
import type { AcdStore } from './store.ts'
import type { EpochMs } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

/**
 * An agent who is or was available, and the pools of its groups. Kept while the agent is busy and used again: a claim among
 * ten thousand agents reaches for the one whom nobody touched for longest, so what it touches is little and makes no garbage.
 */
interface Entry { agentId: AgentId, available: boolean, idleSince: EpochMs, skills: readonly Skill[], pools: Array<OrderedSet<Entry>>, levels: number[] }

const byAgentId = (a: Entry, b: Entry): number => a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0

export function createMemoryStore (): AcdStore {
  const calls = new Map<CallId, WaitingCall>()
  const agents = new Map<AgentId, Entry>()
  const queues = new Map<string, OrderedSet<WaitingCall>>()
  const pools = new Map<string, OrderedSet<Entry>>()

  function queueOf (groupId: string): OrderedSet<WaitingCall> {
    const queue = queues.get(groupId) ?? createOrderedSet(compareCalls)
    queues.set(groupId, queue)
    return queue
  }

  function poolOf (groupId: string): OrderedSet<Entry> {
    const pool = pools.get(groupId) ?? createOrderedSet(byAgentId)
    pools.set(groupId, pool)
    return pool
  }

  function takeCall (call: WaitingCall): void {
    calls.delete(call.callId)
    queueOf(call.groupId).delete(callKey(call), call)
  }

  /** False when it is not available. */
  function takeAgent (entry: Entry | undefined): boolean {
    if (entry?.available !== true) return false
    entry.available = false
    for (let n = 0; n < entry.pools.length; n++) entry.pools[n]?.delete(candidateKey(entry.levels[n] as number, entry.idleSince), entry)
    return true
  }

  function entryOf (agentId: AgentId, skills: readonly Skill[]): Entry {
    const known = agents.get(agentId)
    takeAgent(known)
    if (known?.skills === skills) return known
    const entry: Entry = { agentId, available: false, idleSince: 0, skills, pools: skills.map(({ groupId }) => poolOf(groupId)), levels: skills.map(({ level }) => level) }
    agents.set(agentId, entry)
    return entry
  }

  return {
    async enqueue (call, limit) {
      if (calls.has(call.callId)) return 'already'
      const queue = queueOf(call.groupId)
      if (limit !== undefined && queue.size >= limit) return 'full'
      calls.set(call.callId, call)
      queue.insert(callKey(call), call)
      return 'queued'
    },
    async withdraw (callId) {
      const call = calls.get(callId)
      if (call === undefined) return false
      takeCall(call)
      return true
    },
    async setAvailable ({ agentId, idleSince, skills }) {
      const entry = entryOf(agentId, skills)
      entry.available = true
      entry.idleSince = idleSince
      for (let n = 0; n < entry.pools.length; n++) entry.pools[n]?.insert(candidateKey(entry.levels[n] as number, idleSince), entry)
    },
    async setUnavailable (agentId) {
      return takeAgent(agents.get(agentId))
    },
    async candidates (groupId, limit) {
      return (pools.get(groupId)?.first(limit) ?? []).map(({ agentId, idleSince, skills }) =>
        ({ agentId, level: skills.find(skill => skill.groupId === groupId)?.level ?? 0, idleSince }))
    },
    async heads (groupIds) {
      return groupIds.flatMap(groupId => queues.get(groupId)?.first(1) ?? [])
    },
    async claim (callId, agentId) {
      const call = calls.get(callId)
      if (call === undefined || !takeAgent(agents.get(agentId))) return undefined
      takeCall(call)
      return call
    },
    async ahead (callId) {
      const call = calls.get(callId)
      return call === undefined ? undefined : queueOf(call.groupId).rank(callKey(call), call)
    },
    async waiting () {
      return [...queues].flatMap(([groupId, queue]) => {
        // The longest waiting need not be the head: a younger call may have a higher priority.
        const [head] = queue.first(1)
        if (head === undefined) return []
        return [{ groupId, waiting: queue.size, oldestJoinedAt: oldest(queue, head) }]
      })
    }
  }
}

/** Joining time of the longest waiting among the first hundred: enough for a display, bounded in cost. */
function oldest (queue: OrderedSet<WaitingCall>, head: WaitingCall): number {
  return queue.first(100).reduce((time, call) => Math.min(time, call.joinedAt), head.joinedAt)
}
