/**
 * Real PostgreSQL for tests. One instance serves a test file; each database is cloned from a migrated template, which takes
 * some tens of milliseconds.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startPostgres, type RunningPostgres } from '../../src/launcher/postgres.ts'
import { createDatabase, createSql, type Database, type Sql } from '../../src/platform/database/client.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createLog } from '../../src/platform/log.ts'
import { createPersonalData, type PersonalData } from '../../src/platform/personal-data.ts'
import { loadSecrets } from '../../src/platform/secrets.ts'

export interface TestPostgres {
  dir: string
  password: string
  running: RunningPostgres
  /** Starts it again in its folder on its port, after it was stopped or killed. */
  restart: () => Promise<void>
  /** A fresh migrated database and a pool on it, closed when `t` ends. */
  database: (t: Test) => Promise<TestDatabase>
}

export interface TestDatabase {
  url: string
  sql: Sql
  /** The pool with its heartbeat, as the server has it. */
  open: () => Promise<Database>
}

/** Starts PostgreSQL for this test file; it is stopped and removed when `t` ends. */
export async function testPostgres (t: Test): Promise<TestPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-database-'))
  const password = 'only-for-tests'
  const postgres: { running: RunningPostgres, port: number } = { running: await startPostgres({ dir, password }), port: 0 }
  postgres.port = postgres.running.port
  t.teardown(async () => {
    await postgres.running.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const admin = postgres.running.url
  const template = new URL(admin)
  template.pathname = '/hotline_template'
  await run(admin, 'create database hotline_template')
  await migrate(template.href)
  let made = 0
  return {
    dir,
    password,
    get running () { return postgres.running },
    async restart () {
      postgres.running = await startPostgres({ dir, password, port: postgres.port })
    },
    async database (test) {
      made += 1
      const url = new URL(admin)
      url.pathname = `/hotline_${made}`
      await run(admin, `create database hotline_${made} template hotline_template`)
      const sql = createSql({ url: url.href, name: 'test', max: 4 })
      test.teardown(async () => { await sql.end() })
      return {
        url: url.href,
        sql,
        async open () {
          const database = createDatabase({ url: url.href, clock: createSystemClock(), log: silent() })
          test.teardown(async () => { await database.close() })
          if (!await database.ready(10_000)) throw new Error('the database does not answer')
          return database
        }
      }
    }
  }
}

async function run (url: string, statement: string): Promise<void> {
  const sql = createSql({ url, name: 'test-admin', max: 1 })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

/** A log that says nothing. */
export function silent () {
  return createLog({ level: 'silent', component: 'test' })
}

/** Sealing with keys of its own. */
export function testPersonalData (t: Test): PersonalData {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-secrets-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  return createPersonalData(loadSecrets(join(dir, 'secrets.json')))
}
