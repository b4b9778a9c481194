import t from 'tap'
import type { CallPage, CallSearch, CallView } from '../../src/calls/contract.ts'
import { createCallRepository } from '../../src/calls/repository.ts'
import type { Actor, RoleName } from '../../src/kernel/actor.ts'
import { createSql } from '../../src/platform/database/client.ts'
import { createIds, idBound } from '../../src/platform/ids.ts'
import { maskNumber } from '../../src/platform/masking.ts'
import { shownNumber } from '../../src/platform/personal-data.ts'
import { testPersonalData, testPostgres } from '../support/database.ts'

const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const FROM = Date.parse('2026-09-20T00:00:00Z')
const MINUTE = 60_000

function person (role: RoleName, change: Partial<Actor> = {}): Actor {
  return { id: role === 'agent' ? '1001' : role, name: '', roles: [role], areaCode: '640100', unitId: 'hotline', ...change }
}

t.test('what each role finds, page by page, masked', async (t) => {
  const { sql } = await postgres.database(t)
  const calls = createCallRepository({ sql, personalData, mask: number => maskNumber(shownNumber(number)) })
  await sql`select ensure_partitions(${new Date(FROM)}, 3)`
  await sql`insert into users ${sql({ id: '1001', name: '张敏', passwordHash: '', roles: ['agent'], areaCode: '640100', unitId: 'hotline', createdAt: FROM, passwordChangedAt: FROM })}`
  let now = FROM
  const newId = createIds({ now: () => now, at: () => () => {} })
  const ids: string[] = []
  // A call every six hours over 40 days: two months, two agents, three numbers, one unit of another city.
  for (let index = 0; index < 160; index += 1) {
    now = FROM + index * 360 * MINUTE
    const ani = index % 10 === 9 ? '' : `1380000000${index % 3}`
    const answered = index % 4 !== 3
    ids.push(newId())
    await sql`insert into calls ${sql({
      id: ids[index],
      areaCode: index % 20 === 0 ? '650100' : '640100',
      unitId: index % 20 === 0 ? 'elsewhere' : 'hotline',
      startedAt: now,
      aniSealed: personalData.seal(ani, `calls.ani:${ids[index]}`),
      aniHash: personalData.numberHash(ani) ?? null,
      dnis: '12345',
      choices: ['求助'],
      skillGroup: 'help',
      queuedAt: now + 1000,
      waitMs: 2000,
      agentId: answered ? (index % 2 === 0 ? '1001' : '1002') : null,
      answeredAt: answered ? now + 3000 : null,
      talkMs: answered ? 60_000 : null,
      endedAt: now + 70_000,
      outcome: answered ? 'answered' : 'abandoned-in-queue'
    })}`
  }
  async function all (actor: Actor, query: CallSearch): Promise<CallView[]> {
    const found: CallView[] = []
    let page: CallPage = { items: [], next: null }
    do {
      page = await calls.search(actor, { limit: 7, ...query, ...(page.next === null ? {} : { cursor: page.next }) })
      t.ok(page.items.length <= 7)
      found.push(...page.items)
    } while (page.next !== null)
    return found
  }
  const at = (index: number) => FROM + index * 360 * MINUTE

  const everything = await all(person('admin'), {})
  t.same(everything.map(call => call.id), [...ids].reverse(), 'newest first, each once')
  t.same([...new Set(everything.map(call => call.ani))].sort(), ['', '138****0000', '138****0001', '138****0002'], 'lists mask')
  t.match(everything.find(call => call.id === ids[2]), {
    dnis: '12345', startedAt: at(2), choices: ['求助'], skillGroup: '求助', waitMs: 2000, agent: { id: '1001', name: '张敏' }, talkMs: 60_000, outcome: 'answered'
  })
  t.match(everything.find(call => call.id === ids[3]), { agent: null, talkMs: null, outcome: 'abandoned-in-queue' })

  const searched = await all(person('admin'), { ani: '+86 138 0000 0001' })
  t.ok(searched.length > 40 && searched.every(call => call.ani === '13800000001'), 'who asked for the number sees it')
  t.same(await all(person('admin'), { ani: 'anonymous' }), [], 'withheld numbers cannot be told apart')
  t.same(await all(person('admin'), { ani: '13900000000' }), [])
  t.same(await calls.search(person('admin'), { cursor: "x' or true" }), { items: [], next: null })

  const mine = await all(person('agent'), {})
  t.ok(mine.length > 0 && mine.every(call => call.agent?.id === '1001'), 'an agent finds own calls only')
  t.same(await all(person('agent'), { agentId: '1002' }), [])
  for (const role of ['leader', 'dispatcher'] as const) {
    const found = await all(person(role), {})
    t.same(found.map(call => call.id), ids.filter((_, index) => index % 20 !== 0).reverse(), `${role}: the own area`)
  }
  t.same(await all(person('department', { unitId: 'hotline' }), {}), [])
  t.equal((await all(person('admin'), { outcome: 'abandoned-in-queue' })).length, 40)
  t.same((await all(person('admin'), { from: at(20), to: at(30) })).map(call => call.id), ids.slice(20, 30).reverse())
  t.match(await calls.find(ids[5] as string), { agentId: '1002', aniHash: personalData.numberHash('13800000002') })
  t.equal(await calls.find(newId()), undefined)
})

t.test('a search by number, by agent and of the latest reads no table from end to end', async (t) => {
  const { sql, url } = await postgres.database(t)
  const hash = personalData.numberHash('13800000001') as string
  await sql`select ensure_partitions(${new Date(FROM)}, 3)`
  await sql`
    insert into calls (id, area_code, unit_id, started_at, ani_sealed, ani_hash, agent_id, outcome)
    select (left(uuid_bound(at)::text, 14) || '7' || right(gen_random_uuid()::text, 21))::uuid, '640100', 'hotline', at, null,
      case when n % 1000 = 0 then ${hash} else 'hs256.h1.' || n % 30000 end, (1000 + n % 300)::text, 'answered'
    from (select n, ${new Date(FROM)}::timestamptz + n * interval '40 seconds' as at from generate_series(1, 100000) n) made`
  await sql`vacuum analyze calls`
  const one = createSql({ url, name: 'test-plans', max: 1 })
  t.teardown(async () => { await one.end() })
  const calls = createCallRepository({ sql: one, personalData, mask: maskNumber })
  const readRows = async (): Promise<number> => {
    await one`select pg_stat_force_next_flush()`
    const [row] = await sql<Array<{ count: number }>>`select sum(seq_tup_read)::bigint as count from pg_stat_user_tables where relname like 'calls%'`
    return row?.count ?? 0
  }
  const queries: Array<[Actor, CallSearch]> = [
    [person('admin'), { ani: '13800000001' }],
    [person('leader'), { ani: '13800000001' }],
    [person('agent', { id: '1007' }), {}],
    [person('admin'), { agentId: '1007' }],
    [person('admin'), {}],
    [person('dispatcher'), { from: FROM + 20 * 1440 * MINUTE, to: FROM + 21 * 1440 * MINUTE }],
    [person('admin'), { ani: '13800000001', cursor: idBound(FROM + 30 * 1440 * MINUTE) }]
  ]
  for (const [actor, query] of queries) {
    const before = await readRows()
    const page = await calls.search(actor, query)
    t.ok(page.items.length > 0, JSON.stringify(query))
    t.equal(await readRows() - before, 0, `no rows read outside an index: ${actor.id} ${JSON.stringify(query)}`)
  }
})
