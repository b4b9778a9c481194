import t from 'tap'
import fc from 'fast-check'
import { spawn } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { algorithms } from '../../src/platform/ciphers.ts'
import { configurationDocument } from '../../src/platform/config-document.ts'
import { ConfigError, readConfig, variables } from '../../src/platform/config.ts'
import { compose, createSql } from '../../src/platform/database/sql.ts'
import { iceServersFor } from '../../src/platform/ice-servers.ts'
import { createIds, idBound, idTime } from '../../src/platform/ids.ts'
import { currentKey, withNewKey, withoutKey } from '../../src/platform/key-ring.ts'
import { createLog } from '../../src/platform/log.ts'
import { maskAddress, maskName, maskNumber } from '../../src/platform/masking.ts'
import { createPersonalData, normaliseNumber, SealError, shownNumber } from '../../src/platform/personal-data.ts'
import { changeSecrets, loadSecrets, openKeys, SecretsError, type Secrets } from '../../src/platform/secrets.ts'

function folder (): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-platform-'))
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }) })
  return dir
}

t.test('configuration: defaults, derived values, every problem at once', async (t) => {
  const config = readConfig({})
  t.match(config, { port: 8080, serverPort: 8080, bind: '127.0.0.1', sipBind: '0.0.0.0', ringMs: 20_000, wrapUpMs: 60_000, sessionIdleMs: 1_800_000, demo: false, timeZone: 'Asia/Shanghai' })
  t.ok(Object.isFrozen(config))
  t.equal(config.secretsFile, join(config.dataDir, 'secrets.json'))
  t.equal(config.soundsDir, join(config.flowsDir, 'prompts'))
  t.match(readConfig({ HOTLINE_DEMO: '1', HOTLINE_PORT: '9000', HOTLINE_SERVER_PORT: '9001', HOTLINE_RTP_PORTS: '30000-30099', HOTLINE_LOG_LEVEL: '' }),
    { sipBind: '127.0.0.1', port: 9000, serverPort: 9001, rtpPorts: { from: 30000, to: 30099 }, logLevel: 'info' })
  try {
    readConfig({ HOTLINE_PORT: '80a', HOTLINE_RING_SECONDS: '2', HOTLINE_TIME_ZONE: 'Mars/Olympus', DATABASE_URL: 'mysql://root:hunter2@db', HOTLINE_DEMO: 'yes', HOTLINE_RTP_PORTS: '30000' })
    t.fail('is refused')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    const { problems } = error as ConfigError
    t.same(problems.map(problem => /^[A-Z_]+/.exec(problem)?.[0]), ['HOTLINE_PORT', 'HOTLINE_RTP_PORTS', 'DATABASE_URL', 'HOTLINE_DEMO', 'HOTLINE_TIME_ZONE', 'HOTLINE_RING_SECONDS'])
    t.match(problems[0], /80a.*1 到 65535.*whole number/)
    t.notMatch(problems.join(), /hunter2/, 'no password in a message')
  }
  t.match(readConfig({}), { tls: 'auto', tlsCert: undefined, iceServers: [], mediaAddress: undefined })
  t.match(readConfig({ HOTLINE_TLS: '0', HOTLINE_TLS_CERT: '/a.crt', HOTLINE_TLS_KEY: '/a.key' }), { tls: 'off', tlsCert: '/a.crt', tlsKey: '/a.key' })
  for (const [env, why] of [[{ HOTLINE_TLS: 'yes' }, /auto/], [{ HOTLINE_TLS_CERT: '/a.crt' }, /both or neither/], [{ HOTLINE_TLS_KEY: '/a.key' }, /both or neither/]] as const) {
    t.throws(() => readConfig(env), why)
  }
})

