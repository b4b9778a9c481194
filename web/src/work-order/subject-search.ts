/** Finding a subject by name, code, full pinyin or pinyin initials. Pure. */
import type { Catalogue } from '../../../src/work-orders/contract.ts'

export type Subject = Catalogue['subjects'][number]

/** Pinyin as the catalogue gives it: syllables apart by blanks (`gong re`), or initials only (`gr`). */
function rank (subject: Subject, query: string): number | undefined {
  const syllables = subject.pinyin.toLowerCase().split(/[\s']+/).filter(Boolean)
  const initials = syllables.length > 1 ? syllables.map(s => s[0]).join('') : (syllables[0] ?? '')
  const whole = syllables.join('')
  if (subject.code === query || subject.name === query) return 0
  if (subject.code.startsWith(query)) return 1
  if (initials.startsWith(query) || subject.name.startsWith(query)) return 2
  if (whole.startsWith(query)) return 3
  if (subject.name.includes(query)) return 4
  if (initials.includes(query)) return 5
  return undefined
}

/** Best first, at most `limit`; an empty query gives the first of the list as it stands. */
export function findSubjects (subjects: Subject[], query: string, limit = 60): Subject[] {
  const wanted = query.trim().toLowerCase().replaceAll(/\s+/g, '')
  if (wanted === '') return subjects.slice(0, limit)
  return subjects
    .map(subject => ({ subject, rank: rank(subject, wanted) }))
    .filter((found): found is { subject: Subject, rank: number } => found.rank !== undefined)
    .sort((a, b) => a.rank - b.rank || b.subject.code.split('.').length - a.subject.code.split('.').length || a.subject.code.localeCompare(b.subject.code))
    .slice(0, limit)
    .map(found => found.subject)
}

/** `城乡建设 / 供热 / 温度不达标` */
export function subjectPath (subjects: Subject[], code: string): string {
  const parts = code.split('.')
  return parts
    .map((_, at) => subjects.find(subject => subject.code === parts.slice(0, at + 1).join('.'))?.name)
    .filter((name): name is string => name !== undefined)
    .join(' / ')
}
