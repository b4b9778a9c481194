/**
 * npm run flows:check [-- FILE...]: checks flow files without a server. Exit status 0: all good, 1: findings, 2: could not check.
 * Without files: the folder of flows. Flows that a file calls are looked for beside it, prompts in `prompts` beside it or in ivr-flows.
 *   --skill-groups a,b,c   skill groups that exist (default: those of the shipped flow)
 *   --prompts FOLDER       where the prompts are
 *   --write-schema         writes flow.schema.json into the folder of flows instead, from the node types
 */
import { existsSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from './compile.ts'
import { describe, type Finding } from './core/finding.ts'
import { flowSchema } from './core/flow-schema.ts'
import { defaultSkillGroups } from './core/skill-groups.ts'
import { flowFilesIn, promptsIn, readFlows } from './folder.ts'

export interface FlowsCheck {
  findings: Finding[]
  /** Names of the flow files that were looked at. */
  checked: string[]
}

/** Checks the files of one folder; of the others in it only what the named ones call counts. */
export async function checkFiles (paths: readonly string[], options: { skillGroups: readonly string[], promptsFolder: string }): Promise<FlowsCheck> {
  const [first] = paths
  if (first === undefined) return { findings: [], checked: [] }
  const beside = await flowFilesIn(dirname(resolve(first)))
  const all = [...new Set([...paths.map(path => resolve(path)), ...beside])]
  const read = await readFlows(all)
  const compiled = compile({
    ...read, prompts: await promptsIn(options.promptsFolder), skillGroups: new Set(options.skillGroups), last: new Map(), get: () => undefined
  })
  const asked = new Set(paths.map(path => basename(path)))
  const findings = [...read.findings, ...compiled.findings.map(read.locate)]
  return { findings: findings.filter(each => asked.has(each.file)), checked: [...asked] }
}

async function main (): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'skill-groups': { type: 'string' }, prompts: { type: 'string' }, 'write-schema': { type: 'boolean' } }
  })
  const folder = process.env.HOTLINE_FLOWS_DIR ?? 'ivr-flows'
  if (values['write-schema'] === true) {
    await writeFile(join(folder, 'flow.schema.json'), schemaText())
    return 0
  }
  const skillGroups = values['skill-groups']?.split(',').filter(Boolean) ?? Object.keys(defaultSkillGroups)
  // npm runs scripts in the project's folder; the files were named from where npm was called.
  const base = process.env.INIT_CWD ?? process.cwd()
  const named = positionals.length === 0 ? [folder] : positionals.map(path => resolve(base, path))
  const paths: string[] = []
  for (const path of named) {
    if (!existsSync(path)) {
      process.stderr.write(`没有这个文件 No such file: ${path}\n`)
      return 2
    }
    paths.push(...statSync(path).isDirectory() ? await flowFilesIn(path) : [path])
  }
  const folders = Map.groupBy(paths, path => dirname(resolve(path)))
  let count = 0
  let files = 0
  for (const [each, inFolder] of folders) {
    const own = join(each, 'prompts')
    const promptsFolder = values.prompts ?? (existsSync(own) ? own : join('ivr-flows', 'prompts'))
    const { findings, checked } = await checkFiles(inFolder, { skillGroups, promptsFolder })
    files += checked.length
    count += findings.length
    for (const finding of findings) process.stdout.write(`${describe(finding)}\n\n`)
  }
  process.stdout.write(count === 0
    ? `${files} 个流程文件检查通过。 ${files} flow file(s) checked, no findings.\n`
    : `${files} 个流程文件中有 ${count} 处错误。 ${count} finding(s) in ${files} flow file(s).\n`)
  return count === 0 ? 0 : 1
}

/** The published schema as it stands in the file. */
export function schemaText (): string {
  return `${JSON.stringify(flowSchema, null, 2)}\n`
}

if (import.meta.main) process.exitCode = await main()
