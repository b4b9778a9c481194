/** Fields that several node types have, and what follows from them. */
import type { Key, Media } from '../../../telephony/port.ts'
import type { Json } from '../../../kernel/json.ts'
import type { Edge, Move, PromptUse, Run } from '../node-type.ts'
import type { Target } from '../flow.ts'

/** What to do when the caller is silent, or pressed what is not offered. */
export interface Retry {
  /** So many times, then `next`; 1 means at once. */
  attempts?: number
  /** Heard before the node's own prompts, each time but the last. */
  prompts?: readonly string[]
  next: Target
}

/** Most keys that are kept for a node that does not listen yet. */
export const MOST_KEYS_AHEAD = 16

export const DEFAULT_WAIT_SECONDS = 5
export const DEFAULT_ATTEMPTS = 3

export function media (prompts: readonly string[]): Media[] {
  return prompts.map(prompt => ({ prompt }))
}

/** A key pressed before its time is kept, up to a bound; beyond that it is forgotten. */
export function keepAhead (run: Run, key: Key): Move {
  return { state: { keys: (run.state.keys + key).slice(0, MOST_KEYS_AHEAD) } }
}

/** Plays, or changes nothing when there is nothing to play. */
export function playing (prompts: readonly string[], state: Move['state'] = {}): Move {
  return { state: { ...state, playing: true, timer: undefined }, effects: [{ type: 'play', media: media(prompts) }] }
}

/** One more silence or error: says its prompts and the node's own once more, or gives up. */
export function retry (kind: 'silences' | 'errors', policy: Retry, prompts: readonly string[], run: Run): Move {
  const count = run.state[kind] + 1
  if (count >= (policy.attempts ?? DEFAULT_ATTEMPTS)) return { state: { keys: '' }, go: policy.next }
  return playing([...policy.prompts ?? [], ...prompts], { [kind]: count, keys: '' })
}

/** Waits for the caller's first key. */
export function awaitKey (seconds: number | undefined, run: Run): Move {
  return { state: { playing: false, timer: { name: 'silence', at: run.context.now + (seconds ?? DEFAULT_WAIT_SECONDS) * 1000 } } }
}

export function promptUses (prompts: readonly string[] | undefined, pointer: string): PromptUse[] {
  return (prompts ?? []).map((prompt, index) => ({ pointer: `${pointer}/${index}`, prompt }))
}

export function edge (target: Target, pointer: string, waits: boolean): Edge {
  return { target, pointer, waits }
}

/** A node's schema: `type` is fixed, nothing but the named properties is allowed. */
export function nodeSchema (type: string, description: string, required: readonly string[], properties: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  return {
    type: 'object',
    description,
    properties: {
      type: { const: type },
      note: { type: 'string', maxLength: 500, description: '给维护者的备注。A note for those who maintain the flow.' },
      ...properties
    },
    required: ['type', ...required],
    additionalProperties: false
  }
}

const ref = (name: string): Json => ({ $ref: `#/$defs/${name}` })
export const target = ref('target')
export const prompts = ref('prompts')
export const somePrompts = ref('somePrompts')
export const retryPolicy = ref('retry')
export const variable = ref('variable')
export const text = ref('text')
export const bargeIn: Json = { type: 'boolean', default: true, description: '放音时按键即打断；为 false 时按键留到放音结束后生效。A key stops the prompt; if false, keys count once it has ended.' }
export const waitSeconds: Json = { type: 'integer', minimum: 1, maximum: 60, default: DEFAULT_WAIT_SECONDS, description: '等待首个按键的秒数。Seconds to wait for the first key.' }

/** The shared parts, for `$defs` of the published schema. */
export const sharedSchemas: { readonly [key: string]: Json } = {
  target: { type: 'string', pattern: '^(@return|[a-z][a-z0-9-]{0,47})$', description: '本流程的节点标识，或 @return（返回上级流程）。A node of this flow, or @return to the calling flow.' },
  prompt: { type: 'string', pattern: '^(zh|en)/[a-z0-9][a-z0-9-]{0,63}$', description: '提示音，prompts 目录下不带 .wav 的文件名。A prompt: the file below prompts/, without .wav.' },
  prompts: { type: 'array', items: ref('prompt'), maxItems: 20, description: '依次播放的提示音。Prompts, played in order.' },
  somePrompts: { type: 'array', items: ref('prompt'), minItems: 1, maxItems: 20, description: '依次播放的提示音，至少一个。Prompts, played in order, at least one.' },
  variable: { type: 'string', pattern: '^[a-z][a-zA-Z0-9_]{0,31}$', description: '变量名。Name of a variable.' },
  text: { type: 'string', minLength: 1, maxLength: 200, description: '可含占位符 {变量}、{caller.ani}、{caller.dnis}、{caller.属性}、{moment.date}、{moment.time}。May hold placeholders.' },
  retry: {
    type: 'object',
    properties: {
      attempts: { type: 'integer', minimum: 1, maximum: 10, default: DEFAULT_ATTEMPTS, description: '第几次后转到 next。After so many times: next.' },
      prompts: ref('prompts'),
      next: ref('target')
    },
    required: ['next'],
    additionalProperties: false,
    description: '无按键或按错时的处理。What to do on silence or a wrong key.'
  }
}
