/**
 * The journal: what happened to calls and agents, on its way into PostgreSQL. Every entry first passes the local spool, so
 * that none is lost when the database is away or the process dies; a drain then stores them in batches, in order, once:
 * an entry that the database knows already changes nothing.
 */
import type { Clock } from '../kernel/clock.ts'
import { isDatabaseAway, type Sql, type Transaction } from '../platform/database/client.ts'
import type { Log } from '../platform/log.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { AgentEntry, CallEntry, Journal } from './core/journal-entry.ts'
import { mergeFacts } from './core/merge-facts.ts'
import { createSpool } from './spool.ts'
import type { EventColumns } from './tables.ts'

const BATCH_MS = 25
const BATCH_ENTRIES = 500
const RETRY_MS = 500
/** What is new at the end of the process has so long to get into the database; else the next start brings it there. */
const CLOSE_MS = 3_000

type SpooledEntry = { call: CallEntry } | { agent: AgentEntry }

export interface JournalOptions {
  sql: Sql
  /** Folder of the spool. */
  dir: string
  limitBytes: number
  personalData: PersonalData
  clock: Clock
  log: Log
  /** Of the hotline; stand on every row. */
  areaCode: string
  unitId: string
}

export interface JournalHealth {
  /** `behind`: entries lie in the spool because the database does not take them. `losing`: the spool is full or the disk fails. */
  state: 'ok' | 'behind' | 'losing'
  spooledBytes: number
  lost: number
  refused: number
}

export interface RunningJournal extends Journal {
  /** True when all that was handed over so far is in the database; false when it is not within `timeoutMs`. */
  flush: (timeoutMs: number) => Promise<boolean>
  health: () => JournalHealth
  /** Syncs the spool and stops. What is not in the database yet will be after the next start. */
  close: () => Promise<void>
}