t.test('STUN and TURN servers: two ways to write them, credentials that expire, nothing repeated of what is wrong', async (t) => {
  t.same(readConfig({ HOTLINE_ICE_SERVERS: 'stun:stun.example.com, stuns:[2001:db8::1]:5349' }).iceServers, [{ urls: 'stun:stun.example.com' }, { urls: 'stuns:[2001:db8::1]:5349' }])
  const turn = { urls: 'turn:turn.example.com:3478?transport=tcp', username: 'u', credential: 'hunter2' }
  t.same(readConfig({ HOTLINE_ICE_SERVERS: JSON.stringify([turn, { urls: 'stun:192.0.2.1' }]) }).iceServers, [turn, { urls: 'stun:192.0.2.1' }])
  const { iceServers, turnSecret } = readConfig({ HOTLINE_ICE_SERVERS: 'stun:a.example,turn:a.example', HOTLINE_TURN_SECRET: 'north' })
  const phone = { seatId: 'seat-1001', until: 1_800_000_000_000 }
  t.same(iceServersFor([...iceServers, turn], turnSecret, phone), [
    { urls: 'stun:a.example' },
    // printf %s 1800000000:seat-1001 | openssl dgst -sha1 -hmac north -binary | base64
    { urls: 'turn:a.example', username: '1800000000:seat-1001', credential: 'V/2BJUSLqxvPldxN6GIWKpxOpH4=' },
    turn
  ])
  for (const [value, why] of [
    ['http://stun.example.com', /number 1 must have an address/],
    ['stun:a.example,', /number 2/],
    ['stun:a.example?transport=tcp', /number 1/],
    ['turn:a.example hunter2', /number 1/],
    ['turn:a.example', /HOTLINE_TURN_SECRET/],
    ['[{"urls":"turn:a.example","password":"hunter2"}]', /urls, username and credential only/],
    ['[{"urls":"turn:a.example","credential":"hunter2"}]', /needs username and credential/],
    ['[{"urls":["turn:a.example"],"username":"u","credential":"hunter2"}]', /number 1/],
    ['["hunter2"]', /must be an object/],
    ['[{"urls":"hunter2"', /not valid JSON/],
    [Array(9).fill('stun:a.example').join(), /8 at most/]
  ] as const) {
    t.throws(() => readConfig({ HOTLINE_ICE_SERVERS: value }), { name: 'ConfigError', message: why })
    try {
      readConfig({ HOTLINE_ICE_SERVERS: value })
    } catch (error) {
      t.notMatch((error as Error).message, /hunter2/)
    }
  }
  t.equal(readConfig({ HOTLINE_MEDIA_ADDRESS: '203.0.113.5' }).mediaAddress, '203.0.113.5')
  for (const wrong of ['hotline.example', '2001:db8::1', '203.0.113']) t.throws(() => readConfig({ HOTLINE_MEDIA_ADDRESS: wrong }), /IPv4/)
})

t.test('each variable is documented in one place', async (t) => {
  const file = new URL('../../docs/configuration.md', import.meta.url)
  t.equal(readFileSync(file, 'utf8'), configurationDocument(), 'run scripts/write-configuration-doc.ts')
  const names = Object.values(variables).map(variable => variable.name)
  t.equal(new Set(names).size, names.length)
})

t.test('secrets: made once, by whoever comes first, for the owner only', async (t) => {
  const dir = folder()
  const file = join(dir, 'deep', 'secrets.json')
  const program = `import { loadSecrets } from '${new URL('../../src/platform/secrets.ts', import.meta.url).pathname}'; process.stdout.write(JSON.stringify(loadSecrets(${JSON.stringify(file)})))`
  const outputs = await Promise.all(Array.from({ length: 3 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString() })
    await once(child, 'close')
    return text
  }))
  t.equal(new Set(outputs).size, 1, 'three processes have the same ones')
  t.same(loadSecrets(file), JSON.parse(outputs[0] as string))
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.same(readdirSync(join(dir, 'deep')), ['secrets.json'], 'nothing lies about')
  chmodSync(file, 0o640)
  t.throws(() => loadSecrets(file), { name: 'SecretsError', message: /chmod 600/ })
  chmodSync(file, 0o600)
  writeFileSync(file, '{')
  t.throws(() => loadSecrets(file), SecretsError)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(outputs[0] as string), personalDataKeys: { current: 'k1', keys: { k1: 'short' } } }))
  t.throws(() => loadSecrets(file), SecretsError)
})

