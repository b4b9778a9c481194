/** Texts with placeholders: `{order}` a variable, `{caller.ani}`, `{caller.dnis}`, `{caller.ATTRIBUTE}`, `{moment.date}`, `{moment.time}`. */
import type { IvrContext } from './node-type.ts'

/** Longest value of a variable: with at most 32 of them, a call's state stays small. */
export const LONGEST_VALUE = 64
/** Most variables that a flow and the flows it calls may name. */
export const MOST_VARIABLES = 32

const PLACEHOLDER = /\{([^{}]*)\}/g

/** Names of the variables that `text` reads. */
export function variablesIn (text: string): string[] {
  return placeholdersIn(text).filter(name => !name.includes('.'))
}

/** All placeholders of `text`, without braces. */
export function placeholdersIn (text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(match => match[1] as string)
}

/** Fills in the placeholders; what is unknown becomes nothing. At most `LONGEST_VALUE` characters come back. */
export function fill (text: string, vars: Readonly<Record<string, string>>, context: IvrContext): string {
  return text.replace(PLACEHOLDER, (_, name: string) => lookUp(name, vars, context) ?? '').slice(0, LONGEST_VALUE)
}

/** The value behind one placeholder, or undefined. */
export function lookUp (name: string, vars: Readonly<Record<string, string>>, context: IvrContext): string | undefined {
  switch (name) {
    case 'caller.ani': return context.caller.ani
    case 'caller.dnis': return context.caller.dnis
    case 'moment.date': return context.moment.date
    case 'moment.time': return timeOf(context.moment.minuteOfDay)
  }
  if (name.startsWith('caller.')) return own(context.caller.attributes, name.slice('caller.'.length))
  return own(vars, name)
}

function timeOf (minuteOfDay: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`
}

function own (record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
