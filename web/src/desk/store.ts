/** The desk as the server says it is, and the commands that change the agent's state. Knows nothing of the phone. */
import { defineStore } from 'pinia'
import { io, type Socket } from 'socket.io-client'
import { computed, ref, shallowRef } from 'vue'
import type { AgentStateName, Desk, DeskCall, ReasonCode, ServerToDesk, StateCommand } from '../../../src/agents/contract.ts'
import { request } from '../shared/api.ts'
import { observeServerTime } from '../shared/clock.ts'
import { loadList } from '../shared/lists.ts'
import { useSession } from '../session/store.ts'

/** One a load: a reloaded page is a new page to the server. */
export const pageId = crypto.randomUUID()

export const useDesk = defineStore('desk', () => {
  const desk = shallowRef<Desk>()
  const connected = ref(false)
  const everConnected = ref(false)
  const reasons = shallowRef<ReasonCode[]>([])
  /** The state that was asked for and is not confirmed yet. */
  const pendingState = ref<AgentStateName>()
  const failure = ref<unknown>()
  /** Told on each connect: this page's phone is registered, so a server that was away gives it back. */
  let holdsPhone: () => boolean = () => false
  let socket: Socket<ServerToDesk> | undefined
  let lastSeq = -1

  const agent = computed(() => desk.value?.agent)
  const call = computed<DeskCall | undefined>(() => desk.value?.call)
  const queues = computed(() => desk.value?.queues ?? [])
  const role = computed(() => desk.value?.phone.role)
  const waiting = computed(() => queues.value.reduce((sum, queue) => sum + queue.waiting, 0))

  function take (next: Desk): void {
    if (next.seq < lastSeq) return
    lastSeq = next.seq
    observeServerTime(next.serverTime)
    desk.value = next
  }

  function connect (): void {
    if (socket !== undefined) return
    socket = io({
      path: '/socket.io',
      auth: (give: (data: object) => void) => { give({ pageId, holdsPhone: holdsPhone() }) },
      transports: ['websocket', 'polling'],
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
      timeout: 5000
    })
    socket.on('connect', () => {
      // A restarted server counts from the beginning; its first message is the whole desk anyway.
      lastSeq = -1
      connected.value = true
      everConnected.value = true
    })
    socket.on('disconnect', reason => {
      connected.value = false
      // The server hung up on this socket; the client does not return by itself then.
      if (reason === 'io server disconnect') socket?.connect()
    })
    socket.on('connect_error', error => {
      connected.value = false
      const code = (error as Error & { data?: { code?: string } }).data?.code ?? error.message
      if (/unauthori[sz]ed|not-signed-in|unauthenticated/.test(code)) useSession().ended('expired')
      // Refused by the server's own check rather than by the network: asks again, as it may be starting.
      else if (socket?.active === false) setTimeout(() => { socket?.connect() }, 2000)
    })
    socket.on('desk', take)
    socket.on('signed-out', reason => { useSession().ended(reason) })
  }

  function disconnect (): void {
    socket?.disconnect()
    socket = undefined
    connected.value = false
    desk.value = undefined
    lastSeq = -1
  }

  async function loadReasons (): Promise<void> {
    if (reasons.value.length > 0) return
    reasons.value = await loadList<ReasonCode>('/api/v1/reason-codes')
  }

  async function setState (command: StateCommand): Promise<void> {
    if (pendingState.value !== undefined) return
    pendingState.value = command.to
    failure.value = undefined
    try {
      await request('POST', '/api/v1/agents/me/state', { body: command })
    } catch (error) {
      failure.value = error
    } finally {
      pendingState.value = undefined
    }
  }

  async function extendWrapUp (): Promise<void> {
    failure.value = undefined
    try {
      await request('POST', '/api/v1/agents/me/wrap-up', { body: { action: 'extend' } })
    } catch (error) {
      failure.value = error
    }
  }

  function askWhetherPhoneHeld (ask: () => boolean): void { holdsPhone = ask }

  return { desk, agent, call, queues, role, waiting, connected, everConnected, reasons, pendingState, failure, connect, disconnect, askWhetherPhoneHeld, loadReasons, setState, extendWrapUp }
})
