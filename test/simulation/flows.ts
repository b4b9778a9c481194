/** The flows that the product ships, as the interpreter takes them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompiledFlow, FlowFile, FlowLibrary } from '../../src/ivr/core/flow.ts'

const FOLDER = join(import.meta.dirname, '../../ivr-flows')

export function shippedFlows (): FlowLibrary {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as FlowFile)
  const versions = Object.fromEntries(files.map(({ name }) => [name, '1']))
  const flows = new Map<string, CompiledFlow>(files.map((file) => [file.name, { name: file.name, version: '1', file, subFlows: versions }]))
  return { get: (name, version = '1') => version === '1' ? flows.get(name) : undefined }
}
