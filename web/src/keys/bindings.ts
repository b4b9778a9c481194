/** The desk's keys as data (screens, section 8). Pure: browsers hand in what they saw, `event.code` and not `event.key`. */

export const commands = [
  'answer', 'mute', 'hold', 'transfer', 'three-party', 'handoff-110', 'hang-up', 'ready', 'state-menu', 'form', 'knowledge',
  'history', 'my-calls', 'call-tools', 'silence-recording', 'insert', 'submit', 'key-list'
] as const
export type Command = typeof commands[number]

/** `Alt+KeyO`, `F8`, `Ctrl+Enter`: modifiers in the order Ctrl, Alt, Shift, then the code. */
export type Chord = string
export type Bindings = Record<Command, Chord>

export const defaultBindings: Readonly<Bindings> = {
  answer: 'F8',
  mute: 'F9',
  hold: 'Alt+KeyO',
  transfer: 'Alt+KeyR',
  'three-party': 'Alt+KeyJ',
  'handoff-110': 'Alt+KeyP',
  'hang-up': 'Alt+KeyQ',
  ready: 'Alt+KeyX',
  'state-menu': 'Alt+KeyM',
  form: 'Alt+KeyG',
  knowledge: 'Alt+KeyK',
  history: 'Alt+KeyL',
  'my-calls': 'Alt+KeyW',
  'call-tools': 'Alt+KeyB',
  'silence-recording': 'Alt+KeyU',
  insert: 'Alt+KeyI',
  submit: 'Ctrl+Enter',
  'key-list': 'Alt+Slash'
}

/** Must be pressed twice within this time, so that a slip ends no call. */
export const hangUpWindowMs = 1000

export interface KeyPress {
  code: string
  ctrlKey: boolean
  altKey: boolean
  shiftKey: boolean
  metaKey: boolean
  /** AltGr writes characters on many layouts and is never a command. */
  altGraph: boolean
}

const modifiers = new Set(['ControlLeft', 'ControlRight', 'AltLeft', 'AltRight', 'ShiftLeft', 'ShiftRight', 'MetaLeft', 'MetaRight', 'CapsLock', 'Lang1', 'Lang2'])

/** The chord of a press, or undefined for a bare modifier, AltGr or the system's own key. */
export function chordOf (press: KeyPress): Chord | undefined {
  if (press.code === '' || press.metaKey || press.altGraph || modifiers.has(press.code)) return undefined
  const code = press.code === 'NumpadEnter' ? 'Enter' : press.code
  return `${press.ctrlKey ? 'Ctrl+' : ''}${press.altKey ? 'Alt+' : ''}${press.shiftKey ? 'Shift+' : ''}${code}`
}

export function commandOf (press: KeyPress, bindings: Bindings): Command | undefined {
  const chord = chordOf(press)
  return chord === undefined ? undefined : commands.find(command => bindings[command] === chord)
}

/** Why a chord may not be chosen: it writes text, switches the input method, or belongs to the browser. */
export function refusalOf (chord: Chord, command: Command, bindings: Bindings): 'types-text' | 'reserved' | 'taken' | undefined {
  const functionKey = /^(?:Ctrl\+|Alt\+|Shift\+)*F([1-9]|1[0-2])$/.test(chord)
  if (!functionKey && !/(?:Ctrl|Alt)\+/.test(chord)) return 'types-text'
  const reserved = [
    /^Ctrl\+(?:Shift\+)?(?:Space|Period|Key[NTW])$/, /^Ctrl\+Shift\+/, /^Alt\+(?:Digit|Numpad)\d$/, /^Alt\+Key[ADEF]$/,
    /^(?:F5|F11|F12|Alt\+F4|Alt\+Tab|Alt\+Space)$/
  ]
  if (reserved.some(rule => rule.test(chord))) return 'reserved'
  if (commands.some(other => other !== command && bindings[other] === chord)) return 'taken'
  return undefined
}

/** What the agent changed, laid over the defaults; what is unknown or clashes by now is left out. */
export function withChanges (changes: unknown): Bindings {
  const result: Bindings = { ...defaultBindings }
  if (typeof changes !== 'object' || changes === null) return result
  for (const command of commands) {
    const chord = (changes as Record<string, unknown>)[command]
    if (typeof chord === 'string' && refusalOf(chord, command, result) === undefined) result[command] = chord
  }
  return result
}

/** `Alt+O`, `Alt+/`, `Ctrl+Enter`: as printed on the keys. */
export function chordText (chord: Chord): string {
  return chord.replace(/Key([A-Z])$/, '$1').replace(/Digit(\d)$/, '$1').replace(/Slash$/, '/')
}

/** First press: remember it. Second within the window: go. */
export function doublePress (now: number, last: number | undefined): { fire: boolean, last: number | undefined } {
  return last !== undefined && now - last <= hangUpWindowMs && now >= last
    ? { fire: true, last: undefined }
    : { fire: false, last: now }
}
