/** The ACD's store for one node: everything in memory, each operation at once and therefore atomic. */
import { compareCalls, compareCandidates, type AvailableAgent, type Candidate, type WaitingCall } from './core/policy.ts'
import { createOrderedSet, type OrderedSet } from './ordered-set.ts'
import type { AcdStore } from './store.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'

export function createMemoryStore (): AcdStore {
  const calls = new Map<CallId, WaitingCall>()
  const agents = new Map<AgentId, AvailableAgent>()
  const queues = new Map<string, OrderedSet<WaitingCall>>()
  const pools = new Map<string, OrderedSet<Candidate>>()

  function queueOf (groupId: string): OrderedSet<WaitingCall> {
    const queue = queues.get(groupId) ?? createOrderedSet(compareCalls)
    queues.set(groupId, queue)
    return queue
  }

  function poolOf (groupId: string): OrderedSet<Candidate> {
    const pool = pools.get(groupId) ?? createOrderedSet(compareCandidates)
    pools.set(groupId, pool)
    return pool
  }

  function takeCall (call: WaitingCall): void {
    calls.delete(call.callId)
    queueOf(call.groupId).delete(call)
  }

  function takeAgent (agent: AvailableAgent): void {
    agents.delete(agent.agentId)
    for (const { groupId, level } of agent.skills) {
      poolOf(groupId).delete({ agentId: agent.agentId, level, idleSince: agent.idleSince })
    }
  }

  return {
    async enqueue (call, limit) {
      if (calls.has(call.callId)) return 'already'
      const queue = queueOf(call.groupId)
      if (limit !== undefined && queue.size >= limit) return 'full'
      calls.set(call.callId, call)
      queue.insert(call)
      return 'queued'
    },
    async withdraw (callId) {
      const call = calls.get(callId)
      if (call === undefined) return false
      takeCall(call)
      return true
    },
    async setAvailable (agent) {
      const known = agents.get(agent.agentId)
      if (known !== undefined) takeAgent(known)
      agents.set(agent.agentId, agent)
      for (const { groupId, level } of agent.skills) {
        poolOf(groupId).insert({ agentId: agent.agentId, level, idleSince: agent.idleSince })
      }
    },
    async setUnavailable (agentId) {
      const agent = agents.get(agentId)
      if (agent === undefined) return false
      takeAgent(agent)
      return true
    },
    async candidates (groupId, limit) {
      return pools.get(groupId)?.first(limit) ?? []
    },
    async heads (groupIds) {
      return groupIds.flatMap(groupId => queues.get(groupId)?.first(1) ?? [])
    },
    async claim (callId, agentId) {
      const call = calls.get(callId)
      const agent = agents.get(agentId)
      if (call === undefined || agent === undefined) return undefined
      takeCall(call)
      takeAgent(agent)
      return call
    },
    async ahead (callId) {
      const call = calls.get(callId)
      return call === undefined ? undefined : queueOf(call.groupId).rank(call)
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
