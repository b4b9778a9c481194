/** Work orders and drafts over HTTP on a real database: numbers, idempotency, who may do what, what is sealed. */
import t, { type Test } from 'tap'
import { randomInt, randomUUID } from 'node:crypto'
import { createDemoRepository } from '../../src/demo/repository.ts'
import { seedDemo } from '../../src/demo/service.ts'
import { demoCallers, demoSkills } from '../../src/demo/core/people.ts'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { createJournal } from '../../src/calls/journal.ts'
import type { Actor, RoleName } from '../../src/kernel/actor.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createHttp } from '../../src/platform/http/server.ts'
import { ApiError } from '../../src/platform/http/errors.ts'
import { createIds } from '../../src/platform/ids.ts'
import { createScreenPopRepository } from '../../src/screen-pop/repository.ts'
import { addScreenPopRoutes } from '../../src/screen-pop/routes.ts'
import type { Draft, NewWorkOrder, WorkOrderView } from '../../src/work-orders/contract.ts'
import { catalogueOf } from '../../src/work-orders/core/catalogue.ts'
import { MOST_DRAFTS } from '../../src/work-orders/core/draft.ts'
import { createAccountRepository } from '../../src/accounts/repository.ts'
import { createDraftRepository } from '../../src/work-orders/draft-repository.ts'
import { createWorkOrderRepository } from '../../src/work-orders/repository.ts'
import { addWorkOrderRoutes } from '../../src/work-orders/routes.ts'
import { createWorkOrders, type IntakeCall } from '../../src/work-orders/service.ts'
import { addUnmaskRoutes } from '../../src/unmask/routes.ts'
import { createUnmask } from '../../src/unmask/service.ts'
import { silent, testPersonalData, testPostgres } from '../support/database.ts'

t.setTimeout(120_000)
const postgres = await testPostgres(t)
const personalData = testPersonalData(t)

const form: NewWorkOrder = {
  type: 'QZ',
  title: '暖气不热',
  content: '家里暖气不热,室温十四度。',
  wishedOutcome: '尽快恢复',
  callerName: '王女士',
  callerSex: 'female',
  callerKind: 'person',
  contact: '',
  anonymous: false,
  confidential: false,
  subject: '01.05.01',
  urgency: 'normal',
  eventTime: '昨晚',
  address: '文化街12号',
  areaCode: '640104',
  callId: null,
  disposition: 'submit',
  answer: ''
}

