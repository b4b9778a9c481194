/** Hears the desk's keys. Nothing is heard while an input method composes a character. */
import { onScopeDispose } from 'vue'
import { chordOf, commandOf, doublePress, type Bindings, type Chord, type Command, type KeyPress } from './bindings.ts'

export interface KeyListener {
  bindings: () => Bindings
  /** True when the command was taken; the browser's own meaning of the key is then kept from it. */
  run: (command: Command) => boolean
  /** The first of the two presses that hang up. */
  armed: () => void
  /** All that was pressed, for the self-test; true keeps the press from being a command. */
  observe?: (seen: { chord: Chord | undefined, command: Command | undefined, composing: boolean }) => boolean
}

export function listenToKeys (listener: KeyListener): void {
  let composing = false
  let lastHangUp: number | undefined

  const started = () => { composing = true }
  // The key that ends a composition arrives after compositionend in some browsers and must not count.
  const ended = () => { setTimeout(() => { composing = false }, 0) }

  function pressed (event: KeyboardEvent): void {
    const press: KeyPress = {
      code: event.code,
      ctrlKey: event.ctrlKey,
      altKey: event.altKey,
      shiftKey: event.shiftKey,
      metaKey: event.metaKey,
      altGraph: event.getModifierState('AltGraph')
    }
    const ignored = event.isComposing || composing
    const command = commandOf(press, listener.bindings())
    if (listener.observe?.({ chord: chordOf(press), command, composing: ignored }) === true) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    if (ignored || command === undefined) return
    // A key held down is one command.
    if (event.repeat) {
      event.preventDefault()
      return
    }
    if (command === 'hang-up') {
      const { fire, last } = doublePress(performance.now(), lastHangUp)
      lastHangUp = last
      event.preventDefault()
      if (fire) listener.run(command)
      else listener.armed()
      return
    }
    if (listener.run(command)) event.preventDefault()
  }

  addEventListener('compositionstart', started, true)
  addEventListener('compositionend', ended, true)
  addEventListener('keydown', pressed, true)
  onScopeDispose(() => {
    removeEventListener('compositionstart', started, true)
    removeEventListener('compositionend', ended, true)
    removeEventListener('keydown', pressed, true)
  })
}
