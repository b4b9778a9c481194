/** Where the hotline's data lie, and its database, whether it runs or not. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { adoptDetached, isAlive, readPidFile } from '../platform/process/detached.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import { loadSecrets } from '../platform/secrets.ts'
import { startPostgres } from '../launcher/postgres.ts'

export type Report = (line: string) => void

/** What stands in the data folder and is copied file by file. */
export const KEPT = ['flow-versions', 'calendar.json'] as const

export function recordingsFolder (config: Config): string {
  return join(config.dataDir, 'recordings')
}

/** The process id of the launcher or another who holds the data folder. */
export function holderOf (dataDir: string): number | undefined {
  const holder = readPidFile(join(dataDir, 'launcher.pid.json'))
  return holder !== undefined && holder.pid !== process.pid && isAlive(holder) ? holder.pid : undefined
}

/** Runs `work` with the database of `config`. The embedded one is started for it, and ended again, when it does not run. */
export async function withDatabase<T> (config: Config, report: Report, work: (url: string) => Promise<T>): Promise<T> {
  if (config.databaseUrl !== undefined) return await work(config.databaseUrl)
  const dir = join(config.dataDir, 'postgres')
  if (!existsSync(join(dir, 'data/PG_VERSION')) || !existsSync(config.secretsFile)) {
    throw new OperatorError(`There is no database in ${config.dataDir} (HOTLINE_DATA_DIR) and no DATABASE_URL: nothing to back up.`, '数据目录中没有数据库,也未设置 DATABASE_URL:没有可备份的数据。')
  }
  if (holderOf(config.dataDir) !== undefined && adoptDetached(join(dir, 'postgres.pid.json')) === undefined) {
    throw new OperatorError('The hotline runs, but its database does not at this moment: try again.', '热线正在运行,但数据库此刻不可用:请重试。')
  }
  if (statSync(dir).uid !== process.getuid?.() && process.getuid?.() !== 0) {
    throw new OperatorError(`${config.dataDir} belongs to another user: run this as the user of the hotline.`, '数据目录属于其他用户:请以运行热线的用户执行。')
  }
  const running = await startPostgres({ dir, password: loadSecrets(config.secretsFile).databasePassword, report })
  try {
    return await work(running.url)
  } finally {
    // A hotline that was started meanwhile has taken it over.
    if (!running.adopted && holderOf(config.dataDir) === undefined) await running.stop()
  }
}
