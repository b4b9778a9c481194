/**
 * Key rings: sets of keys of which one is used for what is new; the others open what is old. A ring is read anew for each use
 * (`KeySource`), so that a key that was added while the server runs counts at once.
 */
import { randomBytes } from 'node:crypto'
import type { EpochMs } from '../kernel/clock.ts'
import { CIPHERS, KEY_BYTES, type Cipher } from './ciphers.ts'

/** As it stands in the secrets file. A key that is text alone is one for AES-256-GCM (or HMAC-SHA256). */
export type StoredKey = string | {
  readonly cipher: Cipher
  /** 32 bytes in base64url. */
  readonly key: string
  /** When it was added, ISO 8601; left out of the first ones. */
  readonly madeAt?: string
}

export interface KeyRing {
  readonly current: string
  readonly keys: Readonly<Record<string, StoredKey>>
  /** Keys that the operator wants to be rid of; each goes once nothing uses it. */
  readonly retiring?: readonly string[]
}

/** The rings of this installation as they stand now. */
export interface KeySource {
  readonly personalDataKeys: KeyRing
  readonly numberHashKeys: KeyRing
  /** Looks whether another process has added a key; true when there is something new. */
  refresh?: () => boolean
}

export interface DataKey {
  id: string
  cipher: Cipher
  /** 32 bytes. */
  key: Buffer
}

const ID = /^[a-z0-9]{1,16}$/
const decoded = new Map<string, Buffer>()

/** The key for what is new. */
export function currentKey (ring: KeyRing): DataKey {
  const key = keyById(ring, ring.current)
  if (key === undefined) throw new Error(`no key ${ring.current}`)
  return key
}

/** A key by its id; undefined when the ring has none of this id. */
export function keyById (ring: KeyRing, id: string): DataKey | undefined {
  if (!Object.hasOwn(ring.keys, id)) return undefined
  const stored = ring.keys[id] as StoredKey
  return typeof stored === 'string' ? { id, cipher: 'aes-256-gcm', key: bytesOf(stored) } : { id, cipher: stored.cipher, key: bytesOf(stored.key) }
}

/** All keys, the current one first. */
export function allKeys (ring: KeyRing): DataKey[] {
  const others = Object.keys(ring.keys).filter(id => id !== ring.current)
  return [ring.current, ...others].flatMap(id => keyById(ring, id) ?? [])
}

function bytesOf (text: string): Buffer {
  const known = decoded.get(text)
  if (known !== undefined) return known
  const bytes = Buffer.from(text, 'base64url')
  decoded.set(text, bytes)
  return bytes
}

/** A ring with one new key. `prefix` is the letter of its ids: `k1`, `k2` … */
export function newRing (prefix: string, cipher: Cipher): KeyRing {
  return { current: `${prefix}1`, keys: { [`${prefix}1`]: newKey(cipher) } }
}

/** The ring with a new key, which is the current one from now on. Its id was never used, also not by a key that is gone. */
export function withNewKey (ring: KeyRing, cipher: Cipher, now: EpochMs): KeyRing {
  const prefix = /^[a-z]+/.exec(ring.current)?.[0] ?? 'k'
  const numbers = Object.keys(ring.keys).map(id => Number(id.slice(prefix.length))).filter(Number.isSafeInteger)
  const id = `${prefix}${Math.max(0, ...numbers) + 1}`
  return { ...ring, current: id, keys: { ...ring.keys, [id]: { ...newKey(cipher), madeAt: new Date(now).toISOString() } } }
}

/** The ring without a key. The current one stays. */
export function withoutKey (ring: KeyRing, id: string): KeyRing {
  if (id === ring.current) return ring
  const { [id]: _, ...keys } = ring.keys
  const { retiring = [], ...rest } = ring
  const still = retiring.filter(other => other !== id)
  return { ...rest, keys, ...(still.length === 0 ? {} : { retiring: still }) }
}

function newKey (cipher: Cipher): Exclude<StoredKey, string> {
  return { cipher, key: randomBytes(KEY_BYTES).toString('base64url') }
}

/** Whether a value from the secrets file is a ring that can be used. */
export function isRing (value: unknown): value is KeyRing {
  if (typeof value !== 'object' || value === null) return false
  const { current, keys, retiring = [] } = value as Partial<KeyRing>
  return typeof current === 'string' && typeof keys === 'object' && keys !== null && Object.hasOwn(keys, current) &&
    Array.isArray(retiring) && retiring.every(id => typeof id === 'string') &&
    Object.entries(keys).every(([id, key]) => ID.test(id) && isStoredKey(key))
}

function isStoredKey (value: unknown): value is StoredKey {
  if (typeof value === 'string') return Buffer.from(value, 'base64url').length === KEY_BYTES
  if (typeof value !== 'object' || value === null) return false
  const { cipher, key } = value as Partial<Exclude<StoredKey, string>>
  return CIPHERS.some(known => known === cipher) && typeof key === 'string' && Buffer.from(key, 'base64url').length === KEY_BYTES
}
