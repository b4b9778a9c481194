/**
 * The board as data: everything that is known of agents and waiting callers, with the figures of each group counted once for
 * all who look. `step` takes what is new since the last step; `changeFor` says what of it one kind of viewer has to hear.
 * However many changes one row has between two steps, it is told once: what is kept and what is sent is bounded by the rows.
 */
import type { AgentRow, BoardChange, CallerRow, GroupRow, RowChange } from '../contract.ts'

/** Where a row belongs, which decides who sees it. */
export interface Place { areaCode: string, unitId: string }
export interface Placed<Row> { readonly row: Row, readonly place: Place }
/** A group without what is counted. */
export type GroupBase = Pick<GroupRow, 'id' | 'name' | 'place'>

type Rows<Row> = ReadonlyMap<string, Placed<Row>>
export interface Board { readonly agents: Rows<AgentRow>, readonly groups: Rows<GroupRow>, readonly callers: Rows<CallerRow> }

/** The latest of each row that may have changed; undefined for one that is no more. `groups`, where given, are all there are. */
export interface News {
  agents: ReadonlyMap<string, Placed<AgentRow> | undefined>
  callers: ReadonlyMap<string, Placed<CallerRow> | undefined>
  groups?: ReadonlyArray<Placed<GroupBase>>
}

/** Ids of rows that may differ between two boards. */
export interface Touched { readonly agents: Iterable<string>, readonly groups: Iterable<string>, readonly callers: Iterable<string> }

export const emptyBoard: Board = { agents: new Map(), groups: new Map(), callers: new Map() }

/** The next board, and which rows have to be looked at. */
export function step (board: Board, news: News): { board: Board, touched: Touched } {
  const agents = withNews(board.agents, news.agents)
  const callers = withNews(board.callers, news.callers)
  const bases = news.groups ?? [...board.groups.values()]
  const groups = count(bases, agents, callers)
  return {
    board: { agents, callers, groups },
    touched: { agents: news.agents.keys(), callers: news.callers.keys(), groups: new Set([...board.groups.keys(), ...groups.keys()]) }
  }
}

function withNews<Row> (rows: Rows<Row>, news: ReadonlyMap<string, Placed<Row> | undefined>): Rows<Row> {
  if (news.size === 0) return rows
  const next = new Map(rows)
  for (const [id, placed] of news) {
    if (placed === undefined) next.delete(id)
    else next.set(id, placed)
  }
  return next
}

/** Counted anew each time: a few thousand additions, and nothing that could drift. */
function count (bases: ReadonlyArray<Placed<GroupBase>>, agents: Rows<AgentRow>, callers: Rows<CallerRow>): Rows<GroupRow> {
  const groups = new Map<string, { row: GroupRow, place: Place }>()
  for (const { row: { id, name, place: position }, place } of bases) {
    groups.set(id, { row: { id, name, place: position, waiting: 0, free: 0, talking: 0, wrapUp: 0, signedIn: 0 }, place })
  }
  for (const { row: agent } of agents.values()) {
    if (agent.state === 'offline') continue
    for (const id of agent.groups) {
      const row = groups.get(id)?.row
      if (row === undefined) continue
      row.signedIn += 1
      if (agent.state === 'ready' && agent.away !== true) row.free += 1
      else if (agent.state === 'talking') row.talking += 1
      else if (agent.state === 'wrap-up') row.wrapUp += 1
    }
  }
  for (const { row: caller } of callers.values()) {
    const row = groups.get(caller.group)?.row
    if (row === undefined) continue
    row.waiting += 1
    row.oldest = Math.min(row.oldest ?? caller.since, caller.since)
  }
  return groups
}

export type Sees = (place: Place) => boolean

/** All rows that this viewer sees. */
export function viewFor (board: Board, sees: Sees): { agents: AgentRow[], groups: GroupRow[], callers: CallerRow[] } {
  return { agents: seen(board.agents, sees), groups: seen(board.groups, sees), callers: seen(board.callers, sees) }
}

function seen<Row> (rows: Rows<Row>, sees: Sees): Row[] {
  return [...rows.values()].filter(({ place }) => sees(place)).map(({ row }) => row)
}

/** What leads from the one board to the other, as far as this viewer sees them; undefined when that is nothing. */
export function changeFor (before: Board, after: Board, touched: Touched, sees: Sees): Omit<BoardChange, 'seq' | 'serverTime'> | undefined {
  const agents = compare(before.agents, after.agents, touched.agents, sees)
  const groups = compare(before.groups, after.groups, touched.groups, sees)
  const callers = compare(before.callers, after.callers, touched.callers, sees)
  const gone = {
    ...(agents.gone.length === 0 ? {} : { agents: agents.gone }),
    ...(groups.gone.length === 0 ? {} : { groups: groups.gone }),
    ...(callers.gone.length === 0 ? {} : { callers: callers.gone })
  }
  const change = {
    ...(agents.changed.length === 0 ? {} : { agents: agents.changed }),
    ...(groups.changed.length === 0 ? {} : { groups: groups.changed }),
    ...(callers.changed.length === 0 ? {} : { callers: callers.changed }),
    ...(Object.keys(gone).length === 0 ? {} : { gone })
  }
  return Object.keys(change).length === 0 ? undefined : change
}

function compare<Row extends { id: string }> (before: Rows<Row>, after: Rows<Row>, touched: Iterable<string>, sees: Sees): { changed: Array<RowChange<Row>>, gone: string[] } {
  const changed: Array<RowChange<Row>> = []
  const gone: string[] = []
  for (const id of touched) {
    const old = visible(before.get(id), sees)
    const now = visible(after.get(id), sees)
    if (now === undefined) {
      if (old !== undefined) gone.push(id)
    } else if (old === undefined) {
      changed.push(now as RowChange<Row>)
    } else {
      const difference = differ(old, now)
      if (difference !== undefined) changed.push(difference)
    }
  }
  return { changed, gone }
}

function visible<Row> (placed: Placed<Row> | undefined, sees: Sees): Row | undefined {
  return placed !== undefined && sees(placed.place) ? placed.row : undefined
}

function differ<Row extends { id: string }> (old: Row, now: Row): RowChange<Row> | undefined {
  if (old === now) return undefined
  const change: Record<string, unknown> = {}
  for (const field in now) if (!same(old[field], now[field])) change[field] = now[field]
  for (const field in old) if (!(field in now)) change[field] = null
  return Object.keys(change).length === 0 ? undefined : { id: now.id, ...change } as RowChange<Row>
}

function same (one: unknown, other: unknown): boolean {
  if (one === other) return true
  return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, index) => item === other[index])
}
