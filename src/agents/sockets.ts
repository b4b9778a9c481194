/** Desks over sockets: each page of an agent is told the whole desk after each change. */
import type { Actor } from '../kernel/actor.ts'
import type { Realtime } from '../platform/realtime.ts'
import type { ServerToDesk } from './contract.ts'
import type { DeskNotifier, DeskPage } from './notifier.ts'
import type { Agents } from './service.ts'

export type DeskRealtime = Realtime<ServerToDesk, Actor>

export function addDeskSockets (io: DeskRealtime, { agents, desks }: { agents: Agents, desks: DeskNotifier }): void {
  io.on('connection', socket => {
    const { user, pageId, holdsPhone } = socket.data
    // Whoever it is: a session that ends sends all of its pages to the sign-in.
    void socket.join(roomOf(user.id))
    if (!user.roles.includes('agent') || agents.profile(user.id) === undefined) return
    const page: DeskPage = { pageId, send: desk => { socket.emit('desk', desk) } }
    agents.pageConnected(user.id, pageId, holdsPhone)
    desks.connect(user.id, page)
    socket.on('disconnect', () => {
      desks.disconnect(user.id, page)
      agents.pageGone(user.id, pageId)
    })
  })
}

/** Sends all pages of a user to the sign-in. */
export function signOutPages (io: DeskRealtime, userId: string, reason: string): void {
  io.to(roomOf(userId)).emit('signed-out', reason)
  io.in(roomOf(userId)).disconnectSockets(true)
}

function roomOf (userId: string): string {
  return `user:${userId}`
}
