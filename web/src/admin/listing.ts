/** A list that grows page by page; of several requests only the latest counts. */
import { ref, shallowRef } from 'vue'
import type { Page } from '../../../src/platform/http-contract.ts'
import { messageOf } from '../shared/api.ts'

export function useListing<T> (fetch: (cursor: string | undefined) => Promise<Page<T>>) {
  const items = shallowRef<T[]>()
  const next = ref<string | null>(null)
  const failure = ref('')
  const busy = ref(false)
  let latest = 0

  async function load (more = false): Promise<void> {
    const turn = ++latest
    busy.value = true
    failure.value = ''
    try {
      const page = await fetch(more && next.value !== null ? next.value : undefined)
      if (turn !== latest) return
      items.value = more ? [...items.value ?? [], ...page.items] : page.items
      next.value = page.next
    } catch (error) {
      if (turn === latest) failure.value = messageOf(error)
    } finally {
      if (turn === latest) busy.value = false
    }
  }

  return { items, next, failure, busy, load }
}
