/** Stretches in which a recording is silent at an agent's wish. */
import type { EpochMs } from '../../kernel/clock.ts'

export interface Muted { fromMs: number, toMs: number, reason: string }

/** From what was written down of a call, in order; times count from the beginning of the recording and end with it. */
export function mutesOf (entries: ReadonlyArray<{ at: EpochMs, type: string, reason?: string | undefined }>, startedAt: EpochMs, durationMs: number): Muted[] {
  const muted: Muted[] = []
  let open: { at: EpochMs, reason: string } | undefined
  const close = (at: EpochMs): void => {
    if (open === undefined) return
    muted.push({ fromMs: bounded(open.at), toMs: bounded(at), reason: open.reason })
    open = undefined
  }
  const bounded = (at: EpochMs): number => Math.min(durationMs, Math.max(0, at - startedAt))
  for (const { at, type, reason = 'other' } of entries) {
    if (type === 'recording-muted') open ??= { at, reason }
    else if (type === 'recording-unmuted') close(at)
  }
  close(startedAt + durationMs)
  return muted
}