async function stage (t: Test) {
  const { sql } = await postgres.database(t)
  const system = createSystemClock()
  const time = { offset: 0 }
  const clock = { ...system, now: () => system.now() + time.offset }
  const repository = createWorkOrderRepository({ sql, personalData })
  const calls = new Map<string, IntakeCall>()
  const workOrders = createWorkOrders({
    repository,
    drafts: createDraftRepository({ sql, personalData, workOrders: repository }),
    findCall: async callId => calls.get(callId),
    clock,
    newId: createIds(clock),
    randomBelow: randomInt,
    timeZone: 'Asia/Shanghai',
    areaCode: '640100'
  })
  const http = await createHttp({ log: silent(), webDir: '/nowhere' })
  t.teardown(async () => { await http.close() })
  const people = new Map<string, Actor>()
  async function person (id: string, role: RoleName, unitId = 'centre'): Promise<string> {
    const actor: Actor = { id, name: `坐席${id}`, roles: [role], areaCode: '640100', unitId }
    people.set(id, actor)
    await sql`insert into users ${sql({ id, name: actor.name, passwordHash: '', roles: [role], areaCode: actor.areaCode, unitId, createdAt: 0, passwordChangedAt: 0 })}`
    return id
  }
  const actorOf = ({ headers }: { headers: Record<string, unknown> }): Actor => {
    const actor = people.get(String(headers['x-test-person']))
    if (actor === undefined) throw new ApiError(401, 'not-signed-in', '尚未登录')
    return actor
  }
  const inHand = new Set<string>()
  const audit = createAccountRepository({ sql }).addAudit
  const { unmask } = createUnmask({
    findCall: async callId => calls.get(callId), findWorkOrder: repository.find, inHand: (agentId, callId) => inHand.has(`${agentId} ${callId}`), audit, clock, newId: createIds(clock)
  })
  addUnmaskRoutes(http, { unmask, actorOf })
  addWorkOrderRoutes(http, { workOrders, catalogue: catalogueOf('640100'), actorOf })
  addScreenPopRoutes(http, { history: createScreenPopRepository({ sql, personalData, clock }).history, findCall: async callId => calls.get(callId), personalData, actorOf })

  async function ask (who: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object, key?: string) {
    const answer = await http.inject({
      method,
      url,
      headers: { 'x-test-person': who, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(body === undefined ? {} : { payload: body })
    })
    return { status: answer.statusCode, body: (answer.body === '' ? undefined : answer.json()) as Record<string, unknown> }
  }
  const submit = async (who: string, change: Partial<NewWorkOrder> = {}, key: string = randomUUID()) =>
    await ask(who, 'POST', '/api/v1/work-orders', { ...form, ...change }, key)
  /** A call as its agent had it. */
  function call (agentId: string | null, ani = '13800000001'): string {
    const callId = createIds(clock)()
    calls.set(callId, { ani, agentId, areaCode: '640100', unitId: 'centre' })
    return callId
  }
  await person('1001', 'agent')
  await person('1002', 'agent')
  return { sql, clock, time, repository, workOrders, person, ask, submit, call, inHand }
}

t.test('a request becomes a work order with number and query code, and is read again', async t => {
  const { sql, ask, submit, call } = await stage(t)
  const made = await submit('1001', { callId: call('1001') })
  t.equal(made.status, 201)
  const order = made.body as WorkOrderView
  t.match(order.number, /^\d{18}$/)
  t.match(order.queryCode, /^[2-9ACDEFGHJKMNPQRTUWXY]{6}$/)
  t.match(order, { state: 'pending-review', createdBy: { id: '1001', name: '坐席1001' }, callerName: '王*', contact: '138****0001', address: '文化街***', areaCode: '640104' })
  t.strictSame((await ask('1001', 'GET', `/api/v1/work-orders/${order.id}`)).body, order)
  const [row] = await sql<Array<Record<string, unknown>>>`select * from work_orders where id = ${order.id}`
  t.notMatch(JSON.stringify(row), /王女士|13800000001|文化街|暖气|十四度|尽快恢复|昨晚/, 'who it is and what is said are sealed')
  t.equal(row?.callerHash, personalData.numberHash('13800000001'))
  t.equal(personalData.open(String(row?.contactSealed), `work-orders.contact:${order.id}`), '13800000001', 'the number of the call, where none was written')

  const answered = await submit('1001', { type: 'CX', disposition: 'direct-answer', answer: '携带身份证到窗口办理。', subject: '', areaCode: '' })
  t.equal(answered.status, 201)
  t.match(answered.body, { state: 'closed', areaCode: '640100', contact: '' })
  const report = await submit('1001', { type: 'JB', confidential: false })
  t.equal((report.body as WorkOrderView).confidential, false)
  const { confidential: _, ...silentForm } = form
  const byDefault = await ask('1001', 'POST', '/api/v1/work-orders', { ...silentForm, type: 'JB' }, randomUUID())
  t.equal((byDefault.body as WorkOrderView).confidential, true, '举报 is confidential unless somebody says otherwise')
  const anonymous = await submit('1001', { anonymous: true, callId: call('1001', '13800000009') })
  t.match(anonymous.body, { callerName: '', contact: '' })
})

t.test('numbers are unique whoever asks at the same time', async t => {
  const { submit } = await stage(t)
  const made = await Promise.all(Array.from({ length: 40 }, async (_, at) => await submit(at % 2 === 0 ? '1001' : '1002')))
  t.ok(made.every(({ status }) => status === 201))
  t.equal(new Set(made.map(({ body }) => body.number)).size, 40)
  t.equal(new Set(made.map(({ body }) => body.id)).size, 40)
})

t.test('the same form under the same key is one order; another form is refused; drafts go with their order', async t => {
  const { sql, ask, submit } = await stage(t)
  const key = randomUUID()
  const draft: Draft = { id: key, callId: null, version: 3, savedAt: 1000, form: { title: '暖气' } }
  t.equal((await ask('1001', 'PUT', `/api/v1/drafts/${key}`, draft)).status, 200)
  const answers = await Promise.all(Array.from({ length: 8 }, async () => await submit('1001', {}, key)))
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201])
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.equal((await sql`select from work_orders`).count, 1)
  t.match(await submit('1001', { title: '停暖' }, key), { status: 409, body: { code: 'idempotency-conflict' } })
  t.strictSame((await ask('1001', 'GET', '/api/v1/drafts')).body, { items: [], next: null }, 'the draft became the order')
  t.match(await ask('1001', 'PUT', `/api/v1/drafts/${key}`, { ...draft, version: 4 }), { status: 409, body: { code: 'draft-submitted' } }, 'and does not come back')
  t.equal((await submit('1002', { title: '停暖' }, key)).status, 201, 'a key is the own of each person')
  t.match(await ask('1001', 'POST', '/api/v1/work-orders', form), { status: 400, body: { code: 'invalid-input' } }, 'no order without a key')
})

