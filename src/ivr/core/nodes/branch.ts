import { edge, nodeSchema, target } from './fields.ts'
import { holds, placeholdersOf, type Condition } from '../condition.ts'
import type { NodeType } from '../node-type.ts'
import type { Target } from '../flow.ts'

/** Goes where the first condition that holds leads, else to `otherwise`. */
export interface BranchNode {
  type: 'branch'
  note?: string
  cases: ReadonlyArray<{ when: Condition, next: Target }>
  otherwise: Target
}

export const branch: NodeType<BranchNode> = {
  type: 'branch',
  schema: nodeSchema('branch', '按日历、时间、来电人属性或变量分支，取第一个成立的条件。The first condition that holds decides.', ['cases', 'otherwise'], {
    cases: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        properties: { when: { $ref: '#/$defs/condition' }, next: target },
        required: ['when', 'next'],
        additionalProperties: false
      }
    },
    otherwise: target
  }),
  enter: (node, run) => ({
    go: node.cases.find(each => holds(each.when, run.state.vars, run.context))?.next ?? node.otherwise
  }),
  handle: () => ({}),
  edges: node => [
    ...node.cases.map((each, index) => edge(each.next, `/cases/${index}/next`, false)),
    edge(node.otherwise, '/otherwise', false)
  ],
  prompts: () => [],
  reads: node => node.cases.flatMap((each, index) => placeholdersOf(each.when, `/cases/${index}/when`)
    .filter(({ name }) => !name.includes('.'))
    .map(({ pointer, name }) => ({ pointer, variable: name })))
}
