/** Work orders, their drafts and the catalogue over HTTP. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import { ErrorBody } from '../platform/http-contract.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { Catalogue, Draft, DraftPage, NewWorkOrder, WorkOrderPage, WorkOrderQuery, WorkOrderView } from './contract.ts'
import { errorOf } from './errors.ts'
import type { Answer, WorkOrders } from './service.ts'

const PAGE = 50
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const ById = Type.Object({ id: Type.String({ format: 'uuid' }) })
const Submission = Type.Object({ 'idempotency-key': Type.String({ format: 'uuid' }) })

export interface WorkOrderRoutesDependencies {
  workOrders: WorkOrders
  catalogue: Catalogue
  /** The signed-in person; throws 401. */
  actorOf: (request: FastifyRequest) => Actor
}

export function addWorkOrderRoutes (http: Http, { workOrders, catalogue, actorOf }: WorkOrderRoutesDependencies): void {
  function need<T> (answer: Answer<T>): T {
    if (!answer.ok) throw errorOf(answer.refusal)
    return answer.value
  }

  http.get('/api/v1/catalogue', { schema: { response: { 200: Catalogue } } }, async request => {
    if (!can(actorOf(request), 'catalogue.read')) throw errorOf({ code: 'forbidden' })
    return catalogue
  })

  const create = { body: NewWorkOrder, headers: Submission, response: { 200: WorkOrderView, 201: WorkOrderView, '4xx': ErrorBody } }
  http.post('/api/v1/work-orders', { schema: create }, async (request, reply) => {
    const key = request.headers['idempotency-key'].toLowerCase()
    const { created, view } = need(await workOrders.create(actorOf(request), key, request.body))
    return await reply.status(created ? 201 : 200).send(view)
  })

  http.get('/api/v1/work-orders', { schema: { querystring: WorkOrderQuery, response: { 200: WorkOrderPage } } }, async request => {
    const { cursor, limit } = request.query
    if (cursor !== undefined && !UUID.test(cursor)) throw new ApiError(400, 'invalid-input', '填写内容有误', { details: [{ path: '/cursor', message: '格式不对' }] })
    return await workOrders.own(actorOf(request), cursor, limit === undefined ? PAGE : Number(limit))
  })

  http.get('/api/v1/work-orders/:id', { schema: { params: ById, response: { 200: WorkOrderView } } }, async request =>
    need(await workOrders.get(actorOf(request), request.params.id)))

  http.get('/api/v1/drafts', { schema: { response: { 200: DraftPage } } }, async request => await workOrders.ownDrafts(actorOf(request)))

  http.put('/api/v1/drafts/:id', { schema: { params: ById, body: Draft, response: { 200: Draft } } }, async request => {
    if (request.body.id !== request.params.id) throw new ApiError(400, 'invalid-input', '填写内容有误', { details: [{ path: '/id', message: '与地址中的编号不同' }] })
    return need(await workOrders.saveDraft(actorOf(request), request.body))
  })

  http.delete('/api/v1/drafts/:id', { schema: { params: ById, response: { 204: Type.Null() } } }, async (request, reply) => {
    need(await workOrders.removeDraft(actorOf(request), request.params.id))
    return await reply.status(204).send(null)
  })
}
