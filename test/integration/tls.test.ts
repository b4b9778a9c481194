/** The public port with TLS: the real front before two real servers, asked by real TLS clients. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { readCertificate } from '../../src/launcher/certificate.ts'
import type { Certificate } from '../../src/launcher/certificate.ts'
import { openFront } from '../../src/launcher/front.ts'
import { keepCertificate } from '../../src/launcher/keep-certificate.ts'
import { ownCertificate } from '../../src/launcher/own-certificate.ts'
import { PHONE_COOKIE, signPhonePass } from '../../src/platform/phone-gate.ts'
import { until } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tls-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const NAMES = ['localhost', '127.0.0.1', '::1']
const DAY = 86_400_000
const now = Date.now()
const gateKey = 'k'.repeat(32)

/** A certificate in two files, as an operator has it. */
async function files (name: string, at = now): Promise<{ certificate: Certificate, certFile: string, keyFile: string }> {
  const certificate = await ownCertificate(join(folder, `${name}.pem`), NAMES, at)
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)] as const
  writeFileSync(certFile, certificate.cert)
  writeFileSync(keyFile, certificate.key)
  return { certificate, certFile, keyFile }
}

/** What stands behind the front: says what it was asked; its sockets echo. */
async function backend (): Promise<{ base: string }> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ proto: request.headers['x-forwarded-proto'], host: request.headers.host, peer: request.headers['x-forwarded-for'] }))
  }).listen(0, '127.0.0.1')
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'sip' })
  sockets.on('connection', socket => socket.on('message', data => socket.send(String(data))))
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    server.close()
  })
  return { base: `http://127.0.0.1:${(server.address() as { port: number }).port}` }
}

async function front (certificate: Certificate | undefined) {
  const { base } = await backend()
  const opened = await openFront({ host: '127.0.0.1', port: 0, certificate, server: () => base, asterisk: () => base, phoneGateKey: gateKey, now: () => now })
  t.teardown(opened.close)
  return opened
}

interface Answer { status: number, headers: Record<string, unknown>, body: string }

async function ask (port: number, ca: string, headers: Record<string, string> = {}): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port, path: '/api/v1/about', ca, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => { body += text })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    }).on('error', reject).end()
  })
}

/** A phone's socket; its echo says that the whole way stands. */
async function phone (port: number, ca: string, origin: string): Promise<WebSocket> {
  const cookie = `${PHONE_COOKIE}=${signPhonePass({ seatId: 'seat-1001', expiresAt: now + 60_000 }, gateKey)}`
  const socket = new WebSocket(`wss://127.0.0.1:${port}/sip`, 'sip', { ca, headers: { origin, cookie } })
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  return socket
}

async function echo (socket: WebSocket, text: string): Promise<string> {
  socket.send(text)
  const [data] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) })
  return String(data)
}

t.test('a certificate of our own', async t => {
  const file = join(folder, 'own/own.pem')
  const made = await ownCertificate(file, [...NAMES, '192.0.2.7'], now)
  t.equal(statSync(file).mode & 0o077, 0, 'its key is the owner\'s alone')
  t.ok(made.selfSigned)
  t.same(made.names, [...NAMES, '192.0.2.7'])
  t.match(await ownCertificate(file, NAMES, now + 300 * DAY), { fingerprint: made.fingerprint }, 'it is kept')
  const renewed = await ownCertificate(file, NAMES, now + 370 * DAY)
  t.not(renewed.fingerprint, made.fingerprint, 'and made anew before it ends')
  t.ok(renewed.endsAt > now + 700 * DAY)
  t.not((await ownCertificate(file, [...NAMES, '192.0.2.8'], now + 370 * DAY)).fingerprint, renewed.fingerprint, 'and for a new address')
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 300))
  t.ok((await ownCertificate(file, NAMES, now)).endsAt > now, 'one that was cut off is replaced')
})

t.test('pages, API and phones over TLS', async t => {
  const { certificate } = await files('first')
  const { port } = await front(certificate)
  const answer = await ask(port, certificate.cert)
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.body), { proto: 'https', host: `127.0.0.1:${port}`, peer: '127.0.0.1' }, 'the server knows that it was asked over TLS: its cookies are Secure')
  t.notOk(answer.headers['strict-transport-security'], 'nothing is promised of a certificate that nobody vouches for')
  const socket = await phone(port, certificate.cert, `https://127.0.0.1:${port}`)
  t.equal(await echo(socket, 'REGISTER'), 'REGISTER')
  socket.terminate()
  await t.rejects(phone(port, certificate.cert, `http://127.0.0.1:${port}`), /403/, 'a page that came without TLS opens no phone')
  await t.rejects(phone(port, certificate.cert, 'https://elsewhere.example'), /403/)
  const old = connectTls({ host: '127.0.0.1', port, ca: certificate.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
  t.ok(await new Promise(resolve => { old.on('error', () => resolve(true)).on('secureConnect', () => resolve(false)) }), 'old versions of TLS are refused')
})

