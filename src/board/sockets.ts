/** The board over sockets: pages that ask for it and may see it are told. */
import { scopeOf } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Realtime } from '../platform/realtime.ts'
import type { ServerToBoard } from './contract.ts'
import type { BoardService, Viewer, Watch } from './service.ts'

export type BoardRealtime = Realtime<ServerToBoard & { 'signed-out': (reason: string) => void }, Actor>

export interface BoardSocketDependencies {
  board: BoardService
  clock: Clock
  /** Whether the session that these cookies belong to still counts; does not prolong it. Rejects when nobody can tell. */
  sessionCounts: (cookieHeader: string | undefined) => Promise<boolean>
  /** A page that watches does not ask for anything: whether its session still counts is asked so often. */
  checkMs?: number
}

const CHECK_MS = 15_000
/** More than two boards on the way: the page does not keep up. */
const MOST_WAITING_PACKETS = 4

export function addBoardSockets (io: BoardRealtime, { board, clock, sessionCounts, checkMs = CHECK_MS }: BoardSocketDependencies): void {
  io.on('connection', socket => {
    const { user } = socket.data
    let watch: Watch | undefined
    let cancelCheck: (() => void) | undefined
    let gone = false

    const viewer: Viewer = {
      whole: view => { socket.emit('board', view) },
      change: change => { socket.emit('board-change', change) },
      keepsUp: () => waitingPackets(socket.conn) < MOST_WAITING_PACKETS
    }

    function checkSoon (): void {
      if (gone) return
      cancelCheck = clock.at(clock.now() + checkMs, () => {
        sessionCounts(socket.handshake.headers.cookie).then(counts => {
          if (counts || gone) return checkSoon()
          socket.emit('signed-out', 'session-ended')
          socket.disconnect(true)
        // While the database is away nobody can tell: nobody is cut off for that.
        }, checkSoon)
      })
    }

    socket.on('board-watch', () => {
      if (watch !== undefined) return watch.again()
      const scope = scopeOf(user, 'board.watch')
      if (scope.length === 0) {
        socket.emit('board-refused')
        return
      }
      void socket.join(roomOf(user.id))
      watch = board.watch(scope, viewer)
      checkSoon()
    })
    socket.on('board-again', () => { watch?.again() })
    socket.on('disconnect', () => {
      gone = true
      cancelCheck?.()
      watch?.leave()
    })
  })
}

/** Lets the pages of a user ask anew: what the user may see is another than when they came. */
export function renewBoardPages (io: BoardRealtime, userId: string): void {
  io.in(roomOf(userId)).disconnectSockets(true)
}

function roomOf (userId: string): string {
  return `board:${userId}`
}

/** Packets that the connection has not handed to the network yet. */
function waitingPackets (connection: unknown): number {
  return (connection as { writeBuffer?: { length: number } }).writeBuffer?.length ?? 0
}
