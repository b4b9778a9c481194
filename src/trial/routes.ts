/** 试拨: in the demo anyone gets a browser phone that can dial 12345, so that a newcomer needs no SIP phone. */
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { PhoneAccount } from '../agents/contract.ts'
import type { Phone } from '../telephony/port.ts'
import type { FastifyReply } from 'fastify'

export interface TrialRoutesDependencies {
  phone: Phone
  clock: Clock
  /** Puts the seat into the phone system and hands out its account. */
  giveAccount: (reply: FastifyReply, seat: Parameters<Phone['putSeat']>[0]) => Promise<PhoneAccount>
  /** Numbers of sample callers, used in turn: they have a history. */
  numbers: readonly string[]
  log: { warn: (detail: object, message: string) => void }
}

/** Trial phones that may exist at once; the oldest makes room for the next. */
const MOST = 50
const LIFE_MS = 60 * 60 * 1000

const TrialPhone = Type.Object({ ...PhoneAccount.properties, number: Type.String() })

export function addTrialRoutes (http: Http, { phone, clock, giveAccount, numbers, log }: TrialRoutesDependencies): void {
  const phones = new Map<string, { since: EpochMs, cancel: () => void }>()
  let given = 0

  async function remove (seatId: string): Promise<void> {
    phones.get(seatId)?.cancel()
    phones.delete(seatId)
    try {
      await phone.removeSeat(seatId)
    } catch (error) {
      log.warn({ seatId, err: error }, 'trial phone not removed')
    }
  }

  http.post('/api/v1/trial-phone', {
    schema: { response: { 200: TrialPhone } },
    config: { rateLimit: { max: 60, timeWindow: 60_000 } }
  }, async (request, reply) => {
    const number = numbers[given++ % numbers.length]
    if (number === undefined) throw new ApiError(503, 'unavailable', '没有可用的试拨号码')
    const [oldest] = phones.keys()
    if (phones.size >= MOST && oldest !== undefined) await remove(oldest)
    const id = `trial-${randomBytes(4).toString('hex')}`
    const account = await giveAccount(reply, { id, password: randomBytes(24).toString('base64url'), kind: 'trial', number, displayName: '' })
    const since = clock.now()
    phones.set(id, { since, cancel: clock.at(since + LIFE_MS, () => { void remove(id) }) })
    return { ...account, number }
  })
}
