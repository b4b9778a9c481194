import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { publicAddresses } from '../../src/launcher/addresses.ts'
import { certificateSource } from '../../src/launcher/certificate.ts'
import { boundLog } from '../../src/launcher/logs.ts'
import { sameOrigin } from '../../src/launcher/front.ts'
import { takeFirstAccounts } from '../../src/launcher/first-accounts.ts'
import { serverEnvironment } from '../../src/launcher/server-process.ts'
import { createSupervisor } from '../../src/launcher/supervisor.ts'
import type { Running } from '../../src/launcher/supervisor.ts'
import { phonePassIn, signPhonePass, verifyPhonePass } from '../../src/platform/phone-gate.ts'
import { adoptDetached, identify, isAlive, readPidFile, startDetached } from '../../src/platform/process/detached.ts'
import { holdLock } from '../../src/platform/process/lock.ts'
import { run } from '../../src/platform/process/run.ts'
import { mirrorsIn } from '../../src/telephony/local/apt.ts'
import { leftWaiting } from '../../src/telephony/local/fallback.ts'
import { debianArchitecture } from '../../src/telephony/local/installation.ts'
import { hostCandidates, natSettings, ownAddress } from '../../src/telephony/local/nat.ts'
import { fill, keepAvailable, renderMembers, TEMPLATES } from '../../src/telephony/local/render.ts'
import { asteriskFolders } from '../../src/telephony/local/start.ts'
import { readTrunks, renderTrunks } from '../../src/telephony/local/trunks.ts'
import { ariAccess } from '../../src/telephony/local/watch.ts'
import { ownedId } from '../../src/kernel/ids.ts'
import { until } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtime-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

t.test('templates are filled wholly or not at all', async t => {
  t.equal(fill('port = {{port}}\n{{block}}\n', { port: '5060', block: 'a = 1\nb = 2' }), 'port = 5060\na = 1\nb = 2\n')
  t.throws(() => fill('port = {{prot}}', { port: '5060' }), /prot, which is not known/)
  t.throws(() => fill('password = {{password}}', { password: 'x\n[hotline]\nread_only = no' }), /must be one line/, 'a value adds no lines of its own')
  t.equal(fill('x = {{a}}', { a: '{{a}} $& $1' }), 'x = {{a}} $& $1', 'a value is taken as it is')
})

t.test('modules that this Asterisk does not have are left out', async t => {
  const kept = keepAvailable('[modules]\nautoload = no\nload = a.so\nload = b.so\nload => c.so', new Set(['a.so', 'c.so']))
  t.equal(kept, '[modules]\nautoload = no\nload = a.so\nload => c.so')
})

