/** The board on this page: the whole once, then what changes; asked for anew when something was missed. */
import { defineStore } from 'pinia'
import { io, type Socket } from 'socket.io-client'
import { ref, shallowRef } from 'vue'
import type { BoardLimits, BoardView, ServerToBoard } from '../../../src/board/contract.ts'
import { observeServerTime } from '../shared/clock.ts'
import { useSession } from '../session/store.ts'
import { applyChange, rowsOf, type Rows } from './rows.ts'

type PageEvents = { 'board-watch': () => void, 'board-again': () => void }
type ServerEvents = ServerToBoard & { 'signed-out': (reason: string) => void }

export const useBoard = defineStore('board', () => {
  const rows = shallowRef<Rows>()
  const limits = shallowRef<BoardLimits>({ ringing: 15_000, talking: 900_000, wrapUp: 90_000, notReady: 900_000, wait: 60_000 })
  const reasons = shallowRef<Readonly<Record<string, string>>>({})
  const connected = ref(false)
  const refused = ref(false)
  let socket: Socket<ServerEvents, PageEvents> | undefined

  function connect (): void {
    if (socket !== undefined) return
    const own: Socket<ServerEvents, PageEvents> = io({
      path: '/socket.io',
      auth: { pageId: crypto.randomUUID() },
      transports: ['websocket', 'polling'],
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
      timeout: 5000
    })
    socket = own
    own.on('connect', () => {
      connected.value = true
      own.emit('board-watch')
    })
    own.on('disconnect', reason => {
      connected.value = false
      // The server hung up, for instance because we may see something else now; the client does not return by itself then.
      if (reason === 'io server disconnect') own.connect()
    })
    own.on('connect_error', error => {
      connected.value = false
      if (error.message === 'not-signed-in') useSession().ended('expired')
      else if (!own.active) setTimeout(() => { if (socket === own) own.connect() }, 2000)
    })
    own.on('board', (view: BoardView) => {
      observeServerTime(view.serverTime)
      limits.value = view.limits
      reasons.value = view.reasons
      rows.value = rowsOf(view)
    })
    own.on('board-change', change => {
      if (rows.value === undefined) return
      observeServerTime(change.serverTime)
      // A new object around the same maps, so that components which are handed the rows hear of it.
      const next = { ...rows.value }
      if (applyChange(next, change)) rows.value = next
      else own.emit('board-again')
    })
    own.on('board-refused', () => { refused.value = true })
    own.on('signed-out', reason => { useSession().ended(reason) })
  }

  function disconnect (): void {
    socket?.disconnect()
    socket = undefined
    connected.value = false
    rows.value = undefined
    refused.value = false
  }

  return { rows, limits, reasons, connected, refused, connect, disconnect }
})
