import t from 'tap'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ADDRESS_LIMIT, USER_LIMIT } from '../../src/accounts/core/throttle.ts'
import { ensureFirstAccounts, type FirstAccount } from '../../src/accounts/first-accounts.ts'
import { createPasswordHash } from '../../src/accounts/password-hash.ts'
import { createAccountRepository } from '../../src/accounts/repository.ts'
import { actorOf, addAccountRoutes, SESSION_COOKIE, tokenIn } from '../../src/accounts/routes.ts'
import { createAccounts } from '../../src/accounts/service.ts'
import { createSql, DatabaseAway } from '../../src/platform/database/client.ts'
import { createHttp } from '../../src/platform/http/server.ts'
import { createIds } from '../../src/platform/ids.ts'
import { silent, testPersonalData, testPostgres } from '../support/database.ts'

const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const passwords = createPasswordHash()
const place = { areaCode: '640100', unitId: 'centre' }
const departments = [{ id: 'housing', name: '市住建局', areaCode: '640100' }]
const IDLE = 1_800_000

async function stage (t: Test) {
  const { sql } = await postgres.database(t)
  const dir = mkdtempSync(join(tmpdir(), 'hotline-accounts-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  const clock = { time: Date.parse('2026-11-23T01:00:00Z'), now () { return this.time }, at: () => () => {} }
  const newId = createIds(clock)
  const repository = createAccountRepository({ sql })
  const file = join(dir, 'first-accounts.json')
  const ended: string[] = []
  const make = (on = repository) => createAccounts({ repository: on, passwords, clock, newId, idleMs: IDLE, ended: actor => ended.push(actor.id), log: silent() })
  const people = async (demoPassword: string | undefined) => await ensureFirstAccounts({
    repository, passwords, personalData, clock, place, demo: { password: demoPassword, departments }, file
  })
  return { sql, clock, repository, file, ended, make, people, newId }
}

t.test('the first start makes an administrator with a password of its own; the demo makes people', async (t) => {
  const { sql, clock, repository, file, make, people } = await stage(t)
  const first = async () => await ensureFirstAccounts({ repository, passwords, personalData, clock, place, demo: undefined, file })
  t.equal(await first(), 1)
  t.equal(statSync(file).mode & 0o777, 0o600)
  const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { accounts: [FirstAccount] }
  t.match(accounts, [{ username: 'admin', name: '系统管理员', role: 'admin', password: /^[A-Za-z2-9]{16}$/ }])
  t.match(await make().signIn({ username: ' Admin ', password: accounts[0].password, address: '::1' }), { actor: { id: 'admin', roles: ['admin'] } })
  rmSync(file)
  t.equal(await first(), 0, 'once')
  t.notOk(existsSync(file))

  t.equal(await people('Demo-12345'), 14, 'all but the administrator, who is there')
  const made = JSON.parse(readFileSync(file, 'utf8')) as { accounts: FirstAccount[] }
  t.same(made.accounts.map(account => account.username), ['leader', 'dispatcher', 'callback', ...Array.from({ length: 10 }, (_, at) => String(1001 + at)), 'housing'])
  t.match(await make().signIn({ username: 'housing', password: 'Demo-12345', address: '::1' }), { actor: { roles: ['department'], unitId: 'housing' } })
  t.match(await make().signIn({ username: 'admin', password: 'Demo-12345', address: '::1' }), { actor: { id: 'admin' } }, 'the demo password counts for all')
  t.equal(await people('Demo-12345'), 0)
  t.equal(await people('Other-12345'), 0)
  t.equal(await make().signIn({ username: '1001', password: 'Demo-12345', address: '::1' }), undefined)
  t.ok(await make().signIn({ username: '1001', password: 'Other-12345', address: '::1' }), 'a demo password that the operator changed counts')
  t.same(await sql`select count(*) from users where password_hash not like '$argon2id$%'`, [{ count: 0 }])
})

t.test('five failures lock a user for half an hour, over restarts, and nothing tells it from a wrong password', async (t) => {
  const { sql, clock, make, people } = await stage(t)
  await people('Demo-12345')
  const attempt = async (username: string, password: string, address = '10.0.0.1') => await make().signIn({ username, password, address })
  for (let count = 1; count < USER_LIMIT.failures; count += 1) t.equal(await attempt('1001', 'wrong'), undefined)
  t.ok(await attempt('1001', 'Demo-12345'), 'the fifth is right: counted anew')
  for (let count = 1; count <= USER_LIMIT.failures; count += 1) t.equal(await attempt('1001', 'wrong', `10.0.0.${count}`), undefined)
  t.equal(await attempt('1001', 'Demo-12345', '10.0.0.9'), undefined, 'locked from everywhere')
  t.ok(await attempt('1002', 'Demo-12345'), 'others are not')
  clock.time += USER_LIMIT.lockMs - 1
  t.equal(await attempt('1001', 'Demo-12345'), undefined)
  clock.time += 1
  t.ok(await attempt('1001', 'Demo-12345'))

  // Fifty at the same moment get no more tries than five one after another.
  const burst = await Promise.all(Array.from({ length: 30 }, async (_, index) => await attempt('1003', index < 29 ? `guess${index}` : 'Demo-12345', `10.1.0.${index}`)))
  t.same(burst.filter(result => result !== undefined).length, 0)
  const [row] = await sql`select failures from sign_in_failures where subject = 'user:1003'`
  t.same(row, { failures: USER_LIMIT.failures })

  // An address that tries many names is locked too.
  for (let count = 0; count < ADDRESS_LIMIT.failures; count += 1) await attempt(`nobody${count}`, 'wrong', '10.9.9.9')
  t.equal(await attempt('1002', 'Demo-12345', '10.9.9.9'), undefined)
  t.ok(await attempt('1002', 'Demo-12345', '10.9.9.8'))
  const audit = await sql`select action, count(*) as count from audit_log where actor_id = '1001' group by action order by action`
  t.same(audit, [{ action: 'session.open', count: 2 }, { action: 'session.refuse', count: 9 }, { action: 'session.refuse-locked', count: 2 }])
})

t.test('sessions: idle time, sign-out, a database that is away', async (t) => {
  const { sql, clock, repository, ended, make, people } = await stage(t)
  await people('Demo-12345')
  const accounts = make()
  const sign = async () => {
    const opened = await accounts.signIn({ username: '1001', password: 'Demo-12345', address: '::1' })
    return opened?.token ?? ''
  }
  const token = await sign()
  t.match(await accounts.resolve(token), { id: '1001', name: '张敏', roles: ['agent'], areaCode: '640100', unitId: 'centre' })
  t.notMatch(JSON.stringify(await sql`select * from sessions`), token, 'the table does not hold the token')
  for (const wrong of [undefined, '', 'x', token.slice(1) + (token.endsWith('A') ? 'B' : 'A'), `${token}x`]) t.equal(await accounts.resolve(wrong), undefined)
  clock.time += IDLE - 1
  t.ok(await accounts.resolve(token))
  clock.time += IDLE - 1
  t.ok(await make().resolve(token), 'another process knows of the activity')
  clock.time += IDLE
  t.equal(await accounts.resolve(token), undefined)
  t.same(ended, ['1001'])
  t.same(await sql`select from sessions`, [])

  const second = await sign()
  await accounts.signOut(second, '::1')
  t.equal(await accounts.resolve(second), undefined)
  t.equal(await make().resolve(second), undefined)

  const third = await sign()
  await sql`update users set disabled_at = now() where id = '1001'`
  t.ok(await accounts.resolve(third))
  clock.time += 20_000
  t.equal(await accounts.resolve(third), undefined, 'who is disabled is out within seconds')
  await sql`update users set disabled_at = null`

  const fourth = await sign()
  let away = false
  const gone = createSql({ url: 'postgres://127.0.0.1:1/none', name: 'test', max: 1 })
  t.teardown(async () => { await gone.end() })
  const absent = createAccountRepository({ sql: gone })
  const switching = { ...repository, findSession: async (tokenHash: string) => await (away ? absent : repository).findSession(tokenHash) }
  const careful = make(switching)
  t.ok(await careful.resolve(fourth))
  away = true
  clock.time += 60_000
  t.match(await careful.resolve(fourth), { id: '1001' }, 'who was known stays known')
  await t.rejects(make(switching).resolve(fourth), DatabaseAway)
  clock.time += 3 * IDLE
  await accounts.sweep()
  t.same(await sql`select from sessions`, [])
})

t.test('over HTTP: the cookie, what is open, what is not, foreign pages', async (t) => {
  const { clock, make, people } = await stage(t)
  await people('Demo-12345')
  const http = await createHttp({ log: silent(), webDir: '/nowhere' })
  t.teardown(async () => { await http.close() })
  addAccountRoutes(http, { accounts: make(), clock, open: ['/api/v1/health'] })
  http.get('/api/v1/health', async () => ({ status: 'ok' }))
  http.get('/api/v1/who', async request => ({ id: actorOf(request).id }))
  http.get('/api/v1/careless', async () => ({ secret: true }))

  t.equal((await http.inject('/api/v1/health')).statusCode, 200)
  for (const url of ['/api/v1/who', '/api/v1/careless', '/api/v1/session', '/api/v1/unknown']) {
    const answer = await http.inject(url)
    t.equal(answer.statusCode, 401, url)
    t.match(answer.json(), { code: 'not-signed-in', message: /登录/ })
  }
  const signIn = async (body: object, headers: Record<string, string> = {}) => await http.inject({ method: 'POST', url: '/api/v1/session', payload: body, headers: { host: 'hotline', ...headers } })
  t.match((await signIn({ username: '1001' })).json(), { code: 'invalid-input', details: [{ path: '/password', message: '必填' }] })
  const wrong = await signIn({ username: '1001', password: 'x' })
  const unknown = await signIn({ username: 'nobody', password: 'x' })
  t.equal(wrong.statusCode, 401)
  t.same(wrong.json(), unknown.json(), 'the same for a user who does not exist')
  t.match((await signIn({ username: '1001', password: 'Demo-12345' }, { origin: 'https://elsewhere.example' })).json(), { code: 'foreign-origin' })

  const opened = await signIn({ username: '1001', password: 'Demo-12345' }, { origin: 'http://hotline', 'x-forwarded-proto': 'https' })
  t.equal(opened.statusCode, 200)
  t.match(opened.json(), { user: { id: '1001', username: '1001', name: '张敏', roles: ['agent'], areaCode: '640100', unitId: 'centre' }, serverTime: clock.now(), idleMs: IDLE })
  const header = String(opened.headers['set-cookie'])
  for (const part of [/HttpOnly/i, /SameSite=Strict/i, /Secure/i, /Path=\//i]) t.match(header, part)
  const token = opened.cookies[0]?.value ?? ''
  t.equal(tokenIn(`a=b; ${SESSION_COOKIE}=${token}; c=d`), token)
  const cookies = { [SESSION_COOKIE]: token }
  t.match((await http.inject({ url: '/api/v1/who', cookies })).json(), { id: '1001' })
  t.match((await http.inject({ url: '/api/v1/session', cookies })).json(), { user: { id: '1001' } })
  t.equal((await http.inject({ method: 'DELETE', url: '/api/v1/session', cookies })).statusCode, 204)
  t.equal((await http.inject({ url: '/api/v1/who', cookies })).statusCode, 401)
  t.equal((await http.inject({ method: 'DELETE', url: '/api/v1/session', cookies })).statusCode, 204, 'a second time is no error')
  const docs = await http.inject('/api/docs/json')
  t.equal(docs.statusCode, 200)
  t.ok(docs.json().paths['/api/v1/session'])
})
