/** `GET /api/v1/health`: each part and its state; 200 only when calls can be served. */
import { Type, type Static } from 'typebox'
import type { Http } from '../platform/http/server.ts'
import { About } from './contract.ts'

/** `degraded`: calls are served, something is missing. */
export const ComponentState = Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('down')])
export type ComponentState = Static<typeof ComponentState>

const Component = Type.Object({ state: ComponentState, detail: Type.Optional(Type.String()) })
export type Component = Static<typeof Component>

const Health = Type.Object({
  status: ComponentState,
  components: Type.Object({ database: Component, asterisk: Component, application: Component, flows: Component, journal: Component, recordings: Component })
})
export type Health = Static<typeof Health>

/**
 * Calls need the phone system and this application. Without the database they are served for a while (the journal
 * keeps what happens); without a usable flow callers go to an agent at once.
 */
export function overall (components: Health['components']): ComponentState {
  const { asterisk, application, ...others } = components
  if (asterisk.state === 'down' || application.state === 'down') return 'down'
  const all = [asterisk, application, ...Object.values(others)]
  return all.every(({ state }) => state === 'ok') ? 'ok' : 'degraded'
}

export function addHealthRoutes (http: Http, components: () => Health['components']): void {
  http.get('/api/v1/health', { schema: { response: { 200: Health, 503: Health } } }, async (request, reply) => {
    const parts = components()
    const status = overall(parts)
    return reply.status(status === 'down' ? 503 : 200).send({ status, components: parts })
  })
}

export function addAboutRoutes (http: Http, about: About): void {
  http.get('/api/v1/about', { schema: { response: { 200: About } } }, async () => about)
}
