import { bargeIn, edge, keepAhead, media, nodeSchema, promptUses, prompts, target, text } from './fields.ts'
import { sayDate, sayDigits, sayNumber, sayTime } from '../say.ts'
import { fill, variablesIn } from '../text.ts'
import type { Media } from '../../../telephony/port.ts'
import type { NodeType } from '../node-type.ts'
import type { Language, Target } from '../flow.ts'

/** Says a value: digit by digit, as a number, as a date (`YYYY-MM-DD`) or as a time (`HH:MM`). What is none of that is passed over, with its prompts. */
export interface SayNode {
  type: 'say'
  note?: string
  as: 'digits' | 'number' | 'date' | 'time'
  value: string
  language?: Language
  before?: readonly string[]
  after?: readonly string[]
  bargeIn?: boolean
  next: Target
}

export const say: NodeType<SayNode> = {
  type: 'say',
  schema: nodeSchema('say', '播报数字、日期或时间。Says digits, a number, a date or a time.', ['as', 'value', 'next'], {
    as: { enum: ['digits', 'number', 'date', 'time'], description: '播报方式：逐位、数值、日期（YYYY-MM-DD）、时间（HH:MM）。How to say it.' },
    value: text,
    language: { enum: ['zh', 'en'], description: '默认为流程语言。Default: the flow\'s.' },
    before: prompts,
    after: prompts,
    bargeIn,
    next: target
  }),
  enter: (node, run) => {
    if (run.state.keys !== '' && node.bargeIn !== false) return { go: node.next }
    const spoken = pieces(node.as, fill(node.value, run.state.vars, run.context), node.language ?? run.flow.file.language)
    if (spoken.length === 0) return { go: node.next }
    return {
      state: { playing: true },
      effects: [{ type: 'play', media: [...media(node.before ?? []), ...spoken, ...media(node.after ?? [])] }]
    }
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
  prompts: node => [...promptUses(node.before, '/before'), ...promptUses(node.after, '/after')],
  reads: node => variablesIn(node.value).map(name => ({ pointer: '/value', variable: name }))
}

function pieces (as: SayNode['as'], value: string, language: Language): Media[] {
  switch (as) {
    case 'digits': return sayDigits(value, language)
    case 'number': return /^-?\d{1,12}(\.\d{1,6})?$/.test(value) ? sayNumber(Number(value), language) : []
    case 'date': return sayDate(value, language)
    case 'time': return sayTime(value, language)
  }
}
