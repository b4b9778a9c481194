/** What must hold, always and at the end. */
import { compareCalls, type WaitingCall } from '../../src/acd/core/policy.ts'
import type { AcdStore } from '../../src/acd/store.ts'
import { isAvailable, isBusy } from '../../src/agents/core/agent.ts'
import type { AgentProfile } from '../../src/agents/service.ts'
import type { CallState } from '../../src/calls/core/state.ts'
import type { AgentEntry, CallEntry } from '../../src/calls/core/journal-entry.ts'
import { parseOwnedId } from '../../src/kernel/ids.ts'
import type { Exchange } from '../support/simulated-exchange.ts'
import type { Truth } from './citizen.ts'
import type { Program } from './program.ts'

export class Violation extends Error {
  readonly callId: string | undefined
  constructor (what: string, callId?: string) {
    super(what)
    this.name = 'Violation'
    this.callId = callId
  }
}

export type Violate = (what: string, callId?: string) => void

/** Entries as the database would have them: the first one of each number counts, a second one must be the same. */
export function createLedger (violate: Violate) {
  const calls = new Map<string, CallEntry[]>()
  const agents = new Map<string, AgentEntry[]>()
  return {
    calls,
    agents,
    /** `again`: entries may differ from earlier ones, as a snapshot was lost in between. */
    journal: (mayDiffer: (callId: string) => boolean) => ({
      call: (entry: CallEntry): void => {
        const entries = calls.get(entry.callId) ?? []
        calls.set(entry.callId, entries)
        const before = entries[entry.seq - 1]
        if (before === undefined) {
          if (entry.seq !== entries.length + 1) violate(`entry ${entry.seq} of a call after ${entries.length}`, entry.callId)
          entries[entry.seq - 1] = entry
        } else if (before.type !== entry.type && !mayDiffer(entry.callId)) {
          violate(`entry ${entry.seq} was ${before.type} and is ${entry.type}`, entry.callId)
        }
      },
      agent: (entry: AgentEntry): void => {
        const entries = agents.get(entry.agentId) ?? []
        agents.set(entry.agentId, entries)
        if (entry.seq !== entries.length + 1) violate(`entry ${entry.seq} of agent ${entry.agentId} after ${entries.length}`)
        entries.push(entry)
      }
    })
  }
}

/** Watches who is claimed: within a group the highest priority first, then the longest waiting; an agent for one call. */
export function watchOrder (store: AcdStore, violate: Violate): AcdStore {
  const waiting = new Map<string, WaitingCall>()
  return {
    ...store,
    enqueue: async (call, limit) => {
      const result = await store.enqueue(call, limit)
      if (result === 'queued') waiting.set(call.callId, call)
      return result
    },
    withdraw: async (callId) => {
      waiting.delete(callId)
      return await store.withdraw(callId)
    },
    claim: async (callId, agentId) => {
      const claimed = await store.claim(callId, agentId)
      if (claimed === undefined) return undefined
      waiting.delete(callId)
      for (const other of waiting.values()) {
        if (other.groupId === claimed.groupId && compareCalls(other, claimed) < 0) violate(`${agentId} is offered a call while ${other.callId} comes first`, callId)
      }
      return claimed
    }
  }
}

export interface WatchOptions {
  exchange: Exchange
  now: () => number
  roster: readonly AgentProfile[]
  violate: Violate
  /** How long a disagreement may last. */
  patienceMs: number
}

/** Compares, from time to time, what the calls, the agents, the ACD and the phone system believe of each other. */
export function createWatch ({ exchange, now, roster, violate, patienceMs }: WatchOptions) {
  let since = new Map<string, number>()
  const skills = new Map(roster.map(({ agentId, skills: of }) => [agentId, new Set(of.map(({ groupId }) => groupId))]))

  /** @param steadySince since when the program runs and is connected */
  function look ({ calls, agents }: Program, steadySince: number): void {
    const before = since
    since = new Map()
    const states = calls.live().map((callId) => calls.state(callId) as CallState)
    const doubt = (what: string, callId?: string, longer = 1): void => {
      const key = `${what} ${callId ?? ''}`
      const first = Math.max(before.get(key) ?? now(), steadySince)
      since.set(key, first)
      if (now() - first > patienceMs * longer) violate(what, callId)
    }
    const legs = new Map(exchange.legs().map((leg) => [leg.id, leg]))
    const citizens = new Map<string, string>()
    const owners = new Map<string, string>()
    for (const state of states) {
      if (state.phase !== 'ended') {
        const other = citizens.get(state.citizenLegId)
        if (other !== undefined) violate(`two calls for one citizen: ${other}`, state.callId)
        citizens.set(state.citizenLegId, state.callId)
        if (!legs.has(state.citizenLegId)) doubt('a call lives on without its citizen', state.callId)
      } else {
        doubt('an ended call is not forgotten', state.callId, 4)
      }
      if (state.agent === undefined) continue
      const { agentId } = state.agent
      const other = owners.get(agentId)
      // A call found late may believe so until it has looked around.
      if (other !== undefined) doubt(`agent ${agentId} has two calls: ${other}`, state.callId)
      owners.set(agentId, state.callId)
      const agent = agents.state(agentId)
      if (agent === undefined || agent.callId !== state.callId || !isBusy(agent)) doubt(`agent ${agentId} does not know of its call`, state.callId)
    }
    for (const { agentId } of roster) {
      const agent = agents.state(agentId)
      if (agent === undefined) continue
      if (isBusy(agent) && owners.get(agentId) !== agent.callId) doubt(`agent ${agentId} is stuck in ${agent.name}`, agent.callId)
      if (!isAvailable(agent)) continue
      const forgotten = states.find((state) => state.phase === 'queued' && state.queue?.waits === true && skills.get(agentId)?.has(state.queue.groupId) === true)
      if (forgotten !== undefined) doubt(`agent ${agentId} is free and a call waits`, forgotten.callId)
    }
    for (const leg of legs.values()) {
      const owned = parseOwnedId(leg.id)
      if (owned === undefined) {
        if (!citizens.has(leg.id)) doubt(`citizen ${leg.id} belongs to no call`, exchange.markOf(leg.id)?.callId)
        else if (now() - Math.max(exchange.silentSince(leg.id), steadySince) > patienceMs) violate(`citizen ${leg.id} hears nothing`, citizens.get(leg.id))
        continue
      }
      const state = calls.state(owned.callId)
      if (state === undefined || (state.agent?.legId !== leg.id && state.leaving[leg.id] === undefined)) doubt(`leg ${leg.id} belongs to nobody`, owned.callId)
    }
    for (const id of exchange.bridgeIds()) {
      const callId = parseOwnedId(id)?.callId
      const { legIds } = exchange.bridge(id) ?? { legIds: [] }
      if (legIds.filter((legId) => parseOwnedId(legId) !== undefined).length > 1) violate('two agents in one call', callId)
      if (callId === undefined || calls.state(callId)?.bridgeId !== id) doubt(`bridge ${id} belongs to nobody`, callId)
    }
  }
  return look
}

