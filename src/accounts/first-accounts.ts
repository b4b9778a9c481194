/** Accounts of a first start. There is no default password: each one is made up, or given by the operator for the demo. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import { writePrivateJson } from '../platform/secrets.ts'
import { administrator, samplePeople, type Place } from './core/first-people.ts'
import { passwordFrom } from './core/password.ts'
import type { PasswordHash } from './password-hash.ts'
import type { AccountRepository } from './repository.ts'

export interface FirstAccountsOptions {
  repository: AccountRepository
  passwords: PasswordHash
  personalData: Pick<PersonalData, 'digest'>
  clock: Clock
  place: Place
  /** Sample people as well, with the departments they work for. */
  demo: { password: string | undefined, departments: ReadonlyArray<{ id: string, name: string, areaCode: string }> } | undefined
  /** Gets the new accounts with their passwords, mode 0600; the launcher shows them once and removes it. */
  file: string
}

export interface FirstAccount { username: string, password: string, name: string, role: string }

/**
 * Makes the administrator when there are no users, and in the demo the sample people that are missing; returns how many
 * were made. A demo password that the operator changed since counts for all sample people.
 */
export async function ensureFirstAccounts ({ repository, passwords, personalData, clock, place, demo, file }: FirstAccountsOptions): Promise<number> {
  if (demo === undefined && await repository.hasUsers()) return 0
  const people = demo === undefined ? [administrator(place)] : samplePeople(place, demo.departments)
  const missing: Actor[] = []
  for (const person of people) if (await repository.findUser(person.id) === undefined) missing.push(person)
  const shared = demo === undefined ? undefined : demo.password ?? newPassword()
  const accounts = missing.map((person): FirstAccount => ({ username: person.id, password: shared ?? newPassword(), name: person.name, role: person.roles.join(',') }))
  // The file first: an account whose password nobody has seen would lock everybody out.
  if (accounts.length > 0) writePrivateJson(file, { accounts })
  const hashes = new Map<string, string>()
  const hashOf = async (password: string): Promise<string> => {
    const known = hashes.get(password) ?? await passwords.hash(password)
    // Sample people share their password, so they may share its hash.
    hashes.set(password, known)
    return known
  }
  const added: FirstAccount[] = []
  for (const [index, person] of missing.entries()) {
    const account = accounts[index] as FirstAccount
    if (await repository.addUser({ ...person, passwordHash: await hashOf(account.password) }, clock.now())) added.push(account)
  }
  if (accounts.length > 0 && added.length < accounts.length) {
    if (added.length > 0) writePrivateJson(file, { accounts: added })
    else rmSync(file, { force: true })
  }
  if (demo?.password !== undefined) {
    const mark = `demo-password:${personalData.digest(demo.password)}`
    if (await repository.markDone(mark, clock.now())) {
      await repository.unmark('demo-password:', mark)
      for (const person of people) if (!missing.includes(person)) await repository.setPassword(person.id, await hashOf(demo.password), clock.now())
    }
  }
  return added.length
}

function newPassword (): string {
  return passwordFrom(randomBytes(16))
}
