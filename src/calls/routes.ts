/** Calls that were: searched by those who may, and an agent's own. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { CallPage, CallSearch } from './contract.ts'
import type { CallRepository } from './repository.ts'

const OwnCalls = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: false })

export function addCallRoutes (http: Http, { calls, actorOf }: { calls: Pick<CallRepository, 'search'>, actorOf: (request: FastifyRequest) => Actor }): void {
  http.post('/api/v1/calls/search', { schema: { body: CallSearch, response: { 200: CallPage } } }, async request => {
    const actor = actorOf(request)
    if (!can(actor, 'call.search')) throw new ApiError(403, 'forbidden', '没有查询通话的权限')
    return await calls.search(actor, request.body)
  })

  http.get('/api/v1/calls/mine', { schema: { querystring: OwnCalls, response: { 200: CallPage } } }, async request => {
    const actor = actorOf(request)
    return await calls.search(actor, { agentId: actor.id, ...(request.query.cursor === undefined ? {} : { cursor: request.query.cursor }) })
  })
}
