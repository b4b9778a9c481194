/** Reads a folder of flow files and its prompts. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowFile } from './core/flow.ts'
import type { Finding } from './core/finding.ts'
import { readFlow } from './schema.ts'

export interface ReadFolder {
  files: Map<string, FlowFile>
  flowNames: Set<string>
  findings: Finding[]
  /** Adds line and column to a finding of one of the files. */
  locate: (finding: Finding) => Finding
}

/** Paths of the flow files of `folder`: every `*.json` but schemas. Rejects when the folder cannot be read. */
export async function flowFilesIn (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter(entry => !entry.isDirectory() && entry.name.endsWith('.json') && !entry.name.endsWith('.schema.json') && !entry.name.startsWith('.'))
    .map(entry => join(folder, entry.name))
    .sort()
}

/** Reads files as far as the schema goes. A file that vanished meanwhile is passed over; any other failure to read is a finding. */
export async function readFlows (paths: readonly string[]): Promise<ReadFolder> {
  const files = new Map<string, FlowFile>()
  const flowNames = new Set<string>()
  const findings: Finding[] = []
  const locators = new Map<string, (finding: Finding) => Finding>()
  for (const path of paths) {
    const fileName = path.slice(path.lastIndexOf('/') + 1)
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error)
      if (code === 'ENOENT') continue
      flowNames.add(fileName.replace(/\.json$/, ''))
      findings.push({ file: fileName, pointer: '', problem: { zh: `文件无法读取（${code}）`, en: `the file cannot be read (${code})` }, wanted: { zh: '服务器可读的文件', en: 'a file that the server may read' } })
      continue
    }
    const name = fileName.replace(/\.json$/, '')
    flowNames.add(name)
    const read = readFlow(fileName, text)
    findings.push(...read.findings)
    locators.set(fileName, read.locate)
    if (read.flow !== undefined) files.set(name, read.flow)
  }
  return { files, flowNames, findings, locate: each => locators.get(each.file)?.(each) ?? each }
}

/** Prompts that exist as `{zh,en}/NAME.wav` below `folder`. A missing language folder holds none. */
export async function promptsIn (folder: string): Promise<Set<string>> {
  const prompts = new Set<string>()
  for (const language of ['zh', 'en']) {
    let names: string[]
    try {
      names = await readdir(join(folder, language))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw error
    }
    for (const name of names) if (name.endsWith('.wav')) prompts.add(`${language}/${name.slice(0, -4)}`)
  }
  return prompts
}
