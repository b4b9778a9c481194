/** The rows as a Markdown table. */
import { holdsBar, type Row } from './frame.ts'

export function table (rows: readonly Row[]): string {
  const cells = [
    ['', 'ours', 'against', '', 'unit', 'ratio', 'bar', ''],
    ...rows.map((row) => [row.name, figure(row.ours), figure(row.theirs), row.against, row.unit, figure(row.ratio), barOf(row), row.note ?? ''])
  ]
  const [head, ...body] = cells.map(line => `| ${line.join(' | ')} |`)
  return [head, `|${'---|'.repeat(8)}`, ...body].join('\n')
}

/** Three significant digits; larger ones in whole numbers. */
export function figure (value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

function barOf (row: Row): string {
  if (row.bar === undefined) return ''
  const wanted = 'atLeast' in row.bar ? `≥ ${row.bar.atLeast}` : `≤ ${row.bar.atMost}`
  return `${wanted} ${holdsBar(row) === true ? 'held' : 'MISSED'}`
}
