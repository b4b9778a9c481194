import { nodeSchema, playing, promptUses, prompts } from './fields.ts'
import type { Move, NodeType } from '../node-type.ts'

/** Says its prompts and ends the call. */
export interface HangUpNode {
  type: 'hang-up'
  note?: string
  prompts?: readonly string[]
}

export const hangUp: NodeType<HangUpNode> = {
  type: 'hang-up',
  schema: nodeSchema('hang-up', '播放提示音后挂机。Says its prompts and ends the call.', [], { prompts }),
  enter: node => node.prompts === undefined || node.prompts.length === 0 ? end : playing(node.prompts, { keys: '' }),
  handle: (_, input) => input.type === 'played' ? end : {},
  edges: () => [],
  prompts: node => promptUses(node.prompts, '/prompts')
}

const end: Move = { state: { phase: 'ended', playing: false, keys: '' }, effects: [{ type: 'hang-up' }] }
