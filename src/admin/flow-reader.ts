/** The flows in use, for reading only: they are changed as files (docs/flows.md). */
import type { WatchedFlowLibrary } from '../ivr/library.ts'
import { flowNodes, leadsInto } from './core/flow-view.ts'
import type { FlowsView, FlowView } from './exchange-contract.ts'

export type FlowReader = ReturnType<typeof createFlowReader>

export function createFlowReader ({ library, lastResort }: { library: Pick<WatchedFlowLibrary, 'get' | 'status'>, /** The group of callers whom no flow can help. */ lastResort: string }) {
  return {
    all (): FlowsView {
      const { ok, entry, flows, findings, checkedAt } = library.status()
      return {
        ok,
        entry,
        ...(checkedAt === undefined ? {} : { checkedAt }),
        flows: flows.map(({ name, title, version }) => {
          const file = library.get(name, version)?.file
          return { name, title, version, kind: file?.kind ?? 'main', nodes: Object.keys(file?.nodes ?? {}).length }
        }),
        findings: findings.map(({ file, node, line, problem, wanted }) => ({ file, ...(node === undefined ? {} : { node }), ...(line === undefined ? {} : { line }), problem, wanted }))
      }
    },
    /** The version that new calls take; undefined when there is no such flow. */
    one (name: string): FlowView | undefined {
      const flow = library.get(name)
      if (flow === undefined) return undefined
      const { title, start, agent } = flow.file
      return { name, title, version: flow.version, start, agent, nodes: flowNodes(flow.file) }
    },
    /** Flows that lead into a group, by title. */
    into (groupId: string): string[] {
      const titles = library.status().flows.flatMap(({ name, title }) => {
        const flow = library.get(name)
        return flow !== undefined && leadsInto(flow.file, groupId) ? [title] : []
      })
      return groupId === lastResort ? [...titles, '兜底转人工'] : titles
    }
  }
}
