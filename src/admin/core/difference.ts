/** What a change changed, for the audit. */
import type { Json } from '../../kernel/json.ts'

type Fields = Readonly<Record<string, Json>>

/**
 * The fields that differ, before and after. Those named in `secret` (personal data) are only said to have changed.
 */
export function difference (before: Fields, after: Fields, secret: readonly string[] = []): { before: Fields, after: Fields, changed?: string[] } {
  const differing = Object.keys({ ...before, ...after }).filter(key => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const shown = differing.filter(key => !secret.includes(key))
  const hidden = differing.filter(key => secret.includes(key))
  const pick = (fields: Fields): Fields => Object.fromEntries(shown.filter(key => fields[key] !== undefined).map(key => [key, fields[key] as Json]))
  return { before: pick(before), after: pick(after), ...(hidden.length === 0 ? {} : { changed: hidden }) }
}
