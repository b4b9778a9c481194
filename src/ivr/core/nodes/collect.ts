import { awaitKey, bargeIn, edge, keepAhead, nodeSchema, playing, promptUses, retry, retryPolicy, somePrompts, target, variable, waitSeconds, type Retry } from './fields.ts'
import type { Move, NodeFinding, NodeType, Run } from '../node-type.ts'
import type { Target } from '../flow.ts'

/**
 * Collects digits into a variable: until `endKey`, `maxDigits`, or a pause of `digitSeconds`.
 * `*` begins anew (unless it is the end key); a lone 0 leads to the flow's agent, because there 0 cannot be a choice.
 */
export interface CollectNode {
  type: 'collect'
  note?: string
  prompts: readonly string[]
  variable: string
  minDigits: number
  maxDigits: number
  endKey?: '#' | '*'
  bargeIn?: boolean
  waitSeconds?: number
  digitSeconds?: number
  next: Target
  silence: Retry
  /** Too few digits. */
  wrong: Retry
}

export const collect: NodeType<CollectNode> = {
  type: 'collect',
  schema: nodeSchema('collect', '收集按键数字到变量；单独按 0 转人工，按 * 重新输入。Collects digits; a lone 0 leads to the agent, * begins anew.',
    ['prompts', 'variable', 'minDigits', 'maxDigits', 'next', 'silence', 'wrong'], {
      prompts: somePrompts,
      variable,
      minDigits: { type: 'integer', minimum: 1, maximum: 32, description: '最少位数。Fewest digits.' },
      maxDigits: { type: 'integer', minimum: 1, maximum: 32, description: '最多位数，满即结束。Most digits; complete then.' },
      endKey: { enum: ['#', '*'], default: '#', description: '结束键。The key that ends the input.' },
      bargeIn,
      waitSeconds,
      digitSeconds: { type: 'integer', minimum: 1, maximum: 30, default: 4, description: '两键间最长秒数。Longest pause between digits.' },
      next: target,
      silence: retryPolicy,
      wrong: retryPolicy
    }),
  enter: (node, run) => run.state.keys === '' ? playing(node.prompts) : take(node, '', run.state.keys, run),
  handle: (node, input, run) => {
    switch (input.type) {
      case 'key':
        if (run.state.playing && node.bargeIn === false) return keepAhead(run, input.key)
        return take(node, run.state.keys, input.key, run)
      case 'played': return run.state.keys === '' ? awaitKey(node.waitSeconds, run) : take(node, '', run.state.keys, run)
      case 'timer':
        return input.name === 'digit' ? complete(node, run.state.keys, '', run) : retry('silences', node.silence, node.prompts, run)
      case 'queue-full': return {}
    }
  },
  edges: node => [
    edge(node.next, '/next', true),
    edge(node.silence.next, '/silence/next', true),
    edge(node.wrong.next, '/wrong/next', true)
  ],
  prompts: node => [
    ...promptUses(node.prompts, '/prompts'),
    ...promptUses(node.silence.prompts, '/silence/prompts'),
    ...promptUses(node.wrong.prompts, '/wrong/prompts')
  ],
  writes: node => [node.variable],
  check: node => {
    const findings: NodeFinding[] = []
    if (node.minDigits > node.maxDigits) {
      findings.push({
        pointer: '/minDigits',
        problem: { zh: `最少位数 ${node.minDigits} 大于最多位数 ${node.maxDigits}，永远输不完`, en: `minDigits ${node.minDigits} is above maxDigits ${node.maxDigits}: no input is ever enough` },
        wanted: { zh: `不大于 ${node.maxDigits} 的整数`, en: `an integer of at most ${node.maxDigits}` }
      })
    }
    return findings
  }
}

/** Feeds `more` keys behind the digits that are there. */
function take (node: CollectNode, digits: string, more: string, run: Run): Move {
  const endKey = node.endKey ?? '#'
  let had = digits
  for (let index = 0; index < more.length; index++) {
    const key = more.charAt(index)
    if (key === endKey) return complete(node, had, more.slice(index + 1), run)
    if (key === '*') had = ''
    else if (key !== '#') had += key
    if (had.length === node.maxDigits) return complete(node, had, more.slice(index + 1), run)
  }
  const stop: Move = run.state.playing ? { effects: [{ type: 'stop-play' }] } : {}
  if (had === '') {
    const wait = awaitKey(node.waitSeconds, run)
    return { ...stop, state: { ...wait.state, keys: '' } }
  }
  return { ...stop, state: { playing: false, keys: had, timer: { name: 'digit', at: run.context.now + (node.digitSeconds ?? 4) * 1000 } } }
}

function complete (node: CollectNode, digits: string, rest: string, run: Run): Move {
  if (digits.length >= node.minDigits) {
    return { state: { keys: rest, vars: { ...run.state.vars, [node.variable]: digits } }, go: node.next }
  }
  if (digits === '0') return { state: { keys: '' }, go: run.flow.file.agent }
  return retry('errors', node.wrong, node.prompts, run)
}