t.test('with a certificate that somebody vouches for, browsers are told to stay with HTTPS', async t => {
  const { certificate } = await files('vouched')
  const { port } = await front({ ...certificate, selfSigned: false })
  t.match((await ask(port, certificate.cert)).headers['strict-transport-security'], /^max-age=\d+$/)
})

t.test('who comes by plain HTTP is sent to HTTPS', async t => {
  const { certificate } = await files('plain')
  const { port, close } = await front(certificate)
  const page = await fetch(`http://127.0.0.1:${port}/desk?x=1`, { redirect: 'manual' })
  t.equal(page.status, 307)
  t.equal(page.headers.get('location'), `https://127.0.0.1:${port}/desk?x=1`)
  await page.body?.cancel()
  const form = await fetch(`http://127.0.0.1:${port}/api/v1/session`, { method: 'POST', body: '{}', redirect: 'manual' })
  t.equal(form.status, 426, 'a form is not')
  await form.body?.cancel()
  // One that says nothing, and one that says something else, do not keep the port from closing.
  const mute = connectTcp(port, '127.0.0.1')
  const strange = connectTcp(port, '127.0.0.1')
  await Promise.all([once(mute, 'connect'), once(strange, 'connect')])
  strange.write('\u0000\u0001')
  // However they end, with a reset or without.
  const ends = [mute, strange].map(socket => new Promise<void>(resolve => { socket.on('error', () => resolve()).on('close', () => resolve()).resume() }))
  await close()
  await Promise.all(ends)
  t.pass('it is closed')
})

t.test('a renewed certificate is taken up, and no phone is cut off', async t => {
  const { certificate, certFile, keyFile } = await files('live')
  const next = await files('next', now + DAY)
  const said: string[] = []
  const config = { tls: 'auto' as const, tlsCert: certFile, tlsKey: keyFile, bind: '127.0.0.1', dataDir: folder }
  const kept = await keepCertificate({ config, now: () => now, report: line => said.push(line) })
  t.ok(kept !== undefined)
  if (kept === undefined) return
  const opened = await front(kept.first)
  const socket = await phone(opened.port, certificate.cert, `https://127.0.0.1:${opened.port}`)
  const stop = kept.watch(opened.renew, 50)
  t.teardown(stop)

  copyFileSync(next.certFile, certFile)
  await until('it says that the key is another\'s', () => said.some(line => /is not the key of the certificate/.test(line)))
  t.equal((await ask(opened.port, certificate.cert)).status, 200, 'what was in use stays in use')
  copyFileSync(next.keyFile, keyFile)
  await until('the new one is in use', () => said.some(line => /renewed certificate is in use/.test(line)))
  t.equal((await ask(opened.port, next.certificate.cert)).status, 200)
  await t.rejects(ask(opened.port, certificate.cert), 'the old one is not in use any more')
  t.equal(await echo(socket, 'still here'), 'still here')
  socket.terminate()
})

t.test('files that cannot be used: one sentence', async t => {
  const { certFile, keyFile } = await files('good')
  const other = await files('other')
  const broken = join(folder, 'broken.pem')
  writeFileSync(broken, 'no certificate\n')
  const locked = join(folder, 'locked.key')
  writeFileSync(locked, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }))
  for (const [cert, key, why, at = now] of [
    [join(folder, 'none.crt'), keyFile, /HOTLINE_TLS_CERT cannot be read/],
    [certFile, join(folder, 'none.key'), /HOTLINE_TLS_KEY cannot be read/],
    [broken, keyFile, /holds no certificate in PEM form/],
    [certFile, broken, /holds no private key in PEM form/],
    [certFile, locked, /protected by a passphrase/],
    [certFile, other.keyFile, /is not the key of the certificate/],
    [certFile, keyFile, /expired on \d{4}-\d\d-\d\d/, now + 400 * DAY],
    [certFile, keyFile, /counts only from \d{4}-\d\d-\d\d/, now - 3 * DAY]
  ] as Array<[string, string, RegExp, number?]>) {
    t.throws(() => readCertificate(cert, key, at), { name: 'OperatorError', message: why })
  }
})
