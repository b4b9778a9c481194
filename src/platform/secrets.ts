/** Secrets of this installation: made once, kept in one file that only its owner may read. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Cipher } from './ciphers.ts'
import { isRing, newRing, type KeyRing, type KeySource } from './key-ring.ts'
import { holdLock } from './process/lock.ts'

export interface Secrets {
  /** Signs what the browser keeps. */
  readonly cookieKey: string
  /** Seal what is said of citizens: numbers, names, addresses, contents. */
  readonly personalDataKeys: KeyRing
  /** Keyed hash of numbers, for searches. */
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

function make (cipher: Cipher): Secrets {
  return {
    cookieKey: random(),
    personalDataKeys: newRing('k', cipher),
    numberHashKeys: newRing('h', cipher),
    ariPassword: random(),
    databasePassword: random(),
    phoneGateKey: random()
  }
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
 * The secrets in `file`, made at the first call, keys of personal data for `cipher`. Two processes that start at once get the
 * same ones.
 * Throws `SecretsError` when the file is unreadable, malformed or open to others: new keys in its place
 * would make all sealed data unreadable.
 */
export function loadSecrets (file: string, cipher: Cipher = 'aes-256-gcm'): Secrets {
  const present = read(file)
  if (present !== undefined) return present
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const beside = writeBeside(file, JSON.stringify(make(cipher), null, 2) + '\n')
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

const LOCK_MS = 10_000

/**
 * Changes the secrets in `file`, one process after another; resolves with what stands there now. A crash leaves the old
 * secrets or the new ones. Nothing is written where `change` gives back what it got.
 */
export async function changeSecrets (file: string, change: (secrets: Secrets) => Secrets): Promise<Secrets> {
  const release = await holdLock(`${file}.lock`, LOCK_MS, () => {})
  if (release === undefined) throw new SecretsError(`密钥文件 ${file} 正被其他进程修改 (is being changed by another process)`)
  try {
    const before = read(file)
    if (before === undefined) throw new SecretsError(`密钥文件 ${file} 不存在 (does not exist)`)
    const after = change(before)
    if (after === before) return before
    if (!isSecrets(after)) throw new SecretsError(`密钥文件 ${file} 未修改：新内容不完整 (not changed: what was to be written is incomplete)`)
    writePrivateJson(file, after)
    return after
  } finally {
    release()
  }
}

/** The key rings of `file` as they stand now: `refresh` reads the file again when it has changed. */
export interface KeyFile extends Required<KeySource> {
  readonly file: string
}

/** `faulty` is told of a file that cannot be used any more; the keys that were read before stay. */
export function openKeys (file: string, faulty: (error: unknown) => void): KeyFile {
  let mark = markOf(file)
  let secrets = loadSecrets(file)
  return {
    file,
    get personalDataKeys () { return secrets.personalDataKeys },
    get numberHashKeys () { return secrets.numberHashKeys },
    refresh () {
      const now = markOf(file)
      if (now === mark) return false
      mark = now
      try {
        const read = loadSecretsThere(file)
        const changed = JSON.stringify([read.personalDataKeys, read.numberHashKeys]) !== JSON.stringify([secrets.personalDataKeys, secrets.numberHashKeys])
        secrets = read
        return changed
      } catch (error) {
        faulty(error)
        return false
      }
    }
  }
}

/** What changes when the file is written anew. */
function markOf (file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`
}

function loadSecretsThere (file: string): Secrets {
  const present = read(file)
  if (present === undefined) throw new SecretsError(`密钥文件 ${file} 不存在 (does not exist)`)
  return present
}

/** Writes `value` as JSON to `file`, whole or not at all, readable by the owner only. */
export function writePrivateJson (file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  renameSync(writeBeside(file, JSON.stringify(value, null, 2) + '\n'), file)
}
