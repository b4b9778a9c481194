/** The administrator's desk over HTTP on a real database: users, groups, reasons, departments; versions, races, the audit, and what the running exchange makes of it. */
import t, { type Test } from 'tap'
import { SESSION_COOKIE } from '../../src/accounts/routes.ts'
import type { AuditView, UserView, UserWithPassword } from '../../src/admin/contract.ts'
import type { DepartmentView, FlowsView, FlowView, ReasonCodeView, SkillGroupView } from '../../src/admin/exchange-contract.ts'
import { createAgentRepository } from '../../src/agents/repository.ts'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { adminStage, PASSWORD } from '../support/admin-stage.ts'
import { testPersonalData, testPostgres } from '../support/database.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)
const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const stage = async (t: Test) => await adminStage(t, { postgres, personalData })

const someone = { username: '2001', name: '测试坐席', roles: ['agent'], areaCode: '640100', unitId: 'hotline', skills: [{ groupId: 'help', level: 2 }] }
const call = (callId: string, groupId = 'help', joinedAt = 1) => ({ callId, groupId, priority: 5, joinedAt, node: 'n' })

t.test('only administrators come in', async (t) => {
  const { http, signIn } = await stage(t)
  const routes = [
    ['POST', '/admin/users/search', {}], ['POST', '/admin/users', someone], ['PUT', '/admin/users/1001', { ...someone, username: undefined, version: 1 }],
    ['POST', '/admin/users/1001/disable', { version: 1, reason: 'x' }], ['POST', '/admin/users/1001/enable', { version: 1 }], ['POST', '/admin/users/1001/password', { version: 1 }],
    ['POST', '/admin/audit/search', {}], ['GET', '/admin/skill-groups', undefined], ['GET', '/admin/reason-codes', undefined],
    ['POST', '/admin/departments/search', {}], ['GET', '/admin/trunks', undefined], ['GET', '/admin/flows', undefined], ['GET', '/admin/flows/main', undefined]
  ] as const
  for (const username of ['1001', 'leader', 'housing']) {
    const { ask } = await signIn(username)
    for (const [method, url, payload] of routes) t.match(await ask(method, url, payload), { status: 403, body: { code: 'forbidden' } }, `${username} ${method} ${url}`)
  }
  t.equal((await http.inject({ method: 'GET', url: '/api/v1/admin/skill-groups' })).statusCode, 401)
  await http.ready()
  const described = Object.keys(http.swagger().paths ?? {})
  for (const [, url] of routes) t.ok(described.includes(`/api/v1${url.replace('1001', '{id}').replace('flows/main', 'flows/{name}')}`), `described: ${url}`)
})

t.test('a new agent: a password shown once and to be changed, skills that count at once', async (t) => {
  const { ask, signIn, sql, audited, agents, acd, offers, online, user } = await stage(t)
  const made = await ask<UserWithPassword>('POST', '/admin/users', someone)
  t.match(made, { status: 201, body: { user: { username: '2001', version: 1, mustChangePassword: true }, password: /^[A-Za-z2-9]{16}$/ } })
  t.match(await ask('POST', '/admin/users', someone), { status: 409, body: { code: 'exists', details: [{ path: '/username' }] } })
  t.notMatch(JSON.stringify(await sql`select * from audit_log`), made.body.password)
  t.notMatch(JSON.stringify(await audited('user:2001')), '测试坐席', 'no name in the audit')
  t.match(await audited('user:2001'), [{ action: 'account.create', actorId: 'admin', detail: { after: { roles: ['agent'], skills: { help: 2 } }, changed: ['name'] } }])

  const agent = await signIn('2001', made.body.password)
  t.equal(agent.session.mustChangePassword, true)
  t.match(await agent.ask('GET', '/admin/flows'), { status: 403, body: { code: 'password-change-required' } })
  const change = async (current: string, next: string) => await agent.ask('PUT', '/session/password', { current, next })
  t.match(await change('wrong', 'Better-2026'), { status: 403, body: { code: 'wrong-password' } })
  t.match(await change(made.body.password, 'simple'), { status: 400, body: { details: [{ path: '/next', message: '密码至少 8 位' }] } })
  t.match(await change(made.body.password, made.body.password), { status: 400, body: { details: [{ path: '/next' }] } })
  t.equal((await change(made.body.password, 'Better-2026')).status, 204)
  t.match(await agent.ask('GET', '/session'), { status: 200, body: { mustChangePassword: false } })
  t.match(await agent.ask('GET', '/admin/flows'), { body: { code: 'forbidden' } }, 'let in, if not there')
  t.equal((await signIn('2001', made.body.password)).status, 401)
  t.equal((await signIn('2001', 'Better-2026')).session.mustChangePassword, false)

  online('2001')
  await acd.enqueue(call('c1'))
  await until('offered to the new agent', () => offers.includes('c1>2001'))
  agents.answered('2001', 'c1')
  agents.callEnded('2001', 'c1', 'help')
  agents.dispatch('2001', { type: 'make-ready' })
  const { body } = await ask<UserView>('PUT', '/admin/users/2001', { version: 1, name: '测试坐席', roles: ['agent'], areaCode: '640100', unitId: 'hotline', skills: [{ groupId: 'consult', level: 1 }] })
  t.match(body, { version: 2, skills: [{ groupId: 'consult', level: 1 }] })
  t.match((await audited('user:2001'))[0], { action: 'account.change', detail: { before: { skills: { help: 2 } }, after: { skills: { consult: 1 } } } })
  await acd.enqueue(call('c2'))
  await acd.enqueue(call('c3', 'consult'))
  await until('offered by the new skill', () => offers.includes('c3>2001'))
  t.notOk(offers.includes('c2>2001'), 'no longer by the old one')
  t.match(await user('2001'), { version: 2, mustChangePassword: false })
})