t.test('what is wrong is said in Chinese, by field', async t => {
  const { submit, ask } = await stage(t)
  t.match(await submit('1001', { title: ' ', contact: '不知道', subject: '77', areaCode: '640202' }), {
    status: 400,
    body: {
      code: 'invalid-input',
      message: '填写内容有误',
      details: [
        { path: '/contact', message: '联系电话应为 3 位以上数字' },
        { path: '/areaCode', message: '所选区域不在本热线辖区' },
        { path: '/title', message: '填写标题' },
        { path: '/subject', message: '分类目录中没有此代码' }
      ]
    }
  })
  t.match(await submit('1001', { disposition: 'direct-answer' }), { status: 400, body: { details: [{ path: '/answer', message: '直接答复须填写答复内容' }] } })
  t.match(await submit('1001', { title: '' }), { status: 400, body: { details: [{ path: '/title', message: '不能为空' }] } })
  t.match(await submit('1001', { type: 'XX' as 'CX' }), { status: 400, body: { code: 'invalid-input' } })
  t.match(await ask('1001', 'GET', '/api/v1/work-orders?cursor=x'), { status: 400, body: { details: [{ path: '/cursor' }] } })
  t.match(await ask('1001', 'GET', '/api/v1/work-orders?limit=1000'), { status: 400 })
})

t.test('an agent files for own calls only; others see what their role lets them', async t => {
  const { ask, submit, call, person, sql } = await stage(t)
  for (const [id, role] of [['leader', 'leader'], ['dispatcher', 'dispatcher'], ['admin', 'admin'], ['quality', 'quality']] as const) await person(id, role)
  await person('heating', 'department', 'heating')
  t.match(await submit('1002', { callId: call('1001') }), { status: 403, body: { code: 'call-of-another' } })
  t.match(await submit('1002', { callId: call(null) }), { status: 403, body: { code: 'call-of-another' } })
  t.match(await submit('1002', { callId: randomUUID() }), { status: 409, body: { code: 'call-unknown' } })
  t.match(await submit('admin'), { status: 403, body: { code: 'forbidden' } })
  t.match(await submit('nobody'), { status: 401 })

  const { body } = await submit('1001', { type: 'JB', confidential: true, callId: call('1001') })
  const url = `/api/v1/work-orders/${String(body.id)}`
  for (const who of ['1001', 'leader', 'dispatcher', 'quality']) t.equal((await ask(who, 'GET', url)).status, 200, who)
  for (const who of ['1002', 'admin', 'heating']) t.match(await ask(who, 'GET', url), { status: 404, body: { code: 'not-found' } }, who)
  await sql`update work_orders set lead_unit_id = 'heating'`
  const copy = await ask('heating', 'GET', url)
  t.match(copy, { status: 200, body: { title: '暖气不热', callerName: '', contact: '', address: '', callId: null, queryCode: '' } }, 'the unit gets a copy without the person')
  t.equal((await ask('1001', 'GET', '/api/v1/catalogue')).status, 200)
  t.equal((await ask('nobody', 'GET', '/api/v1/catalogue')).status, 401)
})