t.test('SM3, SM4 and their combinations give what the standards print', async (t) => {
  t.equal(createHash('sm3').update('abc').digest('hex'), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0', 'GB/T 32905-2016, example 1')
  t.equal(createHash('sm3').update('abcd'.repeat(16)).digest('hex'), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732', 'example 2')
  const key = Buffer.from('0123456789abcdeffedcba9876543210', 'hex')
  t.equal(createCipheriv('sm4-ecb', key, null).setAutoPadding(false).update(key, undefined, 'hex'), '681edf34d206965e86b3e94f536e4246', 'GB/T 32907-2016, example 1')
  const million = createCipheriv('sm4-ecb', key, null).setAutoPadding(false)
  let block: Buffer = key
  for (let round = 0; round < 1_000_000; round += 1) block = million.update(block)
  t.equal(block.toString('hex'), '595298c7c6fd271f0402f804c33d3f66', 'example 2: a million times')
  // The same put together from the parts: HMAC after RFC 2104, a counter block for each 16 bytes.
  const sm3 = (...parts: Buffer[]) => createHash('sm3').update(Buffer.concat(parts)).digest()
  const hmac = (key: Buffer, ...parts: Buffer[]) => {
    const block = Buffer.concat([key, Buffer.alloc(64 - key.length)])
    return sm3(Buffer.from(block.map(byte => byte ^ 0x5c)), sm3(Buffer.from(block.map(byte => byte ^ 0x36)), ...parts))
  }
  const master = Buffer.alloc(32, 3)
  const [text, context] = [Buffer.from('银川市兴庆区文化街12号'), Buffer.from('work_orders.address:1')]
  const sealed = algorithms.sm4.seal(master, text, context)
  const [nonce, body, tag] = [sealed.subarray(0, 16), sealed.subarray(16, -32), sealed.subarray(-32)]
  const length = Buffer.alloc(8)
  length.writeUInt32BE(context.length, 4)
  t.same(hmac(hmac(master, Buffer.from('authenticate')), length, context, nonce, body), tag)
  const stream = createCipheriv('sm4-ecb', hmac(master, Buffer.from('encrypt')).subarray(0, 16), null).setAutoPadding(false)
  const opened: Buffer[] = []
  for (let counter = BigInt(`0x${nonce.toString('hex')}`), at = 0; at < body.length; counter += 1n, at += 16) {
    const pad = stream.update(Buffer.from((counter & (2n ** 128n - 1n)).toString(16).padStart(32, '0'), 'hex'))
    opened.push(Buffer.from(body.subarray(at, at + 16).map((byte, index) => byte ^ (pad[index] as number))))
  }
  t.same(Buffer.concat(opened), text)
  t.equal(algorithms.sm4.hash(master, '+8613800000001').toString('hex'), hmac(master, Buffer.from('+8613800000001')).toString('hex'))
})

for (const [cipher, tag, hashTag] of [['aes-256-gcm', 'aes256gcm', 'hs256'], ['sm4', 'sm4ctr', 'hsm3']] as const) {
  t.test(`sealing with ${cipher}: what went in comes out, at its place only; keys change while it runs`, async (t) => {
    const file = join(folder(), 'secrets.json')
    loadSecrets(file, cipher)
    const keys = openKeys(file, error => { throw error })
    const data = createPersonalData(keys, '0951')
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (text, place) => {
      const sealed = data.seal(text, place)
      return sealed.startsWith(`${tag}.k1.`) && /^[\w.-]+$/.test(sealed) && data.open(sealed, place) === text
    }))
    const sealed = data.seal('13800000001', 'calls.ani:1')
    t.equal(new Set(Array.from({ length: 1000 }, () => data.seal('13800000001', 'calls.ani:1'))).size, 1000, 'the same text looks different each time')
    for (const place of ['calls.ani:2', 'calls.name:1', 'calls.ani:', '']) t.throws(() => data.open(sealed, place), SealError, place)
    const [, , body = ''] = sealed.split('.')
    const bytes = Buffer.from(body, 'base64url')
    for (let index = 0; index < bytes.length; index += 1) {
      const altered = Buffer.from(bytes)
      altered[index] = (altered[index] as number) ^ 1
      t.throws(() => data.open(`${tag}.k1.${altered.toString('base64url')}`, 'calls.ani:1'), SealError, `byte ${index} altered`)
    }
    for (const faulty of [`${tag}.k1.AAAA`, `aes.k1.${body}`, `${tag}.k9.${body}`, body, '']) t.throws(() => data.open(faulty, 'calls.ani:1'), SealError)
    const hash = data.numberHash('13800000001')
    t.match(hash, new RegExp(`^${hashTag}\\.h1\\.`))
    t.equal(data.numberHash('+86 138-0000-0001'), hash)
    t.not(data.numberHash('13800000002'), hash)
    t.equal(data.numberHash('anonymous'), undefined)
    const digest = data.digest('form')

    const other = cipher === 'sm4' ? 'aes-256-gcm' : 'sm4'
    const rotate = (secrets: Secrets): Secrets => ({
      ...secrets,
      personalDataKeys: withNewKey(secrets.personalDataKeys, other, Date.now()),
      numberHashKeys: withNewKey(secrets.numberHashKeys, other, Date.now())
    })
    await Promise.all([changeSecrets(file, rotate), changeSecrets(file, rotate)])
    t.equal(statSync(file).mode & 0o777, 0o600)
    const elsewhere = createPersonalData(loadSecrets(file))
    const newer = elsewhere.seal('x', 'y')
    t.match(newer, /\.k3\./, 'two who change it at once both do')
    t.equal(data.open(newer, 'y'), 'x', 'a key that another process added is found')
    t.equal(data.open(sealed, 'calls.ani:1'), '13800000001', 'what an old key sealed opens')
    t.match(data.seal('x', 'y'), /\.k3\./)
    t.equal(data.numberHashes('13800000001').length, 3)
    t.equal(data.numberHashes('13800000001')[0], data.numberHash('13800000001'))
    t.equal(data.numberHashes('13800000001').includes(hash as string), true)
    t.same(data.numberHashes(''), [])
    t.ok(data.hasDigest('form', digest) && data.hasDigest('form', data.digest('form')) && !data.hasDigest('another', digest))

    await changeSecrets(file, secrets => ({ ...secrets, personalDataKeys: withoutKey(secrets.personalDataKeys, 'k1') }))
    t.equal(keys.refresh(), true)
    t.equal(keys.refresh(), false)
    t.throws(() => data.open(sealed, 'calls.ani:1'), { message: /no key k1/ })
    const before = readFileSync(file, 'utf8')
    await t.rejects(changeSecrets(file, secrets => ({ ...secrets, personalDataKeys: { current: 'k9', keys: {} } })), SecretsError)
    t.equal(readFileSync(file, 'utf8'), before)
    t.same(withoutKey(keys.personalDataKeys, 'k3'), keys.personalDataKeys, 'the current key stays')
  })
}

