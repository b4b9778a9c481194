/** A flow as people read it: its nodes from the start downwards, each with what it says and where it leads. */
import type { FlowFile, FlowNode } from '../../ivr/core/flow.ts'
import { typeOf } from '../../ivr/core/registry.ts'

export interface NodeView {
  id: string
  type: string
  note?: string
  /** How deep below the start it is first reached; -1: never. */
  depth: number
  prompts: string[]
  facts: string[]
  edges: Array<{ label: string, target: string }>
}

/** Nodes in the order in which callers may first come to them; those that nobody reaches last. */
export function flowNodes (file: FlowFile): NodeView[] {
  const depths = new Map<string, number>([[file.start, 0]])
  // A map that grows while it is walked: breadth first.
  for (const [id, depth] of depths) {
    const node = file.nodes[id]
    for (const { target } of node === undefined ? [] : typeOf(node).edges(node)) if (!depths.has(target)) depths.set(target, depth + 1)
  }
  const ids = [...depths.keys(), ...Object.keys(file.nodes).filter(id => !depths.has(id))]
  return ids.flatMap(id => {
    const node = Object.hasOwn(file.nodes, id) ? file.nodes[id] : undefined
    return node === undefined ? [] : [viewOf(id, node, depths.get(id) ?? -1)]
  })
}

function viewOf (id: string, node: FlowNode, depth: number): NodeView {
  return {
    id,
    type: node.type,
    ...(node.note === undefined ? {} : { note: node.note }),
    depth,
    prompts: [...new Set(typeOf(node).prompts(node).map(({ prompt }) => prompt))],
    facts: factsOf(node),
    edges: typeOf(node).edges(node).map(({ pointer, target }) => ({ label: labelOf(node, pointer), target }))
  }
}

function factsOf (node: FlowNode): string[] {
  if (node.type === 'queue') return [`技能组 ${node.skillGroup}`, ...(node.priority === undefined ? [] : [`优先级 ${node.priority}`])]
  if (node.type === 'sub-flow') return [`子流程 ${node.flow}`]
  return []
}

const WORDS: Readonly<Record<string, string>> = { next: '之后', full: '队列已满', silence: '无按键', wrong: '按错', otherwise: '其他情况', else: '其他情况', default: '其他情况' }

/** `/choices/1/next` of a menu becomes 按 1 咨询; other ways are named by their field. */
function labelOf (node: FlowNode, pointer: string): string {
  const [, field = '', key] = pointer.split('/')
  if (node.type === 'menu' && field === 'choices' && key !== undefined) return `按 ${key} ${node.choices[key as keyof typeof node.choices]?.label ?? ''}`.trim()
  if (key !== undefined && /^\d+$/.test(key)) return `情况 ${Number(key) + 1}`
  return WORDS[field] ?? field
}

/** Whether a node of this flow leads callers into the group. */
export function leadsInto (file: FlowFile, groupId: string): boolean {
  return Object.values(file.nodes).some(node => node.type === 'queue' && node.skillGroup === groupId)
}
