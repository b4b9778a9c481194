/** Sign-in and users, as the API speaks of them. */
import { Type, type Static } from 'typebox'

export const Role = Type.Union([
  Type.Literal('agent'), Type.Literal('leader'), Type.Literal('dispatcher'), Type.Literal('callback'),
  Type.Literal('quality'), Type.Literal('supervision'), Type.Literal('department'), Type.Literal('admin')
])
export type Role = Static<typeof Role>

/** `POST /api/v1/session` */
export const SignIn = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 256 })
}, { additionalProperties: false })
export type SignIn = Static<typeof SignIn>

/** Answer of `POST` and `GET /api/v1/session`. */
export const SessionView = Type.Object({
  user: Type.Object({
    id: Type.String(),
    username: Type.String(),
    name: Type.String(),
    roles: Type.Array(Role),
    /** Six digits (GB/T 2260) or longer; the area whose rows the user may see. */
    areaCode: Type.String(),
    unitId: Type.String()
  }),
  /** The password was given by an administrator: nothing is open but its change. */
  mustChangePassword: Type.Boolean(),
  serverTime: Type.Integer(),
  /** After so many milliseconds without a request the session ends. */
  idleMs: Type.Integer()
})
export type SessionView = Static<typeof SessionView>

/** `PUT /api/v1/session/password` */
export const PasswordChange = Type.Object({
  current: Type.String({ minLength: 1, maxLength: 256 }),
  next: Type.String({ minLength: 1, maxLength: 256 })
}, { additionalProperties: false })
export type PasswordChange = Static<typeof PasswordChange>