t.test('behind address translation Asterisk tells its public address, inside the networks its own', async t => {
  t.equal(natSettings(undefined), '')
  const pjsip = fill(readFileSync(join(TEMPLATES, 'pjsip.conf'), 'utf8'), { sip_bind: '0.0.0.0', sip_port: '5060', watch_key: 'k', trunks: '', nat: natSettings('203.0.113.5') })
  const sections = pjsip.replaceAll(/^;.*\n/gm, '').split(/^(?=\[)/m)
  for (const name of ['udp', 'tcp']) {
    const transport = sections.find(section => section.startsWith(`[${name}]`)) ?? ''
    t.match(transport, /^external_media_address = 203\.0\.113\.5$/m)
    t.match(transport, /^external_signaling_address = 203\.0\.113\.5$/m)
    t.match(transport, /^local_net = 10\.0\.0\.0\/8$/m)
  }
  const own = '10.1.2.3'
  t.equal(hostCandidates({ own, mediaAddress: '203.0.113.5', loopback: true }), '10.1.2.3 => 203.0.113.5,include_local_address')
  t.equal(hostCandidates({ own, mediaAddress: undefined, loopback: true }), '10.1.2.3 => 127.0.0.1,include_local_address')
  t.equal(hostCandidates({ own, mediaAddress: undefined, loopback: false }), '')
  t.equal(hostCandidates({ own: undefined, mediaAddress: '203.0.113.5', loopback: true }), '')
  t.equal(hostCandidates({ own, mediaAddress: own, loopback: true }), '', 'the machine has the address itself')
})

t.test('the own address is the one that leads outside', async t => {
  const at = (address: string, internal = false) => [{ address, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null }]
  const interfaces = { lo: at('127.0.0.1', true), docker0: at('172.17.0.1'), eth0: at('10.1.2.3') }
  const routes = 'Iface\tDestination\tGateway\ndocker0\t000011AC\t00000000\neth0\t00000000\t0102010A\n'
  t.equal(ownAddress(routes, interfaces), '10.1.2.3')
  t.equal(ownAddress('', interfaces), '172.17.0.1')
  t.equal(ownAddress('', { lo: at('127.0.0.1', true) }), undefined)
})

t.test('the fallback queue has the seats as members and nothing that is not a seat', async t => {
  t.equal(renderMembers(['seat-1001', 'seat-1002']), 'member => PJSIP/seat-1001\nmember => PJSIP/seat-1002')
  t.equal(renderMembers(['seat-1001\nmember => PJSIP/x', '../x', '']), '')
})

t.test('no template lets a stranger in', async t => {
  const pjsip = readFileSync(join(TEMPLATES, 'pjsip.conf'), 'utf8')
  t.notMatch(pjsip.replaceAll(/^;.*$/gm, ''), /anonymous/)
  const dialplan = readFileSync(join(TEMPLATES, 'extensions.conf'), 'utf8')
  t.notMatch(dialplan, /\bDial\(/, 'nothing goes out without the server')
})

t.test('trunks are read from a file, or refused with the reason', async t => {
  const file = join(folder, 'trunks.json')
  const read = (content: unknown) => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return readTrunks(file)
  }
  t.strictSame(read([{ name: 'carrier', addresses: ['203.0.113.0/28', '2001:db8::1'], contact: 'sip:203.0.113.10:5060', username: 'u', password: 'p' }]),
    [{ name: 'carrier', addresses: ['203.0.113.0/28', '2001:db8::1'], contact: 'sip:203.0.113.10:5060', username: 'u', password: 'p' }])
  const good = { name: 'carrier', addresses: ['203.0.113.1'] }
  for (const [bad, why] of [
    ['{', /is not JSON/],
    [{}, /must be a list/],
    [[1], /trunk 1: must be an object/],
    [[{ ...good, adresses: [] }], /property adresses is not known/],
    [[{ ...good, name: 'Carrier 1' }], /name must be/],
    [[{ ...good, name: 'seat-1001' }], /taken by the system/],
    [[{ ...good, addresses: [] }], /addresses must be/],
    [[{ ...good, addresses: ['203.0.113.1/33'] }], /addresses must be/],
    [[{ ...good, addresses: ['carrier.example'] }], /addresses must be/],
    [[{ ...good, contact: 'sip:x\nmatch=0.0.0.0/0' }], /contact must be/],
    [[{ ...good, username: 'u' }], /belong together/],
    [[{ ...good, username: 'u', password: 'p;x' }], /printable/],
    [[good, good], /carrier is used twice/]
  ] as const) t.throws(() => read(bad), why, String(why))
  t.throws(() => readTrunks(join(folder, 'none.json')), /cannot be read/)
  const rendered = renderTrunks([{ name: 'carrier', addresses: ['203.0.113.1', '203.0.113.2'], contact: 'sip:203.0.113.1', username: 'u', password: 'p' }])
  t.match(rendered, '[carrier](trunk)\naors = carrier\noutbound_auth = carrier\n')
  t.match(rendered, 'match = 203.0.113.1\nmatch = 203.0.113.2\n')
})

t.test('the Debian mirror is the one that the machine uses', async t => {
  t.strictSame(mirrorsIn(['Types: deb\nURIs: http://mirror.example/debian/ https://two.example/debian\nSuites: bookworm\n']),
    ['http://mirror.example/debian', 'https://two.example/debian'])
  t.strictSame(mirrorsIn(['# deb http://off.example/debian x main\ndeb [signed-by=/k] http://a.example/debian bookworm main\ndeb http://a.example/debian-security s main\ndeb http://other.example/tools x main']),
    ['http://a.example/debian'], 'security and foreign archives have no Asterisk')
  t.strictSame(mirrorsIn([]), [])
  t.equal(debianArchitecture('x64')?.name, 'amd64')
  t.equal(debianArchitecture('mips'), undefined)
})

t.test('the command socket of Asterisk stays short enough for a socket', async t => {
  t.equal(asteriskFolders('/srv/hotline').run, '/srv/hotline/run')
  t.ok(asteriskFolders('/srv/' + 'x'.repeat(120)).run.length < 90)
})

t.test('credentials of ARI go into a header, not into the address', async t => {
  t.strictSame(ariAccess('http://hotline:p%40ss@127.0.0.1:8088'), { base: 'http://127.0.0.1:8088', authorization: 'Basic ' + Buffer.from('hotline:p@ss').toString('base64') })
})

t.test('only callers who wait are sent to the fallback', async t => {
  const call = '01890a5d-ac96-774b-bcce-b302099a8057'
  const channel = (id: string, more: object = {}) => ({ id, name: 'PJSIP/loopback-00000001', state: 'Up', dialplan: { app_name: 'Stasis', app_data: 'hotline,trunk,12345,loopback,' }, ...more })
  const found = leftWaiting([
    channel('waits'),
    channel('rings', { state: 'Ring' }),
    channel('talks'),
    channel(ownedId(call, 'leg', 1), { name: 'PJSIP/seat-1001-00000002' }),
    channel('alone'),
    channel(ownedId(call, 'leg', 2), { name: 'PJSIP/seat-1002-00000003', state: 'Ringing' }),
    channel('elsewhere', { dialplan: { app_name: 'Queue', app_data: 'fallback' } }),
    channel('other', { dialplan: { app_name: 'Stasis', app_data: 'another,x' } }),
    channel('snoop', { name: 'Snoop/1' })
  ], [{ channels: ['talks', ownedId(call, 'leg', 1)] }, { channels: ['alone'] }], 'hotline')
  t.strictSame(found, { callers: ['waits', 'rings', 'alone'], rungForNobody: [ownedId(call, 'leg', 2)] })
})

t.test('a phone\'s pass opens until it expires, for its seat only', async t => {
  const pass = signPhonePass({ seatId: 'seat-1001', expiresAt: 2000 }, 'key')
  t.match(pass, /^seat-1001\.2000\.[A-Za-z0-9_-]{43}$/)
  t.strictSame(verifyPhonePass(pass, 'key', 1999), { seatId: 'seat-1001', expiresAt: 2000 })
  t.equal(verifyPhonePass(pass, 'key', 2000), undefined, 'expired')
  t.equal(verifyPhonePass(pass, 'other', 1000), undefined, 'another key')
  for (const bad of [pass.replace('1001', '1002'), pass.replace('2000', '9000'), pass.slice(0, -1), pass + 'x', '', 'a.b.c', `${pass}.`]) {
    t.equal(verifyPhonePass(bad, 'key', 1000), undefined, bad)
  }
  t.equal(phonePassIn('session=1; hotline_phone=abc; x=y'), 'abc')
  t.equal(phonePassIn('xhotline_phone=abc'), undefined)
  t.equal(phonePassIn(undefined), undefined)
})

t.test('HTTPS is for ports that other machines reach, or where a certificate is given', async t => {
  const source = (bind: string, tls: 'auto' | 'on' | 'off' = 'auto', tlsCert?: string) => certificateSource({ bind, tls, tlsCert })
  for (const bind of ['127.0.0.1', '127.0.0.53', '::1', 'localhost']) t.equal(source(bind), 'none', bind)
  for (const bind of ['0.0.0.0', '::', '192.0.2.7', 'hotline.example', '1270.0.0.1']) t.equal(source(bind), 'own', bind)
  t.equal(source('127.0.0.1', 'on'), 'own')
  t.equal(source('127.0.0.1', 'auto', '/cert.pem'), 'files')
  t.equal(source('0.0.0.0', 'off', '/cert.pem'), 'none')
})

t.test('the addresses that are shown can be opened', async t => {
  const own = ['192.0.2.7', '2001:db8::7']
  const shown = (bind: string, certificate?: { selfSigned: boolean, names: string[] }, port = 8080) => publicAddresses({ bind, port, certificate, own })
  t.same(shown('127.0.0.1'), ['http://127.0.0.1:8080'])
  t.same(shown('::1'), ['http://[::1]:8080'])
  t.same(shown('0.0.0.0', { selfSigned: true, names: ['localhost'] }), ['https://127.0.0.1:8080', 'https://192.0.2.7:8080'])
  t.same(shown('::', { selfSigned: true, names: ['localhost'] }), ['https://127.0.0.1:8080', 'https://192.0.2.7:8080', 'https://[2001:db8::7]:8080'])
  t.same(shown('0.0.0.0', { selfSigned: false, names: ['hotline.example'] }, 443), ['https://hotline.example'], 'a certificate counts for its names')
})

t.test('only a page of this address may open a phone', async t => {
  const from = (origin: string | undefined, host: string | undefined, tls = false) => sameOrigin({ headers: { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) } }, tls)
  t.ok(from('http://10.0.0.1:8080', '10.0.0.1:8080'))
  t.ok(from('https://hotline.example', 'hotline.example'), 'a reverse proxy may have the certificate')
  t.ok(from('https://hotline.example', 'hotline.example', true))
  t.notOk(from('http://hotline.example', 'hotline.example', true), 'over TLS, a page that came without')
  for (const [origin, host] of [['http://evil.example', '10.0.0.1:8080'], ['http://10.0.0.1:8081', '10.0.0.1:8080'], [undefined, 'x'], ['null', 'null'], ['file://x', 'x'], ['http://x', undefined]] as const) {
    t.notOk(from(origin, host), `${origin} at ${host}`)
  }
})

