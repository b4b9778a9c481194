import t from 'tap'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDatabaseAway } from '../../src/platform/database/client.ts'
import { migrate, MIGRATIONS, MigrationError } from '../../src/platform/database/migrate.ts'
import { createIds, idBound, idTime } from '../../src/platform/ids.ts'
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
