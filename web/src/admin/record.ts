/** One record of a list in its panel: chosen, made, changed, disabled, and read again after somebody else changed it. */
import { shallowRef } from 'vue'
import { request } from '../shared/api.ts'
import { useSaving } from './saving.ts'

export interface RecordOptions<View extends { version: number }> {
  /** Of the API, e.g. `/api/v1/admin/skill-groups`. */
  base: string
  idOf: (record: View) => string
  /** Puts a record, or nothing for a new one, into the form. */
  fill: (record: View | undefined) => void
  /** After a change. */
  reload: () => Promise<void>
  /** The record with the form's id as it is now. */
  find: () => Promise<View | undefined>
}

export function useRecord<View extends { version: number }> ({ base, idOf, fill, reload, find }: RecordOptions<View>) {
  const { busy, failure, stale, wrong, clear, run } = useSaving()
  const chosen = shallowRef<View | 'new'>()
  const saved = shallowRef(false)

  function choose (record: View | 'new'): void {
    chosen.value = record
    saved.value = false
    clear()
    fill(record === 'new' ? undefined : record)
  }

  async function finish (record: View | undefined): Promise<void> {
    if (record === undefined) return
    choose(record)
    saved.value = true
    await reload()
  }

  /** Makes the record with `identity` and `fields`, or changes the `fields` of the chosen one. */
  async function save (identity: object, fields: object): Promise<void> {
    const record = chosen.value
    await finish(await run(async () => record === 'new' || record === undefined
      ? await request<View>('POST', base, { body: { ...identity, ...fields } })
      : await request<View>('PUT', `${base}/${idOf(record)}`, { body: { version: record.version, ...fields } })))
  }

  async function command (what: 'disable' | 'enable', reason?: string): Promise<void> {
    const record = chosen.value as View
    await finish(await run(async () => await request<View>('POST', `${base}/${idOf(record)}/${what}`, { body: { version: record.version, ...(reason === undefined ? {} : { reason }) } })))
  }

  async function reread (): Promise<void> {
    const record = await find()
    if (record !== undefined) choose(record)
  }

  return { chosen, saved, busy, failure, stale, wrong, choose, save, command, reread }
}
