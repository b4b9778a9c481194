/** One day at the hotline, small enough to be played again from its seed: citizens, agents, and everything that goes wrong. */
import type { AgentProfile, RememberedAgent } from '../../src/agents/service.ts'
import type { AgentState } from '../../src/agents/core/agent.ts'
import type { AgentEntry, CallEntry } from '../../src/calls/core/journal-entry.ts'
import { closingEntry } from '../../src/calls/core/reconcile.ts'
import type { FlowLibrary } from '../../src/ivr/core/flow.ts'
import { parseOwnedId } from '../../src/kernel/ids.ts'
import type { LegMark } from '../../src/telephony/port.ts'
import { createRandom, type Random } from '../support/random.ts'
import { createSimulatedExchange } from '../support/simulated-exchange.ts'
import { createSimulatedPhone, type PhoneTrouble, type SimulatedPhone } from '../support/simulated-phone.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { checkEnd, createLedger, createWatch, Violation, watchOrder } from './checks.ts'
import { sendCitizen, type Truth } from './citizen.ts'
import { createDesk } from './desk.ts'
import { createProgram, type Program } from './program.ts'
import { traced, type Trace } from './trace.ts'

export interface WorldOptions {
  seed: number
  /** Citizens who call. */
  calls: number
  flows: FlowLibrary
  /** Told what happens, when the world is played again to see why. */
  trace?: Trace
}

export interface WorldReport {
  calls: number
  answered: number
  outcomes: Record<string, number>
  restarts: number
  drops: number
  /** Commands that failed by chance. */
  failures: number
  steps: number
}

const GROUPS = ['general', 'consult', 'complaint', 'help', 'progress', 'enterprise', 'minority', 'english']
const STAGES: ReadonlySet<CallEntry['type']> = new Set(['arrived', 'queued', 'offered', 'ringing', 'offer-ended', 'answered', 'requeued'])
const LOOK_EVERY_MS = 2_000

