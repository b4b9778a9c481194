/**
 * Personal data at rest. Texts are sealed, numbers are found by a keyed hash. Algorithm and key id stand inside each text, so
 * that keys and algorithms can change while old rows stay readable (docs/decisions/0014).
 *
 *   sealed:  ALGORITHM.KEYID.base64url(what the algorithm gives; platform/ciphers.ts)     aes256gcm.k1.…   sm4ctr.k2.…
 *   hashed:  ALGORITHM.KEYID.base64url(keyed hash of the normalised number)               hs256.h1.…       hsm3.h2.…
 */
import { createDecipheriv } from 'node:crypto'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { algorithms } from './ciphers.ts'
import { allKeys, currentKey, keyById, type DataKey, type KeyRing, type KeySource } from './key-ring.ts'

/** What was sealed before rows stood in the context: AES-256-GCM for a column as a whole. Opened, never made. */
const COLUMN_SEAL = 'gcm256'

/** A sealed text cannot be opened: unknown key, unknown algorithm, altered, or sealed for another place. */
export class SealError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'SealError'
  }
}

/** Service numbers that belong to nobody: 110, 12345, 95xxx, 96xxx, 100xx, 400 and 800 numbers. */
const SHORT = /^(1[012]\d|1[02]\d{3}|123\d{2}|9[56]\d{3,6}|[48]00\d{7})$/

/**
 * One form for each number, so that `+8613800000001`, `013800000001`, `138-0000-0001` are the same caller.
 * Chinese and foreign numbers become E.164, service numbers stay, anything else is its digits.
 * '' when there is no digit: withheld. `dialCode` (e.g. `0951`) completes fixed-line numbers that come without one.
 */
export function normaliseNumber (number: string, dialCode?: string): string {
  const plain = number.normalize('NFKC').replace(/[^\d+]/g, '')
  const digits = plain.replace(/\+/g, '')
  if (digits === '' || SHORT.test(digits)) return digits
  // Trunks put a 0 before mobile numbers of other cities, and 00 before foreign ones.
  const mobile = /^0?(1[3-9]\d{9})$/.exec(digits)
  if (mobile !== null) return `+86${mobile[1]}`
  const international = plain.startsWith('+') ? plain : digits.startsWith('00') ? `+${digits.slice(2)}` : undefined
  const national = dialCode !== undefined && /^[2-8]\d{6,7}$/.test(digits) ? dialCode + digits : digits
  const parsed = parsePhoneNumberFromString(international ?? national, 'CN')
  if (parsed?.isPossible() === true) return parsed.number
  // 86 before the area code, without a plus.
  const bare = digits.length > 11 && digits.startsWith('86') ? parsePhoneNumberFromString(`+${digits}`) : undefined
  return bare?.isPossible() === true ? bare.number : digits
}

/** How people write it: E.164 of this country without +86, and with 0 before an area code. */
export function shownNumber (normalised: string): string {
  if (!normalised.startsWith('+86')) return normalised
  const national = normalised.slice(3)
  return /^1[3-9]\d{9}$/.test(national) ? national : `0${national}`
}

/** The sealing and hashing of one installation. `dialCode` completes local fixed-line numbers. */
export function createPersonalData (keys: KeySource, dialCode?: string) {
  function needKey (ring: () => KeyRing, id: string): DataKey {
    const known = keyById(ring(), id)
    if (known !== undefined) return known
    // Another process may have added it a moment ago.
    keys.refresh?.()
    const added = keyById(ring(), id)
    if (added === undefined) throw new SealError(`no key ${id}`)
    return added
  }
  const sealingKey = (id: string) => needKey(() => keys.personalDataKeys, id)
  const hashWith = ({ id, cipher, key }: DataKey, text: string) => `${algorithms[cipher].hashTag}.${id}.${algorithms[cipher].hash(key, text).toString('base64url')}`

  return {
    /** Seals `text` for `place`, which names table, column and row (e.g. `calls.ani:ID`): it opens only for the same place. */
    seal (text: string, place: string): string {
      const { id, cipher, key } = currentKey(keys.personalDataKeys)
      return `${algorithms[cipher].tag}.${id}.${algorithms[cipher].seal(key, Buffer.from(text), Buffer.from(place)).toString('base64url')}`
    },
    /** The text that was sealed; throws `SealError`. */
    open (sealed: string, place: string): string {
      const [tag, keyId, body] = sealed.split('.')
      if (tag === undefined || keyId === undefined || body === undefined) throw new SealError('unknown form of sealed text')
      const { cipher, key } = sealingKey(keyId)
      const bytes = Buffer.from(body, 'base64url')
      try {
        if (tag === algorithms[cipher].tag) return algorithms[cipher].open(key, bytes, Buffer.from(place)).toString()
        if (tag === COLUMN_SEAL && cipher === 'aes-256-gcm') return openColumnSeal(key, bytes, place.split(':')[0] ?? '')
      } catch {
        throw new SealError('sealed text was altered or sealed for another place')
      }
      throw new SealError('unknown form of sealed text')
    },
    /** What texts that are sealed now begin with, and hashes; anything else is from an earlier key or algorithm. */
    get sealedPrefix () { return prefixOf(currentKey(keys.personalDataKeys), 'tag') },
    get hashedPrefix () { return prefixOf(currentKey(keys.numberHashKeys), 'hashTag') },
    /** The same for each way of writing the same number; undefined when it is withheld. With the current key, for storing. */
    numberHash (number: string): string | undefined {
      const normalised = normaliseNumber(number, dialCode)
      return normalised === '' ? undefined : hashWith(currentKey(keys.numberHashKeys), normalised)
    },
    /** With each key of the ring, the current one first: for finding. Empty when the number is withheld. */
    numberHashes (number: string): string[] {
      const normalised = normaliseNumber(number, dialCode)
      return normalised === '' ? [] : allKeys(keys.numberHashKeys).map(key => hashWith(key, normalised))
    },
    /** Whether two ways of writing mean the same number. */
    sameNumber (one: string, other: string): boolean {
      return normaliseNumber(one, dialCode) === normaliseNumber(other, dialCode)
    },
    /** Keyed digest of any text, for comparing without keeping it. */
    digest (text: string): string {
      return hashWith(currentKey(keys.numberHashKeys), `digest\0${text}`)
    },
    /** Whether `text` has this digest, under whichever key it was made. */
    hasDigest (text: string, digest: string): boolean {
      const key = keyById(keys.numberHashKeys, digest.split('.')[1] ?? '')
      return key !== undefined && hashWith(key, `digest\0${text}`) === digest
    }
  }
}

function prefixOf ({ id, cipher }: DataKey, kind: 'tag' | 'hashTag'): string {
  return `${algorithms[cipher][kind]}.${id}.`
}

function openColumnSeal (key: Buffer, bytes: Buffer, column: string): string {
  if (bytes.length < 28) throw new SealError('too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(column)).setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString()
}

export type PersonalData = ReturnType<typeof createPersonalData>
