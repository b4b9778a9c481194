import { spawn } from 'node:child_process'

export interface RunResult {
  /** Exit status; -1 when the program was ended by a signal, by our time-out too. */
  status: number
  /** The last 64 KB of what it wrote to both outputs. */
  output: string
}

const KEEP = 65_536

/** Runs a program to its end, without a shell. Rejects only when it cannot be executed; it is killed after `timeoutMs` or when `signal` aborts. */
export async function run (command: string, args: readonly string[], options: {
  timeoutMs: number
  cwd?: string
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
}): Promise<RunResult> {
  const signals = [AbortSignal.timeout(options.timeoutMs), ...(options.signal === undefined ? [] : [options.signal])]
  const child = spawn(command, args, {
    cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], signal: AbortSignal.any(signals), killSignal: 'SIGKILL'
  })
  // A program that is left to itself when we end would go on writing.
  const endWithUs = (): void => { child.kill('SIGKILL') }
  process.once('exit', endWithUs)
  child.once('close', () => process.off('exit', endWithUs))
  let output = ''
  const keep = (chunk: Buffer): void => { output = (output + chunk.toString()).slice(-KEEP) }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return await new Promise((resolve, reject) => {
    child.on('error', error => {
      // Our own abort also comes as an error; then `close` follows and tells.
      if (error.name !== 'AbortError' && error.name !== 'TimeoutError') reject(error)
    })
    child.on('close', code => resolve({ status: code ?? -1, output }))
  })
}
