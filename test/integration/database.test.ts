import t from 'tap'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as accountTables from '../../src/accounts/tables.ts'
import * as agentTables from '../../src/agents/tables.ts'
import * as callTables from '../../src/calls/tables.ts'
import * as departmentTables from '../../src/departments/tables.ts'
import { createSql, isDatabaseAway, type Transaction } from '../../src/platform/database/client.ts'
import { columnsOf, type Table } from '../../src/platform/database/drizzle.ts'
import { migrate, MIGRATIONS, MigrationError } from '../../src/platform/database/migrate.ts'
import { createIds, idBound, idTime } from '../../src/platform/ids.ts'
import { startJobs } from '../../src/platform/jobs.ts'
import type { Log } from '../../src/platform/log.ts'
import * as recordingTables from '../../src/recordings/tables.ts'
import * as rotationTables from '../../src/rotation/tables.ts'
import * as workOrderTables from '../../src/work-orders/tables.ts'
import { testPostgres } from '../support/database.ts'
import { until } from '../support/until.ts'

const postgres = await testPostgres(t)

t.test('values keep their form on the way', async (t) => {
  const { sql } = await postgres.database(t)
  const at = Date.parse('2026-11-23T08:45:20.123Z')
  const [row] = await sql`select ${new Date(at)}::timestamptz as the_time, 9007199254740991::bigint as big_number, null::timestamptz as nothing, ${['咨询', 'b"c']}::text[] as list`
  t.same(row, { theTime: at, bigNumber: 9007199254740991, nothing: null, list: ['咨询', 'b"c'] })
  await sql`insert into installation (key, at) values ('x', ${new Date(at)})`
  t.same(await sql`select at from installation where at >= ${new Date(at)} and at <= ${new Date(at)}`, [{ at }])
})

t.test('tables in the program are the tables of the database', async (t) => {
  const { sql } = await postgres.database(t)
  const tables: Table[] = [accountTables, agentTables, callTables, departmentTables, recordingTables, rotationTables, workOrderTables].flatMap(module => Object.values(module))
  const written = tables.flatMap(columnsOf).sort()
  const rows = await sql<Array<{ relname: string, attname: string, type: string, attnotnull: boolean }>>`
    select relname, attname, format_type(atttypid, atttypmod) as type, attnotnull
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped
      and relname <> 'schema_migrations'`
  t.strictSame(written, rows.map(({ relname, attname, type, attnotnull }) => `${relname}.${attname} ${type}${attnotnull ? ' not null' : ''}`).sort())
})

t.test('a statement over tables fails with what the database says, and without its values', async (t) => {
  const { sql } = await postgres.database(t)
  const { installation } = accountTables
  await sql.db.insert(installation).values({ key: '13800000001', at: 0 })
  const error = await sql.db.insert(installation).values({ key: '13800000001', at: 0 }).then(() => undefined, (error: unknown) => error)
  t.match(error, { name: 'DatabaseRefusal', code: '23505', constraint: 'installation_pkey' })
  t.notMatch(JSON.stringify([error, String(error), (error as Error).stack, Object.values(error as object)]), /13800000001/)
  await t.rejects(sql`select ${'13800000001'}::integer / 0`, { code: '22003' })
})

t.test('a transaction: all or nothing, also when its connection is lost', async (t) => {
  const { sql } = await postgres.database(t)
  const { installation } = accountTables
  const keys = async () => (await sql.db.select({ key: installation.key }).from(installation)).map(row => row.key).sort()
  await t.rejects(sql.begin(async ({ db }) => {
    await db.insert(installation).values({ key: 'rolled-back', at: 0 })
    throw new Error('changed its mind')
  }), { message: 'changed its mind' })
  t.same(await keys(), [])

  const pidOf = async (transaction: Transaction) => (await transaction<Array<{ pid: number }>>`select pg_backend_pid() as pid`)[0]?.pid ?? 0
  const outcome = await sql.begin(async (transaction) => {
    await transaction.db.insert(installation).values({ key: 'before', at: 0 })
    process.kill(await pidOf(transaction), 'SIGTERM')
    await until('the connection is lost', async () => await transaction`select 1`.then(() => false, isDatabaseAway))
    await transaction.db.insert(installation).values({ key: 'after', at: 0 })
  }).then(() => undefined, (error: unknown) => error)
  t.match(outcome, { name: 'DatabaseAway' })
  t.same(await keys(), [], 'nothing of it was stored, also not what came after the loss')

  let kept: Transaction | undefined
  await sql.begin(async (transaction) => { kept = transaction })
  await t.rejects((kept as unknown as Transaction)`select 1`, /after the end of its transaction/)
})

