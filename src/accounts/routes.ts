/** Sign-in by cookie, and who stands behind a request. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import { isDatabaseAway } from '../platform/database/errors.ts'
import { ApiError } from '../platform/http/errors.ts'
import type { Http } from '../platform/http/server.ts'
import { PasswordChange, SessionView, SignIn } from './contract.ts'
import { TooBusyError } from './password-hash.ts'
import type { Accounts, SignedIn } from './service.ts'

export const SESSION_COOKIE = 'hotline_session'
/** Sign-ins a minute from one address, right or wrong. */
const SIGN_INS_PER_MINUTE = 60

export interface AccountRoutesOptions {
  accounts: Accounts
  clock: Clock
  /** Paths below /api/v1 that nobody has to sign in for, e.g. `/api/v1/health`. */
  open: readonly string[]
}

const notSignedIn = () => new ApiError(401, 'not-signed-in', '尚未登录或登录已过期,请重新登录')
const databaseAway = () => new ApiError(503, 'database-away', '数据库暂不可用,请稍后再试', { retryAfter: 2 })

const sessions = new WeakMap<FastifyRequest, SignedIn>()

/** Who sent this request; throws 401 where nobody is signed in. */
export function actorOf (request: FastifyRequest): Actor {
  return sessionOf(request).actor
}

function sessionOf (request: FastifyRequest): SignedIn {
  const session = sessions.get(request)
  if (session === undefined) throw notSignedIn()
  return session
}

/** The token in a Cookie header, for sockets; requests have theirs parsed. */
export function tokenIn (cookieHeader: string | undefined): string | undefined {
  for (const part of cookieHeader?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE) return value
  }
  return undefined
}

/** Adds `/api/v1/session`, and lets only those who are signed in come to the rest of /api/v1. To be called before other routes are added. */
export function addAccountRoutes (http: Http, { accounts, clock, open }: AccountRoutesOptions): void {
  const view = ({ actor, mustChangePassword }: SignedIn): SessionView => ({
    user: { id: actor.id, username: actor.id, name: actor.name, roles: [...actor.roles], areaCode: actor.areaCode, unitId: actor.unitId },
    mustChangePassword,
    serverTime: clock.now(),
    idleMs: accounts.idleMs
  })
  const setCookie = (request: FastifyRequest, reply: FastifyReply, token: string) =>
    reply.setCookie(SESSION_COOKIE, token, { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' })

  http.addHook('onRequest', async (request) => {
    const path = request.routeOptions.url ?? request.url
    if (!path.startsWith('/api/v1/') || open.includes(path)) return
    const session = path === '/api/v1/session'
    if (session && request.method === 'POST') return
    try {
      const signedIn = await accounts.admit(request.cookies[SESSION_COOKIE])
      if (signedIn !== undefined) {
        sessions.set(request, signedIn)
        if (signedIn.mustChangePassword && !path.startsWith('/api/v1/session')) throw new ApiError(403, 'password-change-required', '首次登录须先修改密码')
      } else if (!session || request.method !== 'DELETE') throw notSignedIn()
    } catch (error) {
      throw isDatabaseAway(error) ? databaseAway() : error
    }
  })

  http.post('/api/v1/session', {
    config: { rateLimit: { max: SIGN_INS_PER_MINUTE, timeWindow: 60_000 } },
    schema: { body: SignIn, response: { 200: SessionView } }
  }, async (request, reply) => {
    const { username, password } = request.body
    const opened = await accounts.signIn({ username, password, address: request.ip, replaces: request.cookies[SESSION_COOKIE] }).catch((error: unknown) => {
      if (error instanceof TooBusyError) throw new ApiError(503, 'busy', '登录人数过多,请稍后再试', { retryAfter: 2 })
      throw isDatabaseAway(error) ? databaseAway() : error
    })
    if (opened === undefined) throw new ApiError(401, 'sign-in-failed', '工号或密码不正确；连续失败 5 次将暂停登录 30 分钟')
    void setCookie(request, reply, opened.token)
    return view(opened)
  })

  http.get('/api/v1/session', { schema: { response: { 200: SessionView } } }, async request => view(sessionOf(request)))

  http.put('/api/v1/session/password', { schema: { body: PasswordChange, response: { 204: Type.Null() } } }, async (request, reply) => {
    sessionOf(request)
    const refusal = await accounts.changePassword(request.cookies[SESSION_COOKIE] ?? '', { ...request.body, address: request.ip })
    switch (refusal?.refused) {
      case undefined: return await reply.status(204).send(null)
      case 'wrong': throw new ApiError(403, 'wrong-password', '原密码不正确；连续失败 5 次将暂停 30 分钟', { details: [{ path: '/current', message: '原密码不正确' }] })
      case 'same': throw new ApiError(400, 'invalid-input', '新密码不能与原密码相同', { details: [{ path: '/next', message: '不能与原密码相同' }] })
      case 'weak': throw new ApiError(400, 'invalid-input', refusal.problem, { details: [{ path: '/next', message: refusal.problem }] })
    }
  })

  http.delete('/api/v1/session', async (request, reply) => {
    const token = request.cookies[SESSION_COOKIE]
    if (token !== undefined) await accounts.signOut(token, request.ip)
    return await reply.clearCookie(SESSION_COOKIE, { path: '/' }).status(204).send()
  })
}