export function createJournal ({ sql, dir, limitBytes, personalData, clock, log, areaCode, unitId }: JournalOptions): RunningJournal {
  const spool = createSpool({
    dir,
    limitBytes,
    seal: text => personalData.seal(text, 'journal'),
    open: sealed => personalData.open(sealed, 'journal'),
    clock,
    log,
    onWritten: () => { wake() }
  })
  let behind = false
  let refused = 0
  const stopping = new AbortController()
  const { signal } = stopping
  let wake = () => {}
  let interrupt = () => {}
  const waiters = new Set<() => void>()

  async function pause (ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + ms, finish)
      function finish () {
        cancel()
        interrupt = () => {}
        resolve()
      }
      interrupt = finish
    })
  }

  async function somethingNew (): Promise<void> {
    if (spool.unread) return
    for (const resolve of waiters) resolve()
    await new Promise<void>((resolve) => { wake = resolve })
    wake = () => {}
  }

  async function drain (): Promise<void> {
    while (!signal.aborted) {
      await somethingNew()
      if (signal.aborted) return
      await pause(BATCH_MS)
      try {
        let batch = await spool.read(BATCH_ENTRIES)
        while (batch !== undefined && !signal.aborted) {
          await store(batch.entries as SpooledEntry[])
          await spool.commit(batch.end)
          becomeBehind(false)
          batch = await spool.read(BATCH_ENTRIES)
        }
      } catch (error) {
        becomeBehind(true, error)
        if (!signal.aborted) await pause(RETRY_MS)
      }
    }
  }

  function becomeBehind (now: boolean, error?: unknown): void {
    if (behind === now) return
    behind = now
    spool.setDurable(now)
    if (now) log.error({ err: error }, 'journal goes to the local spool: the database does not take it')
    else log.info('journal is in the database again')
  }

  /** Stores a batch; where the database refuses an entry for what is in it, that one is set aside and the others go on. */
  async function store (entries: SpooledEntry[]): Promise<void> {
    try {
      await sql.begin(async (transaction) => {
        await storeCalls(transaction, entries.flatMap(entry => 'call' in entry ? [entry.call] : []))
        await storeAgents(transaction, entries.flatMap(entry => 'agent' in entry ? [entry.agent] : []))
      })
    } catch (error) {
      if (!isRefusal(error)) throw error
      const [entry] = entries
      if (entries.length === 1 && entry !== undefined) {
        await spool.setAside(entry)
        refused += 1
        log.error({ code: (error as { code?: string }).code, refused }, 'journal entry refused by the database and set aside')
        return
      }
      const middle = Math.ceil(entries.length / 2)
      await store(entries.slice(0, middle))
      await store(entries.slice(middle))
    }
  }

  async function storeCalls (transaction: Transaction, entries: CallEntry[]): Promise<void> {
    if (entries.length === 0) return
    const rows: EventColumns[] = entries.map(({ callId, seq, at, type, data, facts: { ani, ...facts } }) => ({ call_id: callId, seq, at, type, data, facts }))
    const fresh = await transaction<Array<{ callId: string, seq: number }>>`
      insert into call_events (call_id, seq, at, type, data, facts, area_code, unit_id)
      select call_id, seq, to_timestamp(at / 1000), type, data, facts, ${areaCode}, ${unitId}
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as entry(call_id uuid, seq integer, at double precision, type text, data jsonb, facts jsonb)
      on conflict (call_id, seq) do nothing
      returning call_id, seq`
    // Only what is new says something: an entry that is read again must not undo what came after it.
    const known = new Set(fresh.map(row => `${row.callId} ${row.seq}`))
    const merged = mergeFacts(entries.filter(entry => known.has(`${entry.callId} ${entry.seq}`)))
    if (merged.length === 0) return
    const calls = merged.map(({ callId, at, facts: { ani, ...facts } }) => ({
      ...facts,
      id: callId,
      at,
      ...(ani === undefined ? {} : { aniSealed: personalData.seal(ani, `calls.ani:${callId}`), aniHash: personalData.numberHash(ani) ?? null })
    }))
    await transaction`
      insert into calls as known (
        id, area_code, unit_id, started_at, ani_sealed, ani_hash, dnis, trunk, citizen_leg_id, flow, flow_version, choices, skill_group,
        queued_at, wait_ms, agent_id, answered_at, talk_ms, ended_at, outcome, ended_by)
      select
        id, ${areaCode}, ${unitId}, to_timestamp(at / 1000), "aniSealed", "aniHash", dnis, trunk, "citizenLegId", flow, "flowVersion", choices, "skillGroup",
        to_timestamp("queuedAt" / 1000), "waitMs", "agentId", to_timestamp("answeredAt" / 1000), "talkMs", to_timestamp("endedAt" / 1000), outcome, "endedBy"
      from jsonb_to_recordset(${JSON.stringify(calls)}::text::jsonb) as entry(
        id uuid, at double precision, "aniSealed" text, "aniHash" text, dnis text, trunk text, "citizenLegId" text, flow text, "flowVersion" text,
        choices text[], "skillGroup" text, "queuedAt" double precision, "waitMs" integer, "agentId" text, "answeredAt" double precision,
        "talkMs" integer, "endedAt" double precision, outcome text, "endedBy" text)
      order by id
      on conflict (id) do update set
        started_at = least(known.started_at, excluded.started_at),
        ani_sealed = coalesce(excluded.ani_sealed, known.ani_sealed),
        ani_hash = coalesce(excluded.ani_hash, known.ani_hash),
        dnis = coalesce(excluded.dnis, known.dnis),
        trunk = coalesce(excluded.trunk, known.trunk),
        citizen_leg_id = coalesce(excluded.citizen_leg_id, known.citizen_leg_id),
        flow = coalesce(excluded.flow, known.flow),
        flow_version = coalesce(excluded.flow_version, known.flow_version),
        choices = coalesce(excluded.choices, known.choices),
        skill_group = coalesce(excluded.skill_group, known.skill_group),
        queued_at = coalesce(excluded.queued_at, known.queued_at),
        wait_ms = coalesce(excluded.wait_ms, known.wait_ms),
        agent_id = coalesce(excluded.agent_id, known.agent_id),
        answered_at = coalesce(excluded.answered_at, known.answered_at),
        talk_ms = coalesce(excluded.talk_ms, known.talk_ms),
        ended_at = coalesce(excluded.ended_at, known.ended_at),
        outcome = coalesce(excluded.outcome, known.outcome),
        ended_by = coalesce(excluded.ended_by, known.ended_by)`
  }

  async function storeAgents (transaction: Transaction, entries: AgentEntry[]): Promise<void> {
    if (entries.length === 0) return
    const text = JSON.stringify(entries)
    await transaction`
      insert into agent_events (agent_id, seq, at, state, reason, call_id, until, area_code, unit_id)
      select "agentId", seq, to_timestamp(at / 1000), state, reason, "callId", to_timestamp(until / 1000), ${areaCode}, ${unitId}
      from jsonb_to_recordset(${text}::text::jsonb) as entry("agentId" text, seq bigint, at double precision, state text, reason text, "callId" uuid, until double precision)
      on conflict do nothing`
    await transaction`
      insert into agent_states as known (agent_id, seq, at, state, reason, call_id, until, area_code, unit_id)
      select distinct on ("agentId") "agentId", seq, to_timestamp(at / 1000), state, reason, "callId", to_timestamp(until / 1000), ${areaCode}, ${unitId}
      from jsonb_to_recordset(${text}::text::jsonb) as entry("agentId" text, seq bigint, at double precision, state text, reason text, "callId" uuid, until double precision)
      order by "agentId", at desc, seq desc
      on conflict (agent_id) do update set
        seq = excluded.seq, at = excluded.at, state = excluded.state, reason = excluded.reason, call_id = excluded.call_id, until = excluded.until
      where (excluded.at, excluded.seq) > (known.at, known.seq)`
  }

  const draining = drain()

  return {
    call (entry) { spool.append({ call: entry }) },
    agent (entry) { spool.append({ agent: entry }) },
    async flush (timeoutMs) {
      if (!spool.unread) return true
      return await new Promise<boolean>((resolve) => {
        const finish = (done: boolean) => {
          cancel()
          waiters.delete(drained)
          resolve(done)
        }
        const drained = () => { finish(true) }
        const cancel = clock.at(clock.now() + timeoutMs, () => { finish(false) })
        waiters.add(drained)
      })
    },
    health () {
      const { bytes, pending, dropped, diskFailures } = spool.state()
      const losing = dropped > 0 || (diskFailures > 0 && pending > 0)
      return { state: losing ? 'losing' : behind ? 'behind' : 'ok', spooledBytes: bytes, lost: dropped, refused }
    },
    async close () {
      await this.flush(behind ? 0 : CLOSE_MS)
      stopping.abort()
      wake()
      interrupt()
      await draining
      await spool.close()
    }
  }
}

/** The database says that an entry itself is wrong: it would say so for ever. SQLSTATE 22: data, 23: constraints. */
function isRefusal (error: unknown): boolean {
  if (isDatabaseAway(error)) return false
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(22|23)/.test(code)
}
