import { edge, nodeSchema, playing, promptUses, prompts, target } from './fields.ts'
import type { Move, NodeType, Run } from '../node-type.ts'
import type { Language, Target } from '../flow.ts'

/** Hands the caller to the agents of a skill group, after its prompts. A full queue leads to `full`. */
export interface QueueNode {
  type: 'queue'
  note?: string
  skillGroup: string
  /** 0 to 9, the higher is served first; 5 when absent. */
  priority?: number
  language?: Language
  prompts?: readonly string[]
  full: Target
}

/** Priority of a caller whose flow says nothing else. */
export const DEFAULT_PRIORITY = 5

export const queue: NodeType<QueueNode> = {
  type: 'queue',
  schema: nodeSchema('queue', '进入技能组排队等候人工。Waits for an agent of a skill group.', ['skillGroup', 'full'], {
    skillGroup: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,47}$', description: '技能组标识。Id of the skill group.' },
    priority: { type: 'integer', minimum: 0, maximum: 9, default: DEFAULT_PRIORITY, description: '优先级，大者先接。Priority, the higher is served first.' },
    language: { enum: ['zh', 'en'], description: '排队播报的语言，默认为流程语言。Language of the announcements; default: the flow\'s.' },
    prompts,
    full: { ...target as object, description: '队列已满时的去向。Where a caller goes when the queue is full.' }
  }),
  enter: (node, run) => node.prompts === undefined || node.prompts.length === 0
    ? join(node, run)
    : playing(node.prompts, { keys: '' }),
  handle: (node, input, run) => {
    switch (input.type) {
      case 'played': return join(node, run)
      case 'queue-full': return run.state.phase === 'queued' ? { state: { phase: 'running' }, go: node.full } : {}
      default: return {}
    }
  },
  edges: node => [edge(node.full, '/full', false)],
  prompts: node => promptUses(node.prompts, '/prompts')
}

function join (node: QueueNode, run: Run): Move {
  return {
    state: { phase: 'queued', playing: false, keys: '' },
    effects: [{
      type: 'queue',
      skillGroup: node.skillGroup,
      priority: node.priority ?? DEFAULT_PRIORITY,
      language: node.language ?? run.flow.file.language
    }]
  }
}
