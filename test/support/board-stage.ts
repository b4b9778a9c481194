/**
 * A board that the test feeds: the real agents, board, sockets, sessions and pages, with as many agents and waiting callers
 * as wanted and no phone system. `crowd` and `stir` also serve a bench: feed a crowd, watch with `board.watch`, stir, and set
 * the bytes of what the viewer got and `process.cpuUsage()` against the time that passed.
 */
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createAccountRepository } from '../../src/accounts/repository.ts'
import { createPasswordHash } from '../../src/accounts/password-hash.ts'
import { addAccountRoutes, tokenIn } from '../../src/accounts/routes.ts'
import { createAccounts } from '../../src/accounts/service.ts'
import type { ServerToDesk } from '../../src/agents/contract.ts'
import { createAgents, type Agents } from '../../src/agents/service.ts'
import { addDeskSockets, signOutPages } from '../../src/agents/sockets.ts'
import type { ServerToBoard } from '../../src/board/contract.ts'
import { createBoard, type BoardService } from '../../src/board/service.ts'
import { addBoardSockets, renewBoardPages } from '../../src/board/sockets.ts'
import { createBoardSource } from '../../src/board/source.ts'
import { initialCall, type CallState } from '../../src/calls/core/state.ts'
import { addAboutRoutes } from '../../src/health/routes.ts'
import type { Actor, RoleName } from '../../src/kernel/actor.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createHttp } from '../../src/platform/http/server.ts'
import { createIds } from '../../src/platform/ids.ts'
import { maskNumber } from '../../src/platform/masking.ts'
import { createRealtime } from '../../src/platform/realtime.ts'
import { silent, type TestPostgres } from './database.ts'
import { createRandom } from './random.ts'

export const PASSWORD = 'Trial-Run-2026'
const AREA = '640100'
const limits = { ringing: 15_000, talking: 900_000, wrapUp: 90_000, notReady: 900_000, wait: 60_000 }
const SURNAMES = [...'张李马王刘陈杨赵周吴']
const GIVEN = ['敏', '娜', '晓燕', '芳', '洋', '静', '帆', '磊', '婷', '昊']

export interface Crowd {
  agents: Agents
  board: BoardService
  calls: Map<string, CallState>
  /** Signs agents of this unit in, with an hour of different states behind them. Ids are `PREFIX0001` and so on. */
  people: (options: { count: number, unitId: string, prefix?: string, groups: readonly string[] }) => void
  /** Somebody begins to wait. Gives the call's id. */
  join: (group: string, agoMs?: number) => string
  leave: (callId: string) => void
  /** So many changes by chance: states of agents, callers who come and go. */
  stir: (changes: number) => void
}

