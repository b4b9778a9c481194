/** Skill groups and reason codes: made, changed, disabled; what counts for running queues counts at once. */
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Sql, Transaction } from '../platform/database/sql.ts'
import type { Audit, Doer } from './audit-repository.ts'
import { difference } from './core/difference.ts'
import { adminError } from './errors.ts'
import type { NewReasonCode, NewSkillGroup, ReasonCodeChange, ReasonCodeView, SkillGroupChange, SkillGroupView } from './exchange-contract.ts'
import type { GroupRepository, StoredGroup } from './group-repository.ts'

export interface ExchangeServiceDependencies {
  sql: Sql
  groups: GroupRepository
  audit: Audit
  clock: Clock
  /** Names of the flows in use that lead into this group; the flows' last resort counts as one. */
  flowsOf: (groupId: string) => string[]
  /** After a change counts: groups and who works in them are to be read anew. */
  groupsChanged: () => Promise<void>
}

export type ExchangeService = ReturnType<typeof createExchangeService>

export function createExchangeService ({ sql, groups, audit, clock, flowsOf, groupsChanged }: ExchangeServiceDependencies) {
  const fieldsOf = ({ name, position, priority, queueLimit, wrapUpSeconds, serviceLevelSeconds }: Omit<NewSkillGroup, 'id'>) =>
    ({ name, position, priority, queueLimit, wrapUpSeconds, serviceLevelSeconds })

  function allow (actor: Actor, action: 'skill-group.manage' | 'reason-code.manage'): void {
    if (!can(actor, action)) throw adminError('forbidden')
  }

  async function needGroup (transaction: Transaction, id: string, version: number): Promise<StoredGroup> {
    const group = await groups.holdGroup(transaction, id)
    if (group === undefined) throw adminError('not-found')
    if (group.version !== version) throw adminError('stale')
    return group
  }

  async function needReason (transaction: Transaction, code: string, version: number): Promise<ReasonCodeView> {
    const reason = await groups.holdReason(transaction, code)
    if (reason === undefined) throw adminError('not-found')
    if (reason.byServer) throw adminError('reason-of-server')
    if (reason.version !== version) throw adminError('stale')
    return reason
  }

  async function list (actor: Actor): Promise<SkillGroupView[]> {
    allow(actor, 'skill-group.manage')
    const counts = await groups.agentCounts()
    return (await groups.groups()).map(group => ({ ...group, agents: counts.get(group.id) ?? 0, flows: flowsOf(group.id) }))
  }

  async function group (actor: Actor, id: string): Promise<SkillGroupView> {
    await groupsChanged()
    const found = (await list(actor)).find(candidate => candidate.id === id)
    if (found === undefined) throw adminError('not-found')
    return found
  }

  async function reason (code: string): Promise<ReasonCodeView> {
    const found = (await groups.reasons()).find(candidate => candidate.code === code)
    if (found === undefined) throw adminError('not-found')
    return found
  }

  return {
    groups: list,
    async createGroup ({ actor, ...from }: Doer, made: NewSkillGroup): Promise<SkillGroupView> {
      allow(actor, 'skill-group.manage')
      await sql.begin(async (transaction) => {
        if (!await groups.addGroup(transaction, made, { areaCode: actor.areaCode, unitId: actor.unitId })) throw adminError('exists', [{ path: '/id', message: '编号已被使用（含已停用的）' }])
        await audit.write(transaction, { actor, ...from }, 'skill-group.create', `skill-group:${made.id}`, difference({}, fieldsOf(made)))
      })
      return await group(actor, made.id)
    },
    async changeGroup ({ actor, ...from }: Doer, id: string, { version, ...fields }: SkillGroupChange): Promise<SkillGroupView> {
      allow(actor, 'skill-group.manage')
      await sql.begin(async (transaction) => {
        const before = await needGroup(transaction, id, version)
        await groups.changeGroup(transaction, id, version, fields)
        await audit.write(transaction, { actor, ...from }, 'skill-group.change', `skill-group:${id}`, difference(fieldsOf(before), fieldsOf(fields)))
      })
      return await group(actor, id)
    },
    /** A group that takes no callers and gives no work; refused while a flow in use leads there. */
    async setGroupDisabled ({ actor, ...from }: Doer, id: string, version: number, reason: string | undefined): Promise<SkillGroupView> {
      allow(actor, 'skill-group.manage')
      const disable = reason !== undefined
      await sql.begin(async (transaction) => {
        const before = await needGroup(transaction, id, version)
        if ((before.disabledAt !== undefined) === disable) throw adminError(disable ? 'already-disabled' : 'not-disabled')
        const flows = disable ? flowsOf(id) : []
        if (flows.length > 0) throw adminError('group-in-use', [{ path: '/id', message: `使用它的流程：${flows.join('、')}` }])
        await groups.changeGroup(transaction, id, version, { disabledAt: disable ? clock.now() : null })
        await audit.write(transaction, { actor, ...from }, disable ? 'skill-group.disable' : 'skill-group.enable', `skill-group:${id}`, {
          before: { enabled: disable }, after: { enabled: !disable }, ...(disable ? { reason: reason.trim() } : {})
        })
      })
      return await group(actor, id)
    },

    async reasons (actor: Actor): Promise<ReasonCodeView[]> {
      allow(actor, 'reason-code.manage')
      return await groups.reasons()
    },
    async createReason ({ actor, ...from }: Doer, made: NewReasonCode): Promise<ReasonCodeView> {
      allow(actor, 'reason-code.manage')
      await sql.begin(async (transaction) => {
        if (!await groups.addReason(transaction, made, { areaCode: actor.areaCode, unitId: actor.unitId })) throw adminError('exists', [{ path: '/code', message: '编号已被使用（含已停用的）' }])
        await audit.write(transaction, { actor, ...from }, 'reason-code.create', `reason-code:${made.code}`, difference({}, { name: made.name, position: made.position }))
      })
      return await reason(made.code)
    },
    async changeReason ({ actor, ...from }: Doer, code: string, { version, name, position }: ReasonCodeChange): Promise<ReasonCodeView> {
      allow(actor, 'reason-code.manage')
      await sql.begin(async (transaction) => {
        const before = await needReason(transaction, code, version)
        await groups.changeReason(transaction, code, version, { name, position })
        await audit.write(transaction, { actor, ...from }, 'reason-code.change', `reason-code:${code}`, difference({ name: before.name, position: before.position }, { name, position }))
      })
      return await reason(code)
    },
    async setReasonDisabled ({ actor, ...from }: Doer, code: string, version: number, why: string | undefined): Promise<ReasonCodeView> {
      allow(actor, 'reason-code.manage')
      const disable = why !== undefined
      await sql.begin(async (transaction) => {
        const before = await needReason(transaction, code, version)
        if ((before.disabledAt !== undefined) === disable) throw adminError(disable ? 'already-disabled' : 'not-disabled')
        await groups.changeReason(transaction, code, version, { disabledAt: disable ? clock.now() : null })
        await audit.write(transaction, { actor, ...from }, disable ? 'reason-code.disable' : 'reason-code.enable', `reason-code:${code}`, {
          before: { enabled: disable }, after: { enabled: !disable }, ...(disable ? { reason: why.trim() } : {})
        })
      })
      return await reason(code)
    }
  }
}
