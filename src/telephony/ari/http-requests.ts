import { Pool } from 'undici'
import { parseBody, type RestAnswer, type RestMessage } from './rest-message.ts'

/** Sends requests over HTTP, on connections that are kept open: as many as requests may be under way. */
export function createHttpRequests ({ origin, base, authorization, connections }: { origin: string, base: string, authorization: string, connections: number }) {
  // Asterisk closes idle connections after 15 s by default; ours go first, so that no request meets a closed one.
  const pool = new Pool(origin, { connections, pipelining: 1, keepAliveTimeout: 4000, keepAliveMaxTimeout: 8000 })
  return {
    /** Gives any answer, also one that refuses; rejects when there is none. */
    async send (message: RestMessage, signal: AbortSignal): Promise<RestAnswer> {
      const { statusCode, body } = await pool.request({
        method: message.method as 'GET',
        path: `${base}/ari/${message.uri}`,
        headers: { authorization, ...(message.body !== undefined && { 'content-type': 'application/json' }) },
        body: message.body ?? null,
        signal
      })
      return { status: statusCode, body: parseBody(await body.text()) }
    },
    /** Ends all connections at once. */
    destroy: async () => await pool.destroy()
  }
}
