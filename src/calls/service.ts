/** All live calls: brings phone events to their calls, begins calls, resumes them after a restart or a lost connection. */
import { initialCall, type CallContext, type CallInput, type CallRefusal, type CallRules, type CallState, type LegPresence } from './core/state.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'
import { toCallInput } from './stasis.ts'
import { inParallel } from './in-parallel.ts'
import { createLegView } from './leg-view.ts'
import { createPerformer, type PerformerDependencies } from './performer.ts'
import { createSnapshots, type SnapshotsDependencies } from './snapshots.ts'
import type { Clock } from '../kernel/clock.ts'
import { parseOwnedId, type AgentId, type CallId, type LegId } from '../kernel/ids.ts'
import type { CalendarMoment } from '../calendar/core/moment.ts'
import type { FlowLibrary } from '../ivr/core/flow.ts'
import { PhoneError, type Leg, type PhoneEvent } from '../telephony/port.ts'

export interface CallsDependencies extends PerformerDependencies, Pick<SnapshotsDependencies, 'seal' | 'open'> {
  clock: Clock
  flows: FlowLibrary
  /** The calendar's view of a moment. */
  moment: (at: number) => CalendarMoment
  rules: CallRules
  newCallId: () => CallId
  /** Calls that may live at once; further ones hear the network's busy tone and are counted. */
  maxCalls: number
  /** A call of this agent changed: the desk shows it. */
  changed: (state: CallState, formerAgent: AgentId | undefined) => void
  over: (callId: CallId) => void
  log: { info: (detail: object, message: string) => void, warn: (detail: object, message: string) => void, error: (detail: object, message: string) => void }
}

/** Events kept while calls are found again; the next look around makes up for any beyond. */
const WAITING_EVENTS = 20_000
/** Events kept of a leg that has just arrived: keys, mostly. */
const EARLY_EVENTS = 100
/** Calls looked at side by side after a restart: a slow phone system must not make the last one wait for all others. */
const LOOKS_AT_ONCE = 16
/** An arrival that the phone system failed to help with is tried again after so long. */
const RETRY_MS = 1000

export type Calls = ReturnType<typeof createCalls>

