/**
 * The board: who is in which state and for how long, who waits where. A page asks for it over the socket with `board-watch`
 * and gets a whole `board`, then `board-change` with what changed. Changes are numbered without a gap; a page that misses one
 * says `board-again` and gets a whole one. All times are the server's: pages count by themselves, and nothing is sent while
 * nothing happens.
 */
import type { AgentStateName } from '../agents/contract.ts'

/** A row is flat, so that a change can name its fields. */
export interface AgentRow {
  id: string
  name: string
  state: AgentStateName
  /** Reason code of `not-ready`. */
  reason?: string
  since: number
  /** When wrap-up ends by itself. */
  until?: number
  /** Ready, but the page or the phone is not there: no call can be offered. */
  away?: true
  /** Ids of the skill groups, best level first. */
  groups: readonly string[]
  /** Of the present call: its group, and the caller's number, masked; '' when it is withheld. */
  callGroup?: string
  callNumber?: string
}

export interface GroupRow {
  id: string
  name: string
  /** Place in the operator's order. */
  place: number
  waiting: number
  /** When the one who waits longest joined. */
  oldest?: number
  /** Agents who can be offered a call; those who are talking; in wrap-up; signed in, whatever their state. */
  free: number
  talking: number
  wrapUp: number
  signedIn: number
}

export interface CallerRow {
  /** The call. */
  id: string
  group: string
  /** 0 to 9, the higher is served first. */
  priority: number
  /** When the caller entered the queue. */
  since: number
  /** Masked; '' when it is withheld. */
  number: string
  /** What the caller chose by key, in words; '' for nothing. */
  choice: string
}

/** After so many milliseconds a state, or a wait in the queue, counts as too long. */
export interface BoardLimits { ringing: number, talking: number, wrapUp: number, notReady: number, wait: number }

/** Socket event `board`. */
export interface BoardView {
  seq: number
  serverTime: number
  limits: BoardLimits
  /** Words for reason codes. */
  reasons: Readonly<Record<string, string>>
  agents: readonly AgentRow[]
  groups: readonly GroupRow[]
  callers: readonly CallerRow[]
}

/** The fields of a row that changed; null for those that are no more. A row that the page does not have comes whole. */
export type RowChange<Row extends { id: string }> = { id: string } & { [Field in keyof Row]?: Row[Field] | null }

/** Socket event `board-change`; `seq` is one more than that of the board or change before. */
export interface BoardChange {
  seq: number
  serverTime: number
  agents?: ReadonlyArray<RowChange<AgentRow>>
  groups?: ReadonlyArray<RowChange<GroupRow>>
  callers?: ReadonlyArray<RowChange<CallerRow>>
  /** Ids of rows that are no more. */
  gone?: { agents?: readonly string[], groups?: readonly string[], callers?: readonly string[] }
}

/** What the server says to pages that watch; part of `ServerToDesk` (agents/contract.ts), as all pages share one socket. */
// A type, not an interface: only that has the index signature which Socket.IO asks for.
export type ServerToBoard = {
  board: (board: BoardView) => void
  'board-change': (change: BoardChange) => void
  /** This user may not see any of it. */
  'board-refused': () => void
}
