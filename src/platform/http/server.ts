/** The HTTP server: security headers, limits, errors in one form, the API's description at /api/docs, the pages. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastify, { LogController, type FastifyBaseLogger, type FastifyRequest } from 'fastify'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import serveFiles from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Log } from '../log.ts'
import { ApiError, errorAnswer } from './errors.ts'

export interface HttpOptions {
  log: Log
  /** Folder of the built pages. */
  webDir: string
  /** Requests a minute from one address, beyond which 429 is answered. */
  requestsPerMinute?: number
}

const BODY_BYTES = 1_048_576
const REQUEST_MS = 30_000
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

export type Http = Awaited<ReturnType<typeof createHttp>>

/**
 * A server without routes of its own but the pages and /api/docs. It believes `X-Forwarded-*` from the same machine only:
 * the launcher's front or a reverse proxy stands there.
 */
export async function createHttp ({ log, webDir, requestsPerMinute = 3000 }: HttpOptions) {
  const app = fastify({
    loggerInstance: log.child({ part: 'http' }) as unknown as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: 'loopback',
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true, useDefaults: true } }
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setErrorHandler((error, request, reply) => {
    const { status, body, retryAfter } = errorAnswer(error)
    if (status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter))
    return reply.status(status).send(body)
  })

  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // Element Plus sets positions as inline styles.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        mediaSrc: ["'self'", 'blob:', 'data:'],
        upgradeInsecureRequests: null
      }
    },
    // TLS, and with it this promise, is the front's business.
    strictTransportSecurity: false
  })
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000, errorResponseBuilder: () => new ApiError(429, 'too-many-requests', '操作过于频繁,请稍后再试', { retryAfter: 10 }) })
  app.addHook('onRequest', async request => { refuseForeignOrigin(request) })
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store')
  })

  await app.register(swagger, {
    openapi: {
      info: { title: '12345 热线 API', description: '12345 政务服务便民热线', version: '1' },
      components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'hotline_session' } } }
    }
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: true })

  if (existsSync(join(webDir, 'index.html'))) await app.register(serveFiles, { root: webDir, wildcard: false, maxAge: '1y', immutable: true, index: false })
  app.setNotFoundHandler((request, reply) => {
    const page = request.method === 'GET' && !request.url.startsWith('/api/') && asksForPage(request)
    if (page && existsSync(join(webDir, 'index.html'))) return reply.header('cache-control', 'no-cache').sendFile('index.html', { maxAge: 0, immutable: false })
    return reply.status(404).send({ code: 'not-found', message: '没有找到' })
  })
  return app
}

/** Browsers say so; other programs take anything, and for them a path without a file's name is a page. */
function asksForPage (request: FastifyRequest): boolean {
  const { accept = '*/*' } = request.headers
  return accept.includes('text/html') || (accept.includes('*/*') && !/\.[a-z0-9]+$/i.test(request.url.split('?', 1)[0] ?? ''))
}

/** A page of another site must not act in a user's name: what changes anything comes from our own pages, or from no page. */
export function refuseForeignOrigin (request: Pick<FastifyRequest, 'method' | 'headers' | 'host'>): void {
  if (SAFE.has(request.method)) return
  if (!sameOrigin(request.headers.origin, request.host)) throw new ApiError(403, 'foreign-origin', '请求来自其他网站,已拒绝')
}

/** Whether a page of `origin` may speak to `host`. Programs send no origin. */
export function sameOrigin (origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
