import { parseOwnedId } from '../../kernel/ids.ts'
import type { Leg } from '../port.ts'
import type { Channel } from './generated/models.ts'

/** What the dialplan hands over: `Stasis(hotline,<origin>,<dialled number>,<endpoint>,<seconds since 1970 when the caller first came, or nothing>)`. */
export interface Arrival {
  from: 'trunk' | 'seat' | 'trial'
  dnis: string
  trunk: string
  joinedAt?: number
}

/** First argument of the legs that the driver itself makes. */
export const OWN = 'leg'

/** First argument of the channels that only listen, for a recording. */
export const LISTENER = 'ear'

const WITHHELD = /^(anonymous|unknown|unavailable|restricted|private|withheld)?$/i

/** Reads the arguments of a caller's arrival; undefined for a leg that the driver itself made. */
export function arrivalOf (args: readonly string[]): Arrival | undefined {
  const [origin = '', dnis = '', endpoint = '', joined = ''] = args
  if (origin === OWN) return undefined
  const joinedSeconds = Number(joined)
  return {
    // A caller who comes back from the fallback is told apart by the endpoint, which the dialplan passes on.
    from: origin === 'seat' || endpoint.startsWith('seat-') ? 'seat' : origin === 'trial' || endpoint.startsWith('trial-') ? 'trial' : 'trunk',
    dnis,
    trunk: endpoint,
    ...(joined !== '' && Number.isFinite(joinedSeconds) && { joinedAt: joinedSeconds * 1000 })
  }
}

/** The arguments with which a channel is in the application now, or undefined when it is not. */
export function argsIn (channel: Channel, app: string): string[] | undefined {
  const { app_name: name, app_data: data } = channel.dialplan
  const [first, ...args] = data.split(',')
  // Those that only listen are nobody's leg.
  if (name === 'Stasis' && first === app) return args[0] === LISTENER ? undefined : args
  // Created a moment ago, and about to enter.
  return name === '' && parseOwnedId(channel.id)?.kind === 'leg' ? [OWN] : undefined
}

/** The port's leg for a channel of Asterisk. */
export function legOf (channel: Channel, args: readonly string[]): Leg {
  const arrival = arrivalOf(args)
  return {
    id: channel.id,
    ani: arrival === undefined || WITHHELD.test(channel.caller.number) ? '' : channel.caller.number,
    dnis: arrival?.dnis ?? '',
    state: stateOf(channel),
    createdAt: instantOf(channel.creationtime)
  }
}

/** The port's word for a channel's state. */
export function stateOf (channel: Channel): Leg['state'] {
  if (channel.state === 'Up') return 'up'
  return channel.state === 'Down' || channel.state === 'Rsrved' ? 'down' : 'ringing'
}

/** Asterisk writes the zone without a colon. */
function instantOf (text: string): number {
  return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
}
