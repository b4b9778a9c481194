/** The server process: reads its configuration, serves, and stops gracefully. Calls outlive it in the phone system. */
import { flushCompileCache } from 'node:module'
import { createApp } from './app.ts'
import { ConfigError, readConfig, type Config } from './platform/config.ts'
import { createLog } from './platform/log.ts'
import { SecretsError } from './platform/secrets.ts'

/** A stop that takes longer is cut short: the next process finds everything where it stands. */
const STOP_MS = 12_000

process.umask(0o077)
const config = configuration()
const log = createLog({ level: config.logLevel, component: 'server' })

function configuration (): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    return fail(error)
  }
}

function fail (error: unknown): never {
  const clear = error instanceof ConfigError || error instanceof SecretsError
  process.stderr.write(`${clear ? error.message : (error as Error).stack ?? String(error)}\n`)
  process.exit(1)
}

process.on('unhandledRejection', error => { log.error({ err: error }, 'a rejection that nobody handled') })

try {
  const app = await createApp(config, log)
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      log.info({ signal }, 'stopping')
      setTimeout(() => { process.exit(1) }, STOP_MS).unref()
      app.close().then(() => { process.exit(0) }, (error: unknown) => {
        log.error({ err: error }, 'not stopped cleanly')
        process.exit(1)
      })
    })
  }
  await app.listen()
  log.info({ port: config.serverPort }, 'serving')
  // Else it is written at the exit, which a kill never reaches.
  flushCompileCache()
} catch (error) {
  fail(error)
}