export function createCalls (dependencies: CallsDependencies) {
  const { phone, agents, clock, flows, moment, rules, newCallId, maxCalls, changed, over, log } = dependencies
  const perform = createPerformer(dependencies)
  const legsNow = createLegView(phone)
  const calls = new Map<CallId, Mailbox>()
  const snapshots = createSnapshots({ ...dependencies, lives: callId => calls.has(callId) })
  const citizenCalls = new Map<LegId, CallId>()
  /** Citizens' legs whose first steps are being taken, with what happens meanwhile. An arrival told twice is one arrival. */
  const arriving = new Map<LegId, PhoneEvent[]>()
  const agentOf = new Map<CallId, AgentId>()
  let refused = 0
  /** While `resume` looks around, events wait: they may speak of calls that it is about to find. */
  let waiting: PhoneEvent[] | undefined

  function context (): CallContext {
    const at = clock.now()
    return { at, flows, moment: moment(at), rules }
  }

  function adopt (state: CallState): Mailbox {
    const mailbox = createMailbox(state, {
      clock,
      context,
      connected: () => phone.connected,
      keep: snapshot => snapshots.keep(state.callId, snapshot),
      perform,
      changed (now) {
        const former = agentOf.get(now.callId)
        if (now.agent === undefined) agentOf.delete(now.callId)
        else agentOf.set(now.callId, now.agent.agentId)
        changed(now, former)
      },
      over: forget,
      report (event, callId, detail) {
        log.warn({ callId, event, effect: detail.effect, code: detail.code, err: detail.error }, 'call trouble')
      }
    })
    calls.set(state.callId, mailbox)
    citizenCalls.set(state.citizenLegId, state.callId)
    return mailbox
  }

  async function forget (state: CallState): Promise<void> {
    calls.delete(state.callId)
    if (citizenCalls.get(state.citizenLegId) === state.callId) citizenCalls.delete(state.citizenLegId)
    agentOf.delete(state.callId)
    over(state.callId)
    await snapshots.drop([state.callId])
  }

  async function arrive (leg: Leg, trunk: string, joinedAt: number | undefined): Promise<void> {
    if (arriving.has(leg.id)) return
    const live = calls.get(citizenCalls.get(leg.id) ?? '')
    if (live !== undefined && live.state.phase !== 'ended') {
      // It was in the fallback queue and is back before we missed it: what it heard there has ended what we played.
      if (joinedAt !== undefined) live.resume([], () => lookAgain(live.state))
      return
    }
    const meanwhile: PhoneEvent[] = []
    arriving.set(leg.id, meanwhile)
    try {
      await take(leg, trunk, joinedAt, meanwhile)
    } catch (error) {
      log.warn({ err: error }, 'arrival not taken')
      // After a lost connection it is found again; else the caller must not wait for nothing.
      const again = error instanceof PhoneError && error.code !== 'disconnected'
      if (again) clock.at(clock.now() + RETRY_MS, () => { if (phone.connected) void arrive(leg, trunk, joinedAt) })
    } finally {
      arriving.delete(leg.id)
    }
    for (const event of meanwhile) onEvent(event)
  }

  /** First steps of a call; rejects with PhoneError, then nothing has begun. */
  async function take (leg: Leg, trunk: string, joinedAt: number | undefined, meanwhile: PhoneEvent[]): Promise<void> {
    const mark = await phone.readMark(leg.id)
    if (mark !== undefined && !calls.has(mark.callId) && await resumeCall(mark.callId, true)) return
    if (calls.size >= maxCalls) {
      refused += 1
      log.warn({ live: calls.size, refused }, 'call refused: too many calls')
      await phone.hangUp(leg.id, 'congestion')
      return
    }
    const callId = newCallId()
    try {
      await phone.mark(leg.id, { callId })
    } catch (error) {
      if (!(error instanceof PhoneError) || error.code !== 'not-found') throw error
      // Gone within a moment, perhaps unheard: a call it was, and it is written down.
      meanwhile.push({ type: 'leg-gone', at: clock.now(), legId: leg.id, cause: 'other', causeCode: 0 })
    }
    const mailbox = adopt(initialCall(callId, leg, trunk, clock.now()))
    mailbox.feed(joinedAt === undefined ? { type: 'arrived' } : { type: 'arrived', joinedAt })
  }

  /**
   * True when the call goes on from its snapshot.
   * @param citizenHere the citizen's leg is ours
   */
  async function resumeCall (callId: CallId, citizenHere: boolean): Promise<boolean> {
    const snapshot = await snapshots.read(callId)
    if (snapshot === undefined) return false
    const { phase: stood, leaving, citizenLegId } = snapshot.state
    // It ended when the citizen was out of sight, in the fallback queue: who is here again begins anew.
    if (citizenHere && stood === 'ended' && leaving[citizenLegId] === undefined) return false
    // The citizen is in the fallback queue, and will bring the call along; an agent's leg has nobody to talk to till then.
    if (!citizenHere && stood !== 'ended' && await phone.stands(citizenLegId)) return false
    if (calls.has(callId)) return true
    const mailbox = adopt(snapshot.state)
    const { agent, phase } = snapshot.state
    if (agent !== undefined) agentOf.set(callId, agent.agentId)
    const agentTaken = agent !== undefined && !agents.adopt(agent.agentId, callId, phase === 'talking' || phase === 'reconnecting')
    const effects = agentTaken ? snapshot.effects.filter(effect => effect.type !== 'create-leg' && effect.type !== 'connect') : snapshot.effects
    mailbox.resume(effects, () => lookAgain(mailbox.state, agentTaken))
    return true
  }

  /** What stands of one call at this moment. */
  async function lookAgain ({ callId, citizenLegId, playback }: CallState, agentTaken = false): Promise<CallInput> {
    const legs = await legsNow()
    const playing = playback !== undefined && await phone.playing(playback.id)
    return resync(legs.filter(leg => leg.id === citizenLegId || parseOwnedId(leg.id)?.callId === callId), playing, agentTaken)
  }

  function resync (legs: readonly Leg[], playing: boolean, agentTaken = false): CallInput {
    const presence: Record<LegId, LegPresence> = {}
    for (const leg of legs) presence[leg.id] = leg.state
    return { type: 'resync', legs: presence, playing, agentTaken }
  }

  /**
   * Finds what lives in the phone system: resumes calls that we do not know, corrects those that we do, begins those
   * that arrived unseen, takes down what belongs to nobody. Rejects with PhoneError when the connection is lost again or
   * something could not be found out: then it is to be called again.
   */
  async function resume (): Promise<CallState[]> {
    waiting ??= []
    try {
      await findAll()
    } finally {
      const events = waiting ?? []
      waiting = undefined
      for (const event of events) onEvent(event)
    }
    void snapshots.dropAgain()
    return [...calls.values()].map(mailbox => mailbox.state)
  }

  async function findAll (): Promise<void> {
    // Calls that begin from here on have just seen their legs; this list may be older than they are.
    const known = [...calls.values()]
    const askedAt = clock.now()
    const legs = await phone.legs()
    const byCall = new Map<CallId, Leg[]>()
    const unknown: Leg[] = []
    const trouble: PhoneError[] = []
    /** One that cannot be found now must not keep the others waiting: the next look is for it. */
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
      } catch (error) {
        if (!(error instanceof PhoneError) || error.code === 'disconnected') throw error
        trouble.push(error)
      }
    }
    await inParallel(legs, LOOKS_AT_ONCE, leg => attempt(async () => {
      const callId = parseOwnedId(leg.id)?.callId ?? citizenCalls.get(leg.id) ?? (await phone.readMark(leg.id))?.callId
      if (callId !== undefined) byCall.set(callId, [...byCall.get(callId) ?? [], leg])
      // A leg that ended meanwhile has no mark any more; the call that it may have belonged to is closed in the journal.
      else if (await phone.stands(leg.id)) unknown.push(leg)
    }))
    const unread = trouble.length > 0
    await inParallel(known, LOOKS_AT_ONCE, mailbox => attempt(async () => {
      const { callId, playback } = mailbox.state
      const playing = playback !== undefined && await phone.playing(playback.id)
      const input = resync(byCall.get(callId) ?? [], playing)
      mailbox.resume([], () => lookAgain(mailbox.state), { input, askedAt })
      byCall.delete(callId)
    }))
    await inParallel(byCall, LOOKS_AT_ONCE, ([callId, callLegs]) => attempt(async () => {
      if (calls.has(callId) || (unread && callLegs.every(leg => parseOwnedId(leg.id) !== undefined)) || await resumeCall(callId, callLegs.some(leg => parseOwnedId(leg.id) === undefined))) return
      for (const leg of callLegs) {
        if (parseOwnedId(leg.id) === undefined) unknown.push(leg)
        else await phone.hangUp(leg.id, 'normal')
      }
    }))
    await inParallel(unknown, LOOKS_AT_ONCE, leg => arrive(leg, '', undefined))
    for (const bridgeId of await phone.bridgeIds()) {
      const owner = parseOwnedId(bridgeId)?.callId
      if (owner !== undefined && !calls.has(owner) && trouble.length === 0) await phone.destroyBridge(bridgeId)
    }
    if (trouble[0] !== undefined) throw trouble[0]
  }

  function onEvent (event: PhoneEvent): void {
    if (waiting !== undefined) {
      if (waiting.length < WAITING_EVENTS) waiting.push(event)
      else log.warn({ event: event.type }, 'too many events while resuming')
      return
    }
    if (event.type === 'leg-arrived') {
      void arrive(event.leg, event.trunk, event.joinedAt)
      return
    }
    const meanwhile = 'legId' in event ? arriving.get(event.legId) : undefined
    if (meanwhile !== undefined) {
      if (meanwhile.length < EARLY_EVENTS) meanwhile.push(event)
      return
    }
    const about = toCallInput(event, legId => citizenCalls.get(legId))
    if (about === undefined) return
    const mailbox = calls.get(about.callId)
    if (mailbox !== undefined) mailbox.feed(about.input)
    else if (event.type === 'leg-answered') void hangUpStray(event.legId)
  }

  async function hangUpStray (legId: LegId): Promise<void> {
    if (parseOwnedId(legId) === undefined) return
    try {
      await phone.hangUp(legId, 'normal')
    } catch (error) {
      log.warn({ err: error }, 'stray leg not hung up')
    }
  }

  return {
    onEvent,
    resume,
    /** The ACD's offer; a call that lives no more gives the agent back. */
    offer (callId: CallId, agentId: AgentId): void {
      const mailbox = calls.get(callId)
      if (mailbox === undefined) dependencies.agents.offerEnded(agentId, callId, 'caller-left')
      else mailbox.feed({ type: 'offered', agentId })
    },
    phoneBack (callId: CallId, agentId: AgentId, newPage: boolean): void {
      calls.get(callId)?.feed({ type: 'phone-back', agentId, newPage })
    },
    /** The agent hangs up. `not-found`: no such call lives. */
    async hangUp (callId: CallId, agentId: AgentId): Promise<CallRefusal | 'not-found' | undefined> {
      const mailbox = calls.get(callId)
      return mailbox === undefined ? 'not-found' : mailbox.command({ type: 'hang-up', agentId })
    },
    state: (callId: CallId): CallState | undefined => calls.get(callId)?.state,
    live: (): CallId[] => [...calls.keys()],
    dropSnapshots: snapshots.drop,
    counts: () => ({ live: calls.size, refused }),
    /** Lets go of all calls without ending them: the next process resumes them. */
    stop (): void {
      for (const mailbox of calls.values()) mailbox.stop()
      calls.clear()
    }
  }
}
