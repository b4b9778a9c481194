/** The drafts on the desk: one a call, kept here, in the browser and on the server; and what became of them. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Draft, NewWorkOrder } from '../../../src/work-orders/contract.ts'
import { useSession } from '../session/store.ts'
import { ApiError, messageOf, request } from '../shared/api.ts'
import { serverNow } from '../shared/clock.ts'
import { loadList } from '../shared/lists.ts'
import { timeOfDay } from '../shared/time.ts'
import { texts } from '../texts.ts'
import { useCatalogue } from './catalogue-store.ts'
import { blankForm, edited, errorsOf, isBlank, merged, titleFrom, type FieldErrors, type LocalDraft } from './draft.ts'
import { draftIdOf, openLocalDrafts, type LocalDrafts } from './local-drafts.ts'
import { findSubmitted, sendWorkOrder, type Submission } from './submission.ts'

const localDelayMs = 2000
const serverEveryMs = 10_000

export const useWorkOrders = defineStore('work-orders', () => {
  const drafts = ref<LocalDraft[]>([])
  const activeId = ref<string>()
  const restored = ref(false)
  const submissions = ref<Record<string, Submission>>({})
  const errors = ref<Record<string, FieldErrors>>({})
  const saving = ref(false)
  const localSavedAt = ref<number>()
  const serverSavedAt = ref<number>()
  const localFailed = ref(false)

  const session = useSession()
  let userId = ''
  let local: LocalDrafts | undefined
  let localTimer: ReturnType<typeof setTimeout> | undefined
  let serverTimer: ReturnType<typeof setInterval> | undefined
  const unsavedHere = new Set<string>()
  /** What the agent wrote before the stored drafts were read. */
  const writtenEarly = new Map<string, Draft['form']>()

  const active = computed(() => drafts.value.find(draft => draft.id === activeId.value))
  const unsynced = computed(() => drafts.value.some(draft => draft.version > draft.syncedVersion && submissions.value[draft.id]?.state !== 'done'))

  function put (draft: LocalDraft): void {
    const at = drafts.value.findIndex(other => other.id === draft.id)
    if (at === -1) drafts.value.push(draft)
    else drafts.value[at] = draft
  }

  /** Reads what this user left in the browser and on the server. Saves nothing. */
  async function restore (forUser: string): Promise<void> {
    userId = forUser
    const found = new Map<string, LocalDraft[]>()
    const add = (draft: LocalDraft) => { found.set(draft.id, [...(found.get(draft.id) ?? []), draft]) }
    try {
      local ??= await openLocalDrafts(userId)
      for (const draft of await local.all()) add(draft)
    } catch (error) {
      // The page goes on with the server's copies; the footer says that this computer keeps none.
      localFailed.value = true
      console.warn('drafts on this computer cannot be used', error instanceof Error ? error.name : '')
    }
    try {
      const onServer = await loadList<Draft>('/api/v1/drafts')
      const known = new Set(onServer.map(draft => draft.id))
      for (const draft of onServer) add({ ...draft, syncedVersion: draft.version, label: '' })
      // What the server had in full and has no more was submitted or discarded on another page.
      for (const [id, copies] of found) {
        if (known.has(id) || !copies.every(copy => copy.syncedVersion > 0 && copy.version <= copy.syncedVersion)) continue
        found.delete(id)
        await local?.remove(id)
      }
      restored.value = true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setTimeout(() => { if (!restored.value && userId === forUser) void restore(forUser) }, 5000)
    }
    for (const draft of drafts.value) add(draft)
    for (const [id, copies] of found) {
      const draft = merged(copies, writtenEarly.get(id) ?? {})
      if (draft === undefined) continue
      put(draft)
      if (writtenEarly.has(id)) changed(id)
    }
    if (restored.value) writtenEarly.clear()
    activeId.value ??= drafts.value[0]?.id
    serverTimer ??= setInterval(() => { void syncAll() }, serverEveryMs)
  }

  function changed (id: string): void {
    unsavedHere.add(id)
    clearTimeout(localTimer)
    localTimer = setTimeout(() => { void saveLocally() }, localDelayMs)
  }

  async function saveLocally (): Promise<void> {
    clearTimeout(localTimer)
    if (local === undefined) return
    const ids = [...unsavedHere]
    unsavedHere.clear()
    try {
      for (const id of ids) {
        const draft = drafts.value.find(other => other.id === id)
        if (draft !== undefined) await local.put(JSON.parse(JSON.stringify(draft)) as LocalDraft)
      }
      if (ids.length > 0) localSavedAt.value = serverNow()
      localFailed.value = false
    } catch (error) {
      for (const id of ids) unsavedHere.add(id)
      localFailed.value = true
      console.warn('a draft was not stored on this computer', error instanceof Error ? error.name : '')
    }
  }

  function edit (id: string, change: Draft['form']): void {
    const draft = drafts.value.find(other => other.id === id)
    if (draft === undefined || submissions.value[id]?.state === 'sending' || submissions.value[id]?.state === 'done') return
    const next = edited(draft, change, Math.round(serverNow()))
    if (next === draft) return
    if (!restored.value) writtenEarly.set(id, { ...writtenEarly.get(id), ...change })
    put(next)
    changed(id)
    const found = errors.value[id]
    if (found !== undefined) {
      errors.value[id] = Object.fromEntries(Object.entries(found).filter(([name]) => !(name in change)))
    }
  }

  async function syncOne (draft: LocalDraft): Promise<boolean> {
    const { id, callId, version, savedAt, form } = draft
    try {
      await request('PUT', `/api/v1/drafts/${id}`, { body: { id, callId, version, savedAt, form } satisfies Draft, timeoutMs: 5000 })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'draft-submitted') {
        submissions.value[id] = await findSubmitted(draft)
        await local?.remove(id)
        return true
      }
      if (!(error instanceof ApiError) || error.code !== 'draft-outdated') throw error
      // Another page of this agent wrote on; the agent is typing here now, so this page's text goes on top of it.
      const theirs = (await loadList<Draft>('/api/v1/drafts')).find(other => other.id === id)
      const mine = drafts.value.find(other => other.id === id)
      if (theirs === undefined || mine === undefined) return false
      put({ ...mine, version: Math.max(mine.version, theirs.version + 1), syncedVersion: theirs.version })
      changed(id)
      return false
    }
    const now = drafts.value.find(other => other.id === id)
    if (now !== undefined) put({ ...now, syncedVersion: Math.max(now.syncedVersion, version) })
    unsavedHere.add(id)
    serverSavedAt.value = serverNow()
    return true
  }

  /** Sends what the server does not have. True when it has all. */
  async function syncAll (): Promise<boolean> {
    if (saving.value) return false
    saving.value = true
    try {
      for (const draft of [...drafts.value]) {
        if (draft.version > draft.syncedVersion && submissions.value[draft.id]?.state !== 'done') await syncOne(draft)
      }
      await saveLocally()
      return !unsynced.value
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      await saveLocally()
      return false
    } finally {
      saving.value = false
    }
  }

  /** Saves at once in both places (暂存). */
  async function saveNow (): Promise<boolean> {
    await saveLocally()
    return syncAll()
  }

  function newDraft (id: string, callId: string | null, label: string): void {
    put({ id, callId, version: 0, syncedVersion: 0, savedAt: Math.round(serverNow()), form: {}, label })
  }

  /** The draft of a call: the one there is, or a new one. Blank and finished ones of earlier calls go. */
  async function openForCall (callId: string, label: string): Promise<string> {
    const id = await draftIdOf(session.user?.id ?? '', callId)
    const known = drafts.value.find(draft => draft.id === id)
    if (known === undefined) {
      for (const draft of [...drafts.value]) {
        const finished = submissions.value[draft.id]?.state === 'done' && draft.callId !== callId
        const leftOver = draft.callId !== null && isBlank(draft) && submissions.value[draft.id] === undefined
        if (finished || leftOver) remove(draft.id)
      }
      newDraft(id, callId, label)
    } else if (known.label === '') {
      put({ ...known, label })
    }
    activeId.value = id
    return id
  }

  /** Without a caller to name it, a draft is known by the minute at which it was begun. */
  function openNew (callId: string | null, label = ''): void {
    const id = crypto.randomUUID()
    newDraft(id, callId, label || begunAt(serverNow()))
    activeId.value = id
  }

  function remove (id: string): void {
    const gone = drafts.value.find(draft => draft.id === id)
    drafts.value = drafts.value.filter(draft => draft.id !== id)
    unsavedHere.delete(id)
    writtenEarly.delete(id)
    local?.remove(id).catch(() => { localFailed.value = true })
    // Where this fails the draft comes back with the next sign-in; nothing is lost.
    if (gone !== undefined && gone.syncedVersion > 0 && submissions.value[id]?.state !== 'done') {
      request('DELETE', `/api/v1/drafts/${id}`).catch((error: unknown) => { console.warn('draft not deleted', messageOf(error)) })
    }
    if (activeId.value === id) activeId.value = drafts.value.at(-1)?.id
  }

  /** Checks and sends; what fails stays as it is, with the reason. True when the work order exists. */
  async function submit (id: string, disposition: NewWorkOrder['disposition']): Promise<boolean> {
    const draft = drafts.value.find(other => other.id === id)
    const earlier = submissions.value[id]?.state
    if (draft === undefined || earlier === 'sending' || earlier === 'done') return false
    if ((draft.form.title ?? '').trim() === '' && (draft.form.content ?? '').trim() !== '') edit(id, { title: titleFrom(draft.form.content ?? '') })
    const current = drafts.value.find(other => other.id === id) ?? draft
    const found = errorsOf(current.form, disposition, useCatalogue().subjects)
    errors.value[id] = found
    if (Object.keys(found).length > 0) return false
    submissions.value[id] = { state: 'sending', disposition }
    await saveLocally()
    try {
      const workOrder = await sendWorkOrder(current, disposition)
      submissions.value[id] = { state: 'done', disposition, workOrder }
      await local?.remove(id)
      return true
    } catch (error) {
      if (error instanceof ApiError) {
        for (const detail of error.details) {
          const name = detail.path.replace(/^.*[/.]/, '')
          if (name in blankForm()) errors.value[id] = { ...errors.value[id], [name]: detail.message }
        }
      }
      submissions.value[id] = { state: 'failed', disposition, message: messageOf(error) }
      return false
    }
  }

  /** After signing out: nothing of the citizen's stays on this computer. */
  async function wipe (): Promise<void> {
    clearTimeout(localTimer)
    clearInterval(serverTimer)
    serverTimer = undefined
    await local?.wipe()
    local = undefined
    drafts.value = []
    submissions.value = {}
    errors.value = {}
    activeId.value = undefined
    restored.value = false
    localSavedAt.value = undefined
    serverSavedAt.value = undefined
  }

  /** The session ended by itself: drafts stay stored on this computer, but leave the screen. */
  async function leave (): Promise<void> {
    await saveLocally()
    clearInterval(serverTimer)
    serverTimer = undefined
    local = undefined
    drafts.value = []
    activeId.value = undefined
    restored.value = false
  }

  // A page that goes has no time for encryption; the last two seconds of typing go to the server as they are.
  addEventListener('pagehide', () => {
    for (const { id, callId, version, syncedVersion, savedAt, form } of drafts.value) {
      if (version <= syncedVersion || submissions.value[id]?.state === 'done') continue
      request('PUT', `/api/v1/drafts/${id}`, { body: { id, callId, version, savedAt, form } satisfies Draft, keepalive: true })
        .catch(() => { localFailed.value = true })
    }
  })

  return {
    drafts,
    activeId,
    active,
    submissions,
    errors,
    saving,
    unsynced,
    localSavedAt,
    serverSavedAt,
    localFailed,
    restore,
    edit,
    saveNow,
    syncAll,
    openForCall,
    openNew,
    remove,
    submit,
    wipe,
    leave
  }
})

function begunAt (at: number): string {
  return `${texts.form.draft} ${timeOfDay(at).slice(0, 5)}`
}

/** What a draft's tab says: the caller's name or the title where the agent wrote one; never the same word twice. */
export function draftLabel (draft: LocalDraft): string {
  const { callerName, title, content } = draft.form
  const written = callerName?.trim() || (draft.label === '' ? title?.trim() || titleFrom(content ?? '') : '')
  return written || draft.label || begunAt(draft.savedAt)
}