t.test('what fits together', async (t) => {
  const { ask } = await stage(t)
  const wrong = async (fields: object) => {
    const { status, body } = await ask('POST', '/admin/users', { ...someone, ...fields })
    return [status, ...(body.details ?? []).map(({ path }) => path)]
  }
  t.same(await wrong({ username: 'A B' }), [400, '/username'])
  t.same(await wrong({ name: ' ' }), [400, '/name'])
  t.same(await wrong({ roles: [] }), [400, '/roles'])
  t.same(await wrong({ areaCode: '110000' }), [400, '/areaCode'])
  t.same(await wrong({ unitId: 'nowhere' }), [400, '/unitId'])
  t.same(await wrong({ roles: ['leader'] }), [400, '/skills'])
  t.same(await wrong({ roles: ['department'], skills: [] }), [400, '/unitId'])
  t.same(await wrong({ roles: ['department', 'agent'], unitId: 'housing' }), [400, '/roles'])
  t.same(await wrong({ skills: [{ groupId: 'nothing', level: 1 }, { groupId: 'help', level: 1 }, { groupId: 'help', level: 2 }] }), [400, '/skills', '/skills'])
  t.match(await ask('POST', '/admin/users/search', {}), { body: { items: { length: 15 } } }, 'nobody was made')
})

