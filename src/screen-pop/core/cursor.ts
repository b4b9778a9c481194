/**
 * Pages of a caller's history: open work orders first, newest on top, then calls and closed work orders, newest on top. All
 * ids are UUIDv7, so that the order of ids is the order of time. A cursor names the last item given and its part.
 */

/** Both parts go on below these ids. */
export interface HistoryPosition { open: string, rest: string }

const FIRST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const NONE = '00000000-0000-0000-0000-000000000000'
const CURSOR = /^([or])\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

export const HISTORY_START: HistoryPosition = { open: FIRST, rest: FIRST }

/** The position after a cursor; the start where there is none; undefined for a text that is no cursor. */
export function readCursor (cursor: string | undefined): HistoryPosition | undefined {
  if (cursor === undefined) return HISTORY_START
  const [, part, id] = CURSOR.exec(cursor) ?? []
  if (part === undefined || id === undefined) return undefined
  return part === 'o' ? { open: id, rest: FIRST } : { open: NONE, rest: id }
}

/** The cursor after an item. */
export function cursorAfter (item: { open: boolean, id: string }): string {
  return `${item.open ? 'o' : 'r'}.${item.id}`
}
