/** A command under way: busy while it runs, then what was wrong, as a whole and by field. */
import { ref } from 'vue'
import { ApiError, messageOf } from '../shared/api.ts'

export function useSaving () {
  const busy = ref(false)
  const failure = ref('')
  /** Somebody else changed it since it was read. */
  const stale = ref(false)
  /** By the field's first name, e.g. `roles`. */
  const wrong = ref<Record<string, string>>({})

  function clear (): void {
    failure.value = ''
    stale.value = false
    wrong.value = {}
  }

  /** Runs it once at a time; undefined when it failed, or when one is under way. */
  async function run<T> (work: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    clear()
    try {
      return await work()
    } catch (error) {
      failure.value = messageOf(error)
      if (error instanceof ApiError) {
        stale.value = error.code === 'stale'
        for (const { path, message } of error.details) wrong.value[path.split('/')[1] ?? ''] ??= message
      }
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, failure, stale, wrong, clear, run }
}
