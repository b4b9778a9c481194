import { bargeIn, edge, keepAhead, nodeSchema, playing, promptUses, somePrompts, target } from './fields.ts'
import type { NodeType } from '../node-type.ts'
import type { Target } from '../flow.ts'

/** Plays prompts. A key goes on to the next node, which may take it; without barge-in only once the prompts ended. */
export interface PlayNode {
  type: 'play'
  note?: string
  prompts: readonly string[]
  bargeIn?: boolean
  next: Target
}

export const play: NodeType<PlayNode> = {
  type: 'play',
  schema: nodeSchema('play', '播放提示音。Plays prompts.', ['prompts', 'next'], { prompts: somePrompts, bargeIn, next: target }),
  enter: (node, run) => {
    // A key pressed ahead means that the caller knows the way: the prompt is skipped where it may be.
    if (run.state.keys !== '' && node.bargeIn !== false) return { go: node.next }
    return playing(node.prompts)
  },
  handle: (node, input, run) => {
    switch (input.type) {
      case 'played': return { go: node.next }
      case 'key': {
        const kept = keepAhead(run, input.key)
        return node.bargeIn === false ? kept : { ...kept, go: node.next }
      }
      default: return {}
    }
  },
  edges: node => [edge(node.next, '/next', false)],
  prompts: node => promptUses(node.prompts, '/prompts')
}
