import type { OperationShape, Operations } from './generated/operations.ts'
import { operations } from './generated/operations.ts'

/** One REST request, ready for either way of sending. `uri` has no leading slash. */
export interface RestMessage {
  method: string
  uri: string
  body?: string
}

/** The answer to one. `body` is parsed JSON, undefined when there is none. */
export interface RestAnswer {
  status: number
  body: unknown
}

/**
 * Puts an operation's parameters where Asterisk takes them. What is written goes into a JSON body, also what the
 * documents call query parameters (Asterisk reads both): a URL has a size limit and ends up in logs.
 */
export function restMessage<Name extends keyof Operations> (name: Name, parameters: Operations[Name]['parameters']): RestMessage {
  const shape: OperationShape = operations[name]
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined))
  const path = shape.path.slice(1).replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(given[key])))
  if (shape.method === 'GET') {
    const query = shape.inQuery.flatMap(key => given[key] === undefined ? [] : [given[key]].flat().map(value => `${key}=${encodeURIComponent(String(value))}`))
    return { method: shape.method, uri: query.length === 0 ? path : `${path}?${query.join('&')}` }
  }
  // The filter is the body itself; `variables` and `fields` are parts of it.
  const body = shape.inBody.includes('filter') ? given.filter : Object.fromEntries(Object.entries(given).filter(([key]) => !shape.inPath.includes(key)))
  return { method: shape.method, uri: path, ...(Object.keys(body as object).length > 0 && { body: JSON.stringify(body) }) }
}

/** Parses an answer's text; a body that is no JSON counts as none. */
export function parseBody (text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // A proxy or an error page: the status says enough.
    return undefined
  }
}
