/** The agent's keys: the defaults and what was changed on this computer. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { defaultBindings, refusalOf, withChanges, type Bindings, type Chord, type Command } from './bindings.ts'

const storageKey = 'hotline.keys'

function stored (): unknown {
  const text = localStorage.getItem(storageKey)
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    localStorage.removeItem(storageKey)
    return undefined
  }
}

export interface SeenKey { chord: Chord | undefined, command: Command | undefined, composing: boolean }

export const useKeys = defineStore('keys', () => {
  const bindings = ref<Bindings>(withChanges(stored()))
  /** The command whose new key is awaited. */
  const changing = ref<Command>()
  const testing = ref(false)
  const seen = shallowRef<SeenKey>()
  const refusal = ref<ReturnType<typeof refusalOf>>()

  function set (command: Command, chord: Chord): void {
    refusal.value = refusalOf(chord, command, bindings.value)
    if (refusal.value !== undefined) return
    bindings.value = { ...bindings.value, [command]: chord }
    localStorage.setItem(storageKey, JSON.stringify(bindings.value))
    changing.value = undefined
  }

  function reset (): void {
    bindings.value = { ...defaultBindings }
    localStorage.removeItem(storageKey)
    refusal.value = undefined
  }

  /** Takes a press for the change of a key or the self-test; true when it is used up. */
  function observe (key: SeenKey): boolean {
    if (changing.value !== undefined && key.chord !== undefined) {
      if (key.chord === 'Escape') changing.value = undefined
      else if (!key.composing) set(changing.value, key.chord)
      return true
    }
    if (!testing.value) return false
    seen.value = key
    return key.chord !== undefined && key.command !== undefined
  }

  return { bindings, changing, testing, seen, refusal, set, reset, observe }
})
