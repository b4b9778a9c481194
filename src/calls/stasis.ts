/** What the phone says → what it means to a call. */
import { parseOwnedId, type CallId, type LegId } from '../kernel/ids.ts'
import type { PhoneEvent } from '../telephony/port.ts'
import type { CallInput } from './core/state.ts'

/**
 * The call's input that an event stands for; undefined when the event belongs to no call.
 * @param citizenCall which call a citizen's leg belongs to: its id, given by the phone system, does not say
 */
export function toCallInput (event: PhoneEvent, citizenCall: (legId: LegId) => CallId | undefined): { callId: CallId, input: CallInput } | undefined {
  const owner = (id: string) => parseOwnedId(id)?.callId ?? citizenCall(id)
  switch (event.type) {
    case 'leg-ringing':
    case 'leg-answered':
      return about(owner(event.legId), { type: event.type, legId: event.legId })
    case 'leg-gone':
      return about(owner(event.legId), { type: 'leg-gone', legId: event.legId, cause: event.cause })
    case 'key-pressed':
      return about(owner(event.legId), { type: 'key', legId: event.legId, key: event.key })
    case 'playback-ended':
      return about(owner(event.playbackId), { type: 'played', playbackId: event.playbackId })
    case 'connected':
    case 'disconnected':
    case 'leg-arrived':
    case 'seat-reachable':
    case 'seat-unreachable':
      return undefined
  }
}

function about (callId: CallId | undefined, input: CallInput): { callId: CallId, input: CallInput } | undefined {
  return callId === undefined ? undefined : { callId, input }
}
