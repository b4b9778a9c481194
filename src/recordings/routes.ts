/** Hearing recordings. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Actor } from '../kernel/actor.ts'
import { ErrorBody } from '../platform/http-contract.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { Listening, ListenRequest, PresentAnswer, PresentRequest } from './contract.ts'
import type { Playback } from './playback.ts'

export interface RecordingRoutesDependencies {
  playback: Playback
  actorOf: (request: FastifyRequest) => Actor
}

/** Requests to listen a minute from one address: more is no work but a collection. */
const PER_MINUTE = 60

const refusals = {
  'not-found': { status: 404, message: '没有找到录音' },
  forbidden: { status: 403, message: '没有调听此录音的权限' },
  deleted: { status: 410, message: '录音已超过保存期限，已删除' }
} as const

export function addRecordingRoutes (http: Http, { playback, actorOf }: RecordingRoutesDependencies): void {
  http.post('/api/v1/recordings/present', { schema: { body: PresentRequest, response: { 200: PresentAnswer } } }, async request => ({
    callIds: await playback.present(actorOf(request), request.body.callIds)
  }))

  http.post('/api/v1/recordings/listen', {
    config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
    schema: { body: ListenRequest, response: { 200: Listening, '4xx': ErrorBody } }
  }, async request => {
    const answer = await playback.listen(actorOf(request), request.body, request.ip)
    if (answer.ok) return answer.value
    if (answer.code === 'invalid-input') throw new ApiError(400, 'invalid-input', '填写内容有误', { details: [{ path: '/note', message: answer.message }] })
    const { status, message } = refusals[answer.code]
    throw new ApiError(status, answer.code, message)
  })

  http.get('/api/v1/recordings/sound/:grant', { schema: { params: Type.Object({ grant: Type.String({ pattern: '^[A-Za-z0-9_-]{32}$' }) }) } }, async (request, reply) => {
    const sound = await playback.sound(actorOf(request), request.params.grant, request.headers.range)
    if (sound === undefined) throw new ApiError(404, 'not-found', '调听已超时，请重新申请')
    if (sound === 'unsatisfiable') throw new ApiError(416, 'bad-range', '超出录音长度')
    reply.status(sound.partial ? 206 : 200).headers({
      'content-type': 'audio/wav',
      'accept-ranges': 'bytes',
      'content-length': String(sound.to - sound.from + 1),
      'cache-control': 'no-store',
      ...(sound.partial ? { 'content-range': `bytes ${sound.from}-${sound.to}/${sound.bytes}` } : {})
    })
    return reply.send(sound.stream as never)
  })
}
