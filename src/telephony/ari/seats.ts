/**
 * Browser phones' accounts, made in Asterisk's memory: it forgets them when it restarts, so they are remembered here
 * and made again. Also tells which of them have a phone registered.
 */
import type { Clock } from '../../kernel/clock.ts'
import { PhoneError, type PhoneEvent, type Seat } from '../port.ts'
import { unlessGone } from './errors.ts'
import type { AriEvent } from './generated/events.ts'
import type { AriRequest } from './session.ts'

const SEAT_ID = /^(seat|trial)-[A-Za-z0-9_-]{1,40}$/
const OBJECTS = ['auth', 'aor', 'endpoint'] as const
const CLASS = 'res_pjsip'

export interface SeatBookOptions {
  app: string
  clock: Clock
  emit: (event: PhoneEvent) => void
}

export function createSeatBook ({ app, clock, emit }: SeatBookOptions) {
  const seats = new Map<string, Seat>()
  const reachable = new Map<string, boolean>()

  function told (seatId: string, state: string | undefined): void {
    if (!SEAT_ID.test(seatId)) return
    const online = state === 'online'
    if ((reachable.get(seatId) ?? false) === online) return
    reachable.set(seatId, online)
    emit({ type: online ? 'seat-reachable' : 'seat-unreachable', at: clock.now(), seatId })
  }

  async function make (request: AriRequest, seat: Seat): Promise<void> {
    for (const objectType of OBJECTS) {
      const fields = Object.entries(settings(seat)[objectType]).map(([attribute, value]) => ({ attribute, value }))
      await request('asterisk.updateObject', { configClass: CLASS, objectType, id: seat.id, fields: fields as unknown as Record<string, unknown> })
    }
    await watch(request, [seat.id])
  }

  async function watch (request: AriRequest, seatIds: readonly string[]): Promise<void> {
    if (seatIds.length > 0) await request('applications.subscribe', { applicationName: app, eventSource: seatIds.map(id => `endpoint:PJSIP/${id}`) })
  }

  /** With its address list goes what is registered there: a phone that signed in with an earlier password. */
  async function forget (request: AriRequest, seatId: string, objectTypes: ReadonlyArray<typeof OBJECTS[number]>): Promise<void> {
    for (const objectType of objectTypes) await unlessGone(request('asterisk.deleteObject', { configClass: CLASS, objectType, id: seatId }), undefined)
  }

  return {
    event (event: AriEvent): void {
      if (event.type !== 'EndpointStateChange' && event.type !== 'ContactStatusChange' && event.type !== 'PeerStatusChange') return
      if (event.endpoint.technology === 'PJSIP') told(event.endpoint.resource, event.endpoint.state)
    },

    async put (request: AriRequest, seat: Seat): Promise<void> {
      if (!SEAT_ID.test(seat.id)) throw new PhoneError('refused', `no seat can have the id ${JSON.stringify(seat.id)}`)
      const before = seats.get(seat.id)
      seats.set(seat.id, seat)
      if (before?.password !== seat.password) await forget(request, seat.id, ['aor'])
      await make(request, seat)
    },

    async remove (request: AriRequest, seatId: string): Promise<void> {
      if (!SEAT_ID.test(seatId)) throw new PhoneError('refused', `no seat can have the id ${JSON.stringify(seatId)}`)
      seats.delete(seatId)
      await forget(request, seatId, ['endpoint', 'aor', 'auth'])
      told(seatId, 'offline')
      reachable.delete(seatId)
    },

    async isReachable (request: AriRequest, seatId: string): Promise<boolean> {
      const endpoint = await unlessGone(request('endpoints.get', { tech: 'PJSIP', resource: seatId }), undefined)
      return endpoint?.state === 'online'
    },

    /**
     * Makes the remembered seats that Asterisk no longer has, and watches all it has, also those of an earlier run
     * of this program. Gives each seat's state, to be told with `told` once the connection counts.
     */
    async restore (request: AriRequest): Promise<Map<string, string | undefined>> {
      const endpoints = await unlessGone(request('endpoints.listByTech', { tech: 'PJSIP' }), [])
      const states = new Map(endpoints.filter(({ resource }) => SEAT_ID.test(resource)).map(({ resource, state }) => [resource, state]))
      await watch(request, [...states.keys()])
      for (const seat of seats.values()) {
        if (!states.has(seat.id)) await make(request, seat)
      }
      for (const seatId of reachable.keys()) {
        if (!states.has(seatId)) states.set(seatId, 'offline')
      }
      return states
    },

    told
  }
}

function settings ({ id, password, kind, number, displayName }: Seat): Record<typeof OBJECTS[number], Record<string, string>> {
  return {
    auth: { auth_type: 'userpass', username: id, password },
    aor: { max_contacts: '1', remove_existing: 'yes', remove_unavailable: 'yes' },
    endpoint: {
      aors: id,
      auth: id,
      context: kind === 'trial' ? 'from-trial' : 'from-seat',
      callerid: `"${displayName.replaceAll(/["\\<>\r\n]/g, '')}" <${number.replaceAll(/[^0-9A-Za-z+*#_-]/g, '')}>`,
      webrtc: 'yes',
      // A new certificate each time Asterisk loads the account: none to keep.
      dtls_auto_generate_cert: 'yes',
      disallow: 'all',
      allow: 'opus,ulaw,alaw',
      direct_media: 'no',
      // The desk knows the caller from the server, as far as the role may; the phone system tells it nothing more.
      send_connected_line: 'no',
      // A page that crashed sends no BYE: its leg ends when its sound has been missing for so many seconds.
      rtp_timeout: '5'
    }
  }
}
