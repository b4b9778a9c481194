/** Who is signed in, and the server's time. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { SessionView } from '../../../src/accounts/contract.ts'
import { ApiError, onSignedOut, request, sessionPath } from '../shared/api.ts'
import { observeServerTime } from '../shared/clock.ts'

export const useSession = defineStore('session', () => {
  const view = shallowRef<SessionView>()
  const asked = ref(false)
  /** Set when a session ended without the user's doing. */
  const endedBecause = ref('')
  let lastTouch = 0
  let leaving = false

  const user = computed(() => view.value?.user)
  const isAdmin = computed(() => user.value?.roles.includes('admin') ?? false)
  const mustChangePassword = computed(() => view.value?.mustChangePassword ?? false)
  const isAgent = computed(() => user.value?.roles.includes('agent') ?? false)

  /** Where the user's work is. */
  const home = computed(() => mustChangePassword.value ? '/password' : isAdmin.value && !isAgent.value ? '/admin' : '/desk')

  function take (next: SessionView): void {
    view.value = next
    observeServerTime(next.serverTime)
    endedBecause.value = ''
  }

  /** Asks the server once who we are. False when nobody is signed in; throws when the server is away. */
  async function restore (): Promise<boolean> {
    if (view.value !== undefined) return true
    if (asked.value) return false
    try {
      take(await request<SessionView>('GET', sessionPath))
      asked.value = true
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        asked.value = true
        return false
      }
      throw error
    }
  }

  async function signIn (username: string, password: string): Promise<void> {
    take(await request<SessionView>('POST', sessionPath, { body: { username, password } }))
    asked.value = true
  }

  /** A new password of one's own; throws `ApiError` with what is wrong by field. */
  async function changePassword (current: string, next: string): Promise<void> {
    await request('PUT', `${sessionPath}/password`, { body: { current, next } })
    take(await request<SessionView>('GET', sessionPath))
  }

  /** `tidy` runs once the server has let go of us, before the pages notice. */
  async function signOut (tidy: () => Promise<void>): Promise<void> {
    // The seat first: refused while a call counts on it. A phone system that is away keeps nobody from going home.
    try {
      if (isAgent.value) await request('DELETE', '/api/v1/phone')
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isOutage) throw error
    }
    // The server tells all pages of a session that it ended, this one too, before it answers.
    leaving = true
    try {
      await request('DELETE', sessionPath)
      await tidy()
    } finally {
      leaving = false
    }
    view.value = undefined
  }

  function ended (reason: string): void {
    if (leaving) return
    view.value = undefined
    asked.value = true
    endedBecause.value = reason
  }

  /** The agent did something: keeps the session from ending while only the phone is used. Seldom asks the server. */
  function touch (): void {
    const idleMs = view.value?.idleMs
    if (idleMs === undefined || performance.now() - lastTouch < idleMs / 4) return
    lastTouch = performance.now()
    request<SessionView>('GET', sessionPath).then(take, (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) ended('idle')
    })
  }

  onSignedOut(() => { if (view.value !== undefined) ended('expired') })

  return { user, isAgent, isAdmin, mustChangePassword, home, endedBecause, restore, signIn, changePassword, signOut, ended, touch }
})
