/**
 * Who is connected with whom. One policy, whatever store the candidates come from.
 *
 * A call waits in one skill group. The highest priority goes first, within it the one who
 * waits longest. For a call the agent with the best level in that group is chosen (1 is best), among equals the one
 * who is idle longest. For an agent who becomes free the call is chosen among the heads of the agent's groups.
 */
import type { EpochMs } from '../../kernel/clock.ts'
import type { AgentId, CallId } from '../../kernel/ids.ts'

export interface WaitingCall {
  callId: CallId
  groupId: string
  /** 0 to 9, the higher is served first. */
  priority: number
  /** When the caller entered the queue; kept when the call is queued again, so that it returns to its place. */
  joinedAt: EpochMs
  /** The server node that controls the call's leg. */
  node: string
}

export interface Skill { groupId: string, level: number }

export interface AvailableAgent {
  agentId: AgentId
  idleSince: EpochMs
  skills: readonly Skill[]
}

/** An agent as a candidate of one group. */
export interface Candidate { agentId: AgentId, level: number, idleSince: EpochMs }

const HIGHEST = 9

/** The priority with which a call queues: as the flow gives it, and what its group adds. */
export function placedPriority (priority: number, bonus: number): number {
  return Math.min(HIGHEST, priority + bonus)
}

/** Negative when `a` is to be served before `b`. Total: two calls are never equal unless they are the same call. */
export function compareCalls (a: WaitingCall, b: WaitingCall): number {
  return b.priority - a.priority || a.joinedAt - b.joinedAt || (a.callId < b.callId ? -1 : a.callId > b.callId ? 1 : 0)
}

/** Negative when `a` is to be rung before `b`. Total, like `compareCalls`. */
export function compareCandidates (a: Candidate, b: Candidate): number {
  return a.level - b.level || a.idleSince - b.idleSince || (a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0)
}

/** Above any time in milliseconds. */
const TIMES = 2 ** 42

/** A number that sorts as `compareCalls` does, up to calls of the same priority and moment. */
export function callKey ({ priority, joinedAt }: WaitingCall): number {
  return joinedAt - priority * TIMES
}

/** A number that sorts as `compareCandidates` does, up to agents of the same level and moment. */
export function candidateKey (level: number, idleSince: EpochMs): number {
  return level * TIMES + idleSince
}

/** The call to offer to an agent, given the first waiting call of each of the agent's groups. */
export function chooseCall (heads: readonly WaitingCall[]): WaitingCall | undefined {
  return heads.reduce<WaitingCall | undefined>((best, call) => best === undefined || compareCalls(call, best) < 0 ? call : best, undefined)
}

/** The order in which to try candidates for a call. */
export function rankCandidates (candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort(compareCandidates)
}

/**
 * Minutes a caller must expect, rounded up; undefined where nothing is known, so that no number is announced.
 * @param ahead calls served before this one
 * @param agents agents signed in to the group
 * @param handleMs average time from answer to the end of wrap-up of the group's latest calls
 */
export function expectedWaitMinutes (ahead: number, agents: number, handleMs: number | undefined): number | undefined {
  if (agents === 0 || handleMs === undefined) return undefined
  return Math.max(1, Math.ceil((ahead + 1) * handleMs / agents / 60_000))
}
