/** Skill groups, reason codes, departments, trunks and flows, as the administrator sees them. */
import { Type, type Static } from 'typebox'
import { AreaCode, Name, ShortId, Version } from './contract.ts'

const closed = { additionalProperties: false }
const nullable = <T extends ReturnType<typeof Type.Integer>>(type: T) => Type.Union([type, Type.Null()])

const groupFields = {
  name: Name,
  /** Order in lists. */
  position: Type.Integer({ minimum: 0, maximum: 999 }),
  /** Added to the priority that the flow gives a caller (5, where it says nothing; 9 is the highest). */
  priority: Type.Integer({ minimum: 0, maximum: 4 }),
  /** Most waiting callers; null: as the whole hotline has it. */
  queueLimit: nullable(Type.Integer({ minimum: 1, maximum: 100_000 })),
  /** Wrap-up time; null: as the whole hotline has it. */
  wrapUpSeconds: nullable(Type.Integer({ minimum: 0, maximum: 3600 })),
  /** Answered within so many seconds counts as in time. */
  serviceLevelSeconds: Type.Integer({ minimum: 1, maximum: 3600 })
}
export const NewSkillGroup = Type.Object({ id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }), ...groupFields }, closed)
export type NewSkillGroup = Static<typeof NewSkillGroup>
export const SkillGroupChange = Type.Object({ version: Version, ...groupFields }, closed)
export type SkillGroupChange = Static<typeof SkillGroupChange>
export const SkillGroupView = Type.Object({
  id: Type.String(),
  ...groupFields,
  version: Type.Integer(),
  /** Enabled agents who serve it. */
  agents: Type.Integer(),
  /** Flows in use that lead callers into it. */
  flows: Type.Array(Type.String()),
  disabledAt: Type.Optional(Type.Integer())
})
export type SkillGroupView = Static<typeof SkillGroupView>

const reasonFields = { name: Name, position: Type.Integer({ minimum: 0, maximum: 999 }) }
export const NewReasonCode = Type.Object({ code: ShortId, ...reasonFields }, closed)
export type NewReasonCode = Static<typeof NewReasonCode>
export const ReasonCodeChange = Type.Object({ version: Version, ...reasonFields }, closed)
export type ReasonCodeChange = Static<typeof ReasonCodeChange>
export const ReasonCodeView = Type.Object({
  code: Type.String(), ...reasonFields, version: Type.Integer(), byServer: Type.Boolean(), disabledAt: Type.Optional(Type.Integer())
})
export type ReasonCodeView = Static<typeof ReasonCodeView>

export const DepartmentContact = Type.Object({
  /** A duty line that is answered, or a person. */
  kind: Type.Union([Type.Literal('duty'), Type.Literal('contact')]),
  name: Type.String({ maxLength: 60 }),
  phone: Type.String({ minLength: 3, maxLength: 30, pattern: '^[+\\d][\\d -]*$' }),
  days: Type.Union([Type.Literal('all'), Type.Literal('workdays')]),
  from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }),
  to: Type.String({ pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$' })
}, closed)
export type DepartmentContact = Static<typeof DepartmentContact>
const departmentFields = { name: Name, areaCode: AreaCode, contacts: Type.Array(DepartmentContact, { maxItems: 20 }) }
export const NewDepartment = Type.Object({ id: ShortId, ...departmentFields }, closed)
export type NewDepartment = Static<typeof NewDepartment>
export const DepartmentChange = Type.Object({ version: Version, ...departmentFields }, closed)
export type DepartmentChange = Static<typeof DepartmentChange>
export const DepartmentView = Type.Object({
  id: Type.String(), ...departmentFields, version: Type.Integer(), users: Type.Integer(), disabledAt: Type.Optional(Type.Integer())
})
export type DepartmentView = Static<typeof DepartmentView>

/** A line by which calls come in, as the phone system has it now. */
export const TrunkView = Type.Object({ name: Type.String(), state: Type.Union([Type.Literal('online'), Type.Literal('offline'), Type.Literal('unknown')]), calls: Type.Integer() })
export type TrunkView = Static<typeof TrunkView>

const Text = Type.Object({ zh: Type.String(), en: Type.String() })
export const FlowsView = Type.Object({
  entry: Type.String(),
  ok: Type.Boolean(),
  checkedAt: Type.Optional(Type.Integer()),
  flows: Type.Array(Type.Object({ name: Type.String(), title: Type.String(), version: Type.String(), kind: Type.String(), nodes: Type.Integer() })),
  findings: Type.Array(Type.Object({ file: Type.String(), node: Type.Optional(Type.String()), line: Type.Optional(Type.Integer()), problem: Text, wanted: Text }))
})
export type FlowsView = Static<typeof FlowsView>

export const FlowView = Type.Object({
  name: Type.String(),
  title: Type.String(),
  version: Type.String(),
  start: Type.String(),
  agent: Type.String(),
  nodes: Type.Array(Type.Object({
    id: Type.String(),
    type: Type.String(),
    note: Type.Optional(Type.String()),
    /** How deep below the start it is first reached; -1: never. */
    depth: Type.Integer(),
    prompts: Type.Array(Type.String()),
    facts: Type.Array(Type.String()),
    edges: Type.Array(Type.Object({ label: Type.String(), target: Type.String() }))
  }))
})
export type FlowView = Static<typeof FlowView>
