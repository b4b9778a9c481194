/** Types, urgencies, subjects and areas to choose from. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Catalogue } from '../../../src/work-orders/contract.ts'
import { messageOf, request } from '../shared/api.ts'

export const useCatalogue = defineStore('catalogue', () => {
  const catalogue = shallowRef<Catalogue>()
  const failure = ref<string>()
  /** Codes of all subjects. */
  const subjects = computed(() => new Set((catalogue.value?.subjects ?? []).map(subject => subject.code)))

  async function load (): Promise<void> {
    failure.value = undefined
    try {
      catalogue.value = await request<Catalogue>('GET', '/api/v1/catalogue')
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  return { catalogue, failure, subjects, load }
})
