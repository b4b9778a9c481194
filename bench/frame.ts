/**
 * What all benches share: a row of the table, measuring in turns, the machine, a folder for scratch data.
 *
 * A row sets something of ours against something real that was measured in the same run, so that it says the same on a
 * slow machine and on a fast one. What is compared is measured in turns (ours, theirs, ours, …) and each figure is the
 * median of its rounds: a machine that is busy for a while then disturbs both.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

/** Where a ratio has to lie. */
export type Bar = { atLeast: number } | { atMost: number }

export interface Row {
  name: string
  ours: number
  theirs: number
  /** ours / theirs */
  ratio: number
  unit: string
  /** What `theirs` is. */
  against: string
  bar?: Bar
  note?: string
}

/** `tiny` is for the test that keeps the benches alive: it proves that they run and says nothing about speed. */
export type Size = 'tiny' | 'short' | 'long'

export interface BenchContext {
  size: Size
  /** A folder that is the bench's own and is removed afterwards. */
  scratch: string
  /** Progress, for people; goes to stderr. */
  report: (line: string) => void
  /** Registered undoings run in reverse order when the bench is over, however it ended. */
  undo: (action: () => Promise<void> | void) => void
}

export interface Bench {
  name: string
  title: string
  run: (context: BenchContext) => Promise<Row[]>
}

export function row (name: string, ours: number, theirs: number, unit: string, against: string, more: { bar?: Bar, note?: string } = {}): Row {
  return { name, ours, theirs, ratio: ours / theirs, unit, against, ...more }
}

/** Undefined where a row has no bar. */
export function holdsBar ({ ratio, bar }: Row): boolean | undefined {
  if (bar === undefined) return undefined
  return 'atLeast' in bar ? ratio >= bar.atLeast : ratio <= bar.atMost
}

/** Picks by size. */
export function bySize<T> (size: Size, values: Record<Size, T>): T {
  return values[size]
}

export function median (values: readonly number[]): number {
  return percentile(values, 50)
}

/** The smallest value that at least `percent` of the values do not exceed. */
export function percentile (values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('no values')
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] as number
}

/** Runs each of the subjects once a round, in turns, and gives the median of each over the rounds. */
export async function inTurns<Name extends string> (rounds: number, subjects: Record<Name, () => Promise<number> | number>): Promise<Record<Name, number>> {
  const names = Object.keys(subjects) as Name[]
  const measured = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of names) measured[name].push(await subjects[name]())
  }
  return Object.fromEntries(names.map(name => [name, median(measured[name])])) as Record<Name, number>
}

/** Repeats `work` for at least `ms` and gives how often per second it was done; `work` does `each` of them. */
export async function ratePerSecond (ms: number, each: number, work: () => Promise<void> | void): Promise<number> {
  const began = performance.now()
  let done = 0
  do {
    await work()
    done += each
  } while (performance.now() - began < ms)
  return done / (performance.now() - began) * 1000
}

/** As `ratePerSecond`, but per second of CPU that this process used: for work that only computes, so that neighbours disturb less. */
export async function ratePerCpuSecond (ms: number, each: number, work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage()
  const wall = performance.now()
  let done = 0
  do {
    await work()
    done += each
  } while (performance.now() - wall < ms)
  const { user, system } = process.cpuUsage(before)
  return done / (user + system) * 1e6
}

/** Runs a bench with a folder of its own and undoes all that it set up. */
export async function runBench (bench: Bench, size: Size, report: (line: string) => void): Promise<Row[]> {
  const parent = join(root, 'var/bench')
  mkdirSync(parent, { recursive: true })
  const scratch = mkdtempSync(join(parent, `${bench.name}-`))
  const undoings: Array<() => Promise<void> | void> = [() => { rmSync(scratch, { recursive: true, force: true }) }]
  try {
    return await bench.run({ size, scratch, report: line => { report(`${bench.name}: ${line}`) }, undo: action => { undoings.push(action) } })
  } finally {
    // One that fails must not keep the others from running.
    const failures: unknown[] = []
    for (const undoing of undoings.reverse()) {
      try {
        await undoing()
      } catch (error) {
        failures.push(error)
      }
    }
    for (const failure of failures) report(`${bench.name}: not cleaned up: ${String(failure)}`)
  }
}

export interface Machine { cpu: string, cores: number, memoryGb: number, load: string, system: string, node: string }

/** What the figures were measured on. `load`: of the last minutes, before the run; above nearly nothing, they are rough. */
export function machine (): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' '),
    system: `${execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim()} ${process.arch}`,
    node: process.version
  }
}

/**
 * CPU seconds, user and system, that a process used so far, with all its threads; with `buried` also those of its children
 * that have ended. Undefined when it is gone.
 */
export function cpuSeconds (pid: number, buried = false): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // Fields 14 to 17 of proc(5), in ticks of 1/100 s on Linux.
    return fields.slice(11, buried ? 15 : 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
