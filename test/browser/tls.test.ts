/**
 * As agents on other machines use it: HTTPS and WSS with the certificate that the hotline makes itself, a public address
 * for the sound, STUN and TURN servers (which nobody runs at these addresses: the call finds its way without them).
 */
import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import t from 'tap'
import { openBrowser, openDesk, openPage } from '../support/browser.ts'
import { startHotline } from '../support/hotline.ts'
import { until } from '../support/until.ts'

const hotline = await startHotline({
  quickMenu: true,
  tls: true,
  env: { HOTLINE_MEDIA_ADDRESS: '203.0.113.5', HOTLINE_ICE_SERVERS: 'stun:192.0.2.1:3478,turn:192.0.2.1:3478', HOTLINE_TURN_SECRET: 'north-of-the-river' }
})
const browser = await openBrowser()
t.teardown(async () => {
  await browser.close()
  await hotline.stop()
})

t.test('the desk and the trial phone talk; nothing goes past TLS', async t => {
  t.match(hotline.origin, /^https:/)
  const desk = await openDesk(browser, hotline.origin, '1001', hotline.password)
  const trial = await openPage(browser, `${hotline.origin}/trial`)
  const sockets: string[] = []
  trial.page.on('websocket', socket => sockets.push(socket.url()))
  await trial.byId('trial-call').click()
  const own = (await trial.byId('trial-number').innerText()).trim()
  await trial.hears({ timeoutMs: 20_000 })
  // As a person does: a second of the menu is heard before the key.
  await until('a second of the menu', async () => (await trial.flow()).packetsReceived > 50)
  await trial.byId('trial-key-0').click()
  await desk.ready()
  await desk.state('ringing', { timeoutMs: 60_000 })
  await desk.answer()
  await desk.state('talking')
  await Promise.all([desk.hears(), trial.hears()])
  t.match(await hotline.words(), /https:\/\/127\.0\.0\.1/, 'the address that is shown')
  t.same([...new Set(sockets.map(url => url.replace(/[/?].*$/, '').replace(/:.*$/, '')))], ['wss'])

  for (const { context, names } of [{ context: desk.context, names: ['hotline_phone', 'hotline_session'] }, { context: trial.context, names: ['hotline_phone'] }]) {
    const cookies = await context.cookies([hotline.origin, `${hotline.origin}/sip`])
    t.same(cookies.map(({ name }) => name).sort(), names)
    t.ok(cookies.every(({ secure, httpOnly, sameSite }) => secure && httpOnly && sameSite === 'Strict'), 'cookies never leave without TLS')
  }
  const remote = (await trial.page.evaluate('window.remoteDescriptions()') as string[]).join('\n')
  t.match(remote, /^a=candidate:.* 203\.0\.113\.5 .* typ host/m, 'Asterisk offers the public address')
  t.match(remote, /^a=candidate:(?!.* 203\.0\.113\.5 ).* typ host/m, 'and its own')
  const { port } = new URL(hotline.origin)
  const plain = await new Promise<string | undefined>((resolve, reject) => {
    get(`http://127.0.0.1:${port}/desk`, response => { resolve(response.headers.location); response.resume() }).on('error', reject)
  })
  t.equal(plain, `${hotline.origin}/desk`, 'an address without the s is sent on')

  await trial.byId('trial-hang-up').click()
  await desk.state('wrap-up')
  t.match(await hotline.ended(own), { outcome: 'answered', agent: { id: '1001' } })
  await until('nothing is left', async () => { await hotline.nothingLeft(); return true })
  t.same([...desk.errors, ...trial.errors], [])
})

t.test('the account of an agent\'s phone carries the STUN and TURN servers; the shared secret stays here', async t => {
  const agent = await hotline.signIn('1002')
  const account = await agent.request<{ seatId: string, iceServers: Array<{ urls: string, username?: string, credential?: string }> }>('POST', '/api/v1/phone', { pageId: randomUUID() })
  t.match(account.iceServers, [{ urls: 'stun:192.0.2.1:3478' }, { urls: 'turn:192.0.2.1:3478', username: /^\d{10}:seat-1002$/, credential: /^[A-Za-z0-9+/]{27}=$/ }])
  t.ok(Number(account.iceServers[1]?.username?.split(':')[0]) * 1000 > Date.now(), 'its credentials count for a while')
  t.notMatch(JSON.stringify(account) + await hotline.words(), /north-of-the-river/)
})