t.test('what was sealed for a whole column, before rows counted, still opens; a file that breaks leaves the keys as they were', async (t) => {
  const file = join(folder(), 'secrets.json')
  loadSecrets(file)
  const faults: unknown[] = []
  const keys = openKeys(file, error => { faults.push(error) })
  const data = createPersonalData(keys)
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', currentKey(keys.personalDataKeys).key, nonce).setAAD(Buffer.from('calls.ani'))
  const old = `gcm256.k1.${Buffer.concat([nonce, cipher.update('13800000001'), cipher.final(), cipher.getAuthTag()]).toString('base64url')}`
  t.equal(data.open(old, 'calls.ani:1'), '13800000001')
  t.throws(() => data.open(old, 'calls.name:1'), SealError)
  t.notOk(old.startsWith(data.sealedPrefix))
  writeFileSync(file, '{ broken')
  t.equal(keys.refresh(), false)
  t.equal(faults.length, 1)
  t.equal(data.open(data.seal('x', 'y'), 'y'), 'x')
})

t.test('one number, many ways to write it', async (t) => {
  const same = (numbers: string[], normal: string) => { for (const number of numbers) t.equal(normaliseNumber(number, '0951'), normal, number) }
  same(['13800000001', '013800000001', '+8613800000001', '8613800000001', '008613800000001', '138-0000-0001', '１３８０００００００１', '138 0000 0001'], '+8613800000001')
  same(['09516012345', '6012345', '951-6012345', '86 951 6012345', '+86 951 601 2345'], '+869516012345')
  same(['12345'], '12345')
  same(['110'], '110')
  same(['95588'], '95588')
  same(['+1 202 555 0123', '0012025550123'], '+12025550123')
  same(['', 'anonymous', '+'], '')
  t.equal(shownNumber('+8613800000001'), '13800000001')
  t.equal(shownNumber('+869516012345'), '09516012345')
  t.equal(shownNumber('12345'), '12345')
  const data = createPersonalData(loadSecrets(join(folder(), 'secrets.json')), '0951')
  t.match(data.numberHash('13800000001'), /^hs256\.h1\.[\w-]{43}$/)
  t.equal(data.numberHash('+86 138 0000 0001'), data.numberHash('013800000001'))
  t.not(data.numberHash('13800000001'), data.numberHash('13800000002'))
  t.equal(data.numberHash('anonymous'), undefined)
  fc.assert(fc.property(fc.stringMatching(/^[\d+ ()-]{0,24}$/), number => normaliseNumber(normaliseNumber(number)) === normaliseNumber(number)))
})