t.test('lists come in pages, found by name, role, group and state', async (t) => {
  const { ask } = await stage(t)
  const found: string[] = []
  let cursor: string | undefined
  do {
    const { body } = await ask<{ items: UserView[], next: string | null }>('POST', '/admin/users/search', { limit: 4, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...body.items.map(({ username }) => username))
    cursor = body.next ?? undefined
  } while (cursor !== undefined)
  t.equal(found.length, 15)
  t.same(found, [...new Set(found)].sort(), 'each once, in order')
  const names = async (search: object) => (await ask<{ items: UserView[] }>('POST', '/admin/users/search', search)).body.items.map(({ username }) => username)
  t.same(await names({ text: '张敏' }), ['1001'])
  t.same(await names({ text: '%' }), [])
  t.same(await names({ role: 'department' }), ['housing'])
  t.same(await names({ unitId: 'housing' }), ['housing'])
  await ask('POST', '/admin/users', someone)
  t.same(await names({ groupId: 'help' }), ['2001'])
  t.same(await names({ state: 'disabled' }), [])
})

t.test('a stale write is refused, and of two at once one wins', async (t) => {
  const { ask, audited } = await stage(t)
  await ask('POST', '/admin/users', someone)
  const write = async (name: string, version: number) => await ask<UserView>('PUT', '/admin/users/2001', { version, name, roles: ['agent'], areaCode: '640100', unitId: 'hotline', skills: [] })
  const both = await Promise.all([write('甲', 1), write('乙', 1)])
  t.same(both.map(({ status }) => status).sort(), [200, 409])
  t.match(both.find(({ status }) => status === 409), { body: { code: 'stale', message: /已被他人修改/ } })
  t.match(await write('丙', 1), { status: 409, body: { code: 'stale' } })
  t.match(await ask('POST', '/admin/users/2001/disable', { version: 1, reason: '离职' }), { status: 409, body: { code: 'stale' } })
  t.equal((await write('丁', 2)).status, 200)
  t.equal((await audited('user:2001')).length, 3, 'what was refused is no change')
})

t.test('disabled in the middle of a session and of a call', async (t) => {
  const { ask, signIn, user, audited, agents, acd, offers, online, retired, signedOut, directory, store } = await stage(t)
  await ask('POST', '/admin/skill-groups', { id: 'night', name: '夜间', position: 20, priority: 0, queueLimit: null, wrapUpSeconds: null, serviceLevelSeconds: 20 })
  for (const username of ['1001', '1002']) {
    const { version, name, roles, areaCode, unitId } = await user(username)
    t.equal((await ask('PUT', `/admin/users/${username}`, { version, name, roles, areaCode, unitId, skills: [{ groupId: 'night', level: 1 }] })).status, 200)
  }
  const [talking, idle] = [await signIn('1001'), await signIn('1002')]
  online('1001')
  await acd.enqueue(call('c1', 'night'))
  await until('offered', () => offers.includes('c1>1001'))
  agents.answered('1001', 'c1')
  online('1002')
  await until('both stand as they should', async () => (await store.candidates('night', 8)).length === 1)

  for (const username of ['1001', '1002']) {
    const { version } = await user(username)
    t.match(await ask('POST', `/admin/users/${username}/disable`, { version, reason: '离职' }), { status: 200, body: { disabledBecause: '离职' } })
  }
  t.same(signedOut, ['1001', '1002'])
  t.equal((await talking.ask('GET', '/session')).status, 401)
  t.equal((await idle.ask('GET', '/session')).status, 401)
  t.equal((await signIn('1001')).status, 401)
  t.equal(agents.state('1001')?.name, 'talking', 'the call goes on')
  t.equal(agents.state('1002'), undefined)
  t.same(retired, ['1002'])
  await until('nobody is offered', async () => (await store.candidates('night', 8)).length === 0)
  await acd.enqueue(call('c2', 'night', 2))
  t.equal(agents.dispatch('1001', { type: 'make-ready' }), undefined)
  agents.callEnded('1001', 'c1', 'night')
  t.same(retired, ['1002', '1001'], 'out when the call is over')
  t.equal(agents.state('1001'), undefined)
  t.same(offers, ['c1>1001'])
  agents.pageConnected('1001', 'page', true)
  t.equal(agents.state('1001'), undefined, 'a page that is left brings nobody back')
  t.match((await audited('user:1001'))[0], { action: 'account.disable', detail: { before: { enabled: true }, after: { enabled: false }, reason: '离职' } })

  const { version } = await user('1001')
  t.match(await ask('POST', '/admin/users/1001/disable', { version, reason: '再次' }), { status: 409, body: { code: 'already-disabled' } })
  t.equal((await ask('POST', '/admin/users/1001/enable', { version })).status, 200)
  t.equal((await signIn('1001')).status, 200)
  await directory.refresh()
  online('1001')
  await until('offered what waited', () => offers.includes('c2>1001'))
})

t.test('a sign-in under way while the user is disabled, or gets another password, gives no session', async (t) => {
  const { ask, http, user, sql, signIn } = await stage(t)
  const { version } = await user('1003')
  const racing = Array.from({ length: 6 }, async () => await http.inject({ method: 'POST', url: '/api/v1/session', payload: { username: '1003', password: PASSWORD } }))
  t.equal((await ask('POST', '/admin/users/1003/disable', { version, reason: '离职' })).status, 200)
  const cookies = (await Promise.all(racing)).flatMap(answer => answer.cookies.map(({ value }) => value))
  for (const value of cookies) t.equal((await http.inject({ method: 'GET', url: '/api/v1/session', cookies: { [SESSION_COOKIE]: value } })).statusCode, 401)
  t.same(await sql`select * from sessions where user_id = '1003'`, [])

  const other = await user('1004')
  const held = await signIn('1004')
  const reset = await ask<UserWithPassword>('POST', '/admin/users/1004/password', { version: other.version })
  t.match(reset, { status: 200, body: { password: /^.{16}$/ } })
  t.equal((await held.ask('GET', '/session')).status, 401)
  t.equal((await signIn('1004')).status, 401)
  t.equal((await signIn('1004', reset.body.password)).session.mustChangePassword, true)
})

t.test('the door is never locked from inside', async (t) => {
  const { ask, signIn, user, sql } = await stage(t)
  const self = await user('admin')
  const { username, createdAt, mustChangePassword, ...fields } = self
  t.match(await ask('POST', '/admin/users/admin/disable', { version: self.version, reason: 'x' }), { status: 409, body: { code: 'own-account' } })
  t.match(await ask('PUT', '/admin/users/admin', { ...fields, roles: ['leader'] }), { status: 409, body: { code: 'own-admin-role' } })
  t.match(await ask('POST', '/admin/users/admin/password', { version: self.version }), { status: 409, body: { code: 'own-account' } })

  const second = await ask<UserWithPassword>('POST', '/admin/users', { ...someone, username: 'admin2', roles: ['admin'], skills: [] })
  const other = await signIn('admin2', second.body.password)
  t.equal((await other.ask('PUT', '/session/password', { current: second.body.password, next: 'Other-2026' })).status, 204)
  const both = await Promise.all([
    ask('POST', '/admin/users/admin2/disable', { version: 1, reason: '互停' }),
    other.ask('POST', '/admin/users/admin/disable', { version: self.version, reason: '互停' })
  ])
  t.equal(both.filter(({ status }) => status === 200).length, 1, 'of two who disable each other one does')
  t.same(await sql`select count(*) from users where 'admin' = any(roles) and disabled_at is null`, [{ count: 1 }])
})

t.test('skill groups: what counts for the queue counts at once; one in use stays', async (t) => {
  const { ask, audited, acd, store, agents, online, offers } = await stage(t)
  const { body: groups } = await ask<SkillGroupView[]>('GET', '/admin/skill-groups')
  t.same(groups.map(({ id }) => id), Object.keys(defaultSkillGroups), 'a fresh hotline has those of its flow')
  const help = groups.find(({ id }) => id === 'help') as SkillGroupView
  t.ok(help.flows.length > 0)
  t.match(await ask('POST', '/admin/skill-groups/help/disable', { version: 1, reason: 'x' }), { status: 409, body: { code: 'group-in-use' } })
  t.match(await ask('POST', '/admin/skill-groups/general/disable', { version: 1, reason: 'x' }), { status: 409, body: { code: 'group-in-use' } })

  const settings = { name: '求助专席', position: 3, priority: 4, queueLimit: 2, wrapUpSeconds: 5, serviceLevelSeconds: 20 }
  t.match(await ask('PUT', '/admin/skill-groups/help', { version: 1, ...settings }), { status: 200, body: { version: 2, name: '求助专席', agents: 0 } })
  t.match(await ask('PUT', '/admin/skill-groups/help', { version: 1, ...settings }), { status: 409, body: { code: 'stale' } })
  t.match((await audited('skill-group:help'))[0], { action: 'skill-group.change', detail: { before: { priority: 0, queueLimit: null }, after: { priority: 4, queueLimit: 2 } } })
  t.same(await Promise.all(['1', '2', '3'].map(id => acd.enqueue(call(id)))), ['queued', 'queued', 'full'])
  t.match(await store.heads(['help']), [{ priority: 9 }])
  await ask('POST', '/admin/users', someone)
  online('2001')
  await until('offered', () => offers.length === 1)
  const talking = agents.state('2001')?.callId as string
  agents.answered('2001', talking)
  const before = Date.now()
  agents.callEnded('2001', talking, 'help')
  const left = (agents.state('2001')?.until ?? 0) - before
  t.ok(left >= 5000 && left < 10_000, 'wrap-up as the group has it')

  const made = await ask<SkillGroupView>('POST', '/admin/skill-groups', { id: 'night', ...settings, name: '夜间' })
  t.match(made, { status: 201, body: { id: 'night', version: 1, flows: [] } })
  t.match(await ask('POST', '/admin/skill-groups', { id: 'night', ...settings }), { status: 409, body: { code: 'exists' } })
  t.match(await ask('POST', '/admin/skill-groups', { id: 'Night 2', ...settings, queueLimit: 0 }), { status: 400, body: { code: 'invalid-input' } })
  t.equal((await ask('POST', '/admin/skill-groups/night/disable', { version: 1, reason: '撤并' })).status, 200)
  t.match(await ask('POST', '/admin/users', { ...someone, username: '2002', skills: [{ groupId: 'night', level: 1 }] }), { status: 400, body: { details: [{ path: '/skills' }] } })
  t.match(await ask('POST', '/admin/skill-groups/night/enable', { version: 2 }), { status: 200, body: { version: 3 } })
})

t.test('reason codes and departments', async (t) => {
  const { ask, sql, audited } = await stage(t)
  t.match(await ask('POST', '/admin/reason-codes', { code: 'visit', name: '下基层', position: 7 }), { status: 201, body: { byServer: false } })
  t.match(await ask('PUT', '/admin/reason-codes/visit', { version: 1, name: '走访', position: 7 }), { status: 200, body: { version: 2 } })
  t.match(await ask('POST', '/admin/reason-codes/visit/disable', { version: 1, reason: 'x' }), { status: 409, body: { code: 'stale' } })
  t.equal((await ask('POST', '/admin/reason-codes/visit/disable', { version: 2, reason: '不用' })).status, 200)
  t.match(await ask('PUT', '/admin/reason-codes/declined', { version: 1, name: '拒', position: 1 }), { status: 409, body: { code: 'reason-of-server' } })
  t.ok((await ask<ReasonCodeView[]>('GET', '/admin/reason-codes')).body.some(({ code, disabledAt }) => code === 'visit' && disabledAt !== undefined))
  t.notOk((await createAgentRepository({ sql }).reasonCodes()).some(({ code }) => code === 'visit'), 'agents choose it no more')

  const contact = { kind: 'duty', name: '值班室 王五', phone: '13800000042', days: 'all', from: '00:00', to: '24:00' }
  const made = await ask<DepartmentView>('POST', '/admin/departments', { id: 'water', name: '市水务局', areaCode: '640100', contacts: [contact] })
  t.match(made, { status: 201, body: { contacts: [contact], version: 1, users: 0 } })
  t.notMatch(JSON.stringify([await sql`select * from department_contacts`, await audited('department:water')]), /王五|13800000042/, 'sealed, and not in the audit')
  t.match(await audited('department:water'), [{ detail: { after: { contactCount: 1 }, changed: ['contacts'] } }])
  t.match(await ask('PUT', '/admin/departments/water', { version: 1, name: '市水务局', areaCode: '640100', contacts: [{ ...contact, from: '18:00', to: '08:00' }] }), { status: 400, body: { details: [{ path: '/contacts/0/to' }] } })
  t.match(await ask('PUT', '/admin/departments/water', { version: 1, name: '市水务局', areaCode: '110100', contacts: [] }), { status: 400, body: { details: [{ path: '/areaCode' }] } })
  t.match(await ask('PUT', '/admin/departments/water', { version: 1, name: '市水务局', areaCode: '640104', contacts: [contact, { ...contact, kind: 'contact', name: '李四', days: 'workdays', from: '09:00', to: '17:30' }] }), { status: 200, body: { version: 2, contacts: { length: 2 } } })
  t.match(await ask('POST', '/admin/departments/search', { text: '水务' }), { body: { items: [{ id: 'water', contacts: [{ phone: '13800000042' }, { name: '李四' }] }], next: null } })
  t.match(await ask('POST', '/admin/departments/housing/disable', { version: 1, reason: '撤并' }), { status: 409, body: { code: 'unit-in-use' } })
  t.equal((await ask('POST', '/admin/departments/water/disable', { version: 2, reason: '撤并' })).status, 200)
  t.match(await ask('POST', '/admin/users', { ...someone, username: 'w1', roles: ['department'], unitId: 'water', skills: [] }), { status: 400, body: { details: [{ path: '/unitId' }] } })
})

t.test('trunks, flows and the audit are read', async (t) => {
  const { ask } = await stage(t)
  t.match(await ask('GET', '/admin/trunks'), { status: 200, body: [{ name: 'carrier', state: 'online', calls: 2 }] })
  const { body } = await ask<FlowsView>('GET', '/admin/flows')
  t.match(body, { ok: true, entry: 'main', findings: [] })
  const { body: flow } = await ask<FlowView>('GET', '/admin/flows/main')
  t.equal(flow.nodes[0]?.id, flow.start)
  t.ok(flow.nodes.some(({ type, edges }) => type === 'menu' && edges.some(({ label }) => label.startsWith('按 1 '))))
  t.match(await ask('GET', '/admin/flows/nothing'), { status: 404 })
  for (const username of ['3001', '3002', '3003']) await ask('POST', '/admin/users', { ...someone, username })
  const page = await ask<{ items: AuditView[], next: string }>('POST', '/admin/audit/search', { action: 'account.', limit: 2 })
  t.same(page.body.items.map(({ subject }) => subject), ['user:3003', 'user:3002'])
  t.match(await ask('POST', '/admin/audit/search', { action: 'account.', limit: 2, cursor: page.body.next }), { body: { items: [{ subject: 'user:3001' }], next: null } })
  t.match(await ask('POST', '/admin/audit/search', { actorId: 'nobody' }), { body: { items: [] } })
})
