/** What the two commands share: the passphrase asked for without showing it, progress, and ends in one sentence. */
import { resolve } from 'node:path'
import { ConfigError } from '../platform/config.ts'
import { MigrationError } from '../platform/database/migrate.ts'
import { DatabaseAway, DatabaseRefusal } from '../platform/database/errors.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import { SecretsError } from '../platform/secrets.ts'
import type { Clock } from '../kernel/clock.ts'

/** Asks for a line without showing it; undefined where nobody sits. */
export async function askSecretly (question: string): Promise<string | undefined> {
  const { stdin, stderr } = process
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  stderr.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  let typed = ''
  try {
    return await new Promise<string>((resolve, reject) => {
      stdin.on('data', (text: string) => {
        for (const key of text) {
          if (key === '\r' || key === '\n') return resolve(typed)
          if (key === '\u0003') return reject(new OperatorError('Stopped.', '已停止。'))
          typed = key === '\u007f' ? typed.slice(0, -1) : typed + key
        }
      })
    })
  } finally {
    stdin.removeAllListeners('data').setRawMode(false).pause()
    stderr.write('\n')
  }
}

/** Lines with the seconds since the start. */
export function progress (clock: Clock): (line: string) => void {
  const began = clock.now()
  return line => { process.stdout.write(`[${((clock.now() - began) / 1000).toFixed(1).padStart(6)} s] ${line}\n`) }
}

/** A path as it was meant where npm was called: npm runs scripts in the project's folder. */
export function namedPath (path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
}

/** Ends the program: with one sentence where the operator can mend it, with the whole story where only a programmer can. */
export function fail (what: string, error: unknown): never {
  const clear = [OperatorError, ConfigError, SecretsError, MigrationError, DatabaseAway, DatabaseRefusal].some(kind => error instanceof kind)
  process.stderr.write(`\n${what}: ${clear ? (error as Error).message : (error as Error).stack ?? String(error)}\n`)
  process.exit(1)
}