t.test('a person is shown in clear for a reason, to those who may, and it stands in the access log for good', async t => {
  const { sql, ask, submit, call, person, inHand } = await stage(t)
  for (const [id, role] of [['leader', 'leader'], ['dispatcher', 'dispatcher'], ['admin', 'admin'], ['quality', 'quality'], ['callback', 'callback']] as const) await person(id, role)
  await person('heating', 'department', 'heating')
  const callId = call('1001')
  const order = (await submit('1001', { callId })).body as WorkOrderView
  const secret = (await submit('1001', { type: 'JB', confidential: true, callId })).body as WorkOrderView
  await sql`update work_orders set lead_unit_id = 'heating'`
  const clear = { number: '13800000001', name: '王女士', address: '文化街12号' }
  const show = async (who: string, id: string, change: object = {}) => await ask(who, 'POST', '/api/v1/unmask', { kind: 'work-order', id, reason: 'verify', ...change })
  const log = async () => await sql<Array<{ actorId: string, subject: string, detail: unknown, action: string, address: string }>>`select actor_id, subject, detail, action, address from audit_log order by id`

  t.match(await show('1001', order.id), { status: 403, body: { code: 'call-over' } }, 'an agent only while the call lasts')
  for (const who of ['quality', 'callback']) t.match(await show(who, order.id), { status: 403, body: { code: 'forbidden' } }, who)
  for (const who of ['1002', 'admin']) t.match(await show(who, order.id), { status: 404 }, who)
  t.match(await show('heating', secret.id), { status: 403 }, 'of a confidential order the unit never learns whose it is')
  for (const [change, why] of [[{ reason: 'other' }, /理由/], [{ note: '打 138 0000 0001' }, /号码/], [{ note: '１３８００００' }, /号码/]] as const) {
    const refused = await show('leader', order.id, change)
    t.equal(refused.status, 400)
    t.match(JSON.stringify(refused.body), why)
  }
  t.match(await show('leader', order.id, { reason: 'curious' }), { status: 400 })
  t.match(await show('leader', randomUUID()), { status: 404 })
  t.same(await log(), [], 'nothing was shown, nothing is logged')

  inHand.add(`1001 ${callId}`)
  t.match(await show('1001', order.id), { status: 200, body: clear })
  t.match(await show('leader', order.id, { reason: 'other', note: '核对地址' }), { status: 200, body: clear })
  t.match(await show('dispatcher', secret.id), { status: 200, body: clear })
  t.match(await show('heating', order.id, { reason: 'handle' }), { status: 200, body: clear })
  t.match(await ask('1001', 'POST', '/api/v1/unmask', { kind: 'call', id: callId, reason: 'call-back' }), { status: 200, body: { number: '13800000001', name: '', address: '' } })
  t.match(await ask('1002', 'POST', '/api/v1/unmask', { kind: 'call', id: callId, reason: 'call-back' }), { status: 404 })
  const written = await log()
  t.same(written.map(({ actorId, subject }) => [actorId, subject]), [
    ['1001', `work-order:${order.id}`], ['leader', `work-order:${order.id}`], ['dispatcher', `work-order:${secret.id}`], ['heating', `work-order:${order.id}`], ['1001', `call:${callId}`]
  ])
  t.match(written[1], { action: 'personal-data.unmask', detail: { reason: 'other', note: '核对地址' }, address: '127.0.0.1' })
  t.notMatch(JSON.stringify(written), /13800000001|王女士|文化街/)

  for (const statement of [
    "update audit_log set actor_id = 'nobody'", 'delete from audit_log', 'truncate audit_log',
    'set session_replication_role = replica; delete from audit_log',
  ]) await t.rejects(sql.unsafe(statement), { code: '42501' }, statement)
  t.equal((await log()).length, 5)
  await sql.unsafe('alter table audit_log rename to audit_log_away')
  t.equal((await show('leader', order.id)).status, 500, 'what cannot be logged is not shown')
})

