/** What a disk that fills means for recordings. Calls are served in any case. */
export interface DiskRules {
  /** With less free, people are told. */
  warnBytes: number
  /** With less free, no new recording begins. */
  stopBytes: number
}

export type DiskState = 'ok' | 'low' | 'full'

export function diskState (freeBytes: number, { warnBytes, stopBytes }: DiskRules): DiskState {
  if (freeBytes < stopBytes) return 'full'
  return freeBytes < warnBytes ? 'low' : 'ok'
}
