/**
 * Ids. Everything that a call owns in the phone system carries the call's id and a sequence number of fixed length:
 * a repeated effect meets its own earlier trace, and no id is the beginning of another (Asterisk refuses that with 409).
 */

/** UUIDv7, lower case: 36 characters, sorts by time of creation. */
export type CallId = string

/** Id of an agent, equal to the sign-in name, e.g. `1001`. */
export type AgentId = string

/** Id of one party of a call in the phone system. The citizen's leg has the id the phone system gave it. */
export type LegId = string

/** Kinds of things a call owns: agent's leg, bridge, playback, recording and the ear of one. */
export type OwnedKind = 'leg' | 'bri' | 'pla' | 'rec' | 'sno'

const OWNED = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\.(leg|bri|pla|rec|sno)\.(\d{6})$/

/** The id of the thing of `kind` that decision number `seq` of the call created: always 47 characters. */
export function ownedId (callId: CallId, kind: OwnedKind, seq: number): string {
  return `${callId}.${kind}.${String(seq).padStart(6, '0')}`
}

/** The inverse of `ownedId`; undefined for ids that are not ours. */
export function parseOwnedId (id: string): { callId: CallId, kind: OwnedKind, seq: number } | undefined {
  const match = OWNED.exec(id)
  if (match === null) return undefined
  return { callId: match[1] as string, kind: match[2] as OwnedKind, seq: Number(match[3]) }
}
