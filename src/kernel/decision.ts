/**
 * What a pure decision returns: the next state and, as data, the effects to perform once that state is safe.
 * An expected refusal is data too; a thrown error is a fault.
 */
export type Decision<State, Effect, Refusal = never> =
  | { readonly ok: true, readonly state: State, readonly effects: readonly Effect[] }
  | { readonly ok: false, readonly refusal: Refusal }

/** Accepts: `state` is what holds from now on, `effects` are performed in order. */
export function accept<State, Effect> (state: State, effects: readonly Effect[] = []): { ok: true, state: State, effects: readonly Effect[] } {
  return { ok: true, state, effects }
}

/** Refuses: nothing changes and nobody is disturbed. */
export function refuse<Refusal> (refusal: Refusal): { ok: false, refusal: Refusal } {
  return { ok: false, refusal }
}

/** For the `default` of an exhaustive switch: the compiler proves that it is never reached. */
export function unreachable (value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`)
}
