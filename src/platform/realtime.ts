/** Socket.IO on the HTTP server's port: each socket belongs to somebody who is signed in, from our own pages. */
import type { Server as HttpServer } from 'node:http'
import { Server, type DefaultEventsMap, type Socket } from 'socket.io'
import type { Log } from './log.ts'

export interface Identity<User> {
  user: User
  /** The page: made anew each time it is loaded. */
  pageId: string
  /** The page says that its phone is registered: it stayed while we were away. */
  holdsPhone: boolean
}

export interface RealtimeOptions<User> {
  server: HttpServer
  /** Whose session the cookies are; undefined refuses the socket. */
  authenticate: (cookieHeader: string | undefined) => Promise<User | undefined>
  log: Log
}

const PAGE_ID = /^[0-9a-f-]{36}$/
const MOST_BYTES = 64 * 1024

export type Realtime<ServerEvents extends DefaultEventsMap, User> = Server<DefaultEventsMap, ServerEvents, DefaultEventsMap, Identity<User>>
export type RealtimeSocket<ServerEvents extends DefaultEventsMap, User> = Socket<DefaultEventsMap, ServerEvents, DefaultEventsMap, Identity<User>>

/** Attaches before the server listens. A gone page is noticed within 10 s, at once when its socket closes. */
export function createRealtime<ServerEvents extends DefaultEventsMap, User> ({ server, authenticate, log }: RealtimeOptions<User>): Realtime<ServerEvents, User> {
  const io: Realtime<ServerEvents, User> = new Server(server, {
    path: '/socket.io',
    serveClient: false,
    transports: ['websocket', 'polling'],
    pingInterval: 5000,
    pingTimeout: 5000,
    maxHttpBufferSize: MOST_BYTES,
    allowRequest: (request, allow) => {
      const { origin } = request.headers
      const host = first(request.headers['x-forwarded-host']) ?? request.headers.host
      allow(null, origin === undefined || (URL.canParse(origin) && new URL(origin).host === host))
    }
  })
  io.use((socket, next) => {
    const { pageId, holdsPhone } = socket.handshake.auth as { pageId?: unknown, holdsPhone?: unknown }
    if (typeof pageId !== 'string' || !PAGE_ID.test(pageId)) return next(new Error('bad-page'))
    authenticate(socket.handshake.headers.cookie).then(user => {
      if (user === undefined) return next(new Error('not-signed-in'))
      socket.data = { user, pageId, holdsPhone: holdsPhone === true }
      next()
    }, (error: unknown) => {
      log.error({ err: error }, 'socket not authenticated')
      next(new Error('unavailable'))
    })
  })
  return io
}

function first (header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
