/** The secrets of an installation under a passphrase: scrypt makes the key, AES-256-GCM seals. */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secrets } from '../platform/secrets.ts'

const COST = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }
const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt)

interface Sealed { kdf: 'scrypt', n: number, r: number, p: number, salt: string, nonce: string, tag: string, text: string }

/** The content of a file that only the passphrase opens. */
export async function sealSecrets (secrets: string, passphrase: string): Promise<string> {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt, 32, COST), nonce)
  const text = Buffer.concat([cipher.update(secrets, 'utf8'), cipher.final()])
  const sealed: Sealed = {
    kdf: 'scrypt', n: COST.N, r: COST.r, p: COST.p, salt: salt.toString('base64'), nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64'), text: text.toString('base64')
  }
  return JSON.stringify(sealed, null, 2) + '\n'
}

/** What was sealed; undefined when the passphrase is another, or the file was changed. */
export async function openSecrets (content: string, passphrase: string): Promise<string | undefined> {
  const sealed = JSON.parse(content) as Sealed
  if (sealed.kdf !== 'scrypt' || sealed.n !== COST.N || sealed.r !== COST.r || sealed.p !== COST.p) return undefined
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', await derive(passphrase, bytes(sealed.salt), 32, COST), bytes(sealed.nonce), { authTagLength: 16 })
  decipher.setAuthTag(bytes(sealed.tag))
  try {
    return Buffer.concat([decipher.update(bytes(sealed.text)), decipher.final()]).toString('utf8')
  } catch {
    // The tag does not fit: that is the answer.
    return undefined
  }
}

/** Marks by which keys are known without being told: the same keys give the same marks. */
export function keyMarks ({ personalDataKeys, numberHashKeys }: Pick<Secrets, 'personalDataKeys' | 'numberHashKeys'>): string[] {
  return [personalDataKeys, numberHashKeys].flatMap(ring => Object.values(ring.keys))
    .map(key => createHash('sha256').update(`hotline backup ${typeof key === 'string' ? key : key.key}`).digest('hex').slice(0, 16)).sort()
}
