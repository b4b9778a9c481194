/** Unmasking over HTTP: a command, since it is written down. */
import type { FastifyRequest } from 'fastify'
import type { Actor } from '../kernel/actor.ts'
import { ErrorBody } from '../platform/http-contract.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { Unmasked, UnmaskRequest } from './contract.ts'
import type { Unmask } from './service.ts'

/** Unmaskings a minute from one address: more is no work but a collection. */
const PER_MINUTE = 60

const refusals = {
  'not-found': { status: 404, message: '没有找到' },
  forbidden: { status: 403, message: '没有查看完整个人信息的权限' },
  'call-over': { status: 403, message: '只能在本次通话及话后整理期间查看' }
} as const

export function addUnmaskRoutes (http: Http, { unmask, actorOf }: { unmask: Unmask['unmask'], actorOf: (request: FastifyRequest) => Actor }): void {
  http.post('/api/v1/unmask', {
    config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
    schema: { body: UnmaskRequest, response: { 200: Unmasked, '4xx': ErrorBody } }
  }, async request => {
    const answer = await unmask(actorOf(request), request.body, request.ip)
    if (answer.ok) return answer.value
    if (answer.code === 'invalid-input') throw new ApiError(400, 'invalid-input', '填写内容有误', { details: [{ path: '/note', message: answer.message }] })
    const { status, message } = refusals[answer.code]
    throw new ApiError(status, answer.code, message)
  })
}
