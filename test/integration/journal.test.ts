import t from 'tap'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createJournal, type RunningJournal } from '../../src/calls/journal.ts'
import { createReconciler } from '../../src/calls/reconcile.ts'
import type { CallEntry } from '../../src/calls/core/journal-entry.ts'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createIds } from '../../src/platform/ids.ts'
import { createSql, type Sql } from '../../src/platform/database/client.ts'
import { createPersonalData } from '../../src/platform/personal-data.ts'
import { loadSecrets } from '../../src/platform/secrets.ts'
import { silent, testPersonalData, testPostgres } from '../support/database.ts'
import { until } from '../support/until.ts'

const postgres = await testPostgres(t)
const clock = createSystemClock()
const newId = createIds(clock)
const personalData = testPersonalData(t)

function folder (t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-journal-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  return dir
}

function journalOn (sql: Sql, dir: string, limitBytes = 64 * 1048576): RunningJournal {
  return createJournal({ sql, dir, limitBytes, personalData, clock, log: silent(), areaCode: '640100', unitId: 'hotline' })
}

/** The entries of one whole call. */
function callEntries (callId: string, ani = '13800000001'): CallEntry[] {
  const at = clock.now()
  return [
    { callId, seq: 1, at, type: 'arrived', data: {}, facts: { ani, dnis: '12345', trunk: 'city', citizenLegId: `leg-${callId}`, flow: 'main', flowVersion: 'abc' } },
    { callId, seq: 2, at: at + 1000, type: 'choice', data: { key: '3' }, facts: { choices: ['求助'] } },
    { callId, seq: 3, at: at + 1001, type: 'queued', data: {}, facts: { skillGroup: 'help', queuedAt: at + 1001 } },
    { callId, seq: 4, at: at + 3000, type: 'answered', data: {}, facts: { agentId: '1001', answeredAt: at + 3000, waitMs: 1999 } },
    { callId, seq: 5, at: at + 9000, type: 'ended', data: {}, facts: { endedAt: at + 9000, talkMs: 6000, outcome: 'answered', endedBy: 'caller' } }
  ]
}

t.test('a call becomes a row, its events rows, its number sealed', async (t) => {
  const { sql } = await postgres.database(t)
  const journal = journalOn(sql, folder(t))
  const callId = newId()
  const entries = callEntries(callId)
  for (const entry of entries) journal.call(entry)
  t.ok(await journal.flush(5000))
  const [row] = await sql`select * from calls where id = ${callId}`
  t.match(row, {
    id: callId,
    areaCode: '640100',
    unitId: 'hotline',
    startedAt: entries[0]?.at,
    dnis: '12345',
    choices: ['求助'],
    skillGroup: 'help',
    waitMs: 1999,
    agentId: '1001',
    talkMs: 6000,
    outcome: 'answered',
    endedBy: 'caller',
    endedAt: entries[4]?.at,
    aniHash: personalData.numberHash('+86 138 0000 0001')
  })
  t.equal(personalData.open(row?.aniSealed, `calls.ani:${row?.id}`), '13800000001')
  const events = await sql`select * from call_events where call_id = ${callId} order by seq`
  t.same(events.map(event => [event.seq, event.type, event.at]), entries.map(entry => [entry.seq, entry.type, entry.at]))
  t.notMatch(JSON.stringify(events), /13800000001/)

  // What is read again, in whatever order, changes nothing.
  journal.call({ ...entries[1] as CallEntry, facts: { choices: ['咨询'] } })
  journal.call({ callId, seq: 6, at: clock.now(), type: 'resumed', data: {}, facts: {} })
  t.ok(await journal.flush(5000))
  t.same(await sql`select choices from calls where id = ${callId}`, [{ choices: ['求助'] }])
  await journal.close()
})

t.test('agents: every change once, the newest state stands', async (t) => {
  const { sql } = await postgres.database(t)
  const journal = journalOn(sql, folder(t))
  const at = clock.now()
  const callId = newId()
  journal.agent({ agentId: '1001', seq: 1, at, state: 'not-ready', reason: 'signed-in' })
  journal.agent({ agentId: '1001', seq: 2, at: at + 1, state: 'talking', callId })
  journal.agent({ agentId: '1001', seq: 3, at: at + 2, state: 'wrap-up', until: at + 60_002 })
  journal.agent({ agentId: '1001', seq: 2, at: at + 1, state: 'talking', callId })
  t.ok(await journal.flush(5000))
  t.same(await sql`select seq, state from agent_events order by seq`, [{ seq: 1, state: 'not-ready' }, { seq: 2, state: 'talking' }, { seq: 3, state: 'wrap-up' }])
  journal.agent({ agentId: '1001', seq: 1, at, state: 'not-ready', reason: 'signed-in' })
  t.ok(await journal.flush(5000))
  t.match(await sql`select seq, at, state, reason, until, call_id from agent_states`, [{ seq: 3, at: at + 2, state: 'wrap-up', reason: null, until: at + 60_002, callId: null }])
  await journal.close()
})

