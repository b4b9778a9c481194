/** The ARI driver keeps the phone contract, with requests on the events socket and, for an older Asterisk, over HTTP. */
import t from 'tap'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createAriPhone } from '../../src/telephony/ari/phone.ts'
import { phoneContract } from './contract.ts'

t.setTimeout(600_000)

for (const rest of ['auto', 'http'] as const) {
  phoneContract(t, `requests: ${rest}`, ({ url, soundsDir, log }) => createAriPhone({
    url, soundsDir, log, rest, app: 'hotline', clock: createSystemClock(), timeoutMs: 2000, heartbeatMs: 1000, heartbeatTimeoutMs: 3000
  }))
}
