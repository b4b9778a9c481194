/**
 * A sorted set with ranks: sorted pieces of bounded length, one after another. Insert, delete and rank look for the piece by
 * halving, then for the place in it. Each item comes with a number that sorts first and is kept beside it: so the search
 * hardly ever looks into the items, which lie scattered in memory when there are tens of thousands
 * (`npm run bench -- --only acd`).
 */
export interface OrderedSet<T> {
  readonly size: number
  insert: (key: number, item: T) => void
  /** False when it is not there under this number. */
  delete: (key: number, item: T) => boolean
  /** How many items come before this one, whether it is in the set or not. */
  rank: (key: number, item: T) => number
  /** The first `limit` items in order. */
  first: (limit: number) => T[]
}

/** Items and their numbers, in order. */
interface Piece<T> { keys: number[], items: T[] }

const LONGEST_PIECE = 64

/** `compare` decides among items with the same number; `longest`: items a piece may hold, at least 2. */
export function createOrderedSet<T> (compare: (a: T, b: T) => number, longest = LONGEST_PIECE): OrderedSet<T> {
  /** None is empty. */
  const pieces: Array<Piece<T>> = []
  let size = 0

  function isBefore (piece: Piece<T>, place: number, key: number, item: T): boolean {
    const other = piece.keys[place] as number
    return other < key || (other === key && compare(piece.items[place] as T, item) < 0)
  }

  /** Index of the first piece whose last item is not before `item`; the number of pieces when there is none. */
  function pieceOf (key: number, item: T): number {
    let low = 0
    let high = pieces.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const piece = pieces[middle] as Piece<T>
      if (isBefore(piece, piece.keys.length - 1, key, item)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index of the first item of the piece that is not before `item`. */
  function placeIn (piece: Piece<T>, key: number, item: T): number {
    let low = 0
    let high = piece.keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(piece, middle, key, item)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    get size () { return size },
    insert (key, item) {
      size += 1
      // One that comes after all others goes to the end of the last piece.
      const index = Math.min(pieceOf(key, item), Math.max(0, pieces.length - 1))
      const piece = pieces[index]
      if (piece === undefined) {
        pieces.push({ keys: [key], items: [item] })
        return
      }
      const place = placeIn(piece, key, item)
      insertAt(piece.keys, place, key)
      insertAt(piece.items, place, item)
      if (piece.keys.length <= longest) return
      const half = piece.keys.length >>> 1
      pieces.splice(index + 1, 0, { keys: piece.keys.splice(half), items: piece.items.splice(half) })
    },
    delete (key, item) {
      const index = pieceOf(key, item)
      const piece = pieces[index]
      if (piece === undefined) return false
      const place = placeIn(piece, key, item)
      if (piece.keys[place] !== key || compare(piece.items[place] as T, item) !== 0) return false
      removeAt(piece.keys, place)
      removeAt(piece.items, place)
      if (piece.keys.length === 0) pieces.splice(index, 1)
      size -= 1
      return true
    },
    rank (key, item) {
      const index = pieceOf(key, item)
      let rank = 0
      for (let before = 0; before < index; before++) rank += (pieces[before] as Piece<T>).keys.length
      const piece = pieces[index]
      return piece === undefined ? rank : rank + placeIn(piece, key, item)
    },
    first (limit) {
      const items: T[] = []
      for (const piece of pieces) {
        if (items.length >= limit) break
        items.push(...piece.items.slice(0, limit - items.length))
      }
      return items
    }
  }
}

/** By hand, since `splice` makes an array of what it took out. */
function insertAt<T> (list: T[], place: number, item: T): void {
  list.push(item)
  for (let at = list.length - 1; at > place; at--) list[at] = list[at - 1] as T
  list[place] = item
}

function removeAt<T> (list: T[], place: number): void {
  for (let at = place + 1; at < list.length; at++) list[at - 1] = list[at] as T
  list.pop()
}