/** A crowd on this clock. `groups`: ids of skill groups with the unit that each belongs to. */
export function createCrowd (clock: Clock, groups: Readonly<Record<string, string>>, seed = 1): Crowd {
  const random = createRandom(seed)
  const calls = new Map<string, CallState>()
  const settings = Object.entries(groups).map(([id, unitId]) => ({ id, name: `${id}组`, disabled: false, priority: 0, areaCode: '000000', unitId }))
  const roster: Array<Parameters<Agents['setRoster']>[0][number]> = []
  let made = 0
  const agents: Agents = createAgents({
    clock,
    rules: { wrapUpMs: 60_000, extensionMs: 30_000, graceMs: 20_000, offlineAfterMs: 600_000, offerMaxMs: 40_000 },
    journal: { agent: () => {} },
    acd: { agentFree: async () => {}, agentBusy: async () => {} },
    phoneBack: () => {},
    changed: agentId => { board.agentChanged(agentId) },
    log: silent()
  })
  const board = createBoard({
    source: createBoardSource({
      agents,
      calls: { live: () => calls.keys(), state: callId => calls.get(callId) },
      groups: () => settings,
      group: groupId => settings.find(({ id }) => id === groupId),
      reasons: () => ({ break: '小休', meeting: '开会' }),
      mask: maskNumber,
      home: { areaCode: AREA, unitId: 'nobody' }
    }),
    clock,
    limits,
    log: { error (detail, message) { throw new Error(message, { cause: detail }) } }
  })

  function join (group: string, agoMs = 0): string {
    made += 1
    const callId = `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`
    const joinedAt = clock.now() - agoMs
    calls.set(callId, {
      ...initialCall(callId, { id: `leg-${made}`, ani: `138000${String(made % 100_000).padStart(5, '0')}`, dnis: '12345' }, 'trunk', joinedAt),
      phase: 'queued',
      choices: [random.pick(['咨询', '求助', '投诉'])],
      queue: { groupId: group, priority: random.int(3, 7), joinedAt, waits: true }
    })
    board.callChanged(callId)
    return callId
  }

  function leave (callId: string): void {
    calls.delete(callId)
    board.callChanged(callId)
  }

  function callOf (agentId: string): string {
    const waiting = [...calls.keys()].find(callId => calls.get(callId)?.queue?.waits === true)
    const callId = waiting ?? join(Object.keys(groups)[0] as string)
    const call = calls.get(callId) as CallState
    calls.set(callId, { ...call, phase: 'talking', queue: { ...call.queue as NonNullable<CallState['queue']>, waits: false }, agent: { agentId, legId: 'seat', hasLeg: true, offeredAt: 0, rang: true } })
    board.callChanged(callId)
    return callId
  }

  /** One step of a day's work. */
  function work (agentId: string): void {
    const state = agents.state(agentId)
    if (state === undefined) return
    switch (state.name) {
      case 'offline':
        agents.pageConnected(agentId, `page-${agentId}`, true)
        agents.seatReachable(agentId)
        break
      case 'not-ready':
        agents.dispatch(agentId, { type: 'make-ready' })
        break
      case 'ready': {
        if (random.chance(0.2)) agents.dispatch(agentId, { type: 'make-not-ready', reason: random.pick(['break', 'meeting']) })
        else agents.dispatch(agentId, { type: 'reserve', callId: callOf(agentId) })
        break
      }
      case 'reserved':
        agents.rang(agentId, state.callId as string)
        break
      case 'ringing':
        agents.answered(agentId, state.callId as string)
        break
      case 'talking':
        leave(state.callId as string)
        agents.callEnded(agentId, state.callId as string)
        break
      case 'wrap-up':
        agents.dispatch(agentId, { type: random.chance(0.8) ? 'make-ready' : 'extend-wrap-up' })
    }
  }

  return {
    agents,
    board,
    calls,
    people ({ count, unitId, prefix = '', groups: groupIds }) {
      for (let n = 1; n <= count; n++) {
        const skills = [random.pick(groupIds), random.pick(groupIds)]
        roster.push({
          agentId: `${prefix}${String(n).padStart(4, '0')}`,
          name: `${random.pick(SURNAMES)}${random.pick(GIVEN)}`,
          areaCode: AREA,
          unitId,
          skills: [...new Set(skills)].map((groupId, level) => ({ groupId, level: level + 1 }))
        })
      }
      agents.setRoster(roster)
      board.allChanged()
      for (const { agentId } of roster.slice(-count)) for (let steps = random.int(1, 7); steps > 0; steps--) work(agentId)
    },
    join,
    leave,
    stir (changes) {
      for (let n = 0; n < changes; n++) {
        const waiting = [...calls.values()].filter(({ queue }) => queue?.waits === true)
        if (random.chance(0.3)) join(random.pick(Object.keys(groups)))
        else if (random.chance(0.2) && waiting.length > 0) leave(random.pick(waiting).callId)
        else work(random.pick(roster).agentId)
      }
    }
  }
}

/** The crowd behind a real server with sessions; `viewers` can sign in with `PASSWORD`. */
export async function boardStage (t: Test, { postgres, groups, viewers, webDir = '/nonexistent' }: {
  postgres: TestPostgres
  groups: Readonly<Record<string, string>>
  viewers: ReadonlyArray<{ id: string, role: RoleName, unitId: string }>
  webDir?: string
}) {
  const { sql } = await postgres.database(t)
  const clock = createSystemClock()
  const log = silent()
  const passwords = createPasswordHash()
  const repository = createAccountRepository({ sql })
  const passwordHash = await passwords.hash(PASSWORD)
  for (const { id, role, unitId } of viewers) await repository.addUser({ id, name: `${id}班长`, roles: [role], areaCode: AREA, unitId, passwordHash }, clock.now())
  const crowd = createCrowd(clock, groups)
  const accounts = createAccounts({ repository, passwords, clock, newId: createIds(clock), idleMs: 1_800_000, ended: actor => { signOutPages(io, actor.id, 'session-ended') }, log })
  const http = await createHttp({ log, webDir })
  const io = createRealtime<ServerToDesk & ServerToBoard, Actor>({ server: http.server, authenticate: cookies => accounts.resolve(tokenIn(cookies)), log })
  addAccountRoutes(http, { accounts, clock, open: ['/api/v1/about'] })
  addAboutRoutes(http, { demo: false, timeZone: 'Asia/Shanghai' })
  addDeskSockets(io, { agents: crowd.agents, desks: { changed: () => {}, showNow: () => {}, connect: () => {}, disconnect: () => {}, present: () => [] } })
  addBoardSockets(io, { board: crowd.board, clock, sessionCounts: cookies => accounts.counts(tokenIn(cookies)), checkMs: 300 })
  await http.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    crowd.board.stop()
    crowd.agents.stop()
    await io.close()
    await http.close()
  })
  return {
    ...crowd,
    sql,
    accounts,
    origin: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`,
    rolesChanged (userId: string) {
      accounts.forget(userId)
      renewBoardPages(io, userId)
    }
  }
}
