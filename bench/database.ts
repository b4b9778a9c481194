/** A PostgreSQL of the bench's own, migrated, as `npm start` runs it. */
import { join } from 'node:path'
import { startPostgres, type RunningPostgres } from '../src/launcher/postgres.ts'
import { createLog, type Log } from '../src/platform/log.ts'
import { migrate } from '../src/platform/database/migrate.ts'
import { createPersonalData, type PersonalData } from '../src/platform/personal-data.ts'
import { loadSecrets } from '../src/platform/secrets.ts'
import type { BenchContext } from './frame.ts'

/** A log that says nothing. */
export function silent (): Log {
  return createLog({ level: 'silent', component: 'bench' })
}

export async function benchPostgres ({ scratch, undo, report }: BenchContext): Promise<{ running: RunningPostgres, url: string, personalData: PersonalData, secretsFile: string }> {
  const running = await startPostgres({ dir: join(scratch, 'postgres'), password: 'only-for-benches', report })
  undo(async () => { await running.stop() })
  await migrate(running.url)
  const secretsFile = join(scratch, 'secrets.json')
  return { running, url: running.url, personalData: createPersonalData(loadSecrets(secretsFile)), secretsFile }
}