t.test('one entry that the database refuses does not hold up the others', async (t) => {
  const { sql } = await postgres.database(t)
  const dir = folder(t)
  const journal = journalOn(sql, dir)
  const ids = Array.from({ length: 20 }, newId)
  for (const [index, callId] of ids.entries()) {
    for (const entry of callEntries(callId)) journal.call(index === 7 && entry.seq === 3 ? { ...entry, data: { text: 'not\0text' } } : entry)
  }
  t.ok(await journal.flush(10_000))
  t.match(await sql`select count(*) as calls, sum(talk_ms) as talked from calls`, [{ calls: 20, talked: 120_000 }])
  t.match(await sql`select count(*) as events from call_events`, [{ events: 99 }])
  t.match(journal.health(), { state: 'ok', refused: 1 })
  t.ok(statSync(join(dir, 'refused.sealed')).size > 0)
  await journal.close()
})

t.test('PostgreSQL is killed and comes back: nothing lost, nothing doubled, nothing readable on the disk', async (t) => {
  const { sql } = await postgres.database(t)
  const dir = folder(t)
  const journal = journalOn(sql, dir)
  const ids: string[] = []
  const feed = (calls: number) => {
    for (let index = 0; index < calls; index += 1) {
      const callId = newId()
      ids.push(callId)
      for (const entry of callEntries(callId)) journal.call(entry)
    }
  }
  feed(400)
  await until('some are stored', async () => (await sql`select 1 from calls limit 1`).length > 0)
  feed(400)
  postgres.running.kill('SIGKILL')
  feed(400)
  await until('it knows', () => journal.health().state === 'behind')
  feed(400)
  t.notOk(await journal.flush(200))
  t.ok(journal.health().spooledBytes > 0)
  for (const name of readdirSync(dir)) {
    t.notMatch(readFileSync(join(dir, name), 'latin1'), /13800000|arrived|callId/, 'sealed')
    t.equal(statSync(join(dir, name)).mode & 0o077, 0, 'for the owner only')
  }
  // The process ends as well, and its last line is torn.
  await journal.close()
  const last = readdirSync(dir).sort().at(-1) as string
  truncateSync(join(dir, last), statSync(join(dir, last)).size - 5)
  const next = journalOn(sql, dir)
  const lastCall = ids.at(-1) as string
  await postgres.restart()
  t.ok(await next.flush(20_000))
  t.match(await sql`select count(*) as calls, count(outcome) as ended, count(distinct ani_hash) as numbers from calls`, [{ calls: 1600, ended: 1599, numbers: 1 }])
  t.match(await sql`select count(*) as events from call_events`, [{ events: 7999 }])
  t.same(await sql`select id from calls where outcome is null`, [{ id: lastCall }], 'only the torn entry is missing')
  t.equal(next.health().state, 'ok')
  await next.close()
  t.same(readdirSync(dir), [], 'an empty spool leaves no files')
})

