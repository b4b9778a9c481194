/**
 * `npm run bench`, `npm run bench -- --long`, `npm run bench -- --only acd,pop`. Prints the table with the machine, and
 * writes the same as JSON to var/bench/result.json. The exit status is 1 when a bar was missed or a bench failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { holdsBar, machine, root, runBench, type Bench, type Row } from './frame.ts'
import { table } from './table.ts'

/** Cheap ones first. Loaded when they run, so that one that cannot be loaded does not keep the others from running. */
const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  acd: () => import('./acd.ts'),
  ivr: () => import('./ivr.ts'),
  journal: () => import('./journal.ts'),
  pop: () => import('./pop.ts'),
  calls: () => import('./calls.ts')
}

const { values: { long, only, help } } = parseArgs({ options: { long: { type: 'boolean', default: false }, only: { type: 'string' }, help: { type: 'boolean', default: false } } })
const names = only === undefined ? Object.keys(benches) : only.split(',')
const unknown = names.filter(name => benches[name] === undefined)
if (help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no bench is called ${unknown.join(', ')}`)
  console.error(`npm run bench -- [--long] [--only ${Object.keys(benches).join(',')}]`)
  process.exit(help ? 0 : 2)
}

const began = performance.now()
const on = machine()
const size = long ? 'long' : 'short'
const results: Array<{ bench: string, title: string, rows: Row[], seconds: number, failure?: string }> = []
for (const name of names) {
  const started = performance.now()
  const seconds = () => Math.round((performance.now() - started) / 1000)
  console.error(`── ${name}`)
  try {
    const { bench } = await (benches[name] as () => Promise<{ bench: Bench }>)()
    const rows = await runBench(bench, size, line => { console.error(`   ${line}`) })
    results.push({ bench: name, title: bench.title, rows, seconds: seconds() })
  } catch (error) {
    console.error(error)
    results.push({ bench: name, title: name, rows: [], seconds: seconds(), failure: String(error) })
  }
}

console.log(`\n${on.cpu}, ${on.cores} cores, ${on.memoryGb} GB; ${on.system}, Node ${on.node}; load before: ${on.load}; ${size} form, ${Math.round((performance.now() - began) / 1000)} s`)
for (const { title, rows, failure, seconds } of results) {
  console.log(`\n### ${title} (${seconds} s)\n`)
  console.log(failure === undefined ? table(rows) : `FAILED: ${failure}`)
}
mkdirSync(join(root, 'var/bench'), { recursive: true })
writeFileSync(join(root, 'var/bench/result.json'), JSON.stringify({ machine: on, size, results }, undefined, 2))
const missed = results.flatMap(({ rows }) => rows).filter(row => holdsBar(row) === false)
if (missed.length > 0) console.log(`\nbars missed: ${missed.map(({ name }) => name).join('; ')}`)
process.exitCode = missed.length > 0 || results.some(({ failure }) => failure !== undefined) ? 1 : 0
