/** Secrets of this installation: made once, kept in one file that only its owner may read. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** A set of keys of which one is used for what is new; the others still open what is old. */
export interface KeyRing {
  readonly current: string
  /** Key id → 32 bytes in base64url. */
  readonly keys: Readonly<Record<string, string>>
}

export interface Secrets {
  /** Signs what the browser keeps. */
  readonly cookieKey: string
  /** Seals names, numbers and addresses (AES-256-GCM). */
  readonly personalDataKeys: KeyRing
  /** Keyed hash of numbers (HMAC-SHA256), for searches. */
  readonly numberHashKeys: KeyRing
  readonly ariPassword: string
  readonly databasePassword: string
  /** Signs the pass with which a browser phone may open its socket. */
  readonly phoneGateKey: string
}

/** The secrets file cannot be used; the message is for the operator. */
export class SecretsError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'SecretsError'
  }
}

function random (): string {
  return randomBytes(32).toString('base64url')
}

function make (): Secrets {
  return {
    cookieKey: random(),
    personalDataKeys: { current: 'k1', keys: { k1: random() } },
    numberHashKeys: { current: 'h1', keys: { h1: random() } },
    ariPassword: random(),
    databasePassword: random(),
    phoneGateKey: random()
  }
}

function isRing (value: unknown): value is KeyRing {
  if (typeof value !== 'object' || value === null) return false
  const { current, keys } = value as Partial<KeyRing>
  return typeof current === 'string' && typeof keys === 'object' && keys !== null && typeof keys[current] === 'string' &&
    Object.entries(keys).every(([id, key]) => /^[a-z0-9]{1,16}$/.test(id) && typeof key === 'string' && Buffer.from(key, 'base64url').length === 32)
}

function isSecrets (value: unknown): value is Secrets {
  if (typeof value !== 'object' || value === null) return false
  const secrets = value as Partial<Record<keyof Secrets, unknown>>
  const texts: Array<keyof Secrets> = ['cookieKey', 'ariPassword', 'databasePassword', 'phoneGateKey']
  return texts.every(name => typeof secrets[name] === 'string' && secrets[name].length >= 16) &&
    isRing(secrets.personalDataKeys) && isRing(secrets.numberHashKeys)
}

/** Writes beside the target, synced, so that a crash leaves the whole file or none. */
function writeBeside (file: string, content: string): string {
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = openSync(beside, 'wx', 0o600)
  try {
    writeSync(handle, content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return beside
}

function read (file: string): Secrets | undefined {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new SecretsError(`密钥文件 ${file} 无法读取 (cannot be read): ${(error as Error).message}`)
  }
  if ((statSync(file).mode & 0o077) !== 0) throw new SecretsError(`密钥文件 ${file} 可被他人读取，请执行 chmod 600 (others may read it: chmod 600)`)
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch {
    throw new SecretsError(`密钥文件 ${file} 不是有效的 JSON (is not valid JSON)`)
  }
  if (!isSecrets(parsed)) throw new SecretsError(`密钥文件 ${file} 内容不完整 (lacks keys or holds malformed ones)`)
  return parsed
}

/**
 * The secrets in `file`, made at the first call. Two processes that start at once get the same ones.
 * Throws `SecretsError` when the file is unreadable, malformed or open to others: new keys in its place
 * would make all sealed data unreadable.
 */
export function loadSecrets (file: string): Secrets {
  const present = read(file)
  if (present !== undefined) return present
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const beside = writeBeside(file, JSON.stringify(make(), null, 2) + '\n')
  try {
    // A link fails where the file has appeared meanwhile; a rename would replace the other process's keys.
    linkSync(beside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new SecretsError(`密钥文件 ${file} 无法写入 (cannot be written): ${(error as Error).message}`)
  } finally {
    rmSync(beside, { force: true })
  }
  const made = read(file)
  if (made === undefined) throw new SecretsError(`密钥文件 ${file} 写入后消失 (vanished after it was written)`)
  return made
}

/** Writes `value` as JSON to `file`, whole or not at all, readable by the owner only. */
export function writePrivateJson (file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  renameSync(writeBeside(file, JSON.stringify(value, null, 2) + '\n'), file)
}
