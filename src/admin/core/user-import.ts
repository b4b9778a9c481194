/** Users from a table: what each row asks for, and what is wrong with it, by column (docs/user-import.md). */
import type { Actor, RoleName } from '../../kernel/actor.ts'
import { userProblems, type KnownThings, type UserFields } from './users.ts'

export const COLUMNS = ['工号', '姓名', '角色', '区划代码', '单位', '技能组'] as const
export type Column = typeof COLUMNS[number]
/** A file may hold so many users: each new one costs the making of a password. */
export const MOST_ROWS = 500

/** One record of the file: its cells, and the line on which it begins, from 1. */
export interface CsvRecord { line: number, cells: readonly string[] }

export interface RowError { column: Column | '', message: string }

export interface PlannedRow {
  /** Line of the file. */
  line: number
  username: string
  name: string
  /** `same`: the user is already as the row says. */
  outcome: 'create' | 'change' | 'same' | 'error'
  errors: RowError[]
  fields: UserFields
}

export interface ImportContext extends KnownThings {
  actor: Actor
  /** Names that people write, to ids. */
  groupIds: ReadonlyMap<string, string>
  departmentIds: ReadonlyMap<string, string>
  /** Users of these names that exist. `managed`: the actor may change them. */
  existing: ReadonlyMap<string, UserFields & { disabled: boolean, managed: boolean }>
}

const ROLE_NAMES: Readonly<Record<string, RoleName>> = {
  坐席: 'agent',
  话务员: 'agent',
  班长: 'leader',
  派单员: 'dispatcher',
  回访员: 'callback',
  质检员: 'quality',
  督办员: 'supervision',
  承办单位: 'department',
  管理员: 'admin',
  agent: 'agent',
  leader: 'leader',
  dispatcher: 'dispatcher',
  callback: 'callback',
  quality: 'quality',
  supervision: 'supervision',
  department: 'department',
  admin: 'admin'
}
const COLUMN_OF: Readonly<Record<string, Column>> = { name: '姓名', roles: '角色', areaCode: '区划代码', unitId: '单位', skills: '技能组' }
const USERNAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const SEPARATORS = /[、，,;；|\s]+/

/** What is wrong with the first line; undefined when it names the columns, in any order. */
export function headerProblem (header: readonly string[]): string | undefined {
  const names = header.map(name => name.trim())
  const unknown = names.find(name => !COLUMNS.some(column => column === name))
  if (unknown !== undefined) return `不认识的列“${unknown}”，应为：${COLUMNS.join('、')}`
  const missing = COLUMNS.find(column => !names.includes(column))
  if (missing !== undefined) return `缺少列“${missing}”`
  return new Set(names).size < names.length ? '有重复的列' : undefined
}

/** What to do with each record; all are looked at, whatever is wrong with others. */
export function planImport (header: readonly string[], records: readonly CsvRecord[], context: ImportContext): PlannedRow[] {
  const at = new Map(header.map((name, index) => [name.trim(), index]))
  const firstLine = new Map<string, number>()
  return records.map(({ line, cells }) => {
    const cell = (column: Column): string => (cells[at.get(column) ?? -1] ?? '').trim()
    const errors: RowError[] = []
    if (cells.length > header.length) errors.push({ column: '', message: `多出 ${cells.length - header.length} 格` })
    const username = cell('工号').toLowerCase()
    if (username === '') errors.push({ column: '工号', message: '必填' })
    else if (!USERNAME.test(username)) errors.push({ column: '工号', message: '只能用小写字母、数字、点、横线，并以字母或数字开头' })
    const before = firstLine.get(username)
    if (before !== undefined && username !== '') errors.push({ column: '工号', message: `与第 ${before} 行重复` })
    else firstLine.set(username, line)
    const fields = fieldsOf(cell, context, errors)
    const known = context.existing.get(username)
    const groups = new Set([...context.groups, ...known?.skills.map(({ groupId }) => groupId) ?? []])
    if (errors.length === 0) for (const { path, message } of userProblems(context.actor, fields, { ...context, groups })) errors.push({ column: COLUMN_OF[path.slice(1)] ?? '', message })
    if (known !== undefined) {
      if (!known.managed) errors.push({ column: '工号', message: '工号已被使用，不在您管理的区划内' })
      else if (known.disabled) errors.push({ column: '工号', message: '账号已停用，先重新启用' })
      else if (username === context.actor.id && !fields.roles.includes('admin')) errors.push({ column: '角色', message: '不能取消自己的管理员角色' })
    }
    const outcome = errors.length > 0 ? 'error' : known === undefined ? 'create' : sameFields(known, fields) ? 'same' : 'change'
    return { line, username, name: fields.name, outcome, errors, fields }
  })
}

function fieldsOf (cell: (column: Column) => string, { actor, hotlineUnit, groupIds, departmentIds }: ImportContext, errors: RowError[]): UserFields {
  const name = cell('姓名')
  if (name === '') errors.push({ column: '姓名', message: '必填' })
  else if (name.length > 60) errors.push({ column: '姓名', message: '最多 60 个字' })
  const roles: RoleName[] = []
  for (const word of cell('角色').split(SEPARATORS).filter(part => part !== '')) {
    const role = Object.hasOwn(ROLE_NAMES, word) ? ROLE_NAMES[word] : undefined
    if (role === undefined) errors.push({ column: '角色', message: `没有角色“${word}”` })
    else if (!roles.includes(role)) roles.push(role)
  }
  if (cell('角色') === '') errors.push({ column: '角色', message: '必填' })
  const areaCode = cell('区划代码') === '' ? actor.areaCode : cell('区划代码')
  if (!/^(\d{6}|\d{9}|\d{12})$/.test(areaCode)) errors.push({ column: '区划代码', message: '应为 6、9 或 12 位数字' })
  const unit = cell('单位')
  const unitId = unit === '' || unit === '热线本部' ? hotlineUnit : departmentIds.get(unit) ?? unit
  const skills: Array<{ groupId: string, level: number }> = []
  for (const word of cell('技能组').split(SEPARATORS).filter(part => part !== '')) {
    const [group = '', level = '', more] = word.split(/[:：]/)
    if (more !== undefined || !/^[1-9]$/.test(level)) errors.push({ column: '技能组', message: `“${word}”应写作 技能组:等级，等级 1 至 9` })
    else skills.push({ groupId: groupIds.get(group) ?? group, level: Number(level) })
  }
  return { name, roles, areaCode, unitId, skills }
}

function sameFields (one: UserFields, other: UserFields): boolean {
  const key = ({ name, roles, areaCode, unitId, skills }: UserFields) =>
    JSON.stringify([name, [...roles].sort(), areaCode, unitId, skills.map(({ groupId, level }) => `${groupId}:${level}`).sort()])
  return key(one) === key(other)
}
