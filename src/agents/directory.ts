/** Who works here and in which groups: read at the start, and again now and then, also after the database was away. */
import type { AgentRepository } from './repository.ts'
import type { AgentProfile, RememberedAgent } from './service.ts'
import type { Clock } from '../kernel/clock.ts'

/** A skill group and what it has of its own; what is missing is as the whole hotline has it. */
export interface SkillGroup {
  id: string
  name: string
  /** Where it belongs; an area of zeros is the whole hotline's. */
  areaCode: string
  unitId: string
  /** Takes no callers any more. */
  disabled: boolean
  /** Added to the priority that the flow gives, 0 to 4. */
  priority: number
  queueLimit?: number
  wrapUpMs?: number
}

export interface DirectoryDependencies {
  repository: Pick<AgentRepository, 'roster' | 'remembered' | 'skillGroups' | 'reasonNames'>
  clock: Clock
  /** Names of groups that are known before the database says more. */
  groups: Readonly<Record<string, string>>
  changed: (roster: readonly AgentProfile[]) => void
  log: { warn: (detail: object, message: string) => void }
}

const RETRY_MS = 2000
const REFRESH_MS = 30_000

export function createDirectory ({ repository, clock, groups, changed, log }: DirectoryDependencies) {
  let roster: readonly AgentProfile[] = []
  let names = new Map(Object.entries(groups))
  let settings = new Map<string, SkillGroup>()
  let reasonNames: Readonly<Record<string, string>> = {}
  let reading: Promise<void> = Promise.resolve()
  let loaded = false
  let cancel: (() => void) | undefined
  let stopped = false
  const listeners: Array<() => void> = []

  async function read (): Promise<void> {
    const [agents, skillGroups, reasons] = await Promise.all([repository.roster(), repository.skillGroups(), repository.reasonNames()])
    roster = agents
    reasonNames = reasons
    settings = new Map(skillGroups.map(group => [group.id, group]))
    if (skillGroups.length > 0) names = new Map([...Object.entries(groups), ...skillGroups.map(({ id, name }): [string, string] => [id, name])])
    loaded = true
  }

  /** One reading after another, so that an older one never comes last. */
  function refresh (): Promise<void> {
    cancel?.()
    reading = reading.then(readAgain)
    return reading
  }

  async function readAgain (): Promise<void> {
    try {
      const before = JSON.stringify(roster)
      const all = JSON.stringify([roster, [...settings.values()], reasonNames])
      await read()
      if (JSON.stringify(roster) !== before) changed(roster)
      if (JSON.stringify([roster, [...settings.values()], reasonNames]) !== all) for (const listener of listeners) listener()
      later(REFRESH_MS)
    } catch (error) {
      log.warn({ err: error }, 'agents not read')
      later(RETRY_MS)
    }
  }

  function later (ms: number): void {
    cancel?.()
    if (stopped) return
    cancel = clock.at(clock.now() + ms, () => { void refresh() })
  }

  return {
    /** Reads all; without a database it begins empty and goes on trying. Gives the states before the restart. */
    async start (): Promise<RememberedAgent[]> {
      let remembered: RememberedAgent[] = []
      try {
        await read()
        remembered = await repository.remembered()
      } catch (error) {
        log.warn({ err: error }, 'agents not read yet')
      }
      later(loaded ? REFRESH_MS : RETRY_MS)
      return remembered
    },
    roster: () => roster,
    loaded: () => loaded,
    groupName: (groupId: string): string => names.get(groupId) ?? groupId,
    groupIds: (): ReadonlySet<string> => new Set([...names.keys()].filter(id => settings.get(id)?.disabled !== true)),
    /** What this group has of its own. */
    group: (groupId: string): SkillGroup | undefined => settings.get(groupId),
    /** All groups in the operator's order, disabled ones too. */
    groups: (): readonly SkillGroup[] => [...settings.values()],
    /** Calls back after each reading that found other agents, groups or reasons. */
    onChange (listener: () => void): void {
      listeners.push(listener)
    },
    /** Words for reason codes. */
    reasonNames: () => reasonNames,
    /** Reads all again now: somebody changed it. A database that is away is asked again later. */
    refresh,
    stop (): void {
      stopped = true
      cancel?.()
    }
  }
}
