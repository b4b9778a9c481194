/** Which of the calls in a list can be heard. */
import { ref } from 'vue'
import { request } from '../shared/api.ts'

/** Grows with `look`; a list without it shows no recordings, which is no failure of the list. */
export function usePresent () {
  const present = ref(new Set<string>())
  return {
    present,
    async look (callIds: readonly string[]): Promise<void> {
      if (callIds.length === 0) return
      try {
        const answer = await request<{ callIds: string[] }>('POST', '/api/v1/recordings/present', { body: { callIds } })
        present.value = new Set([...present.value, ...answer.callIds])
      } catch (error) {
        console.warn('recordings not known', error)
      }
    }
  }
}
