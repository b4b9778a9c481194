/**
 * JSON text with the places of things: where a syntax error is, on which line each value stands,
 * and which keys are given twice (JSON.parse keeps the last of them without a word).
 */
import type { Json } from '../../kernel/json.ts'
import type { Bilingual } from './node-type.ts'

export interface Place { line: number, column: number }

export type ParsedJson =
  | { ok: true, value: Json, duplicates: ReadonlyArray<{ pointer: string, key: string, place: Place }>, places: ReadonlyMap<string, Place> }
  | { ok: false, place: Place, problem: Bilingual, wanted: Bilingual }

/** Deeper nesting is refused: flows have eight levels or so. */
const DEEPEST = 64

/** One step of a JSON pointer (RFC 6901), escaped. */
export function pointerStep (key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

class Syntax extends Error {
  readonly at: number
  readonly problem: Bilingual
  readonly wanted: Bilingual
  constructor (at: number, problem: Bilingual, wanted: Bilingual) {
    super(problem.en)
    this.at = at
    this.problem = problem
    this.wanted = wanted
  }
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y
// eslint-disable-next-line no-control-regex -- JSON forbids bare control characters in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const BLANK = /[ \t\r\n]*/y

/** Parses strictly (RFC 8259). A byte order mark at the beginning is passed over. */
export function parseJson (text: string): ParsedJson {
  let at = text.startsWith('\ufeff') ? 1 : 0
  const duplicates: Array<{ pointer: string, key: string, place: Place }> = []
  const places = new Map<string, Place>()

  const placeOf = placesIn(text)
  const blank = (): void => { at = matchAt(BLANK, text, at)?.end ?? at }
  const fail = (problem: Bilingual, wanted: Bilingual): never => { throw new Syntax(at, problem, wanted) }
  const seen = (): string => at >= text.length ? '' : JSON.stringify([...text.slice(at, at + 12)].slice(0, 8).join(''))
  const unexpected = (zh: string, en: string): never => at >= text.length
    ? fail({ zh: '文件在此处意外结束', en: 'the file ends unexpectedly here' }, { zh, en })
    : fail({ zh: `此处不能是 ${seen()}`, en: `${seen()} cannot stand here` }, { zh, en })
  const take = (char: string): boolean => {
    if (text[at] !== char) return false
    at++
    return true
  }

  const value = (pointer: string, depth: number): Json => {
    places.set(pointer, placeOf(at))
    if (depth > DEEPEST) return fail({ zh: `嵌套超过 ${DEEPEST} 层`, en: `nested more than ${DEEPEST} deep` }, { zh: '层次更少的结构', en: 'fewer levels' })
    if (take('{')) return object(pointer, depth)
    if (take('[')) return array(pointer, depth)
    if (text[at] === '"') return string()
    const scalar = matchAt(SCALAR, text, at)
    if (scalar === undefined) return unexpected('一个 JSON 值（字符串用双引号）', 'a JSON value (strings in double quotes)')
    at = scalar.end
    return JSON.parse(scalar.text) as Json
  }
  const string = (): string => {
    const match = matchAt(STRING, text, at)
    if (match === undefined) {
      return text[at] === '"'
        ? fail({ zh: '字符串没有结束，或含有非法字符', en: 'a string that does not end, or holds a forbidden character' }, { zh: '以双引号结束；换行写作 \\n', en: 'a closing double quote; a line break is written \\n' })
        : unexpected('双引号括起的名称', 'a name in double quotes')
    }
    at = match.end
    return JSON.parse(match.text) as string
  }
  const object = (pointer: string, depth: number): Json => {
    const result: { [key: string]: Json } = {}
    blank()
    if (take('}')) return result
    for (;;) {
      blank()
      const keyAt = at
      const key = string()
      blank()
      if (!take(':')) unexpected('冒号', 'a colon')
      blank()
      const inner = pointer + pointerStep(key)
      if (Object.hasOwn(result, key)) duplicates.push({ pointer: inner, key, place: placeOf(keyAt) })
      // A plain assignment of `__proto__` would set the prototype instead of a property.
      Object.defineProperty(result, key, { value: value(inner, depth + 1), enumerable: true, configurable: true, writable: true })
      blank()
      if (take('}')) return result
      if (!take(',')) unexpected('逗号或 }', 'a comma or }')
      blank()
      if (text[at] === '}') fail({ zh: '最后一项后面多了逗号', en: 'a comma after the last item' }, { zh: '删去逗号', en: 'no comma' })
    }
  }
  const array = (pointer: string, depth: number): Json => {
    const result: Json[] = []
    blank()
    if (take(']')) return result
    for (;;) {
      blank()
      result.push(value(pointer + pointerStep(result.length), depth + 1))
      blank()
      if (take(']')) return result
      if (!take(',')) unexpected('逗号或 ]', 'a comma or ]')
      blank()
      if (text[at] === ']') fail({ zh: '最后一项后面多了逗号', en: 'a comma after the last item' }, { zh: '删去逗号', en: 'no comma' })
    }
  }

  try {
    blank()
    const result = value('', 0)
    blank()
    if (at < text.length) unexpected('文件结束', 'the end of the file')
    return { ok: true, value: result, duplicates, places }
  } catch (error) {
    if (error instanceof Syntax) return { ok: false, place: placeOf(error.at), problem: error.problem, wanted: error.wanted }
    throw error
  }
}

function matchAt (pattern: RegExp, text: string, at: number): { text: string, end: number } | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match === null ? undefined : { text: match[0], end: pattern.lastIndex }
}

/** Line and column, from 1, of an offset. */
function placesIn (text: string): (offset: number) => Place {
  const starts = [0]
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) starts.push(index + 1)
  return offset => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 }
  }
}
