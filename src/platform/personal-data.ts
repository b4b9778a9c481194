/**
 * Personal data at rest. Texts are sealed with AES-256-GCM, numbers are found by a keyed hash. Algorithm and key id
 * stand inside each text, so that keys and algorithms can change while old rows stay readable.
 *
 *   sealed:  gcm256.KEYID.base64url(nonce | ciphertext | tag)
 *   hashed:  hs256.KEYID.base64url(hmac-sha256(normalised number))
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import type { KeyRing, Secrets } from './secrets.ts'

const SEAL = 'gcm256'
const HASH = 'hs256'
const NONCE = 12
const TAG = 16

/** A sealed text cannot be opened: unknown key, unknown algorithm, altered, or sealed for another purpose. */
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

function keyOf (ring: KeyRing, id: string): Buffer {
  const key = ring.keys[id]
  if (key === undefined) throw new SealError(`no key ${id}`)
  return Buffer.from(key, 'base64url')
}

/** The sealing and hashing of one installation. `dialCode` completes local fixed-line numbers. */
export function createPersonalData (secrets: Pick<Secrets, 'personalDataKeys' | 'numberHashKeys'>, dialCode?: string) {
  const { personalDataKeys, numberHashKeys } = secrets
  const sealKey = keyOf(personalDataKeys, personalDataKeys.current)
  const hashKey = keyOf(numberHashKeys, numberHashKeys.current)
  return {
    /** Seals `text` for `purpose` (e.g. `calls.ani`): it opens only for the same purpose. */
    seal (text: string, purpose: string): string {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(purpose))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${SEAL}.${personalDataKeys.current}.${sealed.toString('base64url')}`
    },
    /** The text that was sealed; throws `SealError`. */
    open (sealed: string, purpose: string): string {
      const [algorithm, keyId, body] = sealed.split('.')
      if (algorithm !== SEAL || keyId === undefined || body === undefined) throw new SealError('unknown form of sealed text')
      const bytes = Buffer.from(body, 'base64url')
      if (bytes.length < NONCE + TAG) throw new SealError('sealed text is too short')
      const decipher = createDecipheriv('aes-256-gcm', keyOf(personalDataKeys, keyId), bytes.subarray(0, NONCE))
        .setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8')
      } catch {
        throw new SealError('sealed text was altered or sealed for another purpose')
      }
    },
    /** The same for each way of writing the same number; undefined when it is withheld. */
    numberHash (number: string): string | undefined {
      const normalised = normaliseNumber(number, dialCode)
      if (normalised === '') return undefined
      return `${HASH}.${numberHashKeys.current}.${createHmac('sha256', hashKey).update(normalised).digest('base64url')}`
    },
    /** Whether two ways of writing mean the same number. */
    sameNumber (one: string, other: string): boolean {
      return normaliseNumber(one, dialCode) === normaliseNumber(other, dialCode)
    },
    /** Keyed digest of any text, for comparing without keeping it. */
    digest (text: string): string {
      return `${HASH}.${numberHashKeys.current}.${createHmac('sha256', hashKey).update('digest\0').update(text).digest('base64url')}`
    }
  }
}

export type PersonalData = ReturnType<typeof createPersonalData>
