/** The schema check: JSON text in, a flow or findings out. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject } from 'ajv'
import type { FlowFile } from './core/flow.ts'
import { finding, oneOf, type Finding } from './core/finding.ts'
import { CONDITION_KEYS, flowSchema } from './core/flow-schema.ts'
import { parseJson, pointerStep, type Place } from './core/json-text.ts'
import type { Bilingual } from './core/node-type.ts'
import { nodeTypes } from './core/registry.ts'

/** Largest flow file, in characters. */
export const LARGEST_FILE = 1_000_000
/** Findings of one file beyond this number are left out. */
const MOST_FINDINGS = 50

const ajv = new Ajv2020({ allErrors: true, discriminator: true, verbose: true, strictRequired: false, allowUnionTypes: true })
const validate = ajv.compile<FlowFile>(flowSchema)

export interface ReadFlow {
  /** Only when there are no findings. */
  flow: FlowFile | undefined
  findings: Finding[]
  /** Adds line and column to a finding of this file. */
  locate: (finding: Finding) => Finding
}

/** Reads the text of a flow file as far as the schema goes. `fileName` is that of the findings. */
export function readFlow (fileName: string, text: string): ReadFlow {
  const nowhere = (each: Finding): Finding => each
  if (!/^[a-z][a-z0-9-]{0,47}\.json$/.test(fileName)) {
    return { flow: undefined, locate: nowhere, findings: [finding(fileName, '', { zh: `文件名 ${fileName} 不合规`, en: `the file name ${fileName} cannot be that of a flow` }, { zh: '小写字母开头，只含小写字母、数字和连字符，后缀 .json', en: 'lower-case letters, digits and hyphens, beginning with a letter, ending in .json' })] }
  }
  if (text.length > LARGEST_FILE) {
    return { flow: undefined, locate: nowhere, findings: [finding(fileName, '', { zh: '文件过大', en: 'the file is too large' }, { zh: `至多 ${LARGEST_FILE} 个字符`, en: `at most ${LARGEST_FILE} characters` })] }
  }
  const parsed = parseJson(text)
  if (!parsed.ok) {
    return { flow: undefined, locate: nowhere, findings: [{ ...finding(fileName, '', withPrefix(parsed.problem), parsed.wanted), ...parsed.place }] }
  }
  const locate = (each: Finding): Finding => ({ ...each, ...placeOf(each.pointer, parsed.places) })
  const doubled = parsed.duplicates.map(({ pointer, key, place }) => ({
    ...finding(fileName, pointer, { zh: `名称 "${key}" 重复`, en: `the key "${key}" is given twice` }, { zh: '同一对象中每个名称只出现一次', en: 'each key once in an object' }), ...place
  }))
  const good = validate(parsed.value)
  const findings = [...doubled, ...good ? [] : translate(fileName, validate.errors ?? []).map(locate)]
  return { flow: good && findings.length === 0 ? parsed.value as unknown as FlowFile : undefined, findings: findings.slice(0, MOST_FINDINGS), locate }
}

function withPrefix (problem: Bilingual): Bilingual {
  return { zh: `JSON 语法错误：${problem.zh}`, en: `not JSON: ${problem.en}` }
}

/** The place of the value, or of the nearest one around it. */
function placeOf (pointer: string, places: ReadonlyMap<string, Place>): Place | undefined {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const place = places.get(at)
    if (place !== undefined || at === '') return place
  }
}

function translate (fileName: string, errors: readonly ErrorObject[]): Finding[] {
  const findings = new Map<string, Finding>()
  for (const error of errors) {
    // The parts of an `anyOf`, `if` or `propertyNames` say less than the whole does.
    if (error.schemaPath.includes('/anyOf/') || error.keyword === 'if' || error.propertyName !== undefined) continue
    const { pointer, problem, wanted } = explain(error)
    const key = `${pointer} ${problem.en}`
    if (!findings.has(key)) findings.set(key, finding(fileName, pointer, problem, wanted))
  }
  return [...findings.values()]
}

