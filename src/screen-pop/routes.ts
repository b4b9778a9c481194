/** The rest of a caller's history, for whoever has or had the call. */
import type { FastifyRequest } from 'fastify'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { CallId } from '../kernel/ids.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import { HistoryPage, HistoryQuery } from './contract.ts'
import { readCursor } from './core/cursor.ts'
import type { ScreenPopRepository } from './repository.ts'

const PAGE = 20

export interface ScreenPopRoutesDependencies {
  history: ScreenPopRepository['history']
  /** A call that lives or lived; undefined while nobody knows it. `ani` is '' when withheld. */
  findCall: (callId: CallId) => Promise<{ ani: string, agentId: string | null, areaCode: string, unitId: string } | undefined>
  personalData: Pick<PersonalData, 'numberHashes'>
  /** The signed-in person; throws 401. */
  actorOf: (request: FastifyRequest) => Actor
}

export function addScreenPopRoutes (http: Http, { history, findCall, personalData, actorOf }: ScreenPopRoutesDependencies): void {
  http.post('/api/v1/callers/history', { schema: { body: HistoryQuery, response: { 200: HistoryPage } } }, async request => {
    const actor = actorOf(request)
    const { callId, cursor, limit = PAGE } = request.body
    const position = readCursor(cursor)
    if (position === undefined) throw new ApiError(400, 'invalid-input', '填写内容有误', { details: [{ path: '/cursor', message: '格式不对' }] })
    const call = await findCall(callId)
    // Whether there is such a call is none of the business of those who may not see it.
    if (call === undefined || !can(actor, 'call.read-history', { ...call, ownerId: call.agentId })) throw new ApiError(404, 'not-found', '没有找到该通话')
    const aniHashes = personalData.numberHashes(call.ani)
    return aniHashes.length === 0 ? { items: [], next: null } : await history({ aniHashes, excludeCallId: callId, position, limit })
  })
}
