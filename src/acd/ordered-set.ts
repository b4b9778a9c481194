/**
 * A sorted set with ranks: insert, delete, first and rank in O(log n). A treap; its shape comes from a
 * generator with a fixed seed, since only the balance needs chance.
 */
interface Node<T> { item: T, weight: number, size: number, left: Node<T> | undefined, right: Node<T> | undefined }

export interface OrderedSet<T> {
  readonly size: number
  insert: (item: T) => void
  /** False when no item compares equal. */
  delete: (item: T) => boolean
  /** How many items come before this one, whether it is in the set or not. */
  rank: (item: T) => number
  /** The first `limit` items in order. */
  first: (limit: number) => T[]
}

export function createOrderedSet<T> (compare: (a: T, b: T) => number): OrderedSet<T> {
  let root: Node<T> | undefined
  let random = 0x9e3779b9

  function weight (): number {
    random ^= random << 13
    random ^= random >>> 17
    random ^= random << 5
    return random >>> 0
  }

  const sizeOf = (node: Node<T> | undefined) => node?.size ?? 0

  function resized (node: Node<T>): Node<T> {
    node.size = 1 + sizeOf(node.left) + sizeOf(node.right)
    return node
  }

  /** Splits into items before `item` and the others. */
  function split (node: Node<T> | undefined, item: T): [Node<T> | undefined, Node<T> | undefined] {
    if (node === undefined) return [undefined, undefined]
    if (compare(node.item, item) < 0) {
      const [left, right] = split(node.right, item)
      node.right = left
      return [resized(node), right]
    }
    const [left, right] = split(node.left, item)
    node.left = right
    return [left, resized(node)]
  }

  function join (left: Node<T> | undefined, right: Node<T> | undefined): Node<T> | undefined {
    if (left === undefined) return right
    if (right === undefined) return left
    if (left.weight > right.weight) {
      left.right = join(left.right, right)
      return resized(left)
    }
    right.left = join(left, right.left)
    return resized(right)
  }

  function without (node: Node<T> | undefined, item: T): Node<T> | undefined {
    if (node === undefined) return undefined
    const order = compare(item, node.item)
    if (order === 0) return join(node.left, node.right)
    if (order < 0) node.left = without(node.left, item)
    else node.right = without(node.right, item)
    return resized(node)
  }

  function collect (node: Node<T> | undefined, limit: number, into: T[]): void {
    if (node === undefined || into.length >= limit) return
    collect(node.left, limit, into)
    if (into.length < limit) into.push(node.item)
    collect(node.right, limit, into)
  }

  return {
    get size () { return sizeOf(root) },
    insert (item) {
      const [left, right] = split(root, item)
      root = join(join(left, { item, weight: weight(), size: 1, left: undefined, right: undefined }), right)
    },
    delete (item) {
      const before = sizeOf(root)
      root = without(root, item)
      return sizeOf(root) < before
    },
    rank (item) {
      let rank = 0
      let node = root
      while (node !== undefined) {
        if (compare(node.item, item) < 0) {
          rank += 1 + sizeOf(node.left)
          node = node.right
        } else {
          node = node.left
        }
      }
      return rank
    },
    first (limit) {
      const items: T[] = []
      collect(root, limit, items)
      return items
    }
  }
}
