/** Users and the audit over HTTP, for administrators. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import { ErrorBody } from '../platform/http-contract.ts'
import type { Http } from '../platform/http/server.ts'
import type { Audit, Doer } from './audit-repository.ts'
import { AtVersion, AuditPage, AuditSearch, Disable, ImportMode, ImportResult, NewUser, UserChange, UserPage, UserSearch, Username, UserView, UserWithPassword } from './contract.ts'
import { adminError } from './errors.ts'
import type { ImportService } from './import-service.ts'
import { userFileTemplate } from './user-file.ts'
import type { UserService } from './user-service.ts'

const ById = Type.Object({ id: Username })
const tags = ['管理 admin']
const answers = <T>(view: T) => ({ 200: view, '4xx': ErrorBody })

export interface UserRoutesDependencies {
  users: UserService
  imports: ImportService
  audit: Audit
  /** The signed-in person; throws 401. */
  actorOf: (request: FastifyRequest) => Actor
}

/** Who asks, if they may manage accounts somewhere; which rows, the service decides. */
export function administratorOf (actor: Actor, address: string): Doer {
  if (!actor.roles.some(role => can({ ...actor, roles: [role] }, 'account.manage', { areaCode: actor.areaCode, unitId: actor.unitId, ownerId: null }))) throw adminError('forbidden')
  return { actor, address }
}

export function addUserRoutes (http: Http, { users, imports, audit, actorOf }: UserRoutesDependencies): void {
  const doerOf = (request: FastifyRequest): Doer => administratorOf(actorOf(request), request.ip)

  http.post('/api/v1/admin/users/search', { schema: { tags, summary: '查找用户', body: UserSearch, response: answers(UserPage) } }, async request =>
    await users.search(doerOf(request).actor, request.body))
  http.post('/api/v1/admin/users', { schema: { tags, summary: '新建用户，返回仅显示一次的初始密码', body: NewUser, response: { 201: UserWithPassword, '4xx': ErrorBody } } }, async (request, reply) =>
    await reply.status(201).send(await users.create(doerOf(request), request.body)))
  http.put('/api/v1/admin/users/:id', { schema: { tags, summary: '修改用户', params: ById, body: UserChange, response: answers(UserView) } }, async request =>
    await users.change(doerOf(request), request.params.id, request.body))
  http.post('/api/v1/admin/users/:id/disable', { schema: { tags, summary: '停用用户，会话即刻结束', params: ById, body: Disable, response: answers(UserView) } }, async request =>
    await users.disable(doerOf(request), request.params.id, request.body.version, request.body.reason))
  http.post('/api/v1/admin/users/:id/enable', { schema: { tags, summary: '重新启用用户', params: ById, body: AtVersion, response: answers(UserView) } }, async request =>
    await users.enable(doerOf(request), request.params.id, request.body.version))
  http.post('/api/v1/admin/users/:id/password', { schema: { tags, summary: '重置密码，返回仅显示一次的新密码', params: ById, body: AtVersion, response: answers(UserWithPassword) } }, async request =>
    await users.resetPassword(doerOf(request), request.params.id, request.body.version))

  http.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_, body, done) => { done(null, body) })
  const upload = { querystring: Type.Object({ mode: ImportMode }, { additionalProperties: false }), response: answers(ImportResult) }
  http.post('/api/v1/admin/users/import', { schema: { tags, summary: '从 CSV 文件导入用户（text/csv，UTF-8 或 GB18030）', consumes: ['text/csv'], ...upload } }, async request => {
    const doer = doerOf(request)
    if (!Buffer.isBuffer(request.body)) throw adminError('not-csv')
    return await imports.importUsers(doer, request.body, request.query.mode)
  })
  http.get('/api/v1/admin/users/import/template', { schema: { tags, summary: '导入文件的模板', produces: ['text/csv'] } }, async (request, reply) => {
    doerOf(request)
    return await reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="users.csv"').send(userFileTemplate())
  })

  http.post('/api/v1/admin/audit/search', { schema: { tags, summary: '查询操作日志', body: AuditSearch, response: answers(AuditPage) } }, async request => {
    const actor = actorOf(request)
    if (!can(actor, 'audit.read')) throw adminError('forbidden')
    return await audit.search(actor, request.body)
  })
}
