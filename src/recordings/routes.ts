/** Hearing recordings, and silencing one while something is said that must not be in it. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { callError } from '../calls/errors.ts'
import type { Calls } from '../calls/service.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AgentId } from '../kernel/ids.ts'
import { ErrorBody } from '../platform/http-contract.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { Listening, ListenRequest, MuteRequest, PresentAnswer, PresentRequest } from './contract.ts'
import type { Playback } from './playback.ts'

export interface RecordingRoutesDependencies {
  playback: Playback
  calls: Pick<Calls, 'muteRecording' | 'unmuteRecording'>
  actorOf: (request: FastifyRequest) => Actor
  agentOf: (request: FastifyRequest) => AgentId
}

/** Requests to listen a minute from one address: more is no work but a collection. */
const PER_MINUTE = 60
const CallParams = Type.Object({ id: Type.String({ format: 'uuid' }) })
const Done = Type.Object({ done: Type.Boolean() })

const refusals = {
  'not-found': { status: 404, message: '没有找到录音' },
  forbidden: { status: 403, message: '没有调听此录音的权限' },
  deleted: { status: 410, message: '录音已超过保存期限，已删除' }
} as const

export function addRecordingRoutes (http: Http, { playback, calls, actorOf, agentOf }: RecordingRoutesDependencies): void {
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