t.test('the server gets the settings and nothing of npm', async t => {
  t.strictSame(serverEnvironment({ PATH: '/bin', npm_config_registry: 'x', HOTLINE_DEMO: '1', INIT_CWD: '/x' }, { HOTLINE_SERVER_PORT: '1' }),
    { PATH: '/bin', HOTLINE_DEMO: '1', NODE_ENV: 'production', HOTLINE_SERVER_PORT: '1' })
})

t.test('first accounts are shown once', async t => {
  writeFileSync(join(folder, 'first-accounts.json'), JSON.stringify({ accounts: [{ username: 'admin', password: 'p1', name: '管理员' }, { username: '1001', password: 'p2' }] }))
  t.strictSame(takeFirstAccounts(folder), ['  admin  p1  管理员', '  1001   p2'])
  t.strictSame(takeFirstAccounts(folder), [])
  t.notOk(existsSync(join(folder, 'first-accounts.json')))
})

t.test('a log is cut when it is too long', async t => {
  const file = join(folder, 'x.log')
  writeFileSync(file, 'x'.repeat(100))
  boundLog(file, 100)
  t.equal(readFileSync(file, 'utf8').length, 100)
  boundLog(file, 99)
  t.equal(readFileSync(file, 'utf8'), '')
  t.equal(readFileSync(`${file}.1`, 'utf8').length, 100)
  boundLog(join(folder, 'none.log'), 1)
})

