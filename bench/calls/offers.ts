/** From the offer to the bridge, out of Asterisk's channel event log: the same measure for whoever controls the calls. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

interface Line { eventtime?: string, eventtype?: string, uniqueid?: string, channame?: string }

export function logEnd (file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Milliseconds from the creation of each seat's leg to the moment when it was answered and in a bridge, of all legs in the
 * log from `from` on; `unanswered` legs were made and never got there.
 */
export function offersIn (file: string, from: number): { toBridge: number[], unanswered: number } {
  const size = logEnd(file)
  const bytes = Buffer.alloc(Math.max(0, size - from))
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes, 0, bytes.length, from)
  } finally {
    closeSync(handle)
  }
  const legs = new Map<string, { made: number, answered?: number, bridged?: number }>()
  for (const text of bytes.toString().split('\n')) {
    if (!text.includes('PJSIP/seat-')) continue
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      // The last line may be half written.
      continue
    }
    const { eventtype, uniqueid = '', channame = '' } = line
    if (!channame.startsWith('PJSIP/seat-')) continue
    const at = Number(line.eventtime) * 1000
    if (eventtype === 'CHAN_START') legs.set(uniqueid, { made: at })
    const leg = legs.get(uniqueid)
    if (leg === undefined) continue
    if (eventtype === 'ANSWER') leg.answered ??= at
    if (eventtype === 'BRIDGE_ENTER') leg.bridged ??= at
  }
  const toBridge = [...legs.values()].flatMap(({ made, answered, bridged }) => answered === undefined || bridged === undefined ? [] : [Math.max(answered, bridged) - made])
  return { toBridge, unanswered: legs.size - toBridge.length }
}
