/** What a backup says of itself. It is written last: a folder without it is no backup. */
import type { Json } from '../../kernel/json.ts'

export interface BackedUpTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
  readonly partitions: ReadonlyArray<{ readonly name: string, readonly bound: string }>
}

export interface Manifest {
  readonly format: 1
  /** ISO 8601. */
  readonly createdAt: string
  readonly postgres: string
  /** Migrations that the database had, in order. */
  readonly migrations: ReadonlyArray<{ readonly version: number, readonly name: string, readonly checksum: string }>
  /** In an order in which they can be filled: what a table refers to comes before it. */
  readonly tables: readonly BackedUpTable[]
  readonly sequences: ReadonlyArray<{ readonly name: string, readonly last: string, readonly called: boolean }>
  readonly secrets: 'sealed' | 'left-out'
  /** Marks of the keys that personal data are sealed with: to tell whether secrets fit. */
  readonly keyMarks: readonly string[]
  readonly files: number
  readonly bytes: number
  /** SHA-256 of the file SHA256SUMS, which names all others. */
  readonly sums: string
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/
const BOUND = /^(DEFAULT|FOR VALUES FROM \('[0-9A-Za-z:+. -]+'\) TO \('[0-9A-Za-z:+. -]+'\))$/
const HASH = /^[0-9a-f]{64}$/
const LINE = /^([0-9a-f]{64}) {2}(.+)$/

/** The manifest in a parsed file; undefined when it is none of ours, or holds anything that might not be run as SQL. */
export function readManifest (value: Json): Manifest | undefined {
  const manifest = value as unknown as Manifest | null
  if (typeof manifest !== 'object' || manifest === null || manifest.format !== 1) return undefined
  const texts = [manifest.createdAt, manifest.postgres, manifest.sums]
  if (texts.some(text => typeof text !== 'string') || Number.isNaN(Date.parse(manifest.createdAt)) || !HASH.test(manifest.sums)) return undefined
  if (manifest.secrets !== 'sealed' && manifest.secrets !== 'left-out') return undefined
  if (![manifest.tables, manifest.migrations, manifest.sequences, manifest.keyMarks].every(Array.isArray)) return undefined
  const name = (text: unknown): boolean => typeof text === 'string' && NAME.test(text)
  const tables = manifest.tables.every(table => name(table.name) && table.columns.every(name) && Number.isInteger(table.rows) &&
    table.partitions.every(partition => name(partition.name) && BOUND.test(partition.bound)))
  const sequences = manifest.sequences.every(sequence => name(sequence.name) && /^-?\d{1,19}$/.test(sequence.last))
  return tables && sequences ? manifest : undefined
}

/** One line of SHA256SUMS; undefined when it is malformed or leads out of the folder. */
export function readSum (line: string): { hash: string, path: string } | undefined {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const [, hash, path] = match as unknown as [string, string, string]
  const parts = path.split('/')
  return path.includes('\\') || parts.some(part => part === '' || part === '.' || part === '..') ? undefined : { hash, path }
}

/**
 * Tables so that each stands behind all that it refers to; undefined when they refer to each other in a circle.
 * @param references pairs of a table and one that it refers to
 */
export function inOrder (tables: readonly string[], references: ReadonlyArray<readonly [string, string]>): string[] | undefined {
  const placed = new Set<string>()
  const left = new Set(tables)
  while (left.size > 0) {
    const free = [...left].filter(table => references.every(([from, to]) => from !== table || to === table || placed.has(to) || !left.has(to)))
    if (free.length === 0) return undefined
    for (const table of free) {
      placed.add(table)
      left.delete(table)
    }
  }
  return [...placed]
}

/** Why a program with the migrations `known` cannot take a backup; undefined when it can. */
export function unfit (manifest: Manifest, known: ReadonlyArray<{ readonly version: number, readonly name: string, readonly checksum: string }>): 'newer' | 'other' | undefined {
  if (manifest.migrations.length > known.length) return 'newer'
  return manifest.migrations.every((migration, index) => migration.version === index + 1 && known[index]?.checksum === migration.checksum) ? undefined : 'other'
}
