/** What the database may answer with instead of rows. */

/** The database cannot be reached, or did not answer in time. Whether the statement was carried out is not known. */
export class DatabaseAway extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseAway'
  }
}

/** The database refused a statement. It carries no detail: those quote rows, which hold personal data. */
export class DatabaseRefusal extends Error {
  /** SQLSTATE, e.g. 23505 for what is there already. */
  readonly code: string
  /** Name of the constraint that was broken, if it was one. */
  readonly constraint: string | undefined
  constructor (message: string, code: string, constraint?: string) {
    super(message)
    this.name = 'DatabaseRefusal'
    this.code = code
    this.constraint = constraint
  }
}

/** Whether an error of a query means that the database is away or overloaded, rather than that the query is wrong. */
export function isDatabaseAway (error: unknown): boolean {
  if (error instanceof DatabaseAway) return true
  // SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention (also statement time-out), 58 system.
  return error instanceof DatabaseRefusal && /^(08|53|57|58)/.test(error.code)
}
