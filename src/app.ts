/** The composition root: the only place where all capabilities meet. */
import type { FastifyRequest } from 'fastify'
import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMemoryStore } from './acd/memory-store.ts'
import { createAccountRepository } from './accounts/repository.ts'
import { ensureFirstAccounts } from './accounts/first-accounts.ts'
import { createPasswordHash } from './accounts/password-hash.ts'
import { actorOf, addAccountRoutes, tokenIn } from './accounts/routes.ts'
import { createAccounts } from './accounts/service.ts'
import { can } from './accounts/core/can.ts'
import { addAdmin } from './admin/routes.ts'
import type { ServerToDesk } from './agents/contract.ts'
import { createDirectory } from './agents/directory.ts'
import { keepFallbackSeats } from './agents/fallback-seats.ts'
import { createAgentRepository } from './agents/repository.ts'
import { addAgentRoutes, giveAccount } from './agents/routes.ts'
import { addDeskSockets, signOutPages } from './agents/sockets.ts'
import { createDailyBackup } from './backup/daily.ts'
import { createLiveBoard, renewBoardPages, type ServerToBoard } from './board/live.ts'
import { loadOverrides } from './calendar/holidays.ts'
import { createCalendar } from './calendar/service.ts'
import { addCallCommandRoutes } from './calls/command-routes.ts'
import { createJournal } from './calls/journal.ts'
import { createReconciler } from './calls/reconcile.ts'
import { createCallRepository } from './calls/repository.ts'
import { addCallRoutes } from './calls/routes.ts'
import { demoCallers, demoDepartments } from './demo/core/people.ts'
import { createDemoRepository } from './demo/repository.ts'
import { seedDemo } from './demo/service.ts'
import { createExchange } from './exchange.ts'
import { addAboutRoutes, addHealthRoutes } from './health/routes.ts'
import { createHealth } from './health/service.ts'
import { createFlowLibrary } from './ivr/library.ts'
import { defaultSkillGroups, FALLBACK_SKILL_GROUP } from './ivr/core/skill-groups.ts'
import type { Actor } from './kernel/actor.ts'
import type { AgentId, CallId } from './kernel/ids.ts'
import { createSystemClock } from './platform/clock.ts'
import { ConfigError, type Config } from './platform/config.ts'
import { createDatabase, isDatabaseAway } from './platform/database/client.ts'
import { migrate } from './platform/database/migrate.ts'
import { ApiError } from './platform/http/errors.ts'
import { createHttp } from './platform/http/server.ts'
import { createIds } from './platform/ids.ts'
import { startJobs } from './platform/jobs.ts'
import type { Log } from './platform/log.ts'
import { maskNumber } from './platform/masking.ts'
import { createPersonalData, shownNumber } from './platform/personal-data.ts'
import { createRealtime } from './platform/realtime.ts'
import { loadSecrets, openKeys } from './platform/secrets.ts'
import { addScreenPopRoutes } from './screen-pop/routes.ts'
import { createRecordings } from './recordings/live.ts'
import { addRecordingRoutes } from './recordings/routes.ts'
import { createScreenPopRepository } from './screen-pop/repository.ts'
import { createAriPhone } from './telephony/ari/phone.ts'
import { readTrunks } from './telephony/ari/trunks.ts'
import { seatOf } from './telephony/port.ts'
import { addTrialRoutes } from './trial/routes.ts'
import { addUnmaskRoutes } from './unmask/routes.ts'
import { createUnmask } from './unmask/service.ts'
import { catalogueOf } from './work-orders/core/catalogue.ts'
import { createDraftRepository } from './work-orders/draft-repository.ts'
import { createWorkOrderRepository } from './work-orders/repository.ts'
import { addWorkOrderRoutes } from './work-orders/routes.ts'
import { createWorkOrders } from './work-orders/service.ts'

export interface App {
  listen: () => Promise<void>
  /** Lets go of all calls without ending them, writes down what is left, closes. */
  close: () => Promise<void>
}