t.test('a process is known by its pid and its start', async t => {
  const own = identify(process.pid)
  t.ok(own)
  t.ok(own !== undefined && isAlive(own))
  t.notOk(own !== undefined && isAlive({ ...own, startTicks: '1' }), 'the same pid, started at another time, is another process')
  t.notOk(own !== undefined && isAlive({ ...own, bootId: 'x' }), 'of another boot')
  t.equal(identify(2 ** 22 + 1), undefined)
})

t.test('a detached process is found again, and a dead or torn pid file is none', async t => {
  const pidFile = join(folder, 'sleep.pid.json')
  const started = await startDetached({ command: 'sleep', args: ['600'], env: process.env, logFile: join(folder, 'sleep.log'), pidFile, about: { port: 1 } })
  t.ok(started.alive())
  const found = adoptDetached(pidFile)
  t.equal(found?.pid, started.pid)
  t.ok(found?.adopted)
  t.strictSame(found?.about, { port: 1 })
  started.signal('SIGSTOP')
  await found?.stop({ graceMs: 5000 })
  t.equal(await started.gone, 'signal SIGTERM', 'one that stood still is ended in order')
  t.notOk(existsSync(pidFile))
  started.signal('SIGTERM')
  t.notOk(started.alive())
  writeFileSync(pidFile, JSON.stringify({ ...identify(process.pid), startTicks: '1', about: null }))
  t.equal(adoptDetached(pidFile), undefined)
  t.notOk(existsSync(pidFile))
  writeFileSync(pidFile, '{"pid":')
  t.equal(readPidFile(pidFile), undefined)
  await t.rejects(startDetached({ command: join(folder, 'none'), args: [], env: {}, logFile: join(folder, 'none.log'), pidFile }), { code: 'ENOENT' })
})

