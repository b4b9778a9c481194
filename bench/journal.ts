/**
 * The journal and the search by number, against SQL written by hand for just that on the same database: COPY of finished rows
 * in the journal's own batches, which is what PostgreSQL can do at best, with nothing kept on disk meanwhile; and one
 * SELECT over the index by number.
 */
import { join } from 'node:path'
import postgres from 'postgres'
import { createCallRepository } from '../src/calls/repository.ts'
import type { CallEntry } from '../src/calls/core/journal-entry.ts'
import { createJournal } from '../src/calls/journal.ts'
import type { Actor } from '../src/kernel/actor.ts'
import { createSystemClock } from '../src/platform/clock.ts'
import { createSql } from '../src/platform/database/client.ts'
import { createIds } from '../src/platform/ids.ts'
import type { PersonalData } from '../src/platform/personal-data.ts'
import { benchPostgres, silent } from './database.ts'
import { bySize, inTurns, percentile, row, type Bench, type BenchContext, type Row } from './frame.ts'
import { earlierNumber, loadHistory } from './history.ts'

const PLACE = { areaCode: '640100', unitId: 'hotline' }
/** As many as the journal stores at once. */
const BATCH_CALLS = 100
const EVENTS_PER_CALL = 5

const clock = createSystemClock()
const newId = createIds(clock)

/** What one answered call leaves in the journal. */
function entriesOf (callId: string, ani: string): CallEntry[] {
  const at = clock.now()
  return [
    { callId, seq: 1, at, type: 'arrived', data: {}, facts: { ani, dnis: '12345', trunk: 'city', citizenLegId: `leg-${callId}`, flow: 'main', flowVersion: 'abc' } },
    { callId, seq: 2, at: at + 1000, type: 'choice', data: { key: '3' }, facts: { choices: ['求助'] } },
    { callId, seq: 3, at: at + 1001, type: 'queued', data: {}, facts: { skillGroup: 'help', queuedAt: at + 1001 } },
    { callId, seq: 4, at: at + 3000, type: 'answered', data: {}, facts: { agentId: '1001', answeredAt: at + 3000, waitMs: 1999 } },
    { callId, seq: 5, at: at + 9000, type: 'ended', data: {}, facts: { endedAt: at + 9000, talkMs: 6000, outcome: 'answered', endedBy: 'caller' } }
  ]
}

async function copyRows (sql: postgres.TransactionSql, table: string, columns: string, lines: string[]): Promise<void> {
  const copy = await sql.unsafe(`copy ${table} (${columns}) from stdin`).writable()
  await new Promise<void>((resolve, reject) => {
    copy.once('finish', resolve).once('error', reject)
    copy.end(lines.join('\n') + '\n')
  })
}

/** The same calls by COPY: events as they are, the call's row once, with all that is known in the end. */
async function byHand (sql: postgres.Sql, personalData: PersonalData, calls: CallEntry[][]): Promise<void> {
  const moment = (at: number) => new Date(at).toISOString()
  for (let from = 0; from < calls.length; from += BATCH_CALLS) {
    const batch = calls.slice(from, from + BATCH_CALLS)
    await sql.begin(async (sql) => {
      await copyRows(sql, 'call_events', 'call_id, seq, at, type, data, facts, area_code, unit_id', batch.flat().map(({ callId, seq, at, type, data, facts: { ani, ...facts } }) =>
        [callId, seq, moment(at), type, JSON.stringify(data), JSON.stringify(facts), PLACE.areaCode, PLACE.unitId].join('\t')))
      await copyRows(sql, 'calls', 'id, area_code, unit_id, started_at, ani_sealed, ani_hash, dnis, trunk, citizen_leg_id, flow, flow_version, choices, skill_group, queued_at, wait_ms, agent_id, answered_at, talk_ms, ended_at, outcome, ended_by', batch.map((entries) => {
        const facts = Object.assign({}, ...entries.map(entry => entry.facts)) as CallEntry['facts']
        const { callId, at } = entries[0] as CallEntry
        return [callId, PLACE.areaCode, PLACE.unitId, moment(at), personalData.seal(facts.ani as string, `calls.ani:${callId}`), personalData.numberHash(facts.ani as string), facts.dnis, facts.trunk, facts.citizenLegId,
          facts.flow, facts.flowVersion, `{${facts.choices?.join(',')}}`, facts.skillGroup, moment(facts.queuedAt as number), facts.waitMs, facts.agentId, moment(facts.answeredAt as number), facts.talkMs,
          moment(facts.endedAt as number), facts.outcome, facts.endedBy].join('\t')
      }))
    })
  }
}

