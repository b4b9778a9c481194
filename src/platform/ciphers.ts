/**
 * Algorithms for personal data (docs/decisions/0014). A key is 32 bytes and is used with one algorithm only.
 *
 *   aes-256-gcm   nonce of 12 bytes | ciphertext | tag of 16 bytes
 *   sm4           SM4-CTR, then HMAC-SM3 over all of it (encrypt-then-MAC): nonce of 16 bytes | ciphertext | tag of 32 bytes.
 *                 Its two keys come from the one by HMAC-SM3, so that neither is used for both.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const CIPHERS = ['aes-256-gcm', 'sm4'] as const
export type Cipher = typeof CIPHERS[number]
export const KEY_BYTES = 32

export interface CipherAlgorithm {
  /** Stands in each sealed text. */
  readonly tag: string
  /** Stands in each keyed hash. */
  readonly hashTag: string
  /** `context` is not encrypted, but must be the same for opening. */
  seal: (key: Buffer, text: Buffer, context: Buffer) => Buffer
  /** Throws for what is altered, too short, or sealed with another key or context. */
  open: (key: Buffer, sealed: Buffer, context: Buffer) => Buffer
  hash: (key: Buffer, text: string) => Buffer
}

const GCM_NONCE = 12
const GCM_TAG = 16
const SM4_NONCE = 16
const SM3_TAG = 32

const aes: CipherAlgorithm = {
  tag: 'aes256gcm',
  hashTag: 'hs256',
  seal (key, text, context) {
    const nonce = randomBytes(GCM_NONCE)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context)
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
  },
  open (key, sealed, context) {
    if (sealed.length < GCM_NONCE + GCM_TAG) throw new Error('too short')
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, GCM_NONCE), { authTagLength: GCM_TAG })
      .setAAD(context).setAuthTag(sealed.subarray(-GCM_TAG))
    return Buffer.concat([decipher.update(sealed.subarray(GCM_NONCE, -GCM_TAG)), decipher.final()])
  },
  hash: (key, text) => createHmac('sha256', key).update(text).digest()
}

const sm4: CipherAlgorithm = {
  tag: 'sm4ctr',
  hashTag: 'hsm3',
  seal (key, text, context) {
    const { encrypt, authenticate } = sm4Keys(key)
    const nonce = randomBytes(SM4_NONCE)
    const cipher = createCipheriv('sm4-ctr', encrypt, nonce)
    const body = Buffer.concat([nonce, cipher.update(text), cipher.final()])
    return Buffer.concat([body, sm3Tag(authenticate, body, context)])
  },
  open (key, sealed, context) {
    if (sealed.length < SM4_NONCE + SM3_TAG) throw new Error('too short')
    const { encrypt, authenticate } = sm4Keys(key)
    const body = sealed.subarray(0, -SM3_TAG)
    if (!timingSafeEqual(sm3Tag(authenticate, body, context), sealed.subarray(-SM3_TAG))) throw new Error('tag does not match')
    const decipher = createDecipheriv('sm4-ctr', encrypt, body.subarray(0, SM4_NONCE))
    return Buffer.concat([decipher.update(body.subarray(SM4_NONCE)), decipher.final()])
  },
  hash: (key, text) => createHmac('sm3', key).update(text).digest()
}

/** SM4 takes 16 bytes, HMAC-SM3 32. */
function sm4Keys (key: Buffer): { encrypt: Buffer, authenticate: Buffer } {
  const derived = (label: string) => createHmac('sm3', key).update(label).digest()
  return { encrypt: derived('encrypt').subarray(0, 16), authenticate: derived('authenticate') }
}

/** The length first, so that no byte can move between context and body. */
function sm3Tag (key: Buffer, body: Buffer, context: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(context.length))
  return createHmac('sm3', key).update(length).update(context).update(body).digest()
}

export const algorithms: Readonly<Record<Cipher, CipherAlgorithm>> = { 'aes-256-gcm': aes, sm4 }
