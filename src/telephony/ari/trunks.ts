/** The trunks as Asterisk has them now: every endpoint that is no browser phone. Asked for, not watched. */
import { request } from 'undici'
import { PhoneError } from '../port.ts'
import { ariAddress } from './address.ts'

export interface TrunkState {
  name: string
  /** `unknown`: Asterisk does not ask this trunk whether it is there (it has no contact). */
  state: 'online' | 'offline' | 'unknown'
  /** Legs on it now. */
  calls: number
}

const TIMEOUT_MS = 5000
const PHONE = /^(seat|trial)-/

/** Reads them over ARI's HTTP at `url` (with user and password). Rejects with `PhoneError`. */
export async function readTrunks (url: string): Promise<TrunkState[]> {
  const { origin, base, authorization } = ariAddress(url)
  let answer: unknown
  try {
    const { statusCode, body } = await request(`${origin}${base}/ari/endpoints/PJSIP`, { headers: { authorization }, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS, signal: AbortSignal.timeout(TIMEOUT_MS) })
    answer = await body.json()
    if (statusCode !== 200) throw new PhoneError('refused', `endpoints: ${statusCode}`)
  } catch (error) {
    throw error instanceof PhoneError ? error : new PhoneError('disconnected', `endpoints not read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return (answer as Array<{ resource: string, state?: string, channel_ids: string[] }>)
    .filter(({ resource }) => !PHONE.test(resource))
    .map(({ resource, state, channel_ids: channels }): TrunkState => ({ name: resource, state: state === 'online' || state === 'offline' ? state : 'unknown', calls: channels.length }))
    .sort((a, b) => a.name < b.name ? -1 : 1)
}