t.test('statements and transactions under way when PostgreSQL is killed all come to an end, again and again', async (t) => {
  const made = await postgres.database(t)
  const database = await made.open()
  const { sql } = database
  const { installation } = accountTables
  let key = 0
  const stop = new AbortController()
  const told = { done: 0, away: 0 }
  const committed: string[] = []
  const others: unknown[] = []
  const work = async (one: () => Promise<unknown>) => {
    while (!stop.signal.aborted) {
      const error = await one().then(() => undefined, (error: unknown) => error)
      if (error === undefined) told.done += 1
      else if (isDatabaseAway(error)) told.away += 1
      else others.push(error)
      if (error !== undefined) await until('the database answers', () => database.up || stop.signal.aborted, { timeoutMs: 60_000 })
    }
  }
  const workers = Array.from({ length: 6 }, (_, worker) => work(worker % 2 === 0
    ? async () => await sql`select pg_sleep(0.001)`
    : async () => {
      const own = `k${key++}`
      await sql.begin(async (transaction) => {
        await transaction.db.insert(installation).values({ key: `${own}a`, at: 0 })
        await Promise.all([transaction`select 1`, transaction.db.insert(installation).values({ key: `${own}b`, at: 0 })])
      })
      committed.push(own)
    }))
  for (let round = 0; round < 3; round++) {
    const { done, away } = told
    await until('work is done', () => told.done > done + 50)
    postgres.running.kill('SIGKILL')
    await until('it is missed', () => told.away > away)
    await postgres.restart()
  }
  const { done } = told
  await until('work is done again', () => told.done > done + 50, { timeoutMs: 20_000 })
  stop.abort()
  await Promise.all(workers)
  t.same(others, [], 'no other errors')
  const stored = new Set((await sql.db.select({ key: installation.key }).from(installation)).map(row => row.key))
  t.same(committed.filter(own => !stored.has(`${own}a`) || !stored.has(`${own}b`)), [], 'what was committed is there')
  t.same([...stored].filter(one => !stored.has(one.endsWith('a') ? one.replace(/a$/, 'b') : one.replace(/b$/, 'a'))), [], 'nothing is there by halves')
})