t.test('one that ignores the wish to end is killed', async t => {
  const logFile = join(folder, 'deaf.log')
  const deaf = await startDetached({
    command: process.execPath,
    args: ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("deaf")'],
    env: process.env,
    logFile,
    pidFile: join(folder, 'deaf.pid.json')
  })
  await until('it ignores SIGTERM', () => readFileSync(logFile, 'utf8').includes('deaf'))
  await deaf.stop({ graceMs: 100 })
  t.equal(await deaf.gone, 'signal SIGKILL')
})

t.test('a lock is held by one, and freed when its holder dies', async t => {
  const file = join(folder, 'lock')
  let waited = 0
  const release = await holdLock(file, 1000, () => { waited += 1 })
  t.ok(release)
  t.equal(await holdLock(file, 300, () => { waited += 1 }), undefined)
  t.equal(waited, 1)
  release?.()
  writeFileSync(file, JSON.stringify({ ...identify(process.pid), startTicks: '1', about: null }))
  const again = await holdLock(file, 1000, () => { waited += 1 })
  t.ok(again)
  t.equal(waited, 1)
  again?.()
})

t.test('a program is run to its end, or to its time-out', async t => {
  t.strictSame(await run('sh', ['-c', 'echo a; echo b >&2; exit 3'], { timeoutMs: 5000 }).then(({ status, output }) => [status, output.split('\n').sort()]), [3, ['', 'a', 'b']])
  t.equal((await run('sleep', ['60'], { timeoutMs: 50 })).status, -1)
  await t.rejects(run(join(folder, 'none'), [], { timeoutMs: 1000 }), { code: 'ENOENT' })
})

t.test('a supervisor starts anew what ends, waits when that fails, and stops for good', async t => {
  const said: string[] = []
  let starts = 0
  const started: Array<{ end: (how: string) => void }> = []
  const supervisor = createSupervisor<Running>({
    name: 'it',
    report: line => said.push(line),
    backOffMs: [1, 2, 3],
    start: async () => {
      starts += 1
      if (starts === 2 || starts === 3) throw new Error(`no ${starts}\nbecause`)
      let end: (how: string) => void = () => {}
      const gone = new Promise<string>(resolve => { end = resolve })
      started.push({ end })
      return { pid: starts, adopted: false, gone, kill: signal => end(`signal ${signal}`), stop: async () => end('stopped') }
    }
  })
  t.equal((await supervisor.start()).pid, 1)
  t.equal(supervisor.current?.pid, 1)
  started[0]?.end('crash')
  await until('the third start after the end is up', () => supervisor.current?.pid === 4)
  t.match(said.join('\n'), /crash/)
  t.match(said.join('\n'), /no 2\nbecause/, 'the whole story at the first failure')
  t.notMatch(said.join('\n'), /no 3\nbecause/)
  supervisor.replace('stands still')
  await until('it was replaced', () => supervisor.current?.pid === 5)
  await supervisor.stop()
  t.equal(supervisor.current, undefined)
  t.equal(starts, 5)
  const failing = createSupervisor<Running>({ name: 'bad', report: () => {}, start: async () => { throw new Error('at once') } })
  await t.rejects(failing.start(), /at once/, 'the first failure goes to who starts it')
  await failing.stop()
})

t.test('programs run for us end with us', async t => {
  const script = `import { run } from ${JSON.stringify(join(import.meta.dirname, '../../src/platform/process/run.ts'))}
    void run('sleep', ['614'], { timeoutMs: 600000 })
    setImmediate(() => process.exit(0))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child, 'exit')
  await until('the program is gone', async () => (await run('pgrep', ['-f', '^sleep 614$'], { timeoutMs: 5000 })).status === 1)
  t.pass('it is gone')
})