t.test('own orders come page by page, newest first', async t => {
  const { ask, submit } = await stage(t)
  const made: unknown[] = []
  for (let at = 0; at < 7; at += 1) made.unshift((await submit('1001', { title: `第${at}件` })).body.id)
  await submit('1002')
  const seen: unknown[] = []
  let next: unknown = ''
  while (next !== null) {
    const { body } = await ask('1001', 'GET', `/api/v1/work-orders?limit=3${next === '' ? '' : `&cursor=${String(next)}`}`)
    const page = body as { items: Array<{ id: string }>, next: string | null }
    seen.push(...page.items.map(({ id }) => id))
    next = page.next
  }
  t.strictSame(seen, made)
})

t.test('drafts: the newest version stays, each person has the own, nobody has endlessly many', async t => {
  const { sql, ask } = await stage(t)
  const id = randomUUID()
  const save = async (who: string, version: number, title: string, change: Partial<Draft> = {}) => {
    const draft = { id, callId: null, version, savedAt: 5000, form: { title, content: '', callerName: '李先生' }, ...change }
    return await ask(who, 'PUT', `/api/v1/drafts/${draft.id}`, draft)
  }
  t.equal((await save('1001', 1, '一')).status, 200)
  t.equal((await save('1001', 3, '三')).status, 200)
  t.match(await save('1001', 2, '二'), { status: 409, body: { code: 'draft-outdated' } })
  t.match(await save('1001', 3, '别的'), { status: 409, body: { code: 'draft-outdated' } })
  t.equal((await save('1001', 3, '三')).status, 200, 'the same again: its answer was lost')
  t.match(await save('1002', 9, '九'), { status: 404 })
  t.strictSame((await ask('1001', 'GET', '/api/v1/drafts')).body, { items: [{ id, callId: null, version: 3, savedAt: 5000, form: { title: '三', content: '', callerName: '李先生' } }], next: null })
  t.strictSame((await ask('1002', 'GET', '/api/v1/drafts')).body, { items: [], next: null })
  const [row] = await sql<Array<{ formSealed: string }>>`select form_sealed from work_order_drafts`
  t.notMatch(row?.formSealed, /李先生/)
  t.match(await ask('1001', 'PUT', `/api/v1/drafts/${randomUUID()}`, { id, callId: null, version: 9, savedAt: 1, form: {} }), { status: 400 })
  for (let at = 1; at < MOST_DRAFTS; at += 1) await save('1001', 1, '', { id: randomUUID() })
  t.match(await save('1001', 1, '', { id: randomUUID() }), { status: 409, body: { code: 'too-many-drafts' } })
  t.equal((await ask('1002', 'DELETE', `/api/v1/drafts/${id}`)).status, 404)
  t.equal((await ask('1001', 'DELETE', `/api/v1/drafts/${id}`)).status, 204)
  t.equal((await ask('1001', 'DELETE', `/api/v1/drafts/${id}`)).status, 404)
})

