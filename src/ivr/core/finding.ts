/** A fault in a flow file: where it is, what is wrong, and what would be right. */
import type { Bilingual } from './node-type.ts'

export interface Finding {
  /** The file's name, e.g. `main.json`. */
  file: string
  /** Id of the node, when the fault lies in one. */
  node?: string
  /** JSON pointer (RFC 6901) into the file; '' is the whole of it. */
  pointer: string
  /** From 1, when known. */
  line?: number
  column?: number
  problem: Bilingual
  wanted: Bilingual
}

/** Id of the node that a pointer leads into. */
export function nodeIn (pointer: string): string | undefined {
  const [, first, id] = pointer.split('/')
  return first === 'nodes' && id !== undefined && id !== '' ? id.replaceAll('~1', '/').replaceAll('~0', '~') : undefined
}

/** A finding at `pointer`; the node is read from it. */
export function finding (file: string, pointer: string, problem: Bilingual, wanted: Bilingual): Finding {
  const node = nodeIn(pointer)
  return { file, ...node === undefined ? {} : { node }, pointer, problem, wanted }
}

/** `main.json:12:7 · 节点 menu · /nodes/menu/…` and two lines of text in each language. */
export function describe (each: Finding): string {
  const place = each.line === undefined ? each.file : `${each.file}:${each.line}:${each.column ?? 1}`
  const node = each.node === undefined ? '' : ` · 节点 node ${each.node}`
  const pointer = each.pointer === '' ? '' : ` · ${each.pointer}`
  return [
    `${place}${node}${pointer}`,
    `  问题：${each.problem.zh}。应为：${each.wanted.zh}。`,
    `  Problem: ${each.problem.en}. Wanted: ${each.wanted.en}.`
  ].join('\n')
}

/** The closest of `names` to a mistyped one, if any is close. */
export function closest (name: string, names: Iterable<string>): string | undefined {
  let best: { name: string, distance: number } | undefined
  for (const each of names) {
    const distance = editDistance(name, each)
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < (best?.distance ?? Infinity)) best = { name: each, distance }
  }
  return best?.name
}

/** "one of a, b, c", with the likeliest in front when something was mistyped. */
export function oneOf (name: string, names: Iterable<string>): Bilingual {
  const all = [...names].sort()
  const near = closest(name, all)
  const some = all.slice(0, 20).join(', ') + (all.length > 20 ? ', …' : '')
  if (all.length === 0) return { zh: '没有可用的名称', en: 'there is none to name' }
  return near === undefined
    ? { zh: `其中之一：${some}`, en: `one of ${some}` }
    : { zh: `${near}（可用：${some}）`, en: `${near} (there are ${some})` }
}

function editDistance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] as number
}
