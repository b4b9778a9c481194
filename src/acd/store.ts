/**
 * What the ACD keeps: who waits and who is free. In memory on one node; a shared store on several. One contract test
 * (test/unit/acd.test.ts) holds every implementation.
 */
import type { AgentId, CallId } from '../kernel/ids.ts'
import type { AvailableAgent, Candidate, WaitingCall } from './core/policy.ts'

export interface AcdStore {
  /**
   * Puts a call into its group's queue. `full` when `limit` calls wait there already; a call that is queued again
   * (`limit` undefined) is always taken. `already` when it waits there.
   */
  enqueue: (call: WaitingCall, limit?: number) => Promise<'queued' | 'full' | 'already'>
  /** Takes a call out. False when it does not wait (any more): then somebody has claimed it. */
  withdraw: (callId: CallId) => Promise<boolean>
  /** Makes an agent claimable for all of its skills, replacing what was known of it. */
  setAvailable: (agent: AvailableAgent) => Promise<void>
  /** False when the agent was not available: then a call may have claimed it. */
  setUnavailable: (agentId: AgentId) => Promise<boolean>
  /** The first `limit` candidates of a group in the order of `compareCandidates`. */
  candidates: (groupId: string, limit: number) => Promise<Candidate[]>
  /** The first waiting call of each of these groups. */
  heads: (groupIds: readonly string[]) => Promise<WaitingCall[]>
  /** Atomic: succeeds only while the call waits and the agent is available, and takes both out. */
  claim: (callId: CallId, agentId: AgentId) => Promise<WaitingCall | undefined>
  /** How many calls are served before this one; undefined when it does not wait. */
  ahead: (callId: CallId) => Promise<number | undefined>
  /** For each group with waiting calls: how many, and when the longest waiting joined. */
  waiting: () => Promise<Array<{ groupId: string, waiting: number, oldestJoinedAt: number }>>
}