export interface EndOptions {
  exchange: Exchange
  program: Program
  roster: readonly AgentProfile[]
  ledger: ReturnType<typeof createLedger>
  truths: readonly Truth[]
  /** How long no program was there, of the time since `from`. */
  awayMs: (from: number) => number
  /**
   * Calls of which a snapshot was not kept: who controls the phone next may know nothing of them. And calls that were gone
   * within a moment of coming back from the fallback queue: whether they had begun before it could not be asked any more, and
   * none must be missing.
   */
  mayBeForgotten: (callId: string) => boolean
  violate: Violate
}

/** After the last citizen is gone. */
export function checkEnd ({ exchange, program, roster, ledger, truths, awayMs, mayBeForgotten, violate }: EndOptions): void {
  for (const leg of exchange.allLegs()) violate(`leg ${leg.id} is left`, parseOwnedId(leg.id)?.callId)
  for (const id of exchange.bridgeIds()) violate(`bridge ${id} is left`, parseOwnedId(id)?.callId)
  for (const id of exchange.playbackIds()) violate(`playback ${id} is left`, parseOwnedId(id)?.callId)
  for (const callId of program.calls.live()) violate('a call is left', callId)
  // Of a call whose program died between its first snapshot and its first entry, and whose citizen then left, nobody knows.
  for (const callId of exchange.snapshotIds()) if (ledger.calls.has(callId)) violate('a snapshot is left', callId)
  for (const { agentId } of roster) {
    const state = program.agents.state(agentId)
    if (state !== undefined && isBusy(state)) violate(`agent ${agentId} is left ${state.name}`, state.callId)
  }
  const ofLeg = new Map<string, CallEntry[][]>()
  for (const [callId, entries] of ledger.calls) {
    checkCall(callId, entries, violate)
    const legId = entries[0]?.facts.citizenLegId ?? ''
    ofLeg.set(legId, [...ofLeg.get(legId) ?? [], entries])
  }
  for (const [legId, entries] of ofLeg) {
    const ids = entries.map(([first]) => first?.callId ?? '')
    if (ids.length > 1 && !ids.some(mayBeForgotten)) violate(`citizen ${legId} has ${ids.length} calls: ${ids.join(' ')}`, ids[0])
  }
  for (const truth of truths) {
    const written = (ofLeg.get(truth.legId) ?? []).map((entries) => entries.find(({ type }) => type === 'ended')?.facts)
    if (truth.talkedMs > 2_000 && !written.some((facts) => facts?.outcome === 'answered')) violate(`citizen ${truth.legId} talked, and it is not written down`)
    if (truth.talkedAt === undefined && written.some((facts) => facts?.outcome === 'answered' && (facts.talkMs ?? 0) > 60_000 + awayMs(truth.arrivedAt))) violate(`citizen ${truth.legId} did not talk, but it is written down`)
  }
}

function checkCall (callId: string, entries: readonly CallEntry[], violate: Violate): void {
  const has = (type: CallEntry['type']): boolean => entries.some((entry) => entry.type === type)
  const ends = entries.filter(({ type }) => type === 'ended')
  if (entries[0]?.type !== 'arrived') violate('a call does not begin with its arrival', callId)
  if (entries.filter(({ type }) => type === 'arrived').length > 1) violate('a call arrives twice', callId)
  if (ends.length !== 1) return violate(`a call ends ${ends.length} times`, callId)
  const [end] = ends as [CallEntry]
  const after = entries.slice(entries.indexOf(end) + 1)
  if (after.some(({ type }) => type !== 'fault')) violate('a call goes on after its end', callId)
  const outcome = end.facts.outcome
  if (outcome === undefined) return violate('a call ends without an outcome', callId)
  if ((outcome === 'answered') !== has('answered')) violate(`outcome ${outcome}, but answered: ${has('answered')}`, callId)
  if ((outcome === 'abandoned-in-queue' || outcome === 'abandoned-while-ringing') && !has('queued')) violate(`outcome ${outcome} of a call that never was queued`, callId)
  if (outcome === 'abandoned-while-ringing' && !has('offered')) violate(`outcome ${outcome} of a call that was never offered`, callId)
  if (outcome === 'refused-full' && !has('queue-refused')) violate(`outcome ${outcome} of a call that was not refused`, callId)
  let at = 0
  for (const entry of entries) {
    if (entry.at < at) violate(`entry ${entry.seq} is earlier than the one before`, callId)
    at = entry.at
  }
}
