/** An agent's commands about the own state and the own phone. */
import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Clock } from '../kernel/clock.ts'
import type { AgentId } from '../kernel/ids.ts'
import type { Http } from '../platform/http/server.ts'
import { iceServersFor } from '../platform/ice-servers.ts'
import type { IceServer } from '../platform/ice-servers.ts'
import { PHONE_COOKIE, signPhonePass } from '../platform/phone-gate.ts'
import { PhoneError, seatOf, type Phone } from '../telephony/port.ts'
import { PhoneAccount, PhoneCommand, ReasonCode, StateCommand, WrapUpCommand } from './contract.ts'
import type { AgentRefusal } from './core/agent.ts'
import { agentError } from './errors.ts'
import type { Agents } from './service.ts'

export interface AgentRoutesDependencies {
  agents: Agents
  phone: Phone
  clock: Clock
  /** The signed-in agent; throws 401 or 403. */
  agentOf: (request: FastifyRequest) => AgentId
  reasonCodes: () => Promise<ReasonCode[]>
  phoneGateKey: string
  /** What browser phones call the phone system, e.g. `hotline`. */
  sipDomain: string
  iceServers: readonly IceServer[]
  /** Shared with TURN servers that have no credentials of their own. */
  turnSecret?: string | undefined
}

/** The pass outlives a shift; the account's password changes with each sign-in anyway. */
export const PASS_MS = 12 * 60 * 60 * 1000

const Done = Type.Object({ done: Type.Boolean() })

export function addAgentRoutes (http: Http, dependencies: AgentRoutesDependencies): void {
  const { agents, agentOf, reasonCodes } = dependencies

  function need (refusal: AgentRefusal | undefined): { done: true } {
    if (refusal !== undefined) throw agentError(refusal)
    return { done: true }
  }

  http.get('/api/v1/reason-codes', { schema: { response: { 200: Type.Array(ReasonCode) } } }, async request => {
    agentOf(request)
    return reasonCodes()
  })

  http.post('/api/v1/agents/me/state', { schema: { body: StateCommand, response: { 200: Done } } }, async request => {
    const agentId = agentOf(request)
    const command = request.body
    if (command.to === 'ready') return need(agents.dispatch(agentId, { type: 'make-ready' }))
    const known = await reasonCodes()
    if (!known.some(({ code }) => code === command.reason)) throw agentError('unknown-reason')
    return need(agents.dispatch(agentId, { type: 'make-not-ready', reason: command.reason }))
  })

  http.post('/api/v1/agents/me/wrap-up', { schema: { body: WrapUpCommand, response: { 200: Done } } }, async request =>
    need(agents.dispatch(agentOf(request), { type: 'extend-wrap-up' })))

  http.post('/api/v1/phone', { schema: { body: PhoneCommand, response: { 200: PhoneAccount } } }, async (request, reply) => {
    const agentId = agentOf(request)
    const { pageId, takeOver = false } = request.body
    if (!agents.takePhone(agentId, pageId, takeOver)) throw agentError('phone-held')
    const seatId = seatOf(agentId)
    const name = agents.profile(agentId)?.name ?? agentId
    return giveAccount(reply, dependencies, { id: seatId, password: oneTimePassword(), kind: 'agent', number: agentId, displayName: name })
  })

  http.delete('/api/v1/phone', { schema: { response: { 200: Done } } }, async request => {
    const agentId = agentOf(request)
    need(agents.signOut(agentId))
    try {
      await dependencies.phone.removeSeat(seatOf(agentId))
    } catch (error) {
      throw phoneTrouble(error)
    }
    return { done: true }
  })
}

/** Makes the account in the phone system and gives the browser its pass to the phone's socket. */
export async function giveAccount (
  reply: FastifyReply,
  { phone, clock, phoneGateKey, sipDomain, iceServers, turnSecret }: Pick<AgentRoutesDependencies, 'phone' | 'clock' | 'phoneGateKey' | 'sipDomain' | 'iceServers' | 'turnSecret'>,
  seat: Parameters<Phone['putSeat']>[0]
): Promise<PhoneAccount> {
  try {
    await phone.putSeat(seat)
  } catch (error) {
    throw phoneTrouble(error)
  }
  const until = clock.now() + PASS_MS
  const pass = signPhonePass({ seatId: seat.id, expiresAt: until }, phoneGateKey)
  void reply.setCookie(PHONE_COOKIE, pass, { path: '/sip', httpOnly: true, sameSite: 'strict', secure: reply.request.protocol === 'https', maxAge: PASS_MS / 1000 })
  return { seatId: seat.id, password: seat.password, sipDomain, webSocketPath: '/sip', iceServers: iceServersFor(iceServers, turnSecret, { seatId: seat.id, until }) }
}

/** 192 random bits, for one sign-in. */
export function oneTimePassword (): string {
  return randomBytes(24).toString('base64url')
}

function phoneTrouble (error: unknown): unknown {
  return error instanceof PhoneError ? agentError('phone-system-away') : error
}
