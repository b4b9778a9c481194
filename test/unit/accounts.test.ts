import t from 'tap'
import fc from 'fast-check'
import { areaPrefix, can, inArea, scopeOf, within, type PlainAction, type RowAction, type Subject } from '../../src/accounts/core/can.ts'
import { passwordFrom, passwordProblem } from '../../src/accounts/core/password.ts'
import { administrator, samplePeople } from '../../src/accounts/core/first-people.ts'
import { ADDRESS_LIMIT, afterAttempt, afterSuccess, isLocked, USER_LIMIT, type Attempts } from '../../src/accounts/core/throttle.ts'
import type { Role } from '../../src/accounts/contract.ts'
import { ROLES, type Actor, type RoleName } from '../../src/kernel/actor.ts'

// The compiler holds the API's roles and the kernel's together.
const roles: readonly Role[] = ROLES

function person (role: RoleName, change: Partial<Actor> = {}): Actor {
  return { id: '1001', name: '', roles: [role], areaCode: '640104', unitId: 'centre', ...change }
}

/** Rows as seen by 1001 of unit `centre` in area 640104. */
const rows = {
  own: { areaCode: '640199', unitId: 'other', ownerId: '1001' },
  unit: { areaCode: '640104', unitId: 'centre', ownerId: '1002' },
  unitElsewhere: { areaCode: '640106', unitId: 'centre', ownerId: '1002' },
  led: { areaCode: '640199', unitId: 'other', ownerId: '1002', leadUnitId: 'centre' },
  area: { areaCode: '640104001', unitId: 'other', ownerId: null },
  foreign: { areaCode: '640199', unitId: 'other', ownerId: '1002' }
} satisfies Record<string, Subject>

t.test('who may do what with which row: the whole table', async (t) => {
  const nothing: Array<keyof typeof rows> = []
  const own: Array<keyof typeof rows> = ['own']
  const area: Array<keyof typeof rows> = ['unit', 'area']
  const unit: Array<keyof typeof rows> = ['unit']
  const all = Object.keys(rows) as Array<keyof typeof rows>
  const table: Record<RowAction, Record<RoleName, Array<keyof typeof rows>>> = {
    'call.list': { agent: own, leader: unit, dispatcher: area, callback: area, quality: area, supervision: area, department: nothing, admin: all },
    'call.read-history': { agent: own, leader: unit, dispatcher: area, callback: area, quality: nothing, supervision: area, department: nothing, admin: nothing },
    'call.hang-up': { agent: own, leader: nothing, dispatcher: nothing, callback: nothing, quality: nothing, supervision: nothing, department: nothing, admin: nothing },
    'call.unmask': { agent: own, leader: unit, dispatcher: area, callback: nothing, quality: nothing, supervision: area, department: nothing, admin: nothing },
    'recording.listen': { agent: own, leader: unit, dispatcher: nothing, callback: nothing, quality: area, supervision: nothing, department: nothing, admin: nothing },
    'recording.listen-linked': { agent: nothing, leader: nothing, dispatcher: area, callback: area, quality: nothing, supervision: area, department: nothing, admin: nothing },
    'work-order.unmask': { agent: own, leader: unit, dispatcher: area, callback: nothing, quality: nothing, supervision: area, department: ['led'], admin: nothing },
    'work-order.read': { agent: own, leader: unit, dispatcher: area, callback: area, quality: area, supervision: area, department: ['led'], admin: nothing },
    'work-order.write-draft': { agent: own, leader: own, dispatcher: own, callback: nothing, quality: nothing, supervision: nothing, department: nothing, admin: nothing },
    'work-order.link-call': { agent: own, leader: nothing, dispatcher: nothing, callback: nothing, quality: nothing, supervision: nothing, department: nothing, admin: nothing },
    'board.watch': { agent: nothing, leader: unit, dispatcher: area, callback: nothing, quality: nothing, supervision: area, department: nothing, admin: all },
    'account.manage': { agent: nothing, leader: nothing, dispatcher: nothing, callback: nothing, quality: nothing, supervision: nothing, department: nothing, admin: area },
    'department.manage': { agent: nothing, leader: nothing, dispatcher: nothing, callback: nothing, quality: nothing, supervision: nothing, department: nothing, admin: area }
  }
  for (const [action, byRole] of Object.entries(table) as Array<[RowAction, Record<RoleName, Array<keyof typeof rows>>]>) {
    for (const role of ROLES) {
      const allowed = all.filter(name => can(person(role), action, rows[name]))
      t.same(allowed, byRole[role], `${role} ${action}`)
    }
  }
})

t.test('who may do what at all', async (t) => {
  const table: Record<PlainAction, RoleName[]> = {
    'call.search': ROLES.filter(role => role !== 'department'),
    'work-order.create': ['agent', 'leader', 'dispatcher'],
    'catalogue.read': [...ROLES],
    'agent.work': ['agent'],
    'audit.read': ['admin'],
    'skill-group.manage': ['admin'],
    'reason-code.manage': ['admin'],
    'exchange.read': ['admin']
  }
  for (const [action, allowed] of Object.entries(table) as Array<[PlainAction, RoleName[]]>) {
    for (const role of ROLES) t.equal(can(person(role), action), allowed.includes(role), `${role} ${action}`)
    t.notOk(can({ ...person('agent'), roles: [] }, action))
  }
})

