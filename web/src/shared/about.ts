/** What the server says of this hotline: asked once, before the first page is shown. */
import { readonly, ref } from 'vue'
import type { About } from '../../../src/health/contract.ts'
import { request } from './api.ts'
import { useTimeZone } from './time.ts'

const about = ref<About>()

/** Undefined until the server answered: then nothing is offered that may not be there. */
export const hotline = readonly(about)

/** Resolves in any case within two seconds; without an answer the pages stand with what they know. */
export async function askAbout (): Promise<void> {
  try {
    about.value = await request<About>('GET', '/api/v1/about', { timeoutMs: 2000 })
    useTimeZone(about.value.timeZone)
  } catch (error) {
    console.warn('the server did not say what it is', error instanceof Error ? error.message : '')
  }
}
