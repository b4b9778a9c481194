/**
 * Drafts on this computer, for the case that the page, the browser or the network dies. They hold citizens' data, so they
 * are stored encrypted with a key that the browser keeps and never gives out, one for each user.
 */
import type { LocalDraft } from './draft.ts'

interface StoredDraft { id: string, userId: string, iv: Uint8Array<ArrayBuffer>, sealed: ArrayBuffer }

export type LocalDrafts = Awaited<ReturnType<typeof openLocalDrafts>>

function done<T> (asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('IndexedDB'))
  })
}

function completed (transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'))
  })
}

function openDatabase (): Promise<IDBDatabase> {
  const asked = indexedDB.open('hotline-drafts', 1)
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore('keys')
    asked.result.createObjectStore('drafts', { keyPath: ['userId', 'id'] })
  }
  return done(asked)
}

/** Throws where the browser gives no store (private windows of some). */
export async function openLocalDrafts (userId: string) {
  const database = await openDatabase()

  const known = await done(database.transaction('keys').objectStore('keys').get(userId) as IDBRequest<CryptoKey | undefined>)
  const key = known ?? await makeKey()

  async function makeKey (): Promise<CryptoKey> {
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const transaction = database.transaction('keys', 'readwrite')
    transaction.objectStore('keys').put(made, userId)
    await completed(transaction)
    return made
  }

  const ofUser = () => IDBKeyRange.bound([userId], [userId, []])

  return {
    async all (): Promise<LocalDraft[]> {
      const rows = await done(database.transaction('drafts').objectStore('drafts').getAll(ofUser()) as IDBRequest<StoredDraft[]>)
      const opened = await Promise.allSettled(rows.map(async row => {
        const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.iv }, key, row.sealed)
        return JSON.parse(new TextDecoder().decode(plain)) as LocalDraft
      }))
      // A row sealed with a key that the browser has lost can never be read again; the server's copy stands in.
      for (const [at, result] of opened.entries()) if (result.status === 'rejected') await this.remove(rows[at]?.id ?? '')
      return opened.filter(result => result.status === 'fulfilled').map(result => result.value)
    },

    async put (draft: LocalDraft): Promise<void> {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(JSON.stringify(draft)))
      const transaction = database.transaction('drafts', 'readwrite')
      transaction.objectStore('drafts').put({ id: draft.id, userId, iv, sealed } satisfies StoredDraft)
      await completed(transaction)
    },

    async remove (id: string): Promise<void> {
      const transaction = database.transaction('drafts', 'readwrite')
      transaction.objectStore('drafts').delete([userId, id])
      await completed(transaction)
    },

    /** Forgets this user's drafts and their key. */
    async wipe (): Promise<void> {
      const transaction = database.transaction(['drafts', 'keys'], 'readwrite')
      transaction.objectStore('drafts').delete(ofUser())
      transaction.objectStore('keys').delete(userId)
      await completed(transaction)
      database.close()
    }
  }
}

/**
 * The id of an agent's draft for a call: the same on every page and after every crash, so that there is one draft a call,
 * and another agent's for the same call stays apart. A UUID of version 8.
 */
export async function draftIdOf (userId: string, callId: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${userId}/${callId}`))).slice(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = [...hash].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
