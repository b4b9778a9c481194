/** Shapes shared by all of the API: errors and pages. */
import { Type, type Static, type TSchema } from 'typebox'

/** Every error answer: a stable code for programs, a message in the user's language, details per field where there are any. */
export const ErrorBody = Type.Object({
  code: Type.String(),
  message: Type.String(),
  details: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() })))
})
export type ErrorBody = Static<typeof ErrorBody>

/** A keyset page: hand `next` back as `cursor` for what follows; null at the end. */
export function PageOf<T extends TSchema> (item: T) {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) })
}
export interface Page<T> { items: T[], next: string | null }