function explain (error: ErrorObject): { pointer: string, problem: Bilingual, wanted: Bilingual } {
  const at = error.instancePath
  const params = error.params as Readonly<Record<string, unknown>>
  const shown = shorten(error.data)
  const limit = String(params.limit)
  const is = (zh: string, en: string): Bilingual => ({ zh: `${shown} ${zh}`, en: `${shown} ${en}` })
  const described = descriptionOf(error)
  switch (error.keyword) {
    case 'required': {
      const missing = String(params.missingProperty)
      if (missing === 'type' && /^\/nodes\/[^/]+$/.test(at)) return { pointer: at, problem: { zh: '节点没有 type', en: 'the node has no type' }, wanted: oneOf('', Object.keys(nodeTypes)) }
      return { pointer: at, problem: { zh: `缺少 ${missing}`, en: `${missing} is missing` }, wanted: { zh: `一个 ${missing}`, en: `a property ${missing}` } }
    }
    case 'additionalProperties': {
      const extra = String(params.additionalProperty)
      if (error.schemaPath.includes('/condition/') || (CONDITION_KEYS.includes(extra) && /\/(when|not|all\/\d+|any\/\d+)$/.test(at))) {
        const keys = Object.keys(error.data as object).join('、')
        return { pointer: at, problem: { zh: `一个条件里不能有 ${keys}`, en: `one condition cannot hold all of ${Object.keys(error.data as object).join(', ')}` }, wanted: { zh: '其中一种；多个条件放进 all 或 any', en: 'one kind of condition; several go into all or any' } }
      }
      return { pointer: at + pointerStep(extra), problem: { zh: `不认识的属性 ${extra}`, en: `the property ${extra} is not known here` }, wanted: oneOf(extra, Object.keys(error.parentSchema?.properties as object ?? {})) }
    }
    case 'discriminator': {
      const type = (error.data as { type?: unknown } | null)?.type
      if (typeof type !== 'string') return { pointer: at, problem: { zh: '节点没有 type', en: 'the node has no type' }, wanted: oneOf('', Object.keys(nodeTypes)) }
      return { pointer: `${at}/type`, problem: { zh: `没有名为 ${type} 的节点类型`, en: `there is no node type ${type}` }, wanted: oneOf(type, Object.keys(nodeTypes)) }
    }
    case 'anyOf': {
      const given = Object.keys(Object(error.data) as object)[0] ?? ''
      return { pointer: at, problem: { zh: '不认识的条件', en: 'not a condition that is known' }, wanted: oneOf(given, CONDITION_KEYS) }
    }
    case 'propertyNames': {
      const name = String(params.propertyName)
      const pattern = error.parentSchema?.propertyNames as { pattern?: string } | undefined
      return { pointer: at + pointerStep(name), problem: { zh: `名称 ${name} 不合规`, en: `the name ${name} is not allowed` }, wanted: { zh: `符合 ${pattern?.pattern ?? '规定格式'} 的名称`, en: `a name like ${pattern?.pattern ?? 'those in the schema'}` } }
    }
    case 'type': return { pointer: at, problem: is('类型不对', 'is of the wrong type'), wanted: { zh: `${TYPES[String(params.type)] ?? String(params.type)}`, en: `${String(params.type)}` } }
    case 'enum': return { pointer: at, problem: is('不在允许的取值中', 'is not an allowed value'), wanted: oneOf(String(error.data), (params.allowedValues as unknown[]).map(String)) }
    case 'const': return { pointer: at, problem: is('不是允许的取值', 'is not the allowed value'), wanted: { zh: String(params.allowedValue), en: String(params.allowedValue) } }
    case 'pattern': return { pointer: at, problem: is('格式不对', 'has the wrong form'), wanted: { zh: `${described.zh}符合 ${String(params.pattern)}`, en: `${described.en}of the form ${String(params.pattern)}` } }
    case 'minimum': return { pointer: at, problem: is('太小', 'is too small'), wanted: { zh: `不小于 ${limit}`, en: `at least ${limit}` } }
    case 'maximum': return { pointer: at, problem: is('太大', 'is too large'), wanted: { zh: `不大于 ${limit}`, en: `at most ${limit}` } }
    case 'minLength': return { pointer: at, problem: { zh: '文本太短', en: 'the text is too short' }, wanted: { zh: `至少 ${limit} 个字`, en: `at least ${limit} characters` } }
    case 'maxLength': return { pointer: at, problem: { zh: '文本太长', en: 'the text is too long' }, wanted: { zh: `至多 ${limit} 个字`, en: `at most ${limit} characters` } }
    case 'minItems': case 'minProperties': return { pointer: at, problem: { zh: '项目太少', en: 'too few items' }, wanted: { zh: `至少 ${limit} 项`, en: `at least ${limit}` } }
    case 'maxItems': case 'maxProperties': return { pointer: at, problem: { zh: '项目太多', en: 'too many items' }, wanted: { zh: `至多 ${limit} 项`, en: `at most ${limit}` } }
    case 'uniqueItems': return { pointer: at, problem: { zh: '有重复的项目', en: 'an item is given twice' }, wanted: { zh: '互不相同的项目', en: 'items that differ' } }
    default: return { pointer: at, problem: { zh: `不符合规定（${error.keyword}）`, en: `not allowed (${error.keyword}): ${error.message ?? ''}` }, wanted: { zh: '见 flow.schema.json', en: 'what flow.schema.json says' } }
  }
}

const TYPES: Readonly<Record<string, string>> = { object: '对象 {}', array: '列表 []', string: '带双引号的文本', integer: '整数', number: '数', boolean: 'true 或 false' }

function shorten (data: unknown): string {
  const text = JSON.stringify(data) ?? 'undefined'
  return text.length > 40 ? `${text.slice(0, 37)}…` : text
}

/** The schema's own words for the value, Chinese before English as they stand there. */
function descriptionOf (error: ErrorObject): Bilingual {
  const description = (error.parentSchema as { description?: string } | undefined)?.description
  const match = description === undefined ? null : /^(.*?)[。.]([A-Z].*?)\.?$/.exec(description)
  return match === null ? { zh: '', en: '' } : { zh: `${match[1]},`, en: `${match[2]}, ` }
}
