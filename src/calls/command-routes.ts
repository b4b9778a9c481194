/** What an agent does to a live call. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AgentId } from '../kernel/ids.ts'
import type { Http } from '../platform/http/server.ts'
import { callError } from './errors.ts'
import type { Calls } from './service.ts'

const CallParams = Type.Object({ id: Type.String({ format: 'uuid' }) })

export function addCallCommandRoutes (http: Http, { calls, agentOf }: { calls: Pick<Calls, 'hangUp'>, agentOf: (request: FastifyRequest) => AgentId }): void {
  http.post('/api/v1/calls/:id/hang-up', { schema: { params: CallParams, response: { 200: Type.Object({ done: Type.Boolean() }) } } }, async request => {
    const refusal = await calls.hangUp(request.params.id, agentOf(request))
    if (refusal !== undefined) throw callError(refusal)
    return { done: true }
  })
}