t.test('migrations: once, together, unchanged, not from the future', async (t) => {
  const { url, sql } = await postgres.database(t)
  t.same(await migrate(url), [], 'nothing is missing in the template')
  const dir = mkdtempSync(join(tmpdir(), 'hotline-migrations-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  cpSync(MIGRATIONS, dir, { recursive: true })
  const count = readdirSync(dir).length
  const next = (ahead: number) => String(count + ahead).padStart(4, '0')
  writeFileSync(join(dir, `${next(1)}-one.sql`), 'create table one (id integer); insert into one values (1)')
  const [first, second] = await Promise.all([migrate(url, dir), migrate(url, dir)])
  t.same([...first, ...second], [`${next(1)}-one.sql`], 'two servers apply it once')
  await t.rejects(migrate(url), { name: 'MigrationError', message: /newer/ })
  writeFileSync(join(dir, `${next(2)}-two.sql`), 'insert into one values (2); insert into nowhere values (1)')
  await t.rejects(migrate(url, dir), MigrationError)
  t.same(await sql`select * from one`, [{ id: 1 }], 'a failed one leaves nothing')
  writeFileSync(join(dir, `${next(1)}-one.sql`), 'select 1')
  await t.rejects(migrate(url, dir), { message: /changed/ })
  writeFileSync(join(dir, `${next(9)}-gap.sql`), 'select 1')
  await t.rejects(migrate(url, dir), { message: /without gaps/ })
})

t.test('calls go to the partition of their month, also when it comes late', async (t) => {
  const { sql } = await postgres.database(t)
  let now = Date.parse('2026-10-31T23:59:59.999Z')
  const id = createIds({ now: () => now, at: () => () => {} })
  const october = id()
  now += 1
  const november = id()
  t.equal(idTime(november), now)
  t.ok(idBound(now) <= november && idBound(now) > october)
  for (const call of [october, november]) {
    await sql`insert into calls (id, area_code, unit_id, started_at) values (${call}, '640100', 'hotline', ${new Date(idTime(call))})`
    await sql`insert into call_events (call_id, seq, at, type, data, facts, area_code, unit_id) values (${call}, 1, ${new Date(idTime(call))}, 'arrived', '{}', '{}', '640100', 'hotline')`
  }
  const where = async () => (await sql<Array<{ part: string }>>`select tableoid::regclass::text as part from calls order by id`).map(row => row.part)
  t.same(await where(), ['calls_default', 'calls_default'])
  await sql`select ensure_partitions(${new Date('2026-10-15T00:00:00Z')}, 3)`
  await sql`select ensure_partitions(${new Date('2026-10-15T00:00:00Z')}, 3)`
  t.same(await where(), ['calls_202610', 'calls_202611'])
  t.same(await sql`select tableoid::regclass::text as part from call_events order by call_id`, [{ part: 'call_events_202610' }, { part: 'call_events_202611' }])
  await t.rejects(sql`insert into call_events (call_id, seq, at, type, data, facts, area_code, unit_id) values (${november}, 1, ${new Date(now)}, 'arrived', '{}', '{}', '640100', 'hotline')`, { code: '23505' })
})

t.test('the audit cannot be changed', async (t) => {
  const { sql } = await postgres.database(t)
  const [row] = await sql`insert into audit_log (id, at, actor_id, action, subject, address, area_code, unit_id)
    values (gen_random_uuid(), now(), 'admin', 'user.create', 'user:1001', '127.0.0.1', '640100', 'hotline') returning id`
  await t.rejects(sql`update audit_log set actor_id = 'other' where id = ${row?.id}`, { code: '42501' })
  await t.rejects(sql`delete from audit_log`, { code: '42501' })
  await t.rejects(sql`truncate audit_log`, { code: '42501' })
})

t.test('a database that hangs or dies fails queries within seconds, and is found again', async (t) => {
  const made = await postgres.database(t)
  const database = await made.open()
  const changes: boolean[] = []
  database.onChange(up => changes.push(up))
  const { pid } = (await made.sql<Array<{ pid: number }>>`select pg_backend_pid() as pid`)[0] ?? { pid: 0 }
  t.ok(pid > 0)

  const backends = await database.sql.begin(async (transaction) => {
    const rows = await transaction<Array<{ pid: number }>>`select pid from pg_stat_activity where application_name like 'hotline%'`
    return rows.map(row => row.pid)
  })
  for (const backend of backends) process.kill(backend, 'SIGSTOP')
  process.kill(postgres.running.pid, 'SIGSTOP')
  try {
    const failed = await database.sql`select 1`.then(() => undefined, (error: unknown) => error)
    t.ok(isDatabaseAway(failed), `fails as away: ${String(failed)}`)
    t.notOk(database.up)
  } finally {
    process.kill(postgres.running.pid, 'SIGCONT')
    for (const backend of backends) process.kill(backend, 'SIGCONT')
  }
  await until('it answers again', () => database.up, { timeoutMs: 15_000 })

  postgres.running.kill('SIGKILL')
  await until('it is missed', () => !database.up, { timeoutMs: 15_000 })
  const failed = await database.sql`select 1`.then(() => undefined, (error: unknown) => error)
  t.ok(isDatabaseAway(failed), `fails as away: ${String(failed)}`)
  await postgres.restart()
  await until('it answers again', () => database.up, { timeoutMs: 15_000 })
  t.same(await database.sql`select 1 as one`, [{ one: 1 }])
  t.same(changes, [false, true, false, true])
})

t.test('a job that takes longer than a statement may holds its lock to its end, and nobody else does it meanwhile', async (t) => {
  const { url } = await postgres.database(t)
  const statementMs = 200
  const sql = createSql({ url, name: 'jobs', max: 2, statementMs })
  const watcher = createSql({ url, name: 'watcher', max: 1 })
  t.teardown(async () => { await Promise.all([sql.end(), watcher.end()]) })
  const faults: object[] = []
  const log = { error: (detail: object) => { faults.push(detail) } } as unknown as Log
  let begun = 0
  const longer = async (): Promise<void> => {
    begun += 1
    await until('it waits for longer than that', async () => {
      const [row] = await watcher<Array<{ waits: boolean }>>`select bool_or(extract(epoch from clock_timestamp() - state_change) * 1000 > ${5 * statementMs}) as waits
        from pg_stat_activity where datname = current_database() and application_name = 'jobs' and state = 'idle in transaction'`
      return row?.waits === true
    })
  }
  const job = { name: 'long', schedule: '0 0 1 1 *', run: longer }
  const nodes = [startJobs([job], { sql, timeZone: 'Asia/Shanghai', log }), startJobs([job], { sql, timeZone: 'Asia/Shanghai', log })]
  await Promise.all(nodes.map(async node => { await node.stop() }))
  t.equal(begun, 1)
  t.same(faults, [])
})