const anyActor = fc.record({
  id: fc.constantFrom('1001', '1002'),
  name: fc.constant(''),
  roles: fc.subarray([...ROLES]),
  areaCode: fc.constantFrom('640000', '640100', '640104', '640104001', '650000'),
  unitId: fc.constantFrom('centre', 'housing')
})
const anyRow = fc.record({
  areaCode: fc.constantFrom('640000', '640100', '640104', '640104001', '640199', '650100'),
  unitId: fc.constantFrom('centre', 'housing'),
  ownerId: fc.constantFrom('1001', '1002', null),
  leadUnitId: fc.constantFrom('centre', 'housing', null)
})
const anyAction = fc.constantFrom<RowAction>('call.list', 'call.read-history', 'call.hang-up', 'work-order.read', 'work-order.write-draft', 'work-order.link-call', 'account.manage', 'department.manage', 'board.watch')

t.test('the scope of a list holds exactly the rows that can be read one by one; roles add up', async () => {
  fc.assert(fc.property(anyActor, anyAction, anyRow, (actor, action, row) =>
    within(scopeOf(actor, action), row) === can(actor, action, row) &&
    can(actor, action, row) === actor.roles.some(role => can({ ...actor, roles: [role] }, action, row))), { numRuns: 3000 })
})

t.test('areas lie in areas', async (t) => {
  t.same(['640000', '640100', '640104', '640104001', '640104001002', '110000'].map(areaPrefix), ['64', '6401', '640104', '640104001', '640104001002', '11'])
  t.ok(inArea('640104', '640100'))
  t.ok(inArea('640104001', '640000'))
  t.notOk(inArea('640100', '640104'))
  t.notOk(inArea('650100', '640000'))
})

t.test('throttle', async (t) => {
  t.equal(isLocked(undefined, 0), false)
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 60 }), (gaps) => {
    // Attempts that are admitted only while nothing is locked: never more than the limit in any window.
    let attempts: Attempts | undefined
    let now = 0
    const admitted: number[] = []
    for (const gap of gaps) {
      now += gap
      if (isLocked(attempts, now)) continue
      attempts = afterAttempt(attempts, now, USER_LIMIT)
      admitted.push(now)
    }
    return admitted.every((at, index) => admitted.slice(index).filter(other => other < at + USER_LIMIT.lockMs).length <= 2 * USER_LIMIT.failures - 1)
  }))
  let attempts: Attempts | undefined
  for (let count = 0; count < USER_LIMIT.failures; count += 1) attempts = afterAttempt(attempts, count, USER_LIMIT)
  t.same(attempts, { failures: 5, firstAt: 0, lockedUntil: 4 + USER_LIMIT.lockMs })
  t.ok(isLocked(attempts, 3 + USER_LIMIT.lockMs))
  t.notOk(isLocked(attempts, 4 + USER_LIMIT.lockMs))
  t.same(afterAttempt(attempts, 4 + USER_LIMIT.lockMs, USER_LIMIT), { failures: 1, firstAt: 4 + USER_LIMIT.lockMs, lockedUntil: null }, 'after the lock it begins anew')
  t.equal(afterSuccess({ failures: 1, firstAt: 0, lockedUntil: null }, ADDRESS_LIMIT), undefined)
  t.same(afterSuccess({ failures: ADDRESS_LIMIT.failures, firstAt: 0, lockedUntil: 9 }, ADDRESS_LIMIT), { failures: ADDRESS_LIMIT.failures - 1, firstAt: 0, lockedUntil: null })
})

t.test('passwords', async (t) => {
  t.match(passwordProblem('short1A', 'x'), /8/)
  t.match(passwordProblem('onlysmallletters', 'x'), /三类/)
  t.match(passwordProblem('Admin-12345', 'admin'), /用户名/)
  t.equal(passwordProblem('Hotline-12345', 'admin'), undefined)
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), random => passwordProblem(passwordFrom(random), 'a-name') === undefined))
})

t.test('the people of a first start', async (t) => {
  const place = { areaCode: '640100', unitId: 'centre' }
  t.match(administrator(place), { id: 'admin', roles: ['admin'] })
  const people = samplePeople(place, [{ id: 'housing', name: '住建局', areaCode: '640104' }])
  t.equal(new Set(people.map(({ id }) => id)).size, people.length)
  t.match(people.at(-1), { id: 'housing', roles: ['department'], unitId: 'housing', areaCode: '640104' })
  t.same(people.filter(({ roles }) => roles.includes('agent')).map(({ id }) => id), Array.from({ length: 10 }, (_, at) => String(1001 + at)))
  t.ok(roles.length > 0)
})
