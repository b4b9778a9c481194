/** What the server itself says to a caller, outside any flow. */
import type { Media } from '../../telephony/port.ts'
import type { Language } from './flow.ts'
import { sayCount } from './say.ts'

/**
 * - `agent-reconnecting`: the agent's page was lost in mid-call, the caller is asked to hold.
 * - `transferring`: a human comes now, e.g. after a fault of the flow.
 * - `please-hold`: still waiting, nothing new.
 * - `queue-full`: no more callers are taken now.
 * - `goodbye`: before the server hangs up.
 */
export type Announcement = 'agent-reconnecting' | 'transferring' | 'please-hold' | 'queue-full' | 'goodbye'

const announcements: readonly Announcement[] = ['agent-reconnecting', 'transferring', 'please-hold', 'queue-full', 'goodbye']
const queuePieces = ['queue-all-busy', 'queue-next', 'queue-ahead', 'queue-soon', 'queue-wait', 'queue-minute', 'queue-minutes', 'queue-hold']

/** Prompts that must exist for the server, besides the pieces of spoken numbers. */
export const serverPrompts: readonly string[] = [
  ...(['zh', 'en'] as const).flatMap(language => [...announcements, ...queuePieces].map(name => `${language}/${name}`)),
  // 位: English needs no measure word.
  'zh/queue-people'
]

/** One of the server's own sentences. */
export function announcement (name: Announcement, language: Language): Media[] {
  return [{ prompt: `${language}/${name}` }]
}

/**
 * 坐席全忙，您前面还有 n 位，预计等待 m 分钟，请稍候 (domain rules, section 5).
 * `ahead` callers come first, 0 when this one is next; `waitMinutes` is left out when nobody can tell, 0 means within a minute.
 */
export function queueAnnouncement ({ ahead, waitMinutes, language }: { ahead: number, waitMinutes: number | undefined, language: Language }): Media[] {
  const piece = (name: string): Media => ({ prompt: `${language}/${name}` })
  const first = whole(ahead)
  const minutes = waitMinutes === undefined ? undefined : whole(waitMinutes)
  return [
    piece('queue-all-busy'),
    ...first === 0 ? [piece('queue-next')] : [piece('queue-ahead'), ...sayCount(first, language), ...language === 'zh' ? [piece('queue-people')] : []],
    ...minutes === undefined
      ? []
      : minutes === 0
        ? [piece('queue-soon')]
        : [piece('queue-wait'), ...sayCount(minutes, language), piece(minutes === 1 ? 'queue-minute' : 'queue-minutes')],
    piece('queue-hold')
  ]
}

/** Estimates may be odd; what is said is a whole number from 0 to 9999. */
function whole (value: number): number {
  return Number.isFinite(value) ? Math.min(9999, Math.max(0, Math.round(value))) : 9999
}
