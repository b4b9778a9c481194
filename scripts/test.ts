/**
 * Runs the test files, each in a process of its own, and ends with the line `N passed, N failed` (assertions).
 * Arguments are parts of paths: only files that contain one of them run. The exit status is 0 only when all passed.
 *
 * Pure and database tests run two at a time; those on a real Asterisk or Chromium measure time and run alone.
 * What each file said is kept in test-output/; of a failed one it is shown. A file gets a temporary folder of its own, and
 * fails when it leaves a process running that belongs to it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Parser } from 'tap-parser'

const root = resolve(import.meta.dirname, '..')
const output = resolve(root, 'test-output')

/** Long ones first, so that no core idles at the end of a lane. */
const lanes = [
  { patterns: ['simulation/**', 'integration/!(launcher)', 'unit/**'], jobs: 2 },
  { patterns: ['integration/launcher', 'telephony/**', 'browser/**'], jobs: 1 }
]

/** A simulation of a hundred thousand calls is work for minutes; anything else that takes so long hangs. */
function patience (file: string): number {
  return file.includes('/simulation/') ? 900_000 : 450_000
}

interface Outcome { file: string, passed: number, failed: number, skipped: string[], seconds: number, shown: string[] }

const running = new Set<ChildProcess>()

/** To a process, or with a negative id to its group; one that is gone needs none. */
function signal (pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Ends a test file with all that it started: politely first, so that it can put its Asterisk away. */
function end (child: ChildProcess): void {
  signal(-(child.pid as number), 'SIGTERM')
  const harder = setTimeout(() => signal(-(child.pid as number), 'SIGKILL'), 15_000)
  child.once('exit', () => clearTimeout(harder))
}

/** Processes whose command line or environment names the folder, with their command line. */
function processesOf (folder: string): Array<{ pid: number, command: string }> {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap(name => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return (command + readFileSync(`/proc/${name}/environ`, 'utf8')).includes(folder) ? [{ pid: Number(name), command }] : []
    } catch (error) {
      // It has just ended, or is another user's.
      if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
      throw error
    }
  })
}

/** Ends what a test file left running, and says what it was. Programs that are just ending get 3 s for it. */
async function sweep (folder: string): Promise<string[]> {
  for (let tries = 0; tries < 30 && processesOf(folder).length > 0; tries++) await delay(100)
  return processesOf(folder).map(({ pid, command }) => {
    signal(pid, 'SIGKILL')
    return `left running: ${pid} ${command.slice(0, 200)}`
  })
}

/** Counts assertions, at any depth, but not the lines that close a subtest. */
function count (outcome: Outcome): Parser {
  const parser = new Parser()
  const watch = (parser: Parser) => {
    parser.on('child', watch)
    parser.on('assert', (point: { ok: boolean, closingTestPoint: boolean, skip: unknown, todo: unknown, fullname: string, name: string }) => {
      if (point.skip !== false || point.todo !== false) outcome.skipped.push(`${point.fullname} ${point.name}`)
      else if (!point.ok && !point.closingTestPoint) outcome.failed++
      else if (point.ok && !point.closingTestPoint) outcome.passed++
    })
  }
  watch(parser)
  return parser
}

async function runFile (file: string, timeoutMs: number): Promise<Outcome> {
  const outcome: Outcome = { file, passed: 0, failed: 0, skipped: [], seconds: 0, shown: [] }
  const started = performance.now()
  const name = file.replaceAll('/', '-').replace(/\.ts$/, '')
  const log = createWriteStream(resolve(output, `${name}.tap`))
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hotline-test-')))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a session of its own, so that all it started can be ended with it.
    detached: true,
    // tap gives up a little earlier than we do, and says which test it was.
    env: { ...process.env, TMPDIR: folder, HOTLINE_TEST_LOG: resolve(output, `${name}.log`), TAP_TIMEOUT: String(timeoutMs / 1000 - 15) }
  })
  running.add(child)
  const parser = count(outcome)
  let timedOut = false
  const timer = setTimeout(() => { timedOut = true; end(child) }, timeoutMs)
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      log.write(text)
      if (stream === child.stdout) parser.write(text)
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts.filter(line => !/^\s*(ok \d+|\d+\.\.\d+|TAP version|#|$)/.test(line)))
      if (lines.length > 400) lines.splice(200, lines.length - 400, '   (… the rest is in test-output/ …)')
    })
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  clearTimeout(timer)
  const left = await sweep(folder)
  rmSync(folder, { recursive: true, force: true })
  running.delete(child)
  parser.end()
  log.end()
  await finished(log)
  outcome.seconds = (performance.now() - started) / 1000
  if (timedOut) lines.push(`not done after ${timeoutMs / 1000} s: ended`)
  if ((code !== 0 || timedOut || outcome.passed === 0) && outcome.failed === 0) {
    outcome.failed = 1
    lines.push(outcome.passed === 0 ? 'no assertion was made' : '', `exit status ${code ?? signal}`)
  }
  outcome.failed += left.length
  lines.push(...left)
  if (outcome.failed > 0) outcome.shown = lines
  return outcome
}

function report ({ file, passed, failed, skipped, seconds, shown }: Outcome): void {
  console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${file}  ${passed} passed${failed === 0 ? '' : `, ${failed} FAILED`}, ${seconds.toFixed(1)} s`)
  for (const name of skipped) console.log(`     skipped: ${name}`)
  for (const line of shown) console.log(`     ${line}`)
}

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    for (const child of running) end(child)
    process.exitCode = 1
  })
}

const wanted = process.argv.slice(2)
rmSync(output, { recursive: true, force: true })
mkdirSync(output)
const outcomes: Outcome[] = []
for (const { patterns, jobs } of lanes) {
  const files = patterns.flatMap(pattern => globSync(`test/${pattern.replace('**', '**/*')}.test.ts`, { cwd: root }).sort())
    .filter(file => wanted.length === 0 || wanted.some(part => file.includes(part)))
  const next = async (): Promise<void> => {
    for (let file = files.shift(); file !== undefined && process.exitCode === undefined; file = files.shift()) {
      console.log(`     ${file} ...`)
      const outcome = await runFile(file, patience(file))
      outcomes.push(outcome)
      report(outcome)
    }
  }
  await Promise.all(Array.from({ length: jobs }, next))
}

const sum = (key: 'passed' | 'failed') => outcomes.reduce((total, outcome) => total + outcome[key], 0)
const failures = outcomes.filter(outcome => outcome.failed > 0)
if (outcomes.length === 0) console.log(`No test file matches ${wanted.join(' ')}`)
for (const { file } of failures) console.log(`failed: ${file}`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
if (failures.length > 0 || outcomes.length === 0) process.exitCode = 1
