/** Skill groups, reason codes, departments, trunks and flows over HTTP, for administrators. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import { ErrorBody, PageOf } from '../platform/http-contract.ts'
import type { Http } from '../platform/http/server.ts'
import { PhoneError } from '../telephony/port.ts'
import type { Doer } from './audit-repository.ts'
import { AtVersion, Cursor, Disable, Limit, ShortId } from './contract.ts'
import type { DepartmentService } from './department-service.ts'
import { adminError } from './errors.ts'
import {
  DepartmentChange, DepartmentView, FlowsView, FlowView, NewDepartment, NewReasonCode, NewSkillGroup, ReasonCodeChange, ReasonCodeView, SkillGroupChange, SkillGroupView, TrunkView
} from './exchange-contract.ts'
import type { ExchangeService } from './exchange-service.ts'
import type { FlowReader } from './flow-reader.ts'
import { administratorOf } from './user-routes.ts'

const ById = Type.Object({ id: ShortId })
const DepartmentSearch = Type.Object({ text: Type.Optional(Type.String({ maxLength: 60 })), cursor: Type.Optional(Cursor), limit: Type.Optional(Limit) }, { additionalProperties: false })
const tags = ['管理 admin']
const answers = <T>(view: T) => ({ 200: view, '4xx': ErrorBody, '5xx': ErrorBody })
const made = <T>(view: T) => ({ 201: view, '4xx': ErrorBody, '5xx': ErrorBody })

export interface ExchangeRoutesDependencies {
  exchange: ExchangeService
  departments: DepartmentService
  flows: FlowReader
  trunks: () => Promise<TrunkView[]>
  hotlineUnit: string
  /** The signed-in person; throws 401. */
  actorOf: (request: FastifyRequest) => Actor
}

export function addExchangeRoutes (http: Http, { exchange, departments, flows, trunks, hotlineUnit, actorOf }: ExchangeRoutesDependencies): void {
  const doerOf = (request: FastifyRequest): Doer => administratorOf(actorOf(request), request.ip)
  const reader = (request: FastifyRequest): void => { if (!can(actorOf(request), 'exchange.read')) throw adminError('forbidden') }

  http.get('/api/v1/admin/skill-groups', { schema: { tags, summary: '技能组', response: answers(Type.Array(SkillGroupView)) } }, async request =>
    await exchange.groups(doerOf(request).actor))
  http.post('/api/v1/admin/skill-groups', { schema: { tags, summary: '新建技能组', body: NewSkillGroup, response: made(SkillGroupView) } }, async (request, reply) =>
    await reply.status(201).send(await exchange.createGroup(doerOf(request), request.body)))
  http.put('/api/v1/admin/skill-groups/:id', { schema: { tags, summary: '修改技能组，即刻生效', params: ById, body: SkillGroupChange, response: answers(SkillGroupView) } }, async request =>
    await exchange.changeGroup(doerOf(request), request.params.id, request.body))
  http.post('/api/v1/admin/skill-groups/:id/disable', { schema: { tags, summary: '停用技能组', params: ById, body: Disable, response: answers(SkillGroupView) } }, async request =>
    await exchange.setGroupDisabled(doerOf(request), request.params.id, request.body.version, request.body.reason))
  http.post('/api/v1/admin/skill-groups/:id/enable', { schema: { tags, summary: '重新启用技能组', params: ById, body: AtVersion, response: answers(SkillGroupView) } }, async request =>
    await exchange.setGroupDisabled(doerOf(request), request.params.id, request.body.version, undefined))

  http.get('/api/v1/admin/reason-codes', { schema: { tags, summary: '示忙原因', response: answers(Type.Array(ReasonCodeView)) } }, async request =>
    await exchange.reasons(doerOf(request).actor))
  http.post('/api/v1/admin/reason-codes', { schema: { tags, summary: '新建示忙原因', body: NewReasonCode, response: made(ReasonCodeView) } }, async (request, reply) =>
    await reply.status(201).send(await exchange.createReason(doerOf(request), request.body)))
  http.put('/api/v1/admin/reason-codes/:id', { schema: { tags, summary: '修改示忙原因', params: ById, body: ReasonCodeChange, response: answers(ReasonCodeView) } }, async request =>
    await exchange.changeReason(doerOf(request), request.params.id, request.body))
  http.post('/api/v1/admin/reason-codes/:id/disable', { schema: { tags, summary: '停用示忙原因', params: ById, body: Disable, response: answers(ReasonCodeView) } }, async request =>
    await exchange.setReasonDisabled(doerOf(request), request.params.id, request.body.version, request.body.reason))
  http.post('/api/v1/admin/reason-codes/:id/enable', { schema: { tags, summary: '重新启用示忙原因', params: ById, body: AtVersion, response: answers(ReasonCodeView) } }, async request =>
    await exchange.setReasonDisabled(doerOf(request), request.params.id, request.body.version, undefined))

  http.post('/api/v1/admin/departments/search', { schema: { tags, summary: '查找承办单位及值班电话', body: DepartmentSearch, response: answers(PageOf(DepartmentView)) } }, async request =>
    await departments.search(doerOf(request).actor, request.body))
  http.post('/api/v1/admin/departments', { schema: { tags, summary: '新建承办单位', body: NewDepartment, response: made(DepartmentView) } }, async (request, reply) =>
    await reply.status(201).send(await departments.create(doerOf(request), request.body, hotlineUnit)))
  http.put('/api/v1/admin/departments/:id', { schema: { tags, summary: '修改承办单位', params: ById, body: DepartmentChange, response: answers(DepartmentView) } }, async request =>
    await departments.change(doerOf(request), request.params.id, request.body))
  http.post('/api/v1/admin/departments/:id/disable', { schema: { tags, summary: '停用承办单位', params: ById, body: Disable, response: answers(DepartmentView) } }, async request =>
    await departments.setDisabled(doerOf(request), request.params.id, request.body.version, request.body.reason))
  http.post('/api/v1/admin/departments/:id/enable', { schema: { tags, summary: '重新启用承办单位', params: ById, body: AtVersion, response: answers(DepartmentView) } }, async request =>
    await departments.setDisabled(doerOf(request), request.params.id, request.body.version, undefined))

  http.get('/api/v1/admin/trunks', { schema: { tags, summary: '中继线的当前状态', response: answers(Type.Array(TrunkView)) } }, async request => {
    reader(request)
    return await trunks().catch((error: unknown) => { throw error instanceof PhoneError ? adminError('phone-system-away') : error })
  })
  http.get('/api/v1/admin/flows', { schema: { tags, summary: '使用中的语音导航流程及检查结果', response: answers(FlowsView) } }, async request => {
    reader(request)
    return flows.all()
  })
  http.get('/api/v1/admin/flows/:name', { schema: { tags, summary: '一个流程的节点和去向', params: Type.Object({ name: Type.String({ maxLength: 60 }) }), response: answers(FlowView) } }, async request => {
    reader(request)
    const flow = flows.one(request.params.name)
    if (flow === undefined) throw adminError('not-found')
    return flow
  })
}
