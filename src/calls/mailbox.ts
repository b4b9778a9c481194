/**
 * One live call: its inputs are handled one after another. Each decision is kept in the phone system before its effects
 * are performed, so that whoever controls the call next goes on from there.
 */
import type { CallId } from '../kernel/ids.ts'
import type { Clock, EpochMs } from '../kernel/clock.ts'
import { PhoneError } from '../telephony/port.ts'
import { decide } from './core/call.ts'
import { isOver, type CallContext, type CallEffect, type CallInput, type CallRefusal, type CallState, type TimerName } from './core/state.ts'

/** More inputs than any caller and agent can cause; beyond, the oldest keys are not what matters. */
const MAILBOX_LIMIT = 1000
/** While the phone system does not answer, what is left to do is tried again so often. */
const RETRY_MS = 1000
/** An effect that times out so often on a phone system that is there counts as failed. */
const ATTEMPTS = 3

export interface Snapshot { v: 1, state: CallState, effects: readonly CallEffect[] }

export interface MailboxDependencies {
  clock: Clock
  context: () => CallContext
  connected: () => boolean
  /** Writes the snapshot where it survives us; rejects with PhoneError. */
  keep: (snapshot: Snapshot) => Promise<void>
  perform: (state: CallState, effect: CallEffect, feed: (input: CallInput) => void) => Promise<void>
  /** After each decision and its effects. */
  changed: (state: CallState) => void
  /** The call is over and each of its legs has ended. */
  over: (state: CallState) => Promise<void>
  report: (event: 'overflow' | 'effect-failed' | 'snapshot-failed' | 'fault', callId: CallId, detail: { effect?: string, code?: string, error?: unknown }) => void
}

export type Mailbox = ReturnType<typeof createMailbox>

type Letter =
  | { input: CallInput, answer?: (refusal: CallRefusal | undefined) => void }
  /** Gives the input at the moment when it is handled. */
  | { look: () => Promise<CallInput> }

