/** What an agent does to a live call. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AgentId } from '../kernel/ids.ts'
import type { Http } from '../platform/http/server.ts'
import { MuteRequest } from './contract.ts'
import { callError } from './errors.ts'
import type { Calls } from './service.ts'

const CallParams = Type.Object({ id: Type.String({ format: 'uuid' }) })
const Done = Type.Object({ done: Type.Boolean() })

export interface CallCommandDependencies {
  calls: Pick<Calls, 'hangUp' | 'muteRecording' | 'unmuteRecording'>
  agentOf: (request: FastifyRequest) => AgentId
}

export function addCallCommandRoutes (http: Http, { calls, agentOf }: CallCommandDependencies): void {
  http.post('/api/v1/calls/:id/hang-up', { schema: { params: CallParams, response: { 200: Done } } }, async request => {
    const refusal = await calls.hangUp(request.params.id, agentOf(request))
    if (refusal !== undefined) throw callError(refusal)
    return { done: true }
  })

  http.post('/api/v1/calls/:id/recording/mute', { schema: { params: CallParams, body: MuteRequest, response: { 200: Done } } }, async request => {
    const refusal = await calls.muteRecording(request.params.id, agentOf(request), request.body.reason)
    if (refusal !== undefined) throw callError(refusal)
    return { done: true }
  })

  http.post('/api/v1/calls/:id/recording/unmute', { schema: { params: CallParams, response: { 200: Done } } }, async request => {
    const refusal = await calls.unmuteRecording(request.params.id, agentOf(request))
    if (refusal !== undefined) throw callError(refusal)
    return { done: true }
  })
}