/** Plays one world to its end. Rejects with `Violation` at the first thing that must not be. */
export async function playWorld ({ seed, calls, flows, trace }: WorldOptions): Promise<WorldReport> {
  const random = createRandom(seed)
  const clock = createVirtualClock()
  const exchange = createSimulatedExchange({ clock, promptMs: (prompt) => 400 + (prompt.length * 977) % 4_000 })
  const wildness = random.pick([0, 0.3, 1])
  const trouble: PhoneTrouble = {
    fault: wildness === 0 ? 0 : random.pick([0, 0.002, 0.02]),
    timeout: wildness === 0 ? 0 : random.pick([0, 0.002, 0.01]),
    delayMs: random.pick([0, 3, 30, 200])
  }
  const queueLimit = random.pick([2, 5, 40])
  const roster = makeRoster(random)
  const truths: Truth[] = []
  const hangUps = new Set<string>()
  const lostSnapshots = new Set<string>()
  /** Legs that came back from the fallback queue, and calls that began with one which could not be marked any more. */
  const returned = new Set<string>()
  const unmarked = new Set<string>()
  let failed: Violation | undefined
  let server: { program: Program, phone: SimulatedPhone, kill: () => void } | undefined
  let steadySince = Infinity
  const absences: Array<{ began: number, ended: number }> = []
  let awaySince: number | undefined
  /** This program has dropped what the one before it left. */
  let lookedBack = false
  let restarts = 0
  let drops = 0
  let failures = 0
  let closing = false

  const violate = (what: string, callId?: string): void => { failed ??= new Violation(what, callId) }
  const ledger = createLedger(violate)
  const later = (ms: number, action: () => void): void => { clock.at(clock.now() + ms, action) }
  const fate = random.fork()
  const desks = roster.map(({ agentId }) => createDesk({
    agentId,
    exchange,
    clock,
    random: random.fork(),
    server: () => server,
    trouble: () => closing ? 0 : wildness,
    violation: violate,
    beingHungUp: (legId) => hangUps.has(legId)
  }))
  const look = createWatch({ exchange, now: clock.now, roster, violate, patienceMs: 45_000 })

  // ---- the program and its deaths

  function startProgram (): void {
    const process = clock.process()
    const inner = createSimulatedPhone({
      exchange,
      clock,
      random: random.fork(),
      trouble,
      onListenerError: (error) => { violate(`a listener threw: ${String(error)}`) }
    })
    inner.subscribe((event) => { if (event.type === 'leg-arrived' && event.joinedAt !== undefined) returned.add(event.leg.id) })
    const phone = traced(inner, {
      trace,
      now: clock.now,
      onCommand: (name, args) => {
        if (name === 'hangUp') hangUps.add(String(args[0]))
      },
      onFailure: (name, args) => {
        failures++
        if (name === 'writeSnapshot') lostSnapshots.add(String(args[0]))
        if (name === 'mark' && returned.has(String(args[0]))) unmarked.add((args[1] as LegMark).callId)
      }
    })
    const ids = random.fork()
    const program = createProgram({
      clock: process.clock,
      phone,
      journal: traceJournal(ledger.journal((callId) => lostSnapshots.has(callId))),
      flows,
      roster,
      remembered: remember(ledger.agents),
      callRules: { ringMs: 20_000, reconnectMs: 20_000, firstAnnounceMs: 8_000, announceMs: 30_000, sweepMs: 5_000, sweeps: 5, flow: 'main', generalGroup: 'general' },
      agentRules: { wrapUpMs: 15_000, extensionMs: 30_000, graceMs: 20_000, offlineAfterMs: 600_000, offerMaxMs: 40_000 },
      queueLimit,
      newCallId: () => callId(clock.now(), ids),
      random: random.fork(),
      watchStore: (store) => watchOrder(store, violate),
      onSettled: reconcile,
      fault: (message, detail) => {
        const error = 'err' in detail ? detail.err : 'error' in detail ? detail.error : ''
        violate(`${message}: ${error instanceof Error ? error.stack : String(error)}`, 'callId' in detail ? String(detail.callId) : undefined)
      }
    })
    server = { program, phone: Object.assign(phone, { kill: inner.kill, drop: inner.drop, counts: inner.counts }), kill: process.kill }
    program.start().catch((error: unknown) => { violate(`start: ${String(error)}`) })
    if (awaySince !== undefined) absences.push({ began: awaySince, ended: clock.now() })
    awaySince = undefined
    lookedBack = false
    steadySince = clock.now()
    trace?.(clock.now(), '', 'program starts')
    for (const desk of desks) desk.serverBack()
  }

  /** The product's own rule for calls that ended while nobody was there, over the phone system's channel event log. */
  function reconcile (): void {
    if (server === undefined) return
    const { calls } = server.program
    const live = new Set(calls.live())
    const over: string[] = []
    for (const [callId, entries] of ledger.calls) {
      if (live.has(callId)) continue
      if (entries.some(({ type }) => type === 'ended')) {
        // The product asks the database for the last ones, once after each start.
        if (!lookedBack) over.push(callId)
        continue
      }
      const citizenLegId = entries[0]?.facts.citizenLegId ?? null
      const logged = citizenLegId === null ? undefined : exchange.hangUpOf(citizenLegId)
      const at = (type: CallEntry['type']): number | null => entries.find((entry) => entry.type === type)?.at ?? null
      const closing = closingEntry({
        callId,
        citizenLegId,
        queuedAt: at('queued'),
        answeredAt: at('answered'),
        lastSeq: entries.length,
        lastAt: entries.at(-1)?.at ?? 0,
        lastStage: entries.findLast(({ type }) => STAGES.has(type))?.type ?? null
      }, logged === undefined ? undefined : { legId: citizenLegId ?? '', at: logged.at, causeCode: logged.causeCode, by: logged.byCaller ? 'caller' : 'unknown' }, clock.now())
      if (closing === undefined) continue
      entries.push(closing)
      over.push(callId)
    }
    lookedBack = true
    calls.dropSnapshots(over).catch((error: unknown) => { violate(`snapshots: ${String(error)}`) })
  }

  function endProgram (gently: boolean): void {
    if (server === undefined) return
    const { program, phone, kill } = server
    server = undefined
    awaySince = clock.now()
    steadySince = Infinity
    restarts++
    trace?.(clock.now(), '', gently ? 'program stops' : 'program is killed')
    if (gently) program.stop().catch((error: unknown) => { violate(`stop: ${String(error)}`) })
    else phone.kill()
    kill()
  }

  function restart (awayMs: number): void {
    endProgram(fate.chance(0.2))
    later(awayMs, startProgram)
    if (awayMs > 20_000) later(20_000, () => { exchange.sendWaitingToFallback() })
  }

  function misfortune (): void {
    if (closing) return
    later(fate.int(5_000, 120_000 / wildness), misfortune)
    if (server === undefined) return
    if (fate.chance(0.5)) {
      restart(fate.chance(0.85) ? fate.int(0, 3_000) : fate.int(3_000, 40_000))
    } else if (server.phone.connected) {
      const awayMs = fate.int(50, 6_000)
      drops++
      steadySince = clock.now() + awayMs
      trace?.(clock.now(), '', `connection lost for ${awayMs} ms`)
      server.phone.drop(awayMs)
    }
  }

  function traceJournal (journal: ReturnType<ReturnType<typeof createLedger>['journal']>): typeof journal {
    if (trace === undefined) return journal
    return {
      call: (entry) => {
        trace(clock.now(), entry.callId, `journal ${entry.seq} ${entry.type} ${JSON.stringify(entry.facts)} ${JSON.stringify(entry.data)}`)
        journal.call(entry)
      },
      agent: (entry) => {
        trace(clock.now(), entry.callId ?? '', `agent ${entry.agentId} ${entry.state} ${entry.reason ?? ''}`)
        journal.agent(entry)
      }
    }
  }

  // ---- the day

  startProgram()
  for (const desk of desks) desk.start()
  if (wildness > 0) later(fate.int(5_000, 60_000), misfortune)
  const meanMs = random.int(1_500, 20_000)
  const citizens = random.fork()
  let arrived = 0
  const arrive = (): void => {
    if (arrived++ >= calls) return
    truths.push(sendCitizen({ exchange, clock, random: citizens.fork(), dnis: '12345' }))
    later(citizens.chance(0.1) ? 0 : citizens.int(0, 2 * meanMs), arrive)
  }
  later(random.int(0, 30_000), arrive)
  const watch = (): void => {
    later(LOOK_EVERY_MS, watch)
    if (server?.phone.connected === true) look(server.program, steadySince)
  }
  later(LOOK_EVERY_MS, watch)

  const over = (): boolean => failed !== undefined || (arrived > calls && truths.every(({ goneAt }) => goneAt !== undefined))
  if (!await clock.runUntil(over, 48 * 3_600_000)) violate('citizens who never leave')
  // Peace: nothing fails any more, and all that stands must come to its end.
  closing = true
  trouble.fault = 0
  trouble.timeout = 0
  for (const desk of desks) desk.close()
  const quiet = (): boolean => failed !== undefined ||
    (server?.phone.connected === true && server.program.calls.live().length === 0 && exchange.allLegs().length === 0 && exchange.bridgeIds().length === 0)
  if (failed === undefined) {
    await clock.runUntil(() => failed !== undefined || server?.phone.connected === true, 120_000)
    await clock.runUntil(quiet, 600_000)
    // The last look around: what could not be dropped is dropped now.
    server?.phone.drop(50)
    await clock.advance(10_000)
  }
  reconcile()
  await clock.advance(10_000)
  if (failed === undefined) {
    checkEnd({
      exchange,
      program: (server as unknown as { program: Program }).program,
      roster,
      ledger,
      truths,
      // Whom an agent answered counts as talking while nobody is there to see that they were never connected.
      awayMs: (from) => absences.reduce((sum, { began, ended }) => sum + Math.max(0, ended - Math.max(from, began)), 0),
      mayBeForgotten: (callId) => lostSnapshots.has(callId) || unmarked.has(callId),
      violate
    })
  }
  if (failed !== undefined) throw failed
  const outcomes: Record<string, number> = {}
  for (const entries of ledger.calls.values()) {
    const outcome = entries.find(({ type }) => type === 'ended')?.facts.outcome ?? 'none'
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  return { calls, answered: outcomes.answered ?? 0, outcomes, restarts, drops, failures, steps: clock.ran }
}

function makeRoster (random: Random): AgentProfile[] {
  const count = random.int(1, 8)
  return Array.from({ length: count }, (_, index) => ({
    agentId: String(1001 + index),
    name: `坐席${index + 1}`,
    skills: GROUPS.filter((group) => group === 'general' || random.chance(0.6)).map((groupId) => ({ groupId, level: random.int(1, 3) }))
  }))
}

/** What the database would give back after a restart. */
function remember (agents: ReadonlyMap<string, readonly AgentEntry[]>): RememberedAgent[] {
  return [...agents.values()].flatMap((entries) => {
    const last = entries.at(-1)
    if (last === undefined) return []
    return [{
      agentId: last.agentId,
      name: last.state as AgentState['name'],
      since: last.at,
      seq: last.seq,
      ...(last.reason === undefined ? {} : { reason: last.reason }),
      ...(last.until === undefined ? {} : { until: last.until }),
      ...(last.callId === undefined ? {} : { callId: last.callId })
    }]
  })
}

/** A UUIDv7 of that moment. */
function callId (now: number, random: Random): string {
  const time = now.toString(16).padStart(12, '0')
  const hex = (digits: number): string => random.int(0, 16 ** digits - 1).toString(16).padStart(digits, '0')
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(6)}${hex(6)}`
  if (parseOwnedId(`${id}.leg.000001`) === undefined) throw new Error(`no call id: ${id}`)
  return id
}
