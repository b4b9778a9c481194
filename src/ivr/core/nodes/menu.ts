import { awaitKey, bargeIn, edge, keepAhead, nodeSchema, playing, promptUses, retry, retryPolicy, somePrompts, target, waitSeconds, type Retry } from './fields.ts'
import type { Key } from '../../../telephony/port.ts'
import type { Move, NodeType, Run } from '../node-type.ts'
import type { Target } from '../flow.ts'

export interface Choice {
  /** Key word shown to the agent and journalled, e.g. `咨询`. */
  label: string
  next: Target
}

/** Offers choices by key. Silence and wrong keys are answered a few times, then lead on. */
export interface MenuNode {
  type: 'menu'
  note?: string
  prompts: readonly string[]
  choices: Readonly<Partial<Record<Key, Choice>>>
  bargeIn?: boolean
  waitSeconds?: number
  silence: Retry
  wrong: Retry
}

export const menu: NodeType<MenuNode> = {
  type: 'menu',
  schema: nodeSchema('menu', '按键菜单；必须有 0 键转人工，无按键和按错最终也要到人工。Choices by key; 0, silence and errors must lead to an agent.',
    ['prompts', 'choices', 'silence', 'wrong'], {
      prompts: somePrompts,
      choices: {
        type: 'object',
        description: '按键到去向，键为 0-9、*、#。Key to choice.',
        propertyNames: { pattern: '^[0-9*#]$' },
        minProperties: 1,
        additionalProperties: {
          type: 'object',
          properties: {
            label: { type: 'string', minLength: 1, maxLength: 40, description: '选项名称，坐席可见并写入话单。Name of the choice, shown to the agent.' },
            next: target
          },
          required: ['label', 'next'],
          additionalProperties: false
        }
      },
      bargeIn,
      waitSeconds,
      silence: retryPolicy,
      wrong: retryPolicy
    }),
  enter: (node, run) => {
    if (run.flow.file.directToAgent === true) return { go: run.flow.file.agent }
    return run.state.keys === '' ? playing(node.prompts) : choose(node, run.state.keys, run)
  },
  handle: (node, input, run) => {
    switch (input.type) {
      case 'key':
        if (run.state.playing && node.bargeIn === false) return keepAhead(run, input.key)
        return choose(node, run.state.keys + input.key, run)
      case 'played': return run.state.keys === '' ? awaitKey(node.waitSeconds, run) : choose(node, run.state.keys, run)
      case 'timer': return retry('silences', node.silence, node.prompts, run)
      case 'queue-full': return {}
    }
  },
  edges: node => [
    ...Object.entries(node.choices).map(([key, choice]) => edge(choice.next, `/choices/${key}/next`, true)),
    edge(node.silence.next, '/silence/next', true),
    edge(node.wrong.next, '/wrong/next', true)
  ],
  prompts: node => [
    ...promptUses(node.prompts, '/prompts'),
    ...promptUses(node.silence.prompts, '/silence/prompts'),
    ...promptUses(node.wrong.prompts, '/wrong/prompts')
  ]
}

/** Takes the first of `keys`; the others stay for the next node. */
function choose (node: MenuNode, keys: string, run: Run): Move {
  const key = keys.charAt(0) as Key
  const choice = node.choices[key]
  if (choice === undefined) return retry('errors', node.wrong, node.prompts, run)
  return {
    state: { keys: keys.slice(1) },
    effects: [{ type: 'choice', node: run.state.node, key, label: choice.label }],
    go: choice.next
  }
}
