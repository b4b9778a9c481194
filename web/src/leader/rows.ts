/** The board as a page keeps it, and how it is looked at. Pure: the time now is an argument. */
import type { AgentRow, BoardChange, BoardLimits, BoardView, CallerRow, GroupRow, RowChange } from '../../../src/board/contract.ts'
import type { AgentStateName } from '../../../src/agents/contract.ts'

export interface Rows {
  seq: number
  agents: Map<string, AgentRow>
  groups: Map<string, GroupRow>
  callers: Map<string, CallerRow>
}

export function rowsOf (view: Pick<BoardView, 'seq' | 'agents' | 'groups' | 'callers'>): Rows {
  return { seq: view.seq, agents: byId(view.agents), groups: byId(view.groups), callers: byId(view.callers) }
}

function byId<Row extends { id: string }> (rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map(row => [row.id, row]))
}

/** Takes a change in. False, and nothing taken, when one before it is missing: then the whole board is needed. */
export function applyChange (rows: Rows, change: BoardChange): boolean {
  if (change.seq !== rows.seq + 1) return false
  rows.seq = change.seq
  merge(rows.agents, change.agents, change.gone?.agents)
  merge(rows.groups, change.groups, change.gone?.groups)
  merge(rows.callers, change.callers, change.gone?.callers)
  return true
}

/** A row that changed is a new object, so that what shows it can tell. */
function merge<Row extends { id: string }> (rows: Map<string, Row>, changes: ReadonlyArray<RowChange<Row>> = [], gone: readonly string[] = []): void {
  for (const id of gone) rows.delete(id)
  for (const change of changes) {
    const row: Record<string, unknown> = { ...rows.get(change.id), ...change }
    for (const field in row) if (row[field] === null) delete row[field]
    rows.set(change.id, row as Row)
  }
}

/** What the state filter offers: several states of one meaning are one. */
export const stateFilters = ['talking', 'ringing', 'ready', 'wrap-up', 'not-ready', 'offline'] as const
export type StateFilter = typeof stateFilters[number]

export function filterOf (state: AgentStateName): StateFilter {
  return state === 'reserved' ? 'ringing' : state
}

export const orders = ['need', 'state', 'longest', 'name'] as const
export type Order = typeof orders[number]

/** When this state is too long; undefined when it never is. */
export function overAt ({ state, since }: Pick<AgentRow, 'state' | 'since'>, limits: BoardLimits): number | undefined {
  switch (state) {
    case 'reserved':
    case 'ringing': return since + limits.ringing
    case 'talking': return since + limits.talking
    case 'wrap-up': return since + limits.wrapUp
    case 'not-ready': return since + limits.notReady
    case 'ready':
    case 'offline': return undefined
  }
}

export interface Look { state?: StateFilter | undefined, group?: string | undefined, text: string, order: Order }

/** The agents that the filters leave, in order; `need`: who is too long in a state first, those longest over at the head. */
export function agentsToShow (rows: Iterable<AgentRow>, { state, group, text, order }: Look, limits: BoardLimits, now: number): AgentRow[] {
  const wanted = text.trim().toLowerCase()
  const shown: AgentRow[] = []
  for (const row of rows) {
    if (state === undefined ? row.state === 'offline' : filterOf(row.state) !== state) continue
    if (group !== undefined && !row.groups.includes(group)) continue
    if (wanted !== '' && !row.name.toLowerCase().includes(wanted) && !row.id.toLowerCase().includes(wanted)) continue
    shown.push(row)
  }
  const stateRank = (row: AgentRow): number => stateFilters.indexOf(filterOf(row.state))
  const over = (row: AgentRow): number => {
    const at = overAt(row, limits)
    return at !== undefined && at <= now ? at : Infinity
  }
  const keyed = shown.map(row => ({ row, over: order === 'need' ? over(row) : 0, rank: order === 'longest' || order === 'name' ? 0 : stateRank(row) }))
  keyed.sort((one, other) => {
    if (one.over !== other.over) return one.over < other.over ? -1 : 1
    if (one.rank !== other.rank) return one.rank - other.rank
    if (order === 'longest' && one.row.since !== other.row.since) return one.row.since - other.row.since
    // Within a state by number, so that nobody jumps about while nothing happens to them.
    return one.row.id < other.row.id ? -1 : 1
  })
  return keyed.map(({ row }) => row)
}

export interface PlacedCaller extends CallerRow { position: number }

/** Who waits, in the order in which they are served within their group; groups in the operator's order. */
export function callersToShow (callers: Iterable<CallerRow>, groups: ReadonlyMap<string, GroupRow>, group: string | undefined): PlacedCaller[] {
  const shown = [...callers].filter(caller => group === undefined || caller.group === group)
  const place = (caller: CallerRow): number => groups.get(caller.group)?.place ?? 999
  shown.sort((a, b) => place(a) - place(b) || (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
    b.priority - a.priority || a.since - b.since || (a.id < b.id ? -1 : 1))
  let last: string | undefined
  let position = 0
  return shown.map(caller => {
    position = caller.group === last ? position + 1 : 1
    last = caller.group
    return { ...caller, position }
  })
}

export interface Figures { waiting: number, oldest: number | undefined, free: number, talking: number, wrapUp: number, signedIn: number, notReady: number }

/** Each agent and caller counted once, in however many groups. */
export function figuresOf ({ agents, callers }: Pick<Rows, 'agents' | 'callers'>): Figures {
  const figures: Figures = { waiting: callers.size, oldest: undefined, free: 0, talking: 0, wrapUp: 0, signedIn: 0, notReady: 0 }
  for (const { since } of callers.values()) figures.oldest = Math.min(figures.oldest ?? since, since)
  for (const { state, away } of agents.values()) {
    if (state === 'offline') continue
    figures.signedIn += 1
    if (state === 'ready' && away !== true) figures.free += 1
    else if (state === 'talking') figures.talking += 1
    else if (state === 'wrap-up') figures.wrapUp += 1
    else if (state === 'not-ready') figures.notReady += 1
  }
  return figures
}
