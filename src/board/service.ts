/**
 * The live board. Changes are gathered and told at most four times a second; one computation serves all who see the same.
 * With nobody looking, nothing is kept and nothing is computed.
 */
import { changeFor, emptyBoard, step, viewFor, type Board, type GroupBase, type Place, type Placed } from './core/board.ts'
import type { AgentRow, BoardChange, BoardLimits, BoardView, CallerRow } from './contract.ts'
import { within, type Scope } from '../accounts/core/can.ts'
import type { Clock, EpochMs } from '../kernel/clock.ts'

/** What the board is made of, always as it is now. Numbers come masked. */
export interface BoardSource {
  agentIds: () => Iterable<string>
  /** Undefined for who is no agent any more. */
  agent: (agentId: string) => Placed<AgentRow> | undefined
  callIds: () => Iterable<string>
  /** Undefined for a call that does not wait in a queue. */
  caller: (callId: string) => Placed<CallerRow> | undefined
  groups: () => ReadonlyArray<Placed<GroupBase>>
  reasons: () => Readonly<Record<string, string>>
}

export interface BoardDependencies {
  source: BoardSource
  clock: Clock
  limits: BoardLimits
  /** A fault of ours while telling: the next telling begins anew. */
  log: { error: (detail: object, message: string) => void }
}

/** A page that looks. */
export interface Viewer {
  whole: (board: BoardView) => void
  change: (change: BoardChange) => void
  /** False while what was sent before is still on its way: then the page gets a whole board once it has caught up. */
  keepsUp: () => boolean
}

export interface Watch {
  /** The page missed something. */
  again: () => void
  leave: () => void
}

/** Pages are told at most so often. */
export const TELL_MS = 250
const RETRY_MS = 5000

interface Audience { scope: Scope, seq: number, viewers: Map<Viewer, { behind: boolean }> }

export type BoardService = ReturnType<typeof createBoard>

export function createBoard ({ source, clock, limits, log }: BoardDependencies) {
  /** Viewers by what they see. */
  const audiences = new Map<string, Audience>()
  const agents = new Set<string>()
  const calls = new Set<string>()
  let everything = true
  let board: Board = emptyBoard
  let cancel: (() => void) | undefined
  let toldAt: EpochMs = -Infinity

  function soon (): void {
    cancel ??= clock.at(Math.max(clock.now(), toldAt + TELL_MS), () => {
      cancel = undefined
      toldAt = clock.now()
      try {
        tell()
      } catch (error) {
        log.error({ err: error }, 'board not told')
        everything = true
        toldAt = clock.now() + RETRY_MS
        for (const { viewers } of audiences.values()) for (const viewer of viewers.values()) viewer.behind = true
        soon()
      }
    })
  }

  function tell (): void {
    const before = board
    const { board: after, touched } = step(before, gather())
    board = after
    const at = clock.now()
    const all = { agents: [...touched.agents], groups: [...touched.groups], callers: [...touched.callers] }
    for (const audience of audiences.values()) {
      const change = changeFor(before, after, all, place => seesPlace(audience.scope, place))
      if (change !== undefined) audience.seq += 1
      const told = change === undefined ? undefined : { seq: audience.seq, serverTime: at, ...change }
      let whole: BoardView | undefined
      for (const [viewer, state] of audience.viewers) {
        if (!state.behind && told === undefined) continue
        if (!viewer.keepsUp()) {
          state.behind = true
          soon()
        } else if (state.behind) {
          state.behind = false
          viewer.whole(whole ??= wholeFor(audience, at))
        } else if (told !== undefined) {
          viewer.change(told)
        }
      }
    }
  }

  /** What is new, and forgets that it was. */
  function gather (): Parameters<typeof step>[1] {
    const news = { agents: new Map<string, Placed<AgentRow> | undefined>(), callers: new Map<string, Placed<CallerRow> | undefined>() }
    const all = everything
    if (all) {
      for (const id of [...board.agents.keys(), ...source.agentIds()]) agents.add(id)
      for (const id of [...board.callers.keys(), ...source.callIds()]) calls.add(id)
    }
    for (const id of agents) news.agents.set(id, source.agent(id))
    for (const id of calls) {
      const caller = source.caller(id)
      // Most calls that change do not wait and never did.
      if (caller !== undefined || board.callers.has(id)) news.callers.set(id, caller)
    }
    agents.clear()
    calls.clear()
    everything = false
    return all ? { ...news, groups: source.groups() } : news
  }

  function wholeFor ({ scope, seq }: Audience, at: EpochMs): BoardView {
    return { seq, serverTime: at, limits, reasons: source.reasons(), ...viewFor(board, place => seesPlace(scope, place)) }
  }

  return {
    /** This agent's state, page or phone changed, or its call did. */
    agentChanged (agentId: string): void {
      if (audiences.size === 0) return
      agents.add(agentId)
      soon()
    },
    callChanged (callId: string): void {
      if (audiences.size === 0) return
      calls.add(callId)
      soon()
    },
    /** Agents, groups or everything may be other ones now. */
    allChanged (): void {
      everything = true
      if (audiences.size > 0) soon()
    },
    /** Shows the board to this viewer from now on, as far as `scope` reaches; the whole of it first. */
    watch (scope: Scope, viewer: Viewer): Watch {
      const key = JSON.stringify(scope)
      const audience = audiences.get(key) ?? { scope, seq: 0, viewers: new Map<Viewer, { behind: boolean }>() }
      audiences.set(key, audience)
      const state = { behind: true }
      audience.viewers.set(viewer, state)
      soon()
      return {
        again () {
          state.behind = true
          soon()
        },
        leave () {
          audience.viewers.delete(viewer)
          if (audience.viewers.size === 0 && audiences.get(key) === audience) audiences.delete(key)
          if (audiences.size > 0) return
          cancel?.()
          cancel = undefined
          board = emptyBoard
          everything = true
          agents.clear()
          calls.clear()
        }
      }
    },
    stop (): void {
      cancel?.()
    }
  }
}

function seesPlace (scope: Scope, { areaCode, unitId }: Place): boolean {
  return within(scope, { areaCode, unitId, ownerId: null })
}