async function journalRows ({ size, scratch, undo }: BenchContext, url: string, personalData: PersonalData): Promise<Row> {
  const count = bySize(size, { tiny: 50, short: 4000, long: 40_000 })
  const calls = () => Array.from({ length: count }, (_, n) => entriesOf(newId(), `138000${String(n % 100_000).padStart(5, '0')}`))
  const sql = createSql({ url, name: 'bench', max: 4 })
  undo(async () => { await sql.end() })
  const hand = postgres(url, { max: 1, onnotice: () => {} })
  undo(async () => { await hand.end({ timeout: 5 }) })
  const journal = createJournal({ sql, dir: join(scratch, 'spool'), limitBytes: 512 * 1048576, personalData, clock, log: silent(), ...PLACE })
  undo(async () => { await journal.close() })
  const timed = async (work: () => Promise<void>): Promise<number> => {
    const began = performance.now()
    await work()
    return count * EVENTS_PER_CALL / (performance.now() - began) * 1000
  }
  const rate = await inTurns(bySize(size, { tiny: 1, short: 3, long: 5 }), {
    async ours () {
      const entries = calls().flat()
      return await timed(async () => {
        for (const entry of entries) journal.call(entry)
        if (!await journal.flush(120_000)) throw new Error('the journal was not in the database within two minutes')
      })
    },
    async theirs () {
      const made = calls()
      return await timed(async () => { await byHand(hand, personalData, made) })
    }
  })
  const { refused, lost } = journal.health()
  if (refused + lost > 0) throw new Error(`the journal lost ${lost} entries, ${refused} were refused`)
  return row('journal', rate.ours, rate.theirs, 'events/s', 'COPY of finished rows in the same batches')
}

async function searchRows ({ size, undo, report }: BenchContext, url: string, personalData: PersonalData, secretsFile: string): Promise<Row[]> {
  const count = bySize(size, { tiny: 400, short: 200_000, long: 2_000_000 })
  const { numbers } = await loadHistory({ url, count, personalData, secretsFile, report })
  const sql = createSql({ url, name: 'bench', max: 1 })
  undo(async () => { await sql.end() })
  const hand = postgres(url, { max: 1, onnotice: () => {} })
  undo(async () => { await hand.end({ timeout: 5 }) })
  const repository = createCallRepository({ sql, personalData, mask: number => number })
  const actor: Actor = { id: 'leader', name: '', roles: ['leader'], ...PLACE }
  const searches = bySize(size, { tiny: 10, short: 500, long: 2000 })
  const times: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  let next = 0
  const timed = (into: number[], work: (ani: string) => Promise<number>) => async (): Promise<number> => {
    const began = performance.now()
    for (let n = 0; n < searches; n++) {
      const before = performance.now()
      next = (next + 7) % numbers
      if (await work(earlierNumber(next)) === 0) throw new Error('a number of the history was not found')
      into.push(performance.now() - before)
    }
    return searches / (performance.now() - began) * 1000
  }
  const rate = await inTurns(bySize(size, { tiny: 1, short: 5, long: 7 }), {
    ours: timed(times.ours, async ani => (await repository.search(actor, { ani })).items.length),
    theirs: timed(times.theirs, async ani => (await hand`
      select calls.*, users.name as agent_name, skill_groups.name as group_name from calls
      left join users on users.id = calls.agent_id left join skill_groups on skill_groups.id = calls.skill_group
      where ani_hash = ${personalData.numberHash(ani) as string} order by calls.id desc limit 51`).length)
  })
  const against = `hand-written SQL, ${count.toLocaleString('en')} calls`
  return [
    row('search by number', rate.ours, rate.theirs, 'searches/s', against),
    row('search by number, p99', percentile(times.ours, 99), percentile(times.theirs, 99), 'ms', against)
  ]
}

export const bench: Bench = {
  name: 'journal',
  title: 'Journal and search by number',
  async run (context) {
    const { url, personalData, secretsFile } = await benchPostgres(context)
    return [await journalRows(context, url, personalData), ...await searchRows(context, url, personalData, secretsFile)]
  }
}