t.test('the process is killed with -9 while it writes: what it had handed over is there after the next start', async (t) => {
  const { sql } = await postgres.database(t)
  const dir = folder(t)
  const keyFile = join(folder(t), 'secrets.json')
  // A database that is not there: all goes to the spool.
  const program = `
    import { createJournal } from '${new URL('../../src/calls/journal.ts', import.meta.url).pathname}'
    import { createSystemClock } from '${new URL('../../src/platform/clock.ts', import.meta.url).pathname}'
    import { createLog } from '${new URL('../../src/platform/log.ts', import.meta.url).pathname}'
    import { createSql } from '${new URL('../../src/platform/database/client.ts', import.meta.url).pathname}'
    import { createPersonalData } from '${new URL('../../src/platform/personal-data.ts', import.meta.url).pathname}'
    import { loadSecrets } from '${new URL('../../src/platform/secrets.ts', import.meta.url).pathname}'
    const journal = createJournal({ sql: createSql({ url: 'postgres://127.0.0.1:1/none', name: 'x', max: 1 }), dir: ${JSON.stringify(dir)}, limitBytes: 1e8,
      personalData: createPersonalData(loadSecrets(${JSON.stringify(keyFile)})), clock: createSystemClock(), log: createLog({ level: 'silent', component: 'x' }), areaCode: '640100', unitId: 'hotline' })
    let seq = 0
    setInterval(() => {
      seq += 1
      const mine = seq
      journal.agent({ agentId: 'a', seq: mine, at: mine, state: 'ready' })
      // By then the system has the write, which takes well under a millisecond.
      setTimeout(() => process.stdout.write(mine + '\\n'), 20)
    }, 2)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = 0
  child.stdout.on('data', (text: Buffer) => { said = Number(text.toString().trim().split('\n').at(-1)) })
  await until('a few hundred were handed over', () => said > 300)
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  const journal = createJournal({ sql, dir, limitBytes: 1e8, personalData: createPersonalData(loadSecrets(keyFile)), clock, log: silent(), areaCode: '640100', unitId: 'hotline' })
  t.ok(await journal.flush(10_000))
  const [row] = await sql`select count(*) as count, max(seq) as highest from agent_events`
  t.ok(row?.count >= said, `${row?.count} of at least ${said}`)
  t.equal(row?.count, row?.highest, 'no gap')
  await journal.close()
})

t.test('a full spool drops what is new, says so, and goes on when there is room', async (t) => {
  const { sql } = await postgres.database(t)
  const away = createSql({ url: 'postgres://127.0.0.1:1/none', name: 'x', max: 1 })
  t.teardown(async () => { await away.end() })
  const dir = folder(t)
  const journal = journalOn(away, dir, 200_000)
  for (let index = 0; index < 500; index += 1) for (const entry of callEntries(newId())) journal.call(entry)
  await until('it is full', () => journal.health().state === 'losing')
  const { lost, spooledBytes } = journal.health()
  t.ok(lost > 0 && lost < 2500 && spooledBytes <= 200_000)
  await journal.close()
  const next = journalOn(sql, dir)
  t.ok(await next.flush(10_000))
  t.match(await sql`select count(*) as events from call_events`, [{ events: 2500 - lost }])
  await next.close()
})

t.test('calls that ended while nobody looked get their end from the channel event log', async (t) => {
  const { sql } = await postgres.database(t)
  const dir = folder(t)
  const celFile = join(dir, 'hotline.jsonl')
  const journal = journalOn(sql, join(dir, 'spool'))
  t.teardown(async () => { await journal.close() })
  const stages = { menu: 2, queue: 3, talk: 4, over: 5, alive: 4, fallback: 3 }
  const calls = Object.fromEntries(Object.keys(stages).map(name => [name, newId()])) as Record<keyof typeof stages, string>
  for (const [name, length] of Object.entries(stages) as Array<[keyof typeof stages, number]>) {
    for (const entry of callEntries(calls[name]).slice(0, length)) journal.call(entry)
  }
  const end = clock.now() + 20_000
  const line = (call: string, cause: number, source: string) => JSON.stringify({
    eventtime: `${Math.floor(end / 1000)}.500000`,
    eventtype: 'HANGUP',
    uniqueid: `leg-${call}`,
    channame: 'PJSIP/city-1',
    eventextra: JSON.stringify({ hangupcause: cause, hangupsource: source })
  })
  // The log was cut in between: its older part lies beside it.
  writeFileSync(`${celFile}.1`, [line(calls.menu, 16, 'PJSIP/city-1'), line('stranger', 16, '')].join('\n'))
  writeFileSync(celFile, [line(calls.queue, 16, 'PJSIP/city-1'), line(calls.talk, 16, 'PJSIP/seat-1001-3'), line(calls.alive, 16, ''), '{"torn'].join('\n'))
  const dropped: string[][] = []
  const drop = async (callIds: readonly string[]) => { if (callIds.length > 0) dropped.push([...callIds].sort()) }
  const reconciler = createReconciler({ sql, journal, celFile, live: () => [calls.alive], drop, clock, log: silent() })
  const [first, same] = await Promise.all([reconciler.run(), reconciler.run()])
  t.same([first, same], [3, 3])
  t.same(dropped, [[calls.menu, calls.queue, calls.talk].sort(), [calls.over]], 'what was kept of them goes, and of the one that had ended before')
  t.equal(await reconciler.run(), 0, 'once')
  t.equal(dropped.length, 2, 'once')
  t.ok(await journal.flush(5000))
  const endedAt = Math.floor(end / 1000) * 1000 + 500
  const rowOf = async (call: string) => (await sql`select outcome, ended_by, ended_at from calls where id = ${call}`)[0]
  t.same(await rowOf(calls.menu), { outcome: 'abandoned-in-menu', endedBy: 'caller', endedAt })
  t.same(await rowOf(calls.queue), { outcome: 'abandoned-in-queue', endedBy: 'caller', endedAt })
  t.same(await rowOf(calls.talk), { outcome: 'answered', endedBy: 'agent', endedAt })
  t.match(await rowOf(calls.over), { outcome: 'answered', endedBy: 'caller' })
  t.match(await rowOf(calls.alive), { outcome: null })
  t.match(await rowOf(calls.fallback), { outcome: null }, 'no end is known: it may wait in the fallback queue')
  reconciler.boundLog()
  t.ok(statSync(celFile).size > 0, 'a short log stays')
})
