import { edge, nodeSchema, target } from './fields.ts'
import { fill, LONGEST_VALUE, variablesIn } from '../text.ts'
import type { NodeType } from '../node-type.ts'
import type { Target } from '../flow.ts'

/** Gives variables values, in order. */
export interface SetNode {
  type: 'set'
  note?: string
  values: Readonly<Record<string, string>>
  next: Target
}

export const set: NodeType<SetNode> = {
  type: 'set',
  schema: nodeSchema('set', '给变量赋值。Gives variables values.', ['values', 'next'], {
    values: {
      type: 'object',
      description: `变量到值（可含占位符），值最长 ${LONGEST_VALUE} 字。Variable to value; a longer value is cut.`,
      propertyNames: { $ref: '#/$defs/variable' },
      minProperties: 1,
      maxProperties: 16,
      additionalProperties: { type: 'string', maxLength: 200 }
    },
    next: target
  }),
  enter: (node, run) => {
    let vars = run.state.vars
    for (const [name, value] of Object.entries(node.values)) vars = { ...vars, [name]: fill(value, vars, run.context) }
    return { state: { vars }, go: node.next }
  },
  handle: () => ({}),
  edges: node => [edge(node.next, '/next', false)],
  prompts: () => [],
  writes: node => Object.keys(node.values),
  reads: node => Object.entries(node.values)
    .flatMap(([name, value]) => variablesIn(value).map(variable => ({ pointer: `/values/${name}`, variable })))
}
