/** What an administrator may make of users: which fields fit together, and that nobody locks the hotline's door from inside. */
import { inArea } from '../../accounts/core/can.ts'
import type { Actor, RoleName } from '../../kernel/actor.ts'

export interface UserFields {
  name: string
  roles: readonly RoleName[]
  areaCode: string
  unitId: string
  skills: ReadonlyArray<{ groupId: string, level: number }>
}

export interface KnownThings {
  /** The hotline itself, which agents and leaders belong to. */
  hotlineUnit: string
  /** Departments that are not disabled. */
  departments: ReadonlySet<string>
  /** Skill groups that are not disabled, and those that the user has already. */
  groups: ReadonlySet<string>
}

export interface Problem { path: `/${string}`, message: string }

/** What is wrong with the fields of a user, each in words for its field. */
export function userProblems (actor: Actor, fields: UserFields, { hotlineUnit, departments, groups }: KnownThings): Problem[] {
  const { roles, areaCode, unitId, skills } = fields
  const problems: Problem[] = []
  if (!inArea(areaCode, actor.areaCode)) problems.push({ path: '/areaCode', message: `不在您管理的区划 ${actor.areaCode} 内` })
  const ofDepartment = roles.includes('department')
  if (unitId !== hotlineUnit && !departments.has(unitId)) problems.push({ path: '/unitId', message: `没有单位“${unitId}”，或已停用` })
  else if (ofDepartment && unitId === hotlineUnit) problems.push({ path: '/unitId', message: '承办单位经办人须属于一个承办单位' })
  if (ofDepartment && roles.length > 1) problems.push({ path: '/roles', message: '承办单位经办人不能兼任热线岗位' })
  if (skills.length > 0 && !roles.includes('agent')) problems.push({ path: '/skills', message: '只有坐席可以有技能组' })
  const seen = new Set<string>()
  for (const { groupId } of skills) {
    if (!groups.has(groupId)) problems.push({ path: '/skills', message: `没有技能组“${groupId}”，或已停用` })
    if (seen.has(groupId)) problems.push({ path: '/skills', message: `技能组“${groupId}”重复` })
    seen.add(groupId)
  }
  return problems
}

export type AccountRefusal = 'own-account' | 'own-admin-role' | 'last-admin'

/**
 * Whether this step is refused: nobody disables their own account or takes their own administrator's role, and one enabled
 * administrator stays. `otherAdmins`: enabled administrators beside this user.
 */
export function accountRefusal ({ actorId, userId, before, after, otherAdmins }: {
  actorId: string
  userId: string
  before: { admin: boolean, enabled: boolean }
  after: { admin: boolean, enabled: boolean }
  otherAdmins: number
}): AccountRefusal | undefined {
  if (actorId === userId) {
    if (before.enabled && !after.enabled) return 'own-account'
    if (before.admin && !after.admin) return 'own-admin-role'
  }
  const lost = before.admin && before.enabled && !(after.admin && after.enabled)
  return lost && otherAdmins === 0 ? 'last-admin' : undefined
}
