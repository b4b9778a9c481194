/**
 * A flow as data: what a flow file holds once it passed the schema and the graph check.
 * Each node type has its own file in nodes/, with its fields, its schema and its behaviour.
 */
import type { PlayNode } from './nodes/play.ts'
import type { MenuNode } from './nodes/menu.ts'
import type { CollectNode } from './nodes/collect.ts'
import type { SayNode } from './nodes/say.ts'
import type { BranchNode } from './nodes/branch.ts'
import type { SetNode } from './nodes/set.ts'
import type { QueueNode } from './nodes/queue.ts'
import type { SubFlowNode } from './nodes/sub-flow.ts'
import type { HangUpNode } from './nodes/hang-up.ts'

export type Language = 'zh' | 'en'

/** Where an edge leads: the id of a node of the same flow, or `@return`: back to the flow that called this one. */
export type Target = string

/** The target that ends a sub-flow. */
export const RETURN = '@return'

export type FlowNode =
  | PlayNode | MenuNode | CollectNode | SayNode | BranchNode | SetNode | QueueNode | SubFlowNode | HangUpNode

export interface FlowFile {
  $schema?: string
  /** The file's name without `.json`. */
  name: string
  /** For people. */
  title: string
  description?: string
  /** `main`: a call may begin here. `sub`: only called by another flow, and may use `@return`. */
  kind: 'main' | 'sub'
  /** Language of spoken numbers, and of the queue unless its node says otherwise. */
  language: Language
  start: string
  /** The node that leads to a human: where a menu goes with `directToAgent`, and a lone 0 in a digits field. */
  agent: string
  /** Skips every menu of this flow and goes to `agent` instead; announcements before it are still heard. */
  directToAgent?: boolean
  /** Variables and their values at the beginning. */
  variables?: Readonly<Record<string, string>>
  nodes: Readonly<Record<string, FlowNode>>
}

/** An accepted flow. Its version stands for its own content and for that of all the flows that it calls. */
export interface CompiledFlow {
  name: string
  version: string
  file: FlowFile
  /** Versions of the flows that its nodes call, by name. */
  subFlows: Readonly<Record<string, string>>
}

/** Pure look-up of accepted flows. Without a version: the one that new calls take. Old versions stay known. */
export interface FlowLibrary {
  get: (name: string, version?: string) => CompiledFlow | undefined
}
