/** Files of users: read as tables in UTF-8 or GB18030, results written so that no table program runs what stands in them. */
import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { COLUMNS, headerProblem, MOST_ROWS, type CsvRecord, type PlannedRow } from './core/user-import.ts'

export interface UserFile { header: string[], records: CsvRecord[] }

const MOST_CELL = 500

/** The file as header and records, or what is wrong with it as a whole. */
export function readUserFile (bytes: Uint8Array): UserFile | { problem: string } {
  const text = decode(bytes)
  if (text === undefined) return { problem: '文件不是 UTF-8 或 GB18030 编码的文本' }
  let rows: Array<{ record: string[], info: { lines: number } }>
  try {
    // With `info` records come with their lines, which the library's types do not say.
    rows = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true, skip_records_with_empty_values: true, max_record_size: MOST_CELL * COLUMNS.length, to: MOST_ROWS + 2 }) as unknown as typeof rows
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = (error as CsvError & { lines?: number }).lines
    return { problem: `第 ${line ?? '?'} 行不是 CSV：引号不成对或内容过长` }
  }
  const [first, ...rest] = rows
  if (first === undefined) return { problem: '文件是空的' }
  const problem = headerProblem(first.record)
  if (problem !== undefined) return { problem: `第 1 行：${problem}` }
  if (rest.length === 0) return { problem: '文件没有数据行' }
  if (rest.length > MOST_ROWS) return { problem: `最多 ${MOST_ROWS} 行，请分成几个文件` }
  // The parser counts the line on which a record ends.
  return { header: first.record, records: rest.map(({ record, info }) => ({ line: info.lines - record.join('').split('\n').length + 1, cells: record })) }
}

function decode (bytes: Uint8Array): string | undefined {
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
      if (!text.includes('\0')) return text
    } catch (error) {
      // Not this encoding.
      if (!(error instanceof TypeError)) throw error
    }
  }
  return undefined
}

/** An empty file with its columns, as table programs open it. */
export function userFileTemplate (): string {
  return stringify([[...COLUMNS]], { bom: true, record_delimiter: 'windows' })
}

const OUTCOMES: Readonly<Record<PlannedRow['outcome'], string>> = { create: '新建', change: '修改', same: '无变化', error: '有误' }

/** The result of an import for keeping; one-time passwords stand in it where there are any. */
export function resultFile (rows: ReadonlyArray<Pick<PlannedRow, 'line' | 'username' | 'name' | 'outcome' | 'errors'> & { password?: string }>, written: boolean): string {
  return stringify([
    ['行', '工号', '姓名', '结果', '一次性密码', '错误'],
    ...rows.map(({ line, username, name, outcome, errors, password }) => [
      line, username, name, outcome === 'error' || outcome === 'same' || written ? OUTCOMES[outcome] : `待${OUTCOMES[outcome]}`, password ?? '',
      errors.map(({ column, message }) => column === '' ? message : `${column}：${message}`).join('；')
    ])
  ], { bom: true, record_delimiter: 'windows', escape_formulas: true })
}
