/** What a screen-pop finds about a caller, on a real database. */
import t from 'tap'
import { createSql } from '../../src/platform/database/sql.ts'
import { createIds, idBound } from '../../src/platform/ids.ts'
import { createScreenPopRepository } from '../../src/screen-pop/repository.ts'
import { HISTORY_START, readCursor } from '../../src/screen-pop/core/cursor.ts'
import { createWorkOrderRepository, type WorkOrder } from '../../src/work-orders/repository.ts'
import { testPersonalData, testPostgres } from '../support/database.ts'

const NOW = Date.UTC(2026, 2, 10, 4)
const DAY = 86_400_000
const CALLER = '13800000001'

/** Ids of a chosen time. */
function idAt (at: number): string {
  return createIds({ now: () => at, at: () => () => {} })()
}

t.setTimeout(120_000)
const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const clock = { now: () => NOW, at: () => () => {} }

async function stage (t: Parameters<typeof postgres.database>[0]) {
  const { sql, url } = await postgres.database(t)
  const pops = createScreenPopRepository({ sql, personalData, clock })
  const workOrders = createWorkOrderRepository({ sql, personalData })
  await sql`insert into users (id, name, password_hash, roles, area_code, unit_id, created_at, password_changed_at)
    values ('1001', '张敏', '', ${['agent']}, '640100', 'centre', ${new Date(NOW)}, ${new Date(NOW)})`

  async function call (at: number, change: { ani?: string, agentId?: string, answered?: boolean, choices?: string[] } = {}): Promise<string> {
    const id = idAt(at)
    const { ani = CALLER, agentId = null, answered = agentId !== null, choices = ['求助'] } = change
    await sql`insert into calls (id, area_code, unit_id, started_at, ani_sealed, ani_hash, choices, agent_id, answered_at, talk_ms, ended_at, outcome)
      values (${id}, '640100', 'centre', ${new Date(at)}, ${personalData.seal(ani, 'calls.ani')}, ${personalData.numberHash(ani) ?? null}, ${choices}, ${agentId},
        ${answered ? new Date(at + 1000) : null}, ${answered ? 60_000 : null}, ${new Date(at + 61_000)}, ${answered ? 'answered' : 'abandoned-in-queue'})`
    return id
  }

  async function order (at: number, change: Partial<WorkOrder> = {}): Promise<string> {
    const id = idAt(at)
    await workOrders.create({ actorId: '1001', key: id, request: '' }, sequence => ({
      id,
      number: String(260310120000000000n + BigInt(sequence)),
      queryCode: '234567',
      areaCode: '640104',
      unitId: 'centre',
      leadUnitId: null,
      state: 'pending-review',
      createdBy: '1001',
      createdByName: '',
      createdAt: at,
      closedAt: null,
      callId: null,
      caller: CALLER,
      type: 'QZ',
      title: '暖气不热',
      content: '室温十四度',
      wishedOutcome: '',
      callerName: '王女士',
      callerSex: 'female',
      callerKind: 'person',
      contact: CALLER,
      anonymous: false,
      confidential: false,
      subject: '01.05.01',
      urgency: 'normal',
      eventTime: '',
      address: '文化街 12 号',
      answer: '',
      ...change
    }))
    return id
  }
  return { sql, url, pops, call, order }
}

t.test('the whole record in one statement: name, place, repeats, last agent, history with open orders on top', async t => {
  const { pops, call, order } = await stage(t)
  const old = await call(NOW - 40 * DAY, { agentId: '1001' })
  const closed = await order(NOW - 39 * DAY, { state: 'closed', closedAt: NOW - 39 * DAY, title: '医保报销', callerName: '王芳', areaCode: '640106' })
  const open = await order(NOW - 38 * DAY)
  const unanswered = await call(NOW - DAY)
  await call(NOW - DAY, { ani: '13800000002' })
  const present = await call(NOW, { agentId: '1001' })
  const record = await pops.record(CALLER, present)
  t.match(record, {
    caller: { name: '王*', place: '银川市兴庆区' },
    repeat: { days: 7, calls: 1 },
    lastAgent: { id: '1001', name: '张敏' }
  })
  t.strictSame(record.history.items.map(({ id, open }) => [id, open]), [[open, true], [unanswered, false], [closed, false], [old, false]])
  t.equal(record.history.next, null)
  t.match(record.history.items[0], { kind: 'work-order', title: '暖气不热', state: 'pending-review', agentName: '张敏', at: NOW - 38 * DAY })
  t.match(record.history.items[3], { kind: 'call', number: '', title: '求助', state: 'answered', talkMs: 60_000, agentName: '张敏' })
  t.notOk('agentName' in (record.history.items[1] ?? {}), 'nobody answered that one')
  t.strictSame(await pops.record('+86 138-0000-0001', present), record, 'however the number is written')
})

t.test('nothing is known of a new caller and of one who withholds the number', async t => {
  const { pops, call } = await stage(t)
  const present = await call(NOW, { agentId: '1001' })
  const nothing = { repeat: { days: 7, calls: 0 }, history: { items: [], next: null } }
  t.strictSame(await pops.record(CALLER, present), nothing)
  t.strictSame(await pops.record('', present), nothing)
})

t.test('what was said in confidence stays there', async t => {
  const { pops, order } = await stage(t)
  await order(NOW - 3 * DAY, { type: 'JB', confidential: true, title: '举报某单位', callerName: '李某' })
  await order(NOW - 2 * DAY, { anonymous: true, callerName: '' })
  const record = await pops.record(CALLER, idAt(NOW))
  t.equal(record.caller, undefined)
  t.strictSame(record.history.items.map(({ title }) => title), ['暖气不热', '保密工单'])
  t.notMatch(JSON.stringify(record), /举报某单位|李某/)
})

