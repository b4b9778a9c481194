/** The administrator's desk: users, audit, what is refused (the exchange's settings stand in exchange-contract.ts). */
import { Type, type Static } from 'typebox'
import { Role } from '../accounts/contract.ts'
import { PageOf } from '../platform/http-contract.ts'

export const Version = Type.Integer({ minimum: 1, description: '读取时的版本；已被他人修改则拒绝。Version as read; refused with 409 `stale` when somebody changed it since.' })
export const Cursor = Type.String({ maxLength: 200 })
export const Limit = Type.Integer({ minimum: 1, maximum: 200 })
export const Username = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: '工号，小写字母、数字、点、横线' })
export const AreaCode = Type.String({ pattern: '^(\\d{6}|\\d{9}|\\d{12})$', description: '区划代码 GB/T 2260' })
const ShortId = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })
const Name = Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' })

/** How well an agent serves a skill group; 1 is best. */
export const SkillLevel = Type.Object({ groupId: ShortId, level: Type.Integer({ minimum: 1, maximum: 9 }) }, { additionalProperties: false })

const userFields = {
  name: Name,
  roles: Type.Array(Role, { minItems: 1, maxItems: 8, uniqueItems: true }),
  areaCode: AreaCode,
  unitId: Type.String({ minLength: 1, maxLength: 40 }),
  skills: Type.Array(SkillLevel, { maxItems: 50 })
}

/** `POST /api/v1/admin/users` */
export const NewUser = Type.Object({ username: Username, ...userFields }, { additionalProperties: false })
export type NewUser = Static<typeof NewUser>

/** `PUT /api/v1/admin/users/:id` */
export const UserChange = Type.Object({ version: Version, ...userFields }, { additionalProperties: false })
export type UserChange = Static<typeof UserChange>

export const UserView = Type.Object({
  username: Type.String(),
  ...userFields,
  version: Type.Integer(),
  createdAt: Type.Integer(),
  /** Has a password from an administrator that was not changed yet. */
  mustChangePassword: Type.Boolean(),
  disabledAt: Type.Optional(Type.Integer()),
  disabledBecause: Type.Optional(Type.String())
})
export type UserView = Static<typeof UserView>

/** A user with a password that is shown this once. */
export const UserWithPassword = Type.Object({ user: UserView, password: Type.String() })
export type UserWithPassword = Static<typeof UserWithPassword>

/** `POST /api/v1/admin/users/search`; `text` is a part of the username or name. */
export const UserSearch = Type.Object({
  text: Type.Optional(Type.String({ maxLength: 60 })),
  role: Type.Optional(Role),
  groupId: Type.Optional(ShortId),
  unitId: Type.Optional(Type.String({ maxLength: 40 })),
  state: Type.Optional(Type.Union([Type.Literal('enabled'), Type.Literal('disabled')])),
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Limit)
}, { additionalProperties: false })
export type UserSearch = Static<typeof UserSearch>
export const UserPage = PageOf(UserView)

/** `POST …/disable` */
export const Disable = Type.Object({ version: Version, reason: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }) }, { additionalProperties: false })
/** `POST …/enable`, `POST …/password` */
export const AtVersion = Type.Object({ version: Version }, { additionalProperties: false })

/** `POST /api/v1/admin/users/import?mode=…` with a CSV file as body. */
export const ImportMode = Type.Union([Type.Literal('check'), Type.Literal('all'), Type.Literal('good')], { description: 'check 只检查；all 全部正确才写入；good 只写入正确的行' })
export type ImportMode = Static<typeof ImportMode>
export const ImportResult = Type.Object({
  written: Type.Boolean(),
  counts: Type.Object({ create: Type.Integer(), change: Type.Integer(), same: Type.Integer(), error: Type.Integer() }),
  rows: Type.Array(Type.Object({
    line: Type.Integer(),
    username: Type.String(),
    name: Type.String(),
    outcome: Type.Union([Type.Literal('create'), Type.Literal('change'), Type.Literal('same'), Type.Literal('error')]),
    errors: Type.Array(Type.Object({ column: Type.String(), message: Type.String() })),
    password: Type.Optional(Type.String())
  })),
  /** The same as a CSV file, for keeping. */
  file: Type.String()
})
export type ImportResult = Static<typeof ImportResult>

/** `POST /api/v1/admin/audit/search`; times in milliseconds, `action` and `subject` may be beginnings. */
export const AuditSearch = Type.Object({
  actorId: Type.Optional(Type.String({ maxLength: 64 })),
  action: Type.Optional(Type.String({ maxLength: 60 })),
  subject: Type.Optional(Type.String({ maxLength: 120 })),
  from: Type.Optional(Type.Integer({ minimum: 0 })),
  to: Type.Optional(Type.Integer({ minimum: 0 })),
  cursor: Type.Optional(Type.String({ format: 'uuid' })),
  limit: Type.Optional(Limit)
}, { additionalProperties: false })
export type AuditSearch = Static<typeof AuditSearch>

export const AuditView = Type.Object({
  id: Type.String(),
  at: Type.Integer(),
  actorId: Type.String(),
  actorName: Type.Optional(Type.String()),
  action: Type.String(),
  subject: Type.String(),
  /** Changes carry `before` and `after`. */
  detail: Type.Record(Type.String(), Type.Unknown()),
  address: Type.String()
})
export type AuditView = Static<typeof AuditView>
export const AuditPage = PageOf(AuditView)

export { Name, ShortId }
