/** The seats that Asterisk's own queue rings while this server is away: kept in a file that the launcher reads. */
import type { Log } from '../platform/log.ts'
import { writePrivateJson } from '../platform/secrets.ts'
import { seatOf } from '../telephony/port.ts'
import type { AgentProfile } from './service.ts'

/** Writes the seats of these agents to `file`, whole or not at all. A failure is logged: the queue keeps its former seats. */
export function keepFallbackSeats (roster: readonly AgentProfile[], file: string, log: Log): void {
  // A database that is away gives no agents: that is no reason to ring nobody.
  if (roster.length === 0) return
  try {
    writePrivateJson(file, roster.map(({ agentId }) => seatOf(agentId)).sort())
  } catch (error) {
    log.error({ err: error }, 'the seats of the fallback queue could not be written')
  }
}
