/** Backup, disaster, restore: the commands themselves, on a real hotline's data. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createDailyBackup } from '../../src/backup/daily.ts'
import { backupDue, backupName, expiredBackups, unfinishedBackups } from '../../src/backup/core/schedule.ts'
import { inOrder, readSum } from '../../src/backup/core/manifest.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const root = resolve(import.meta.dirname, '../..')
const PASSPHRASE = 'twelve and more characters'
const ANI = '13800000001'

t.setTimeout(400_000)

async function command (name: 'backup' | 'restore', args: string[], env: Record<string, string>): Promise<{ code: number | null, said: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, `src/backup/${name}-command.ts`), ...args], {
    cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, timeout: 120_000
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said += text })
  const [code] = await once(child, 'exit') as [number | null]
  return { code, said }
}

t.test('a hotline is backed up while it runs, destroyed, and brought back whole', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-backup-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const daily = join(folder, 'daily')
  const first = await startHotline({ env: { HOTLINE_BACKUP_DIR: daily, HOTLINE_BACKUP_PASSPHRASE: PASSPHRASE } })
  let stopped = false
  t.teardown(async () => { if (!stopped) await first.stop() })
  const agent = await first.signIn('1001')
  const calls = await first.calls(ANI)
  const orders = (await agent.request<{ items: object[] }>('GET', '/api/v1/work-orders')).items
  t.ok(calls.length > 1 && orders.length > 1, 'there is something to lose')
  const sound = join(first.dataDir, 'recordings/2026/03/05/call.hlrec')
  mkdirSync(join(first.dataDir, 'recordings/2026/03/05'), { recursive: true })
  writeFileSync(sound, Buffer.alloc(100_000, 7))

  const env = { HOTLINE_DATA_DIR: first.dataDir, HOTLINE_BACKUP_PASSPHRASE: PASSPHRASE }
  const backup = join(folder, 'backup')
  const made = await command('backup', [backup], env)
  t.equal(made.code, 0, made.said)
  t.match(await command('backup', [backup], env), { code: 1, said: /already/ }, 'a backup is never written over')
  t.match(await command('restore', [backup], env), { code: 1, said: /runs/ }, 'not under a hotline that runs')
  const text = readdirSync(backup, { recursive: true }).map(name => join(backup, String(name))).filter(name => /json|SUMS/.test(name)).map(name => readFileSync(name, 'utf8')).join('')
  t.notOk(text.includes(JSON.parse(readFileSync(join(first.dataDir, 'secrets.json'), 'utf8')).databasePassword), 'secrets are sealed')

  const again = join(folder, 'backup-again')
  t.equal((await command('backup', [again], env)).code, 0)
  const inode = (dir: string) => statSync(join(dir, 'recordings/2026/03/05/call.hlrec')).ino
  t.equal(inode(again), inode(backup), 'a recording that the last backup has is linked to')
  await until('the daily backup, due at the first start', () => existsSync(daily) && readdirSync(daily).some(name => existsSync(join(daily, name, 'manifest.json'))), { timeoutMs: 60_000 })

  const kept = join(folder, 'secrets.json')
  cpSync(join(first.dataDir, 'secrets.json'), kept)
  await first.stop()
  stopped = true
  t.notOk(existsSync(first.dataDir), 'all is lost')

  const dataDir = join(folder, 'new')
  const target = { HOTLINE_DATA_DIR: dataDir, HOTLINE_BACKUP_PASSPHRASE: PASSPHRASE }
  const refused = async (what: string, said: RegExp, damage: (copy: string) => void, environment = target) => {
    const copy = join(folder, 'damaged')
    cpSync(backup, copy, { recursive: true })
    damage(copy)
    t.match(await command('restore', [copy], environment), { code: 1, said }, what)
    t.notOk(existsSync(join(dataDir, 'postgres')), `${what}: nothing was changed`)
    rmSync(copy, { recursive: true })
  }
  const table = 'database/calls.copy.zst'
  await refused('another passphrase', /passphrase is not/, () => {}, { ...target, HOTLINE_BACKUP_PASSPHRASE: 'not the one it was' })
  await refused('a file that was cut', /was changed/, copy => { truncateSync(join(copy, table), 100) })
  await refused('a flipped bit', /was changed/, copy => {
    const bytes = readFileSync(join(copy, table))
    bytes[50] = (bytes[50] as number) ^ 1
    writeFileSync(join(copy, table), bytes)
  })
  await refused('a missing file', /is missing/, copy => { rmSync(join(copy, table)) })
  await refused('an account that was added to', /was changed/, copy => { appendFileSync(join(copy, 'SHA256SUMS'), '\n') })
  await refused('no manifest', /no whole backup/, copy => { rmSync(join(copy, 'manifest.json')) })
  await refused('a newer version', /newer version/, copy => {
    const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as { migrations: object[] }
    manifest.migrations.push({ version: 999, name: 'later', checksum: 'x' })
    writeFileSync(join(copy, 'manifest.json'), JSON.stringify(manifest))
  })

  const restored = await command('restore', [backup], target)
  t.equal(restored.code, 0, restored.said)
  t.match(await command('restore', [backup], target), { code: 1, said: /not empty/ }, 'what is there is not overwritten unasked')
  t.ok(readFileSync(join(dataDir, 'recordings/2026/03/05/call.hlrec')).equals(Buffer.alloc(100_000, 7)))
  t.match(JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')), JSON.parse(readFileSync(kept, 'utf8')))

  writeFileSync(join(dataDir, 'restoring'), '')
  await t.rejects(startHotline({ dataDir, keepData: true }), /npm run restore/, 'what was not restored to its end is not started')
  rmSync(join(dataDir, 'restoring'))

  const second = await startHotline({ dataDir })
  t.teardown(async () => { await second.stop() })
  t.same(await second.calls(ANI), calls, 'every call, its number found and opened')
  t.same((await (await second.signIn('1001')).request<{ items: object[] }>('GET', '/api/v1/work-orders')).items, orders, 'every order, its contents opened')
  t.equal((await second.signIn('admin')) !== undefined, true)
})

t.test('when a daily backup is due, and which have had their time', async t => {
  const zone = 'Asia/Shanghai'
  const at = (text: string) => Date.parse(`${text}+08:00`)
  t.equal(backupName(at('2026-03-05T02:30:00'), zone), 'hotline-20260305-023000')
  t.equal(backupDue([], at('2026-03-05T00:00:00'), '02:30', zone), true, 'none yet')
  t.equal(backupDue(['hotline-20260304-023100'], at('2026-03-05T02:29:59'), '02:30', zone), false)
  t.equal(backupDue(['hotline-20260304-023100'], at('2026-03-05T02:30:00'), '02:30', zone), true)
  t.equal(backupDue(['hotline-20260305-023000'], at('2026-03-05T23:59:59'), '02:30', zone), false)
  t.equal(backupDue(['hotline-20260303-023000'], at('2026-03-05T01:00:00'), '02:30', zone), true, 'missed yesterday')
  t.same(unfinishedBackups(['hotline-20260303-023000', 'hotline-20260303-023000.partial', 'mine.partial']), ['hotline-20260303-023000.partial'])
  t.same(expiredBackups(['hotline-20260303-023000', 'mine', 'hotline-20260301-023000', 'hotline-20260302-023000'], 2), ['hotline-20260301-023000'])

  const dir = mkdtempSync(join(tmpdir(), 'hotline-daily-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  let now = at('2026-03-05T02:30:00')
  const said: string[] = []
  const log = { info: (_: object, message: string) => { said.push(message) }, error: (_: object, message: string) => { said.push(message) } }
  let broken = false
  const daily = createDailyBackup({
    dir,
    time: '02:30',
    keep: 2,
    timeZone: zone,
    clock: { now: () => now, at: () => () => {} },
    log,
    make: async folder => {
      if (broken) throw new Error('disk full')
      mkdirSync(`${folder}.partial`)
      renameSync(`${folder}.partial`, folder)
    }
  })
  for (let day = 0; day < 4; day++, now += 86_400_000) {
    await daily.run()
    await daily.run()
  }
  t.same(readdirSync(dir).sort(), ['hotline-20260307-023000', 'hotline-20260308-023000'])
  broken = true
  await t.rejects(daily.run(), /disk full/)
  t.equal(said.filter(line => line === 'daily backup made').length, 4)
  t.equal(said.at(-1), 'no backup was made today')
  mkdirSync(join(dir, 'hotline-20260309-023000.partial'))
  broken = false
  await daily.run()
  t.same(readdirSync(dir).sort(), ['hotline-20260308-023000', 'hotline-20260309-023000'], 'what was cut off is cleared away')
})

t.test('tables stand behind what they refer to; sums lead nowhere else', async t => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 20 }), pairs => {
    const tables = Array.from({ length: 10 }, (_, index) => `t${index}`)
    // Without circles: a table refers only to those before it.
    const references = pairs.filter(([a, b]) => a > b).map(([a, b]) => [`t${a}`, `t${b}`] as const)
    const order = inOrder([...tables].reverse(), references)
    if (order === undefined || order.length !== 10) throw new Error('not all were placed')
    for (const [from, to] of references) if (order.indexOf(from) < order.indexOf(to)) throw new Error(`${from} before ${to}`)
  }))
  t.equal(inOrder(['a', 'b'], [['a', 'b'], ['b', 'a']]), undefined)
  const hash = 'a'.repeat(64)
  t.same(readSum(`${hash}  data/calendar.json`), { hash, path: 'data/calendar.json' })
  for (const path of ['../x', '/x', 'a//b', 'a/./b', 'a/../b', 'a\\b', '']) t.equal(readSum(`${hash}  ${path}`), undefined, path)
})
