/** Silence in the recording of the present call, at the agent's wish. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useDesk } from '../desk/store.ts'
import { messageOf, request } from '../shared/api.ts'

export type SilenceReason = 'identity' | 'bank' | 'other'

export const useSilence = defineStore('recording-silence', () => {
  const desk = useDesk()
  const busy = ref(false)
  const failure = ref('')
  const possible = computed(() => desk.call?.phase === 'talking' || desk.call?.phase === 'reconnecting')
  /** When the recording is heard again; undefined while it is. */
  const until = computed(() => desk.call?.recordingMutedUntil)

  async function ask (what: 'mute' | 'unmute', body: object = {}): Promise<void> {
    const callId = desk.call?.callId
    if (busy.value || callId === undefined || !possible.value) return
    busy.value = true
    failure.value = ''
    try {
      await request('POST', `/api/v1/calls/${callId}/recording/${what}`, { body })
    } catch (error) {
      failure.value = messageOf(error)
    } finally {
      busy.value = false
    }
  }

  const begin = async (reason: SilenceReason): Promise<void> => { await ask('mute', { reason }) }
  const end = async (): Promise<void> => { await ask('unmute') }

  /** By key: silence with the commonest reason, or sound again. */
  async function toggle (): Promise<void> {
    await (until.value === undefined ? begin('identity') : end())
  }

  return { busy, failure, possible, until, begin, end, toggle }
})
