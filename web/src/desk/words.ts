/** State words, colours and icons of the desk. Pure. */
import type { AgentStateName, DeskCall, ReasonCode } from '../../../src/agents/contract.ts'
import { texts } from '../texts.ts'
import type { IconName } from '../shared/HlIcon.vue'

export interface StateLook { icon: IconName, tone: 'ready' | 'ringing' | 'talking' | 'wrap-up' | 'not-ready' }

export const stateLooks: Record<AgentStateName, StateLook> = {
  offline: { icon: 'power', tone: 'not-ready' },
  'not-ready': { icon: 'pause', tone: 'not-ready' },
  ready: { icon: 'check', tone: 'ready' },
  reserved: { icon: 'hourglass', tone: 'ringing' },
  ringing: { icon: 'bell', tone: 'ringing' },
  talking: { icon: 'phone', tone: 'talking' },
  'wrap-up': { icon: 'pencil', tone: 'wrap-up' }
}

/** `示忙·小休`: the state with its reason, as words. */
export function stateText (state: AgentStateName, reason: string | undefined, reasons: ReasonCode[]): string {
  if (state !== 'not-ready' || reason === undefined) return texts.states[state]
  return reasonText(reason, reasons)
}

export function reasonText (code: string, reasons: ReasonCode[]): string {
  return reasons.find(reason => reason.code === code)?.name ?? texts.reasons[code] ?? texts.states['not-ready']
}

export const phaseLooks: Record<DeskCall['phase'], StateLook> = {
  offered: { icon: 'hourglass', tone: 'ringing' },
  ringing: { icon: 'bell', tone: 'ringing' },
  talking: { icon: 'phone', tone: 'talking' },
  reconnecting: { icon: 'repeat', tone: 'ringing' },
  ended: { icon: 'check', tone: 'wrap-up' }
}