/** Calls and their orders belong to this unit until departments have units of their own. */
const HOTLINE_UNIT = 'hotline'
const WEB_DIR = fileURLToPath(new URL('../web/dist/', import.meta.url))
const SIP_DOMAIN = 'hotline'
const ENTRY_FLOW = 'main'
/** Callers wait in the phone system while the server starts: it does not wait longer for a database that is away. */
const DATABASE_WAIT_MS = 5_000
const FIRST_ANNOUNCE_MS = 5000
const POP_PATIENCE_MS = 800
const MOST_CALLS = 2000
const FLUSH_MS = 5000

/** Puts the server together. The database is waited for a while; calls are then served without it. */
export async function createApp (config: Config, log: Log): Promise<App> {
  const { areaCode, timeZone, dataDir } = config
  const unitId = HOTLINE_UNIT
  const clock = createSystemClock()
  const newId = createIds(clock)
  const secrets = loadSecrets(config.secretsFile, config.cipher)
  const keys = openKeys(config.secretsFile, error => { log.error({ err: error }, 'the secrets file cannot be read any more: the keys known so far stay in use') })
  const personalData = createPersonalData(keys, config.dialCode)
  if (config.databaseUrl === undefined || config.ariUrl === undefined) throw new ConfigError(['DATABASE_URL、ARI_URL：服务进程由 npm start 启动，或两者都要设置 (set both, or use npm start)'])

  const database = createDatabase({ url: config.databaseUrl, clock, log })
  const { sql } = database
  const journal = createJournal({ sql, dir: join(dataDir, 'spool'), limitBytes: config.spoolBytes, personalData, clock, log, areaCode, unitId })
  const accountRepository = createAccountRepository({ sql })
  const agentRepository = createAgentRepository({ sql })
  const callRepository = createCallRepository({ sql, personalData, mask: number => maskNumber(shownNumber(number)) })
  const popRepository = createScreenPopRepository({ sql, personalData, clock })
  const workOrderRepository = createWorkOrderRepository({ sql, personalData })
  const drafts = createDraftRepository({ sql, personalData, workOrders: workOrderRepository })
  const overrides = await loadOverrides(join(dataDir, 'calendar.json')).catch((error: unknown) => {
    // A mistyped table of days must not keep the hotline from answering.
    log.error({ err: error }, 'the table of own holidays is faulty and not used')
    return {}
  })
  const calendar = createCalendar({ timeZone, overrides })
  const seatsFile = join(dataDir, 'seats.json')
  const directory = createDirectory({
    repository: agentRepository,
    clock,
    log,
    groups: defaultSkillGroups,
    changed (roster) {
      exchange.agents.setRoster(roster)
      keepFallbackSeats(roster, seatsFile, log)
    }
  })
  const flows = createFlowLibrary({
    folder: config.flowsDir,
    promptsFolder: config.soundsDir,
    versionsFolder: join(dataDir, 'flow-versions'),
    skillGroups: directory.groupIds,
    entry: ENTRY_FLOW,
    clock,
    log
  })
  const phone = createAriPhone({ url: config.ariUrl, app: 'hotline', clock, log: log.child({ part: 'phone' }), soundsDir: config.soundsDir })

  const recordings = createRecordings({
    sql,
    phone,
    personalData,
    audit: accountRepository.addAudit,
    calls: { state: callId => exchange.calls.state(callId), settled: () => exchange.settled },
    hasWorkOrder: workOrderRepository.existsForCall,
    findCall,
    settings: config,
    clock,
    newId,
    areaCode,
    unitId,
    log
  })

  const exchange = createExchange({
    clock,
    phone,
    journal,
    flows,
    moment: calendar.moment,
    store: createMemoryStore(),
    callRules: {
      ringMs: config.ringMs,
      reconnectMs: config.reconnectMs,
      firstAnnounceMs: FIRST_ANNOUNCE_MS,
      announceMs: config.announceMs,
      sweepMs: 5000,
      sweeps: 3,
      muteMs: config.muteMs,
      flow: ENTRY_FLOW,
      generalGroup: FALLBACK_SKILL_GROUP
    },
    agentRules: {
      wrapUpMs: config.wrapUpMs,
      extensionMs: 30_000,
      graceMs: config.reconnectMs,
      offlineAfterMs: 600_000,
      offerMaxMs: config.ringMs + 20_000
    },
    queueLimit: config.queueLimit,
    maxCalls: MOST_CALLS,
    musicClass: 'default',
    node: hostname(),
    newCallId: newId,
    seal: text => personalData.seal(text, 'calls.snapshot'),
    open: sealed => personalData.open(sealed, 'calls.snapshot'),
    recorder: recordings.recorder,
    callOver: recordings.callOver,
    lookUpCaller: popRepository.record,
    groupName: directory.groupName,
    groupSettings: directory.group,
    agentRetired (agentId) {
      phone.removeSeat(seatOf(agentId)).catch((error: unknown) => { log.warn({ err: error }, 'phone account of a disabled agent not removed yet') })
    },
    showNumber: number => maskNumber(shownNumber(number)),
    popPatienceMs: POP_PATIENCE_MS,
    board: () => board,
    onSettled: closeUnseenEnds,
    log: log.child({ part: 'calls' })
  })

  const reconciler = createReconciler({ sql, journal, celFile: config.celFile, live: () => exchange.calls.live(), drop: callIds => exchange.calls.dropSnapshots(callIds), clock, log })
  function closeUnseenEnds (): void {
    reconciler.run().catch((error: unknown) => { log.warn({ err: error }, 'journal not held against the channel event log yet') })
  }

  const passwords = createPasswordHash()
  const accounts = createAccounts({
    repository: accountRepository,
    passwords,
    clock,
    newId,
    idleMs: config.sessionIdleMs,
    began: actor => { exchange.agents.signIn(actor.id) },
    ended (actor) {
      exchange.agents.signOut(actor.id)
      signOutPages(io, actor.id, 'session-ended')
    },
    log
  })
  /** A call that lives or lived. */
  async function findCall (callId: CallId): Promise<{ ani: string, agentId: string | null, areaCode: string, unitId: string } | undefined> {
    const live = exchange.calls.state(callId)
    if (live?.agent !== undefined) return { ani: live.ani, agentId: live.agent.agentId, areaCode, unitId }
    const row = await callRepository.find(callId)
    if (row === undefined) return undefined
    const ani = row.aniSealed === null ? '' : personalData.open(row.aniSealed, `calls.ani:${row.id}`)
    return { ani, agentId: row.agentId, areaCode: row.areaCode, unitId: row.unitId }
  }
  const workOrders = createWorkOrders({ repository: workOrderRepository, drafts, findCall, clock, newId, randomBelow: limit => randomInt(limit), timeZone, areaCode })

  const http = await createHttp({ log, webDir: WEB_DIR })
  const io = createRealtime<ServerToDesk & ServerToBoard, Actor>({ server: http.server, authenticate: cookies => accounts.resolve(tokenIn(cookies)), log })
  const board = createLiveBoard({ io, exchange, directory, clock, limits: config.boardLimits, home: { areaCode, unitId }, mask: number => maskNumber(shownNumber(number)), sessionCounts: cookies => accounts.counts(tokenIn(cookies)), log })
  const agentOf = (request: FastifyRequest): AgentId => {
    const actor = actorOf(request)
    if (!can(actor, 'agent.work')) throw new ApiError(403, 'forbidden', '此操作仅限坐席')
    return actor.id
  }
  const phoneAccess = { phone, clock, phoneGateKey: secrets.phoneGateKey, sipDomain: SIP_DOMAIN, iceServers: config.iceServers, turnSecret: config.turnSecret }
  addAccountRoutes(http, { accounts, clock, open: ['/api/v1/health', '/api/v1/about', ...(config.demo ? ['/api/v1/trial-phone'] : [])] })
  addAboutRoutes(http, { demo: config.demo, timeZone })
  addHealthRoutes(http, createHealth({
    databaseUp: () => database.up,
    phoneConnected: () => phone.connected,
    settled: () => exchange.settled,
    rosterLoaded: directory.loaded,
    flows: () => ({ ok: flows.status().ok, findings: flows.status().findings.length }),
    journal: journal.health,
    disk: recordings.disk,
    missingYears: () => calendar.missingYears(clock.now())
  }))
  addAgentRoutes(http, { ...phoneAccess, agents: exchange.agents, agentOf, reasonCodes: agentRepository.reasonCodes })
  addCallRoutes(http, { calls: callRepository, actorOf })
  addCallCommandRoutes(http, { calls: exchange.calls, agentOf })
  addScreenPopRoutes(http, { history: popRepository.history, findCall, personalData, actorOf })
  const unmask = createUnmask({
    findCall,
    findWorkOrder: workOrderRepository.find,
    inHand: (agentId, callId) => exchange.calls.state(callId)?.agent?.agentId === agentId || exchange.agents.state(agentId)?.callId === callId,
    audit: accountRepository.addAudit,
    clock,
    newId
  })
  addRecordingRoutes(http, { playback: recordings.playback, actorOf })
  addUnmaskRoutes(http, { unmask: unmask.unmask, actorOf })
  addWorkOrderRoutes(http, { workOrders, catalogue: catalogueOf(areaCode), actorOf })
  const { ariUrl } = config
  addAdmin(http, {
    sql,
    clock,
    newId,
    personalData,
    passwords,
    hotlineUnit: unitId,
    lastResort: FALLBACK_SKILL_GROUP,
    flows,
    trunks: () => readTrunks(ariUrl),
    actorOf,
    sessionsChanged (userId, ended) {
      accounts.forget(userId)
      ;(ended ? signOutPages : renewBoardPages)(io, userId, 'session-ended')
    },
    rosterChanged: directory.refresh
  })
  if (config.demo) {
    addTrialRoutes(http, { phone, clock, giveAccount: (reply, seat) => giveAccount(reply, phoneAccess, seat), numbers: demoCallers.map(({ number }) => number), log })
  }
  addDeskSockets(io, exchange)

  /** What only a database that is there allows: its tables, the first accounts, sample data. */
  async function prepareDatabase (url: string): Promise<void> {
    await migrate(url)
    const place = { areaCode, unitId }
    const demo = config.demo ? { password: config.demoPassword, departments: demoDepartments } : undefined
    await ensureFirstAccounts({ repository: accountRepository, passwords, personalData, clock, place, demo, file: join(dataDir, 'first-accounts.json') })
    if (config.demo) {
      const repository = createDemoRepository({ sql, areaCode, unitId })
      await seedDemo({ repository, journal, workOrders: workOrderRepository, clock, timeZone, areaCode, unitId, log })
    }
  }

  /** A database that was away at the start gets its tables when it comes back. */
  function prepareLater (url: string): void {
    log.error({}, 'database away: calls are served, sign-in has to wait')
    const stopListening = database.onChange((up) => {
      if (!up) return
      stopListening()
      prepareDatabase(url).catch((error: unknown) => {
        log.error({ err: error }, 'database not prepared')
        if (isDatabaseAway(error)) prepareLater(url)
      })
    })
  }

  const backup = config.backupDir === undefined ? undefined : createDailyBackup({ dir: config.backupDir, time: config.backupTime, keep: config.backupKeep, timeZone, clock, log })
  let jobs: ReturnType<typeof startJobs> | undefined
  return {
    async listen () {
      if (await database.ready(DATABASE_WAIT_MS)) await prepareDatabase(config.databaseUrl as string)
      else prepareLater(config.databaseUrl as string)
      const remembered = await directory.start()
      keepFallbackSeats(directory.roster(), seatsFile, log)
      await flows.start()
      // The port first: while the phone system is away, pages and health say so.
      await http.listen({ host: '127.0.0.1', port: config.serverPort })
      jobs = startJobs([
        { name: 'partitions', schedule: '17 3 * * *', run: async () => { await sql`select ensure_partitions(now(), 3)` } },
        { name: 'channel-event-log', schedule: '7 * * * *', run: async () => { if (exchange.settled) await reconciler.run(); reconciler.boundLog() } },
        { name: 'recordings', schedule: '23 2 * * *', run: recordings.deleteExpired },
        ...(backup === undefined ? [] : [{ name: 'backup', schedule: '*/5 * * * *', run: backup.run }]),
        { name: 'sessions', schedule: '*/10 * * * *', run: () => accounts.sweep() }
      ], { sql, timeZone, log })
      await recordings.start()
      await exchange.start(directory.roster(), remembered)
    },
    async close () {
      backup?.stop()
      await jobs?.stop()
      directory.stop()
      await io.close()
      await http.close()
      await recordings.stop()
      await exchange.stop()
      await flows.stop()
      await journal.flush(FLUSH_MS)
      await journal.close()
      await database.close()
    }
  }
}
