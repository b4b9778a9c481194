/** Which save of a draft counts. Several pages of one agent, and late requests, may save the same draft. */

export type DraftRefusal = 'draft-outdated' | 'draft-submitted' | 'too-many-drafts'

export interface StoredDraft {
  /** Whether a work order was made of it. */
  submitted: boolean
  /** What is stored under its id; undefined: nothing yet. */
  stored: { version: number, sameForm: boolean } | undefined
  /** How many drafts its owner has. */
  drafts: number
}

/** More open forms than these nobody fills in; a program that goes wrong would. */
export const MOST_DRAFTS = 50

/** What becomes of a save with this version: stored, nothing because it is stored already, or refused. */
export function decideSave (version: number, { submitted, stored, drafts }: StoredDraft): 'store' | 'already-stored' | DraftRefusal {
  if (submitted) return 'draft-submitted'
  if (stored === undefined) return drafts < MOST_DRAFTS ? 'store' : 'too-many-drafts'
  if (version > stored.version) return 'store'
  // The same again: its answer was lost on the way.
  return version === stored.version && stored.sameForm ? 'already-stored' : 'draft-outdated'
}
