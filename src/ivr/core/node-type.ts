/** What every node type offers: behaviour for the interpreter, and its edges, prompts and schema for the checks. */
import type { Key, Media } from '../../telephony/port.ts'
import type { EpochMs } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/json.ts'
import type { CalendarMoment } from '../../calendar/core/moment.ts'
import type { CompiledFlow, FlowNode, Language, Target } from './flow.ts'

export interface IvrContext {
  now: EpochMs
  moment: CalendarMoment
  caller: { ani: string, dnis: string, attributes: Readonly<Record<string, string>> }
}

export type IvrInput =
  | { type: 'key', key: Key }
  /** The current playback ended, completed or not. */
  | { type: 'played' }
  | { type: 'timer', name: 'silence' | 'digit' }
  /** The queue that the last `queue` effect named takes no more callers. */
  | { type: 'queue-full' }

export type IvrEffect =
  /** Plays in place of whatever is playing. */
  | { type: 'play', media: readonly Media[] }
  | { type: 'stop-play' }
  /** The caller chose from a menu: for the journal and the screen-pop. */
  | { type: 'choice', node: string, key: string, label: string }
  /** The caller waits for an agent. Priority 0 to 9, the higher is served first. */
  | { type: 'queue', skillGroup: string, priority: number, language: Language }
  | { type: 'hang-up' }
  /** The flow cannot go on: the call belongs to a human now. No more input is needed. */
  | { type: 'fault', message: string }

/** Where a call stands in its flow. Plain JSON, below 8 KB. */
export interface IvrState {
  flow: string
  version: string
  node: string
  /** The flows that wait for this one to return, outermost first. */
  stack: readonly { flow: string, version: string, node: string }[]
  /** What the flow collected or set; shown to the agent. */
  vars: Readonly<Record<string, string>>
  /** Keys that the current node has, or keys pressed ahead of the next one. */
  keys: string
  silences: number
  errors: number
  timer?: { name: 'silence' | 'digit', at: EpochMs }
  playing: boolean
  /** `queued`: an agent is awaited; `ended`: hung up or at fault, all input is ignored. */
  phase: 'running' | 'queued' | 'ended'
}

/** What a node sees. */
export interface Run {
  readonly flow: CompiledFlow
  readonly context: IvrContext
  readonly state: IvrState
}

/** What a node decides: changes of the state, effects, and perhaps where to go. */
export interface Move {
  state?: Partial<Omit<IvrState, 'timer'>> & { timer?: IvrState['timer'] | undefined }
  effects?: readonly IvrEffect[]
  go?: Target
  /** Calls another flow; `go` is then where its return leads. */
  call?: string
}

/** One way out of a node. `pointer` is relative to the node. */
export interface Edge {
  pointer: string
  target: Target
  /** Taken only after the caller pressed something or time passed: breaks a loop. */
  waits: boolean
}

export interface PromptUse { pointer: string, prompt: string }

/** A fault that only this node type knows of. `pointer` is relative to the node. */
export interface NodeFinding {
  pointer: string
  problem: Bilingual
  wanted: Bilingual
}

export interface Bilingual { zh: string, en: string }

export interface NodeType<N extends FlowNode = FlowNode> {
  /** The value of the node's `type`; also the file's name. */
  type: N['type']
  /** JSON Schema of the node, with descriptions for editors. */
  schema: { readonly [key: string]: Json }
  enter: (node: N, run: Run) => Move
  handle: (node: N, input: IvrInput, run: Run) => Move
  edges: (node: N) => readonly Edge[]
  prompts: (node: N) => readonly PromptUse[]
  /** Names of variables that the node gives a value. */
  writes?: (node: N) => readonly string[]
  /** Variables that the node reads. */
  reads?: (node: N) => ReadonlyArray<{ pointer: string, variable: string }>
  check?: (node: N) => readonly NodeFinding[]
}
