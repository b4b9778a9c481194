/**
 * Who may do what (domain rules, section 2): the one place where that is decided. Every read and write of calls and work
 * orders asks here, row by row; lists ask for a scope instead, which says the same about all rows at once.
 *
 * What the roles see of calls in general:
 *   agent                               own calls, those of the caller they are talking with
 *   leader                              calls of the own unit
 *   dispatcher, callback, quality,
 *   supervision                         calls of the own area
 *   department                          none
 *   admin                               that calls happened: whom, when, how long; no content, numbers masked
 * The number is masked in every list; it stands in full where the search asked for just this number.
 */
import type { Actor, RoleName } from '../../kernel/actor.ts'

/** What is asked about a call or a work order. */
export interface Subject {
  areaCode: string
  unitId: string
  /** The agent of the call; the author of the work order or draft. */
  ownerId: string | null
  /** The unit that handles the work order. */
  leadUnitId?: string | null
}

/** Actions on something, and those on nothing in particular. */
export type RowAction =
  | 'call.list' | 'call.read-history' | 'call.hang-up' | 'call.unmask'
  | 'recording.listen' | 'recording.listen-linked'
  | 'work-order.read' | 'work-order.unmask' | 'work-order.write-draft' | 'work-order.link-call'
  | 'account.manage' | 'department.manage' | 'board.watch'
export type PlainAction =
  | 'call.search' | 'work-order.create' | 'catalogue.read' | 'agent.work' | 'audit.read'
  | 'skill-group.manage' | 'reason-code.manage' | 'exchange.read'

/** How far a role reaches: `own` rows, those of the own `unit`, those it `leads`, of the own `area`, or `all`. */
type Reach = 'own' | 'unit' | 'leads' | 'area' | 'all'

const ROW_RULES: Readonly<Record<RowAction, Readonly<Partial<Record<RoleName, Reach>>>>> = {
  'call.list': { agent: 'own', leader: 'unit', dispatcher: 'area', callback: 'area', quality: 'area', supervision: 'area', admin: 'all' },
  'call.read-history': { agent: 'own', leader: 'unit', dispatcher: 'area', callback: 'area', supervision: 'area' },
  'call.hang-up': { agent: 'own' },
  // Seeing the person in clear, each time written down; agents only while they have the call.
  'call.unmask': { agent: 'own', leader: 'unit', dispatcher: 'area', supervision: 'area' },
  // Each time for a reason, and written down; who works on orders hears those that belong to one.
  'recording.listen': { agent: 'own', leader: 'unit', quality: 'area' },
  'recording.listen-linked': { dispatcher: 'area', callback: 'area', supervision: 'area' },
  'work-order.read': { agent: 'own', leader: 'unit', dispatcher: 'area', callback: 'area', quality: 'area', supervision: 'area', department: 'leads' },
  'work-order.unmask': { agent: 'own', leader: 'unit', dispatcher: 'area', supervision: 'area', department: 'leads' },
  'work-order.write-draft': { agent: 'own', leader: 'own', dispatcher: 'own' },
  'work-order.link-call': { agent: 'own' },
  // Agents' states and waiting callers, numbers masked.
  'board.watch': { leader: 'unit', dispatcher: 'area', supervision: 'area', admin: 'all' },
  'account.manage': { admin: 'area' },
  'department.manage': { admin: 'area' }
}

const PLAIN_RULES: Readonly<Record<PlainAction, readonly RoleName[]>> = {
  'call.search': ['agent', 'leader', 'dispatcher', 'callback', 'quality', 'supervision', 'admin'],
  'work-order.create': ['agent', 'leader', 'dispatcher'],
  'catalogue.read': ['agent', 'leader', 'dispatcher', 'callback', 'quality', 'supervision', 'department', 'admin'],
  'agent.work': ['agent'],
  'audit.read': ['admin'],
  'skill-group.manage': ['admin'],
  'reason-code.manage': ['admin'],
  // Trunks and flows as they are now.
  'exchange.read': ['admin']
}

/** Whether an area code lies in another one: `640104` and `640104001` in `640100`, all of them in `640000`. */
export function inArea (code: string, area: string): boolean {
  return code.startsWith(areaPrefix(area))
}

/** The digits that say something: GB/T 2260 fills with zeros in pairs. */
export function areaPrefix (area: string): string {
  return area.slice(0, 6).replace(/(00){1,3}$/, '') + (area.length > 6 ? area.slice(6) : '')
}

function reaches (reach: Reach, actor: Actor, subject: Subject): boolean {
  switch (reach) {
    case 'own': return subject.ownerId === actor.id
    case 'unit': return subject.unitId === actor.unitId && inArea(subject.areaCode, actor.areaCode)
    case 'leads': return subject.leadUnitId === actor.unitId
    case 'area': return inArea(subject.areaCode, actor.areaCode)
    case 'all': return true
  }
}

function isRowAction (action: RowAction | PlainAction): action is RowAction {
  return Object.hasOwn(ROW_RULES, action)
}

/** Whether `actor` may do `action`, with `subject` where there is one. Several roles add up. */
export function can (actor: Actor, action: PlainAction): boolean
export function can (actor: Actor, action: RowAction, subject: Subject): boolean
export function can (actor: Actor, action: RowAction | PlainAction, subject?: Subject): boolean {
  if (!isRowAction(action)) return actor.roles.some(role => PLAIN_RULES[action].includes(role))
  return subject !== undefined && actor.roles.some((role) => {
    const reach = ROW_RULES[action][role]
    return reach !== undefined && reaches(reach, actor, subject)
  })
}

/** Rows that satisfy any of these. */
export type Scope = ReadonlyArray<
  | { reach: 'own', ownerId: string }
  | { reach: 'unit', unitId: string, areaPrefix: string }
  | { reach: 'leads', unitId: string }
  | { reach: 'area', areaPrefix: string }
  | { reach: 'all' }
>

/** The rows with which `actor` may do `action`: exactly those for which `can` says yes. */
export function scopeOf (actor: Actor, action: RowAction): Scope {
  const reaching = new Set(actor.roles.map(role => ROW_RULES[action][role]))
  const scope: Array<Scope[number]> = []
  if (reaching.has('own')) scope.push({ reach: 'own', ownerId: actor.id })
  if (reaching.has('unit')) scope.push({ reach: 'unit', unitId: actor.unitId, areaPrefix: areaPrefix(actor.areaCode) })
  if (reaching.has('leads')) scope.push({ reach: 'leads', unitId: actor.unitId })
  if (reaching.has('area')) scope.push({ reach: 'area', areaPrefix: areaPrefix(actor.areaCode) })
  if (reaching.has('all')) scope.push({ reach: 'all' })
  return scope
}

/** Whether a row lies in a scope. */
export function within (scope: Scope, subject: Subject): boolean {
  return scope.some(part => withinPart(part, subject))
}

function withinPart (part: Scope[number], subject: Subject): boolean {
  switch (part.reach) {
    case 'own': return subject.ownerId === part.ownerId
    case 'unit': return subject.unitId === part.unitId && subject.areaCode.startsWith(part.areaPrefix)
    case 'leads': return subject.leadUnitId === part.unitId
    case 'area': return subject.areaCode.startsWith(part.areaPrefix)
    case 'all': return true
  }
}
