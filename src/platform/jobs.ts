/** Ticks: work that comes back by the clock, done by one node at a time. */
import cron from 'node-cron'
import type { Sql } from './database/sql.ts'
import type { Log } from './log.ts'

export interface Job {
  name: string
  /** Cron expression of five fields, in the hotline's zone. */
  schedule: string
  run: () => Promise<void>
}

export interface JobsDependencies {
  sql: Sql
  timeZone: string
  log: Log
}

/**
 * Runs each job now and then on its schedule. Several nodes share a database: who does not get the job's advisory lock
 * leaves it to the other. A job that fails says so and comes again.
 */
export function startJobs (jobs: readonly Job[], { sql, timeZone, log }: JobsDependencies): { stop: () => Promise<void> } {
  const running = new Set<Promise<void>>()

  async function run (job: Job): Promise<void> {
    try {
      await sql.begin(async transaction => {
        // The transaction only holds the lock, for as long as the job takes, and that may be long.
        await transaction`set local idle_in_transaction_session_timeout = 0`
        const [row] = await transaction<Array<{ mine: boolean }>>`select pg_try_advisory_xact_lock(hashtext(${'job:' + job.name})) as mine`
        if (row?.mine === true) await job.run()
      })
    } catch (error) {
      log.error({ job: job.name, err: error }, 'job failed')
    }
  }

  function tick (job: Job): void {
    const done = run(job).finally(() => { running.delete(done) })
    running.add(done)
  }

  const tasks = jobs.map(job => cron.schedule(job.schedule, () => { tick(job) }, { timezone: timeZone, name: job.name, noOverlap: true }))
  for (const job of jobs) tick(job)
  return {
    /** Stops the ticks and waits for what runs. */
    async stop () {
      for (const task of tasks) await task.destroy()
      await Promise.all(running)
    }
  }
}
