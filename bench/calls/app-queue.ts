/**
 * Asterisk's own contact centre: the same menu by key in the dialplan, app_queue over the same seats, the channel event log
 * by cel_pgsql and the queue log into the same PostgreSQL, and where ours records, MixMonitor into two files.
 */
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import postgres from 'postgres'
import { root } from '../frame.ts'
import type { Stage } from './stage.ts'

export const QUEUE_DNIS = '70001'
export const BARE_DNIS = '70002'

/** Whether ours records: then so must theirs. */
export const records = existsSync(join(root, 'src/recordings/recorder.ts'))

export function queueDialplan (sounds: string): string {
  const id = '$' + '{UNIQUEID}'
  return `
[from-trunk](+)
exten => ${QUEUE_DNIS},1,Goto(bench-queue,s,1)
exten => ${BARE_DNIS},1,Stasis(bench)

[bench-queue]
exten => s,1,Answer()
 same => n,Background(${sounds}/zh/menu&${sounds}/en/menu-english&${sounds}/zh/menu-agent)
 same => n,WaitExten(10)
 same => n,Hangup()
${records ? `exten => 1,1,MixMonitor(${id}.wav,r(${id}-in.wav)t(${id}-out.wav))\n same => n` : 'exten => 1,1'},Queue(bench,,,,60)
 same => n,Hangup()
exten => 3,1,Queue(parked,,,,3600)
 same => n,Hangup()
`
}

export function queueConfiguration (seats: readonly string[]): string {
  return `[general]
persistentmembers = no
autofill = yes

[queue](!)
timeout = 12
retry = 1
ringinuse = no
joinempty = yes
leavewhenempty = no

[bench](queue)
strategy = leastrecent
${seats.map(seat => `member => PJSIP/${seat}`).join('\n')}

[parked](queue)
strategy = leastrecent
`
}

/** Switches its logging into PostgreSQL on; gives the switch to turn it off, so that ours does not pay for it. */
export async function logIntoDatabase ({ databaseUrl, ari, asterisk }: Stage): Promise<() => Promise<void>> {
  const url = new URL(databaseUrl)
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await sql`create table if not exists cel (id bigserial primary key, eventtype varchar(30), eventtime timestamp, userdeftype varchar(255), cid_name varchar(80), cid_num varchar(80), cid_ani varchar(80),
    cid_rdnis varchar(80), cid_dnid varchar(80), exten varchar(80), context varchar(80), channame varchar(80), appname varchar(80), appdata varchar(512), accountcode varchar(20), peeraccount varchar(20),
    uniqueid varchar(150), linkedid varchar(150), amaflags integer, userfield varchar(255), peer varchar(80), extra varchar(512))`
  await sql`create table if not exists queue_log (line text not null)`
  writeFileSync(join(asterisk.folders.etc, 'cel_pgsql.conf'),
    `[global]\nhostname = 127.0.0.1\nport = ${url.port}\ndbname = hotline\nuser = ${url.username}\npassword = ${decodeURIComponent(url.password)}\ntable = cel\n`, { mode: 0o600 })
  await ari('POST', 'asterisk/modules/cel_pgsql.so')
  const stopQueueLog = feedQueueLog(sql, join(asterisk.folders.log, 'queue_log'))
  return async () => {
    await stopQueueLog()
    await ari('DELETE', 'asterisk/modules/cel_pgsql.so')
    await sql.end({ timeout: 5 })
  }
}

/** Asterisk writes its queue log into a file unless it was started otherwise; each second, what is new is copied over. */
function feedQueueLog (sql: postgres.Sql, file: string): () => Promise<void> {
  let at = 0
  const stop = new AbortController()
  const copy = async (): Promise<void> => {
    if (!existsSync(file)) return
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      if (size <= at) return
      const bytes = Buffer.alloc(size - at)
      await handle.read(bytes, 0, bytes.length, at)
      at = size
      const lines = bytes.toString().replaceAll('\\', '').replaceAll('\t', ' ')
      const into = await sql`copy queue_log from stdin`.writable()
      await new Promise<void>((resolve, reject) => { into.once('finish', resolve).once('error', reject).end(lines) })
    } finally {
      await handle.close()
    }
  }
  const feeding = (async () => {
    while (!stop.signal.aborted) {
      await new Promise(resolve => { setTimeout(resolve, 1000) })
      await copy()
    }
  })()
  return async () => {
    stop.abort()
    await feeding
  }
}