t.test('the rest of a history is for whoever had the call', async t => {
  const { ask, submit, call, person } = await stage(t)
  await person('admin', 'admin')
  await person('leader', 'leader')
  await submit('1001', { callId: call('1001') })
  const present = call('1002')
  const asked = await ask('1002', 'POST', '/api/v1/callers/history', { callId: present })
  t.match(asked, { status: 200, body: { items: [{ kind: 'work-order', title: '暖气不热', open: true }], next: null } })
  t.equal((await ask('leader', 'POST', '/api/v1/callers/history', { callId: present })).status, 200)
  for (const who of ['1001', 'admin']) t.equal((await ask(who, 'POST', '/api/v1/callers/history', { callId: present })).status, 404, who)
  t.equal((await ask('1002', 'POST', '/api/v1/callers/history', { callId: randomUUID() })).status, 404)
  t.match(await ask('1002', 'POST', '/api/v1/callers/history', { callId: call('1002', '') }), { status: 200, body: { items: [] } })
  t.equal((await ask('1002', 'POST', '/api/v1/callers/history', { callId: present, cursor: 'x' })).status, 400)
})

t.test('the sample hotline: agents with skills, a history that a pop shows; laying it twice changes nothing', async t => {
  const { sql, clock, time, repository, person } = await stage(t)
  for (let id = 1003; id <= 1010; id += 1) await person(String(id), 'agent')
  const journal = createJournal({ sql, dir: t.testdir({}), limitBytes: 1e8, personalData, clock, log: silent(), areaCode: '640100', unitId: 'centre' })
  t.teardown(async () => { await journal.close() })
  const demo = {
    repository: createDemoRepository({ sql, areaCode: '640100', unitId: 'centre' }),
    journal,
    workOrders: repository,
    clock,
    timeZone: 'Asia/Shanghai',
    areaCode: '640100',
    unitId: 'centre',
    log: { info: () => {}, warn: () => { t.fail('the journal was not flushed') } }
  }
  await seedDemo(demo)
  const count = async () => {
    const [row] = await sql<Array<Record<string, number>>>`select (select count(*) from calls) as calls, (select count(*) from call_events) as events,
      (select count(*) from work_orders) as orders, (select count(*) from work_orders where closed_at is null) as open,
      (select count(*) from agent_skills) as skills, (select count(*) from departments) as departments, (select count(*) from calls_default) as loose`
    return row ?? {}
  }
  const laid = await count()
  t.ok((laid.calls ?? 0) > 300 && (laid.orders ?? 0) > 150 && (laid.open ?? 0) > 5, JSON.stringify(laid))
  t.equal(laid.loose, 0, 'months have their partitions')
  t.equal(laid.skills, demoSkills().length)
  const rows = await sql<Array<{ groupId: string, best: number, agents: number }>>`
    select group_id, count(*) filter (where level = 1) as best, count(*) as agents from agent_skills group by group_id`
  t.strictSame(rows.map(({ groupId }) => groupId).sort(), Object.keys(defaultSkillGroups).sort())
  t.ok(rows.every(({ best, agents }) => best >= 3 && agents >= 5))

  const pop = await createScreenPopRepository({ sql, personalData, clock }).record(demoCallers[0]?.number ?? '', randomUUID())
  t.ok(pop.caller?.name, 'the first caller is known')
  t.ok(pop.repeat.calls >= 2)
  t.ok(pop.lastAgent)
  t.equal(pop.history.items[0]?.open, true)
  t.ok(pop.history.next, 'there is a second page')

  await sql`delete from agent_skills where agent_id = '1001' and group_id = 'english'`
  await sql`delete from agent_skills where agent_id = '1001' and group_id = 'consult'`
  time.offset = 86_400_000
  await seedDemo(demo)
  const again = await count()
  t.strictSame({ ...again, skills: 0 }, { ...laid, skills: 0 })
  t.ok((again.skills ?? 0) < demoSkills().length, 'what a leader took away stays away')
})

t.test('while the database is away the answer says so, and the same form is one order after its return', async t => {
  const { sql, submit } = await stage(t)
  const key = randomUUID()
  postgres.running.kill('SIGKILL')
  await postgres.running.gone
  t.match(await submit('1001', {}, key), { status: 503, body: { code: 'database-away' } })
  await postgres.restart()
  t.equal((await submit('1001', {}, key)).status, 201)
  t.equal((await submit('1001', {}, key)).status, 200)
  t.equal((await sql`select from work_orders`).count, 1)
})