t.test('numbers in lists and logs are masked', async (t) => {
  t.same(['13800000001', '09516012345', '12345', '601234', '110', ''].map(maskNumber), ['138****0001', '095****2345', '12345', '6****34', '110', ''])
  t.same(['张三', '欧阳娜娜', ' 王女士', '𠮷野', ''].map(maskName), ['张*', '欧*', '王*', '𠮷*', ''])
  t.same(['文化街12号', '宁夏银川市兴庆区解放西街３号院 2 单元', '金凤区满城路幸福小区三号楼', '幸福小区3-2-501', '贺兰县习岗镇新平村四组', '西门桥头', ''].map(maskAddress),
    ['文化街***', '宁夏银川市兴庆区解放西街***', '金凤区满城路***', '***', '贺兰县习岗镇新平村***', '***', ''])
  let text = ''
  const log = createLog({ level: 'info', component: 'test', destination: { write: (line) => { text += line } } })
  log.info({ ani: '13800000001', call: { callerName: '王女士', leg: { number: '13800000001' } }, callId: 'c-1', err: Object.assign(new Error('x'), { detail: 'Key (id)=(13800000001)' }) }, 'call')
  t.notMatch(text, /13800000001|王女士/)
  t.match(text, /c-1/)
})

t.test('ids rise, also when the clock is set back, and carry their time', async (t) => {
  let now = 1_795_424_700_000
  const newId = createIds({ now: () => now, at: () => () => {} })
  const ids: string[] = []
  for (let count = 0; count < 2000; count += 1) {
    if (count === 700) now -= 5000
    if (count === 1400) now += 60_000
    ids.push(newId())
  }
  t.same(ids, [...ids].sort())
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id)
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 44 }), at => idTime(idBound(at)) === at && idBound(at) < idBound(at + 1)))
})

t.test('SQL is put together with parameters, never with values', async (t) => {
  const sql = createSql({ url: 'postgres://127.0.0.1:1/none', name: 'test', max: 1 })
  t.teardown(async () => { await sql.end() })
  const where = (name: string) => sql`name = ${name} ${sql``}`
  t.same(compose(sql`select * from t where id = ${1} and ${where("'; drop table t")} and at > ${new Date(0)}`),
    { text: 'select * from t where id = $1 and name = $2  and at > $3', values: [1, "'; drop table t", '1970-01-01T00:00:00.000Z'] })
  t.same(compose(sql`insert into t ${sql([{ someName: 'a', createdAt: 0 }, { createdAt: null, someName: 'b' }])} on conflict do nothing`),
    { text: 'insert into t ("some_name", "created_at") values ($1, $2), ($3, $4) on conflict do nothing', values: ['a', '1970-01-01T00:00:00.000Z', 'b', null] })
  t.throws(() => compose(sql`insert into t ${sql({ 'a" text': 1 })}`), TypeError)
  const failed = await sql`select 1`.catch((error: unknown) => error)
  t.match(failed, { name: 'DatabaseAway', message: /ECONNREFUSED/ })
})
