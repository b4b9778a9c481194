/** Who acts. */

/** Roles of people (domain rules, section 2). */
export const ROLES = ['agent', 'leader', 'dispatcher', 'callback', 'quality', 'supervision', 'department', 'admin'] as const
export type RoleName = typeof ROLES[number]

/** A signed-in person, as every decision about what is allowed sees it. */
export interface Actor {
  /** The sign-in name; for agents the agent's id. */
  id: string
  name: string
  roles: readonly RoleName[]
  /** Area code (GB/T 2260): rows of this area and of those in it. */
  areaCode: string
  unitId: string
}
