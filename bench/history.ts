/**
 * Earlier calls for benches: millions of them, of known numbers, over a year, straight into the partitioned tables with the
 * hashes and sealed numbers of the installation, as if they had been taken. Indexes are made anew afterwards, which is
 * many times quicker than keeping them up row by row.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import postgres from 'postgres'
import type { PersonalData } from '../src/platform/personal-data.ts'
import { currentKey } from '../src/platform/key-ring.ts'
import { loadSecrets } from '../src/platform/secrets.ts'

/** Calls per number; so many of the latest a screen-pop shows, and it has more to choose from. */
const CALLS_PER_NUMBER = 20
const MONTHS = 12
const INDEXES = ['calls_by_number', 'calls_by_agent', 'calls_by_outcome', 'calls_by_group']
const BATCH = 10_000

/** Number `index` of the history, from 0. */
export function earlierNumber (index: number): string {
  return `139${String(index).padStart(8, '0')}`
}

export interface History { calls: number, numbers: number, seconds: number }

/** Puts `count` calls into the database of `url`, whose tables are there and hold no such calls yet. */
export async function loadHistory ({ url, count, personalData, secretsFile, areaCode = '640100', unitId = 'hotline', report = () => {} }: {
  url: string, count: number, personalData: PersonalData, secretsFile: string, areaCode?: string, unitId?: string, report?: (line: string) => void
}): Promise<History> {
  const began = performance.now()
  const { key } = currentKey(loadSecrets(secretsFile).personalDataKeys)
  const numbers = Math.max(1, Math.floor(count / CALLS_PER_NUMBER))
  const sql = postgres(url, { max: 1, onnotice: () => {}, idle_timeout: 5 })
  try {
    await sql`set synchronous_commit = off`
    await sql`set maintenance_work_mem = '512MB'`
    await sql`select ensure_partitions(now() - make_interval(months => ${MONTHS}), ${MONTHS + 3})`
    await sql`create unlogged table bench_numbers (n integer primary key, hash text not null, sealed text not null)`
    const copy = await sql`copy bench_numbers from stdin`.writable()
    for (let from = 0; from < numbers; from += BATCH) {
      let text = ''
      for (let n = from; n < Math.min(numbers, from + BATCH); n++) text += `${n}\t${personalData.numberHash(earlierNumber(n))}\t${sealForColumn(key, earlierNumber(n))}\n`
      if (!copy.write(text)) await new Promise(resolve => copy.once('drain', resolve))
    }
    await new Promise<void>((resolve, reject) => {
      copy.once('finish', resolve).once('error', reject)
      copy.end()
    })
    report(`${numbers} numbers in after ${seconds(began)} s`)
    const definitions = await sql<Array<{ indexdef: string }>>`select indexdef from pg_indexes where indexname in ${sql(INDEXES)}`
    for (const name of INDEXES) await sql`drop index ${sql(name)}`
    // In the order of time, so of ids: the primary key grows at its end.
    const batch = 500_000
    for (let from = 0; from < count; from += batch) {
      const to = Math.min(count, from + batch)
      await sql`
        insert into calls (id, area_code, unit_id, started_at, ani_sealed, ani_hash, dnis, trunk, citizen_leg_id, flow, flow_version, choices, skill_group,
          queued_at, wait_ms, agent_id, answered_at, talk_ms, ended_at, outcome, ended_by)
        select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(digest, 1, 3) || '8' || substr(digest, 4, 15))::uuid,
          ${areaCode}, ${unitId}, at, sealed, hash, '12345', 'city', 'leg-' || i, 'main', 'a1b2c3', array['求助'], (array['consult', 'help', 'complaint', 'general'])[1 + i % 4],
          at + interval '20 s', 8000 + i % 20000, (1001 + i % 250)::text, at + interval '30 s', 90000 + i % 90000, at + interval '2 min', 'answered', 'caller'
        from (
          select i, md5(i::text) as digest, now() - make_interval(months => ${MONTHS}) + i * (make_interval(months => ${MONTHS}) - interval '1 hour') / ${count}::double precision as at
          from generate_series(${from}::bigint, ${to - 1}::bigint) i
        ) made join bench_numbers on n = (i * 7919) % ${numbers}::bigint
        order by i`
      report(`${to.toLocaleString('en')} calls in after ${seconds(began)} s`)
    }
    for (const { indexdef } of definitions) await sql.unsafe(indexdef.replace(' ON ONLY ', ' ON '))
    await sql`drop table bench_numbers`
    await sql`vacuum analyze calls`
    report(`indexed after ${seconds(began)} s`)
  } finally {
    await sql.end({ timeout: 5 })
  }
  return { calls: count, numbers, seconds: seconds(began) }
}

function seconds (began: number): number {
  return Math.round((performance.now() - began) / 1000)
}

/** As rows of earlier versions are sealed, for the column and not for the row: one number's sealed text then serves all its calls. */
function sealForColumn (key: Buffer, number: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from('calls.ani'))
  return `gcm256.k1.${Buffer.concat([nonce, cipher.update(number), cipher.final(), cipher.getAuthTag()]).toString('base64url')}`
}