export function createMailbox (initial: CallState, { clock, context, connected, keep, perform, changed, over, report }: MailboxDependencies) {
  const letters: Letter[] = []
  const timers = new Map<TimerName, { at: number, cancel: () => void }>()
  let state = initial
  let running = false
  let closed = false
  /** Effects that are not performed yet because the phone system is away. */
  let pending: { effects: readonly CallEffect[], kept: boolean, attempts: number } | undefined
  let cancelRetry: (() => void) | undefined
  /** When the last effect was carried out. */
  let performedAt: EpochMs = -Infinity

  function feed (input: CallInput): void {
    post({ input })
  }

  function post (letter: Letter): void {
    if (closed) return refuse(letter)
    if (letters.length >= MAILBOX_LIMIT) {
      report('overflow', state.callId, {})
      return refuse(letter)
    }
    letters.push(letter)
    void run()
  }

  function refuse (letter: Letter): void {
    if ('answer' in letter) letter.answer?.('not-in-call')
  }

  async function run (): Promise<void> {
    if (running) return
    running = true
    try {
      while (await drained()) {
        const letter = letters.shift()
        if (letter === undefined) break
        if ('input' in letter) await handle(letter.input, letter.answer)
        else if (!await handleFresh(letter.look)) break
      }
    } catch (error) {
      report('fault', state.callId, { error })
    } finally {
      running = false
    }
    if (!closed && letters.length > 0 && pending === undefined) void run()
  }

  /** False when it must be tried again. */
  async function handleFresh (look: () => Promise<CallInput>): Promise<boolean> {
    try {
      const before = [...letters]
      const input = await look()
      if (!closed) await handle(input)
      for (const letter of before) doubt(letter, input, look)
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error
      // After a lost connection another look is on its way.
      if (error.code === 'disconnected') return true
      letters.unshift({ look })
      retrySoon()
      return false
    }
    return true
  }

  /**
   * A leg that stands is not the one whose end or answer was told before we looked: a leg created anew has the id of the one
   * that it replaces. What was told is looked at once more in its turn.
   */
  function doubt (letter: Letter, seen: CallInput, look: () => Promise<CallInput>): void {
    if (seen.type !== 'resync' || !('input' in letter)) return
    const { input } = letter
    const index = letters.indexOf(letter)
    if (index >= 0 && (input.type === 'leg-gone' || input.type === 'leg-answered') && seen.legs[input.legId] !== undefined) letters[index] = { look }
  }

  /** Performs what is pending. False while the phone system is away: then nothing else may happen first. */
  async function drained (): Promise<boolean> {
    if (closed) return false
    if (pending === undefined) return true
    if (!connected()) return false
    const work = pending
    if (!work.kept && !await kept(work)) return false
    while (work.effects.length > 0) {
      const [effect, ...rest] = work.effects as [CallEffect, ...CallEffect[]]
      if (!await performed(effect, work)) {
        retrySoon()
        return false
      }
      work.effects = rest
      work.attempts = 0
      performedAt = clock.now()
    }
    pending = undefined
    changed(state)
    await finish()
    return !closed
  }

  async function kept (work: NonNullable<typeof pending>): Promise<boolean> {
    try {
      await keep({ v: 1, state, effects: work.effects })
    } catch (error) {
      const code = error instanceof PhoneError ? error.code : 'fault'
      report('snapshot-failed', state.callId, { code, error })
      if (code !== 'refused' && ++work.attempts < ATTEMPTS) {
        retrySoon()
        return false
      }
    }
    work.kept = true
    work.attempts = 0
    return true
  }

  /** False when the effect must be tried again. */
  async function performed (effect: CallEffect, work: NonNullable<typeof pending>): Promise<boolean> {
    try {
      await perform(state, effect, feed)
    } catch (error) {
      if (!(error instanceof PhoneError)) {
        report('fault', state.callId, { effect: effect.type, error })
        failed(effect, 'fault')
        return true
      }
      if (error.code === 'disconnected' || (isWorthRepeating(effect, error.code) && (!connected() || ++work.attempts < ATTEMPTS))) return false
      if (error.code !== 'not-found') report('effect-failed', state.callId, { effect: effect.type, code: error.code, error })
      failed(effect, error.code)
    }
    return true
  }

  /** What failed comes back as an input, before anything that waits. */
  function failed (effect: CallEffect, code: string): void {
    letters.unshift({
      input: {
        type: 'effect-failed',
        effect: effect.type,
        code,
        ...('legId' in effect ? { legId: effect.legId } : {}),
        ...('playbackId' in effect ? { playbackId: effect.playbackId } : {})
      }
    })
  }

  function retrySoon (): void {
    cancelRetry?.()
    cancelRetry = clock.at(clock.now() + RETRY_MS, () => { void run() })
  }

  async function handle (input: CallInput, answer?: (refusal: CallRefusal | undefined) => void): Promise<void> {
    let decision: ReturnType<typeof decide>
    try {
      decision = decide(state, input, context())
    } catch (error) {
      // A fault in our own code must not take the call with it: the next input finds the last good state.
      report('fault', state.callId, { error })
      answer?.('not-in-call')
      return
    }
    if (!decision.ok) {
      answer?.(decision.refusal)
      return
    }
    const unchanged = decision.effects.length === 0 && sameButSeq(state, decision.state)
    if (!unchanged) {
      state = decision.state
      armTimers()
      pending = { effects: decision.effects, kept: false, attempts: 0 }
      await drained()
    }
    answer?.(undefined)
  }

  function armTimers (): void {
    for (const [name, timer] of timers) {
      if (state.timers[name] === timer.at) continue
      timer.cancel()
      timers.delete(name)
    }
    for (const [name, at] of Object.entries(state.timers) as Array<[TimerName, number]>) {
      if (timers.has(name)) continue
      timers.set(name, {
        at,
        cancel: clock.at(at, () => {
          timers.delete(name)
          feed({ type: 'timer', name })
        })
      })
    }
  }

  async function finish (): Promise<void> {
    if (!isOver(state) || closed) return
    stop()
    await over(state)
  }

  function stop (): void {
    closed = true
    cancelRetry?.()
    for (const { cancel } of timers.values()) cancel()
    timers.clear()
    for (const letter of letters.splice(0)) refuse(letter)
  }

  return {
    get state () { return state },
    feed,
    /** Hands over a person's command; resolves with the refusal, or undefined when it was carried out. */
    command: (input: CallInput) => new Promise<CallRefusal | undefined>(resolve => post({ input, answer: resolve })),
    /**
     * Performs again what may not have been done, then holds the state against what stands: as `seen`, or, without it or
     * where something was or will be performed that it cannot know of, as `look` then gives it.
     */
    resume (effects: readonly CallEffect[], look: () => Promise<CallInput>, seen?: { input: CallInput, askedAt: EpochMs }): void {
      if (effects.length > 0 && pending === undefined) pending = { effects, kept: true, attempts: 0 }
      armTimers()
      letters.unshift(seen !== undefined && pending === undefined && performedAt < seen.askedAt ? { input: seen.input } : { look })
      void run()
    },
    /** Stops handling without ending the call: somebody else goes on with it. */
    stop
  }
}

/** What a failure of these means, the call decides at once; the others are harmless to repeat and leave something behind when they fail. */
const DECIDED_BY_CALL: ReadonlySet<CallEffect['type']> = new Set(['create-leg', 'play', 'connect'])

function isWorthRepeating (effect: CallEffect, code: string): boolean {
  return code === 'timeout' || (code === 'fault' && !DECIDED_BY_CALL.has(effect.type))
}

function sameButSeq (before: CallState, after: CallState): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof CallState>
  for (const key of keys) {
    if (key !== 'seq' && before[key] !== after[key]) return false
  }
  return true
}
