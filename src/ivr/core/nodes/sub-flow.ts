import { edge, nodeSchema, target } from './fields.ts'
import type { NodeType } from '../node-type.ts'
import type { Target } from '../flow.ts'

/** Goes through another flow, which must be of kind `sub`; when that returns, on to `next`. */
export interface SubFlowNode {
  type: 'sub-flow'
  note?: string
  flow: string
  /** Needed when the other flow may return. */
  next?: Target
}

export const subFlow: NodeType<SubFlowNode> = {
  type: 'sub-flow',
  schema: nodeSchema('sub-flow', '调用子流程，返回后到 next。Goes through another flow, then to next.', ['flow'], {
    flow: { $ref: '#/$defs/flowName' },
    next: target
  }),
  enter: node => ({ call: node.flow }),
  handle: () => ({}),
  edges: node => node.next === undefined ? [] : [edge(node.next, '/next', false)],
  prompts: () => []
}
