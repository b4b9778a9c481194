/** From checked files to flows that calls can take: each with a version of its own, or in its place the last good one. */
import { createHash } from 'node:crypto'
import { callsOf, checkFlow, type Known } from './core/check.ts'
import { finding, type Finding } from './core/finding.ts'
import type { CompiledFlow, FlowFile } from './core/flow.ts'
import { graphOf, summaryOf, type Summary } from './core/graph.ts'

/** Part of each version: raise it when the same file comes to mean something else. */
const MEANING = 1

export interface CompileInput {
  /** Files that passed the schema, by name of the flow. */
  files: ReadonlyMap<string, FlowFile>
  /** Names of all files, also of those that did not. */
  flowNames: ReadonlySet<string>
  prompts: ReadonlySet<string>
  skillGroups: ReadonlySet<string>
  /** What calls take so far, by name. */
  last: ReadonlyMap<string, CompiledFlow>
  /** Any accepted version. */
  get: (name: string, version: string) => CompiledFlow | undefined
}

/** Flows for each name that has a good file or a last good version, and what is wrong with the others. */
export function compile (input: CompileInput): { flows: Map<string, CompiledFlow>, findings: Finding[] } {
  const flows = new Map<string, CompiledFlow>()
  const findings: Finding[] = []
  const summaries = new Map<string, Summary>()
  const recursive = recursionOf(input.files)
  for (const [name, pointer] of recursive) {
    findings.push(finding(`${name}.json`, pointer, { zh: `流程 ${name} 间接或直接调用了自己`, en: `the flow ${name} calls itself, directly or through others` }, { zh: '不构成循环的调用', en: 'calls that do not go round' }))
  }

  /** The summary of an accepted flow, together with those it is bound to. */
  const summaryFor = (flow: CompiledFlow): Summary => {
    const key = `${flow.name}@${flow.version}`
    const known = summaries.get(key)
    if (known !== undefined) return known
    const called = new Map<string, Summary>()
    for (const [name, version] of Object.entries(flow.subFlows)) {
      const sub = input.get(name, version) ?? flows.get(name)
      if (sub !== undefined) called.set(name, summaryFor(sub))
    }
    const summary = summaryOf(flow.file, graphOf(flow.file, called))
    summaries.set(key, summary)
    return summary
  }

  const done = new Set<string>()
  const visit = (name: string): CompiledFlow | undefined => {
    if (done.has(name)) return flows.get(name)
    done.add(name)
    const file = recursive.has(name) ? undefined : input.files.get(name)
    const flow = file === undefined ? undefined : accept(name, file)
    const chosen = flow ?? input.last.get(name)
    if (chosen !== undefined) flows.set(name, chosen)
    return chosen
  }
  const accept = (name: string, file: FlowFile): CompiledFlow | undefined => {
    const subFlows = new Map<string, { flow: CompiledFlow, summary: Summary }>()
    for (const called of callsOf(file).keys()) {
      const sub = visit(called)
      if (sub !== undefined) subFlows.set(called, { flow: sub, summary: summaryFor(sub) })
    }
    const known: Known = { prompts: input.prompts, skillGroups: input.skillGroups, flowNames: input.flowNames, subFlows }
    const checked = checkFlow(`${name}.json`, file, known)
    if (checked.findings.length > 0) {
      findings.push(...checked.findings)
      return undefined
    }
    const versions = Object.fromEntries([...subFlows].map(([called, { flow }]) => [called, flow.version]).sort())
    return { name, version: versionOf(file, versions), file, subFlows: versions }
  }
  for (const name of input.flowNames) visit(name)
  return { flows, findings }
}

/** The version of a flow: 16 hex digits of the SHA-256 of its content and of the versions it calls. */
export function versionOf (file: FlowFile, subFlows: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify([MEANING, file, subFlows])).digest('hex').slice(0, 16)
}

/** Flows that call themselves in the end, with the pointer of the call that begins the round. */
function recursionOf (files: ReadonlyMap<string, FlowFile>): Map<string, string> {
  const calls = new Map([...files].map(([name, file]) => [name, callsOf(file)]))
  const found = new Map<string, string>()
  for (const [name, direct] of calls) {
    for (const [called, pointer] of direct) {
      const reached = new Set([called])
      for (const each of reached) for (const next of calls.get(each)?.keys() ?? []) reached.add(next)
      if (reached.has(name) && !found.has(name)) found.set(name, pointer)
    }
  }
  return found
}
