/** A flow as a graph: what can be reached, where a way leads by itself, and where it goes round without waiting. */
import { RETURN, type FlowFile, type FlowNode } from './flow.ts'
import type { Edge } from './node-type.ts'
import { typeOf } from './registry.ts'

/** How a way ends that needs no further key: at a human, with a hang-up, at a node that waits, or back in the calling flow. */
export type Fate = 'human' | 'hang-up' | 'waits' | 'return'

/** What a calling flow must know of a flow. */
export interface Summary {
  /** How ways end that begin at its start and need no key. */
  fates: ReadonlySet<Fate>
  /** Whether any way returns. */
  returns: boolean
  /** Whether a way that must lead to a human does so only by returning: the calling flow must then lead there. */
  humanByReturn: boolean
}

export interface Graph {
  /** Ways out of a node that may be taken; a `sub-flow` leads on only if the other flow returns. */
  edges: (id: string) => readonly Edge[]
  /** Ways that end from `target` on without a key. */
  fates: (target: string) => Set<Fate>
  /** All that can be reached from `targets`, themselves included; may hold `@return` and ids that do not exist. */
  reach: (targets: readonly string[]) => Set<string>
  /** Whether the call can end from here: at a human, by hanging up, or by returning. */
  ends: (id: string) => boolean
  /** Nodes of each round that needs neither key nor time-out, in order. */
  rounds: () => string[][]
}

/** Reads the graph of a file. `summaries` are those of the flows it calls; an unknown one counts as returning. */
export function graphOf (file: FlowFile, summaries: ReadonlyMap<string, Summary>): Graph {
  const nodeOf = (id: string): FlowNode | undefined => Object.hasOwn(file.nodes, id) ? file.nodes[id] : undefined
  const summaryOf = (node: FlowNode): Summary | undefined => node.type === 'sub-flow' ? summaries.get(node.flow) : undefined

  const edges = (id: string): readonly Edge[] => {
    const node = nodeOf(id)
    if (node === undefined) return []
    const summary = summaryOf(node)
    if (summary === undefined) return typeOf(node).edges(node)
    if (!summary.returns) return []
    // Back only after a key was pressed in there: then the round is broken there.
    return typeOf(node).edges(node).map(edge => ({ ...edge, waits: !summary.fates.has('return') }))
  }

  const reach = (targets: readonly string[]): Set<string> => {
    const found = new Set(targets)
    for (const id of found) for (const edge of edges(id)) found.add(edge.target)
    return found
  }

  const fates = (target: string): Set<Fate> => {
    const found = new Set<Fate>()
    const way = new Set([target])
    for (const id of way) {
      if (id === RETURN) {
        found.add('return')
        continue
      }
      const node = nodeOf(id)
      if (node === undefined) continue
      if (node.type === 'queue') found.add('human')
      else if (node.type === 'hang-up') found.add('hang-up')
      else {
        for (const fate of summaryOf(node)?.fates ?? []) if (fate !== 'return') found.add(fate)
        const ways = edges(id)
        if (ways.some(edge => edge.waits) && node.type !== 'sub-flow') found.add('waits')
        else for (const edge of ways) if (!edge.waits) way.add(edge.target)
      }
    }
    return found
  }

  const ends = (id: string): boolean => [...reach([id])].some(each => {
    const node = nodeOf(each)
    if (node === undefined) return each === RETURN
    if (node.type === 'sub-flow') {
      // An unknown flow, or a missing `next`, is a finding of its own.
      const summary = summaryOf(node)
      return summary === undefined || !summary.returns || node.next === undefined
    }
    return node.type === 'queue' || node.type === 'hang-up'
  })

  const rounds = (): string[][] => {
    const found: string[][] = []
    const done = new Set<string>()
    const way: string[] = []
    const visit = (id: string): void => {
      const start = way.indexOf(id)
      if (start !== -1) {
        found.push(way.slice(start))
        return
      }
      if (done.has(id)) return
      way.push(id)
      for (const edge of edges(id)) if (!edge.waits && nodeOf(edge.target) !== undefined) visit(edge.target)
      way.pop()
      done.add(id)
    }
    for (const id of Object.keys(file.nodes)) visit(id)
    return found
  }

  return { edges, fates, reach, ends, rounds }
}

/** What flows that call this one must know. Its own findings must be empty for this to be of use. */
export function summaryOf (file: FlowFile, graph: Graph): Summary {
  const mustLeadToHuman = [file.agent, ...Object.values(file.nodes).flatMap(node => waysToHuman(node).map(way => way.target))]
  return {
    fates: graph.fates(file.start),
    returns: graph.reach([file.start]).has(RETURN),
    humanByReturn: mustLeadToHuman.some(target => graph.fates(target).has('return'))
  }
}

/**
 * Edges that must lead to a human: key 0 of a menu at once, silence and errors in the end (domain rules, conflict 1).
 * `direct`: no further key may be wanted on the way.
 */
export function waysToHuman (node: FlowNode): Array<{ pointer: string, target: string, direct: boolean }> {
  if (node.type !== 'menu' && node.type !== 'collect') return []
  const ways = [
    { pointer: '/silence/next', target: node.silence.next, direct: false },
    { pointer: '/wrong/next', target: node.wrong.next, direct: false }
  ]
  const zero = node.type === 'menu' ? node.choices['0'] : undefined
  return zero === undefined ? ways : [{ pointer: '/choices/0/next', target: zero.next, direct: true }, ...ways]
}
