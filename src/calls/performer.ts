/** Carries out what a call decided: effect → phone, ACD, agents, pop, journal. One line each, no decisions. */
import { unreachable } from '../kernel/decision.ts'
import type { AgentId, CallId, LegId } from '../kernel/ids.ts'
import { seatOf, type Phone } from '../telephony/port.ts'
import type { Acd } from '../acd/service.ts'
import type { OfferEnd } from '../agents/core/agent.ts'
import type { CallEffect, CallInput, CallState } from './core/state.ts'
import type { Journal } from './core/journal-entry.ts'

/** What a call tells the agents. Calls that an agent no longer has are late news and ignored there. */
export interface AgentSide {
  rang: (agentId: AgentId, callId: CallId) => void
  answered: (agentId: AgentId, callId: CallId) => void
  offerEnded: (agentId: AgentId, callId: CallId, why: OfferEnd) => void
  /** The group, where the call came by one, says how long wrap-up lasts. */
  callEnded: (agentId: AgentId, callId: CallId, groupId?: string) => void
  callTaken: (agentId: AgentId, callId: CallId) => void
  /** A resumed call says that it has this agent. False when another call has: then it must do without. */
  adopt: (agentId: AgentId, callId: CallId, talking: boolean) => boolean
  /** Whether the agent's page is there and its phone can be rung. */
  reachable: (agentId: AgentId) => boolean
}

/** The screen-pop of waiting calls. */
export interface PopSide {
  /** Starts to fetch it; harmless when repeated. */
  prepare: (state: CallState) => void
  /** Resolves when it is fetched, or when it takes too long for a ring to wait; never rejects. */
  settled: (callId: CallId) => Promise<void>
}

/** Recordings of calls; nothing here waits for them. */
export interface RecorderSide {
  /** Begins, or makes sure that it goes on; `failed` is told once where it cannot be. Harmless when repeated. */
  begin: (callId: CallId, legId: LegId, failed: (code: string) => void) => void
  mute: (callId: CallId, muted: boolean) => Promise<void>
}

export interface PerformerDependencies {
  recorder: RecorderSide
  phone: Phone
  acd: Acd
  agents: AgentSide
  pop: PopSide
  journal: Journal
  node: string
  musicClass: string
}

/** Returns `perform`: does one effect of a call. What comes of it is handed to `feed`; rejects with PhoneError. */
export function createPerformer ({ phone, acd, agents, pop, recorder, journal, node, musicClass }: PerformerDependencies) {
  return async function perform (state: CallState, effect: CallEffect, feed: (input: CallInput) => void): Promise<void> {
    const { callId } = state
    switch (effect.type) {
      case 'answer':
        return phone.answer(effect.legId)
      case 'play':
        return phone.play(effect.playbackId, { legId: effect.legId }, effect.media)
      case 'stop-play':
        return phone.stopPlayback(effect.playbackId)
      case 'start-music':
        return phone.startMusic(effect.legId, musicClass)
      case 'stop-music':
        return phone.stopMusic(effect.legId)
      case 'create-leg':
        await pop.settled(callId)
        return phone.createLeg({
          id: effect.legId,
          target: { seatId: seatOf(effect.agentId) },
          // The number stands in the screen-pop, masked as the role asks; the ring itself shows none.
          callerNumber: state.dnis,
          callerName: '',
          headers: { 'X-Hotline-Call': callId, ...(effect.autoAnswer ? { 'X-Hotline-Auto-Answer': '1' } : {}) }
        }, { timeoutMs: effect.timeoutMs })
      case 'connect':
        await phone.createBridge(effect.bridgeId)
        return phone.addToBridge(effect.bridgeId, effect.legIds)
      case 'destroy-bridge':
        return phone.destroyBridge(effect.bridgeId)
      case 'hang-up':
        return phone.hangUp(effect.legId, effect.cause)
      case 'record':
        return recorder.begin(callId, effect.legId, code => { feed({ type: 'recording-failed', code }) })
      case 'mute-recording':
        return recorder.mute(callId, effect.muted)
      case 'enqueue': {
        const { groupId, priority, joinedAt, again, frees } = effect
        const queued = (): void => { if (frees !== undefined) agents.offerEnded(frees.agentId, callId, frees.why) }
        feed({ type: 'queue-result', result: await acd.enqueue({ callId, groupId, priority, joinedAt, node }, again, queued) })
        return
      }
      case 'withdraw':
        await acd.withdraw(callId)
        return
      case 'ask-position': {
        const position = await acd.position({ callId, groupId: effect.groupId })
        if (position !== undefined) feed({ type: 'position', ...position })
        return
      }
      case 'prepare-pop':
        return pop.prepare(state)
      case 'ask-phone':
        if (agents.reachable(effect.agentId)) feed({ type: 'phone-back', agentId: effect.agentId, newPage: false })
        return
      case 'agent-rang':
        return agents.rang(effect.agentId, callId)
      case 'agent-answered':
        return agents.answered(effect.agentId, callId)
      case 'agent-offer-ended':
        return agents.offerEnded(effect.agentId, callId, effect.why)
      case 'agent-call-ended':
        if (effect.groupId !== undefined) acd.noteHandled(effect.groupId, effect.talkMs)
        return agents.callEnded(effect.agentId, callId, effect.groupId)
      case 'agent-call-taken':
        return agents.callTaken(effect.agentId, callId)
      case 'journal':
        return journal.call(effect.entry)
      default:
        unreachable(effect)
    }
  }
}
