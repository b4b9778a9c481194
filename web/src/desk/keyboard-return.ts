/** A key may take the keyboard out of a half-written sentence; Esc must bring it back to the same letter. */

export interface KeyboardReturn {
  /** Remembers where the keyboard is, before a command moves it into `region`; moves inside of it are none. */
  leaving: (region?: HTMLElement | null) => void
  /** Brings it back there. False when there is nowhere to go back to any more. */
  back: () => boolean
}

export function createKeyboardReturn (): KeyboardReturn {
  let before: HTMLElement | undefined
  return {
    leaving (region) {
      const at = document.activeElement
      if (!(at instanceof HTMLElement) || at === document.body || region?.contains(at) === true) return
      before = at
    },
    back () {
      const to = before
      before = undefined
      if (to?.isConnected !== true) return false
      to.focus()
      return true
    }
  }
}