t.test('pages go through all of a long history once, in order', async t => {
  const { pops, call, order } = await stage(t)
  const open: string[] = []
  const rest: string[] = []
  for (let day = 60; day > 0; day -= 1) {
    if (day % 4 === 0) open.push(await order(NOW - day * DAY))
    else if (day % 4 === 1) rest.push(await order(NOW - day * DAY, { state: 'closed', closedAt: NOW }))
    else rest.push(await call(NOW - day * DAY))
  }
  const expected = [...open.reverse(), ...rest.reverse()]
  const aniHashes = personalData.numberHashes(CALLER)
  for (const limit of [1, 7, 15, 50]) {
    const seen: string[] = []
    let position: typeof HISTORY_START | undefined = HISTORY_START
    while (position !== undefined) {
      const page: Awaited<ReturnType<typeof pops.history>> = await pops.history({ aniHashes, excludeCallId: idAt(NOW), position, limit })
      t.ok(page.items.length <= limit)
      seen.push(...page.items.map(({ id }) => id))
      position = page.next === null ? undefined : readCursor(page.next)
      if (page.next !== null && position === undefined) t.fail('a cursor of our own is not read')
    }
    t.strictSame(seen, expected, `pages of ${limit}`)
  }
  const first = await pops.record(CALLER, idAt(NOW))
  const next = readCursor(first.history.next ?? undefined)
  if (next === undefined) return t.fail('no second page')
  const second = await pops.history({ aniHashes, excludeCallId: idAt(NOW), position: next, limit: 50 })
  t.strictSame([...first.history.items, ...second.items].map(({ id }) => id), expected, 'the first page of a pop goes on in the list')
  t.equal(readCursor('r.1'), undefined)
})

t.test('among 100,000 calls and work orders every look-up goes over an index', { timeout: 120_000 }, async t => {
  const { sql, url, pops } = await stage(t)
  const hash = personalData.numberHash(CALLER) ?? ''
  const from = NOW - 180 * DAY
  for (let month = 0; month < 8; month += 1) await sql`select ensure_partitions(${new Date(from + month * 30 * DAY)}, 1)`
  // Half of all belong to one caller who rings without end: the worst there is.
  await sql.unsafe(`
    insert into calls (id, area_code, unit_id, started_at, ani_hash, choices, agent_id, answered_at, outcome)
    select (left(uuid_bound(at)::text, 14) || '7' || right(gen_random_uuid()::text, 21))::uuid, '640100', 'centre', at,
      case when n % 2 = 0 then '${hash}' else 'hs256.h1.' || n % 20000 end, array['求助'], '1001', case when n % 3 = 0 then at end, 'answered'
    from (select n, to_timestamp(${from / 1000} + n * ${180 * 86_400 / 60_000}) as at from generate_series(1, 60000) n) made`)
  await sql.unsafe(`
    insert into work_orders (id, number, query_code, area_code, unit_id, state, created_by, created_at, closed_at, caller_hash, type, subject, urgency, title_sealed, content_sealed,
      wished_outcome_sealed, caller_name_sealed, caller_sex, caller_kind, contact_sealed, anonymous, confidential, event_time_sealed, address_sealed, answer_sealed)
    select (left(uuid_bound(at)::text, 14) || '7' || right(gen_random_uuid()::text, 21))::uuid, lpad(n::text, 18, '0'), '', '640104', 'centre', 'closed', '1001', at,
      case when n % 10 > 0 then at end, case when n % 2 = 0 then '${hash}' else 'hs256.h1.' || n % 20000 end, 'QZ', '', 'normal', '', '', '', '', 'unknown', 'person', '',
      false, false, '', '', ''
    from (select n, to_timestamp(${from / 1000} + n * ${180 * 86_400 / 40_000}) as at from generate_series(1, 40000) n) made`)
  await sql`vacuum analyze calls`
  await sql`vacuum analyze work_orders`

  // One connection, so that what it has read is counted when it is asked for.
  const one = createSql({ url, name: 'test-plans', max: 1 })
  t.teardown(async () => { await one.end() })
  const counted = createScreenPopRepository({ sql: one, personalData, clock })
  const read = async () => {
    await one`select pg_stat_force_next_flush()`
    const [row] = await sql<Array<{ through: number, indexed: number }>>`
      select (select sum(seq_tup_read) from pg_stat_user_tables where relname ~ '^(calls|work_orders)')::bigint as through,
        (select sum(idx_tup_read) from pg_stat_user_indexes where relname ~ '^(calls|work_orders)')::bigint as indexed`
    return { through: row?.through ?? 0, indexed: row?.indexed ?? 0 }
  }
  const before = await read()
  for (let run = 0; run < 10; run += 1) {
    const record = await counted.record(CALLER, idAt(NOW))
    t.equal(record.history.items.length, 10)
    t.equal(record.repeat.calls, 999)
    const page = await counted.history({ aniHashes: [hash], excludeCallId: idAt(NOW), position: { open: idBound(0), rest: idBound(NOW - 90 * DAY) }, limit: 20 })
    t.equal(page.items.length, 20)
  }
  const after = await read()
  t.equal(after.through - before.through, 0, 'no table is read through')
  const indexed = (after.indexed - before.indexed) / 10
  t.ok(indexed > 1000 && indexed < 3000, `${indexed} index entries for a record and a page, of which 999 are repeats`)

  const times: number[] = []
  for (let run = 0; run < 20; run += 1) {
    const before = performance.now()
    await pops.record(CALLER, idAt(NOW))
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  t.ok((times[10] ?? Infinity) < 100, `the record of a caller with 50,000 entries takes ${times[10]?.toFixed(1)} ms`)
})
