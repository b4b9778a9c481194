/** The administrator's desk for tests: its routes on a real database, with real agents, queues and flows, without a phone. */
import type { Test } from 'tap'
import { createAcd } from '../../src/acd/service.ts'
import { createMemoryStore } from '../../src/acd/memory-store.ts'
import { ensureFirstAccounts } from '../../src/accounts/first-accounts.ts'
import { createPasswordHash } from '../../src/accounts/password-hash.ts'
import { createAccountRepository } from '../../src/accounts/repository.ts'
import { actorOf, addAccountRoutes, SESSION_COOKIE } from '../../src/accounts/routes.ts'
import { createAccounts } from '../../src/accounts/service.ts'
import { addAdmin } from '../../src/admin/routes.ts'
import type { AuditView, UserView } from '../../src/admin/contract.ts'
import { createDirectory } from '../../src/agents/directory.ts'
import { createAgentRepository } from '../../src/agents/repository.ts'
import { createAgents, type Agents } from '../../src/agents/service.ts'
import { createFlowLibrary } from '../../src/ivr/library.ts'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createHttp } from '../../src/platform/http/server.ts'
import { createIds } from '../../src/platform/ids.ts'
import type { PersonalData } from '../../src/platform/personal-data.ts'
import { silent, type TestPostgres } from './database.ts'

const passwords = createPasswordHash()
const place = { areaCode: '640100', unitId: 'hotline' }
const departments = [{ id: 'housing', name: '市住建局', areaCode: '640100' }]
/** Of all sample people. */
export const PASSWORD = 'Trial-Run-2026'

export interface Answer<T> { status: number, body: T & { code?: string, message?: string, details?: Array<{ path: string, message: string }> } }

/** A hotline with the sample people, signed in as admin. */
export async function adminStage (t: Test, { postgres, personalData }: { postgres: TestPostgres, personalData: PersonalData }) {
  const { sql } = await postgres.database(t)
  const clock = createSystemClock()
  const newId = createIds(clock)
  const log = silent()
  const repository = createAccountRepository({ sql })
  const dir = t.testdir()
  await ensureFirstAccounts({ repository, passwords, personalData, clock, place, demo: { password: PASSWORD, departments }, file: `${dir}/first.json` })
  await sql`insert into departments (id, name, area_code, unit_id, created_at) values ('housing', '市住建局', '640100', 'housing', now())`
  const retired: string[] = []
  const signedOut: string[] = []
  const directory = createDirectory({ repository: createAgentRepository({ sql }), clock, log, groups: defaultSkillGroups, changed: roster => { agents.setRoster(roster) } })
  const offers: string[] = []
  const store = createMemoryStore()
  const acd = createAcd({
    store,
    queueLimit: groupId => directory.group(groupId)?.queueLimit ?? 10,
    bonus: groupId => directory.group(groupId)?.priority ?? 0,
    reserve: (agentId, callId) => agents.reserve(agentId, callId),
    offer: (callId, agentId) => { offers.push(`${callId}>${agentId}`) },
    staffed: groupId => agents.staffed(groupId),
    changed: () => {}
  })
  const agents: Agents = createAgents({
    clock,
    rules: { wrapUpMs: 60_000, extensionMs: 30_000, graceMs: 20_000, offlineAfterMs: 600_000, offerMaxMs: 40_000 },
    journal: { agent: () => {} },
    acd,
    wrapUpMs: groupId => directory.group(groupId)?.wrapUpMs,
    retired: agentId => { retired.push(agentId) },
    phoneBack: () => {},
    changed: () => {},
    log
  })
  const flows = createFlowLibrary({ folder: 'ivr-flows', versionsFolder: `${dir}/versions`, skillGroups: directory.groupIds, entry: 'main', clock, log })
  await directory.start()
  agents.setRoster(directory.roster())
  await flows.start()
  const accounts = createAccounts({ repository, passwords, clock, newId, idleMs: 1_800_000, log })
  const http = await createHttp({ log, webDir: '/nonexistent' })
  addAccountRoutes(http, { accounts, clock, open: [] })
  addAdmin(http, {
    sql,
    clock,
    newId,
    personalData,
    passwords,
    hotlineUnit: 'hotline',
    lastResort: 'general',
    flows,
    trunks: async () => [{ name: 'carrier', state: 'online', calls: 2 }],
    actorOf,
    sessionsChanged (userId, ended) {
      accounts.forget(userId)
      if (ended) signedOut.push(userId)
    },
    rosterChanged: directory.refresh
  })
  t.teardown(async () => {
    await http.close()
    await flows.stop()
    directory.stop()
    agents.stop()
  })

  async function signIn (username: string, password = PASSWORD) {
    const answer = await http.inject({ method: 'POST', url: '/api/v1/session', payload: { username, password } })
    const cookie = answer.cookies.find(({ name }) => name === SESSION_COOKIE)?.value ?? ''
    const ask = async <T = unknown>(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object): Promise<Answer<T>> => {
      const answer = await http.inject({ method, url: `/api/v1${url}`, cookies: { [SESSION_COOKIE]: cookie }, ...(payload === undefined ? {} : { payload }) })
      return { status: answer.statusCode, body: (answer.body === '' ? {} : answer.json()) as Answer<T>['body'] }
    }
    const upload = async <T = unknown>(mode: string, file: Buffer, type = 'text/csv'): Promise<Answer<T>> => {
      const answer = await http.inject({ method: 'POST', url: `/api/v1/admin/users/import?mode=${mode}`, cookies: { [SESSION_COOKIE]: cookie }, headers: { 'content-type': type }, payload: file })
      return { status: answer.statusCode, body: answer.json() }
    }
    return { status: answer.statusCode, ask, upload, session: answer.json<{ mustChangePassword?: boolean }>() }
  }
  const admin = await signIn('admin')
  const user = async (username: string): Promise<UserView> => {
    const { body } = await admin.ask<{ items: UserView[] }>('POST', '/admin/users/search', { text: username })
    return body.items.find(item => item.username === username) as UserView
  }
  const audited = async (subject: string): Promise<AuditView[]> => (await admin.ask<{ items: AuditView[] }>('POST', '/admin/audit/search', { subject })).body.items
  const online = (agentId: string) => {
    agents.pageConnected(agentId, 'page', true)
    agents.seatReachable(agentId)
    agents.dispatch(agentId, { type: 'make-ready' })
  }
  return { sql, http, accounts, admin, ask: admin.ask, upload: admin.upload, signIn, user, audited, agents, acd, store, offers, online, directory, retired, signedOut }
}
