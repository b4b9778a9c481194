/** Password hashes by argon2id. A hash takes some 40 ms of a core and 19 MB, so that only few are made at once. */
import { hash, verify } from '@node-rs/argon2'

const AT_ONCE = 2
const WAITING_MOST = 50

/** Too many people sign in at this moment. */
export class TooBusyError extends Error {
  constructor () {
    super('too many sign-ins at once')
    this.name = 'TooBusyError'
  }
}

export function createPasswordHash () {
  let running = 0
  const waiting: Array<() => void> = []

  async function inTurn<T> (work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_MOST) throw new TooBusyError()
      // Who ends hands its place over.
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  // Nobody's password: checking it takes as long as checking one that exists.
  let nobody: Promise<string> | undefined
  return {
    hash: async (password: string): Promise<string> => await inTurn(async () => await hash(password)),
    /** Whether the password is the one of the hash; takes as long when there is no hash. */
    async verify (passwordHash: string | undefined, password: string): Promise<boolean> {
      nobody ??= inTurn(async () => await hash(crypto.randomUUID()))
      const against = passwordHash ?? await nobody
      const right = await inTurn(async () => await verify(against, password))
      return right && passwordHash !== undefined
    }
  }
}

export type PasswordHash = ReturnType<typeof createPasswordHash>
