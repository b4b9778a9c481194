/** The ARI driver keeps the phone contract, with requests on the events socket and, for an older Asterisk, over HTTP. */
import t from 'tap'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createAriPhone } from '../../src/telephony/ari/phone.ts'
import { createAriProxy } from '../support/ari-proxy.ts'
import { createExchange } from '../support/contract-exchange.ts'
import { phoneContract } from './contract.ts'

t.setTimeout(600_000)

for (const rest of ['auto', 'http'] as const) {
  phoneContract(t, `requests: ${rest}`, ({ url, soundsDir, log }) => createAriPhone({
    url, soundsDir, log, rest, app: 'hotline', clock: createSystemClock(), timeoutMs: 2000, heartbeatMs: 1000, heartbeatTimeoutMs: 3000
  }))
}

t.test('an Asterisk that takes no requests on its events socket is asked over HTTP', async t => {
  const exchange = await createExchange()
  t.teardown(async () => { await exchange.stop() })
  const proxy = await createAriProxy(exchange.url, { deaf: true })
  t.teardown(async () => { await proxy.close() })
  const quiet = (): void => {}
  const phone = createAriPhone({ url: proxy.url, soundsDir: exchange.soundsDir, log: { debug: quiet, info: quiet, warn: quiet, error: quiet }, app: 'hotline', clock: createSystemClock() })
  await phone.start(AbortSignal.timeout(10_000))
  t.equal(phone.statistics().rest, 'http')
  t.strictSame(await phone.legs(), [])
  await phone.stop()
})
