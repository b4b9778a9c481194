/** The request form's data, its check and the merging of drafts. Pure. */
import type { Draft, NewWorkOrder } from '../../../src/work-orders/contract.ts'
import { texts } from '../texts.ts'

export type FormFields = Required<Draft['form']>
export type FieldName = keyof FormFields

/** A form nobody has written into. */
export function blankForm (): FormFields {
  return {
    type: 'CX',
    title: '',
    content: '',
    wishedOutcome: '',
    callerName: '',
    callerSex: 'unknown',
    callerKind: 'person',
    contact: '',
    anonymous: false,
    confidential: false,
    subject: '',
    urgency: 'normal',
    eventTime: '',
    address: '',
    areaCode: '',
    answer: ''
  }
}

/** What the page knows of a draft: `form` holds only fields that somebody set. */
export interface LocalDraft {
  id: string
  callId: string | null
  version: number
  /** The highest version that the server has. */
  syncedVersion: number
  savedAt: number
  form: Draft['form']
  /** Name of the tab: the caller's masked number or `新工单`. */
  label: string
}

export function shownForm (draft: Pick<LocalDraft, 'form'>): FormFields {
  return { ...blankForm(), ...draft.form }
}

/** Lays a change by the agent over a draft: the only way by which a draft becomes newer. Unchanged when nothing differs. */
export function edited (draft: LocalDraft, change: Draft['form'], now: number): LocalDraft {
  const shown = shownForm(draft)
  // A type that nobody chose is shown as none, so choosing any is a change.
  const differs = (Object.keys(change) as FieldName[]).some(name => (name === 'type' ? draft.form.type : shown[name]) !== change[name])
  if (!differs) return draft
  const form: Draft['form'] = { ...draft.form, ...change }
  // Reports of wrongdoing are confidential unless the agent says otherwise (domain rules, section 3).
  if (change.type === 'JB' && draft.form.type !== 'JB' && draft.form.confidential === undefined) form.confidential = true
  return { ...draft, form, version: draft.version + 1, savedAt: now }
}

/**
 * One draft out of what the page, the browser's store and the server each have of it. The highest version wins, then the
 * latest; fields that the agent wrote on this page before the others were read stay as written. Restoring never makes a
 * draft newer, so that what was merely loaded is not saved again.
 */
export function merged (copies: LocalDraft[], writtenHere: Draft['form']): LocalDraft | undefined {
  const newest = [...copies].sort((a, b) => b.version - a.version || b.savedAt - a.savedAt)[0]
  if (newest === undefined) return undefined
  const syncedVersion = Math.max(...copies.map(copy => copy.syncedVersion))
  const label = copies.find(copy => copy.label !== '')?.label ?? ''
  const differs = (Object.keys(writtenHere) as FieldName[]).some(name => newest.form[name] !== writtenHere[name])
  return {
    ...newest,
    label,
    syncedVersion,
    version: differs ? Math.max(newest.version, syncedVersion) + 1 : newest.version,
    form: differs ? { ...newest.form, ...writtenHere } : newest.form
  }
}

export function isBlank (draft: Pick<LocalDraft, 'form'>): boolean {
  const blank = blankForm()
  const shown = shownForm(draft)
  if (draft.form.type !== undefined) return false
  return (Object.keys(blank) as FieldName[]).every(name => shown[name] === blank[name])
}

/** Errors by field, in words for the agent. */
export type FieldErrors = Partial<Record<FieldName, string>>

/** What keeps the form from being submitted, by field. The server checks again. */
export function errorsOf (form: Draft['form'], disposition: NewWorkOrder['disposition'], knownSubjects: ReadonlySet<string>): FieldErrors {
  const shown = shownForm({ form })
  const errors: FieldErrors = {}
  if (form.type === undefined) errors.type = texts.formErrors.type
  if (shown.content.trim() === '') errors.content = texts.formErrors.content
  if (shown.title.trim() === '' && shown.content.trim() !== '') errors.title = texts.formErrors.title
  if (shown.contact !== '' && !/^[+]?[0-9][0-9 -]{2,24}$/.test(shown.contact.trim())) errors.contact = texts.formErrors.contact
  if (shown.subject !== '' && knownSubjects.size > 0 && !knownSubjects.has(shown.subject)) errors.subject = texts.formErrors.subjectUnknown
  if (disposition === 'direct-answer' && shown.answer.trim() === '') errors.answer = texts.formErrors.answer
  if (disposition === 'submit') {
    if (shown.subject === '') errors.subject = texts.formErrors.subject
    if (shown.areaCode === '') errors.areaCode = texts.formErrors.areaCode
  }
  return errors
}

/** The order in which errors are read and the first one gets the keyboard. */
export const fieldOrder: FieldName[] = [
  'type', 'callerName', 'callerSex', 'contact', 'callerKind', 'address', 'areaCode', 'eventTime', 'content', 'title',
  'wishedOutcome', 'subject', 'urgency', 'anonymous', 'confidential', 'answer'
]

/** A title from the first clause of the content, for a form whose agent wrote none. */
export function titleFrom (content: string): string {
  const clause = content.trim().split(/[。；;\n!！?？]/)[0] ?? ''
  return clause.length > 40 ? `${clause.slice(0, 39)}…` : clause
}

export function workOrderOf (draft: LocalDraft, disposition: NewWorkOrder['disposition']): NewWorkOrder {
  const shown = shownForm(draft)
  return { ...shown, title: shown.title.trim(), contact: shown.contact.replaceAll(/[ -]/g, ''), callId: draft.callId, disposition }
}
