/** Every node type, by the name that flow files use. A new one: its own file in nodes/, and a line here and in flow.ts. */
import { play } from './nodes/play.ts'
import { menu } from './nodes/menu.ts'
import { collect } from './nodes/collect.ts'
import { say } from './nodes/say.ts'
import { branch } from './nodes/branch.ts'
import { set } from './nodes/set.ts'
import { queue } from './nodes/queue.ts'
import { subFlow } from './nodes/sub-flow.ts'
import { hangUp } from './nodes/hang-up.ts'
import type { FlowNode } from './flow.ts'
import type { NodeType } from './node-type.ts'

type Registry = { readonly [T in FlowNode['type']]: NodeType<Extract<FlowNode, { type: T }>> }

export const nodeTypes: Registry = {
  play, menu, collect, say, branch, set, queue, 'sub-flow': subFlow, 'hang-up': hangUp
}

/** The type of `node`, able to take it. */
export function typeOf (node: FlowNode): NodeType {
  // The registry is typed by key above; the compiler cannot follow a key that is only known at run time.
  return nodeTypes[node.type] as unknown as NodeType
}
