/**
 * The public port: pages, API and Socket.IO go to the server, `/sip` to Asterisk. It stays open while the server is
 * replaced, so browser phones stay registered and callers stay connected.
 */
import { Agent } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyServer } from 'httpxy'
import { phonePassIn, verifyPhonePass } from '../platform/phone-gate.ts'
import type { Certificate } from './certificate.ts'
import { listenPublic } from './public-port.ts'

export interface FrontOptions {
  host: string
  port: number
  /** Base of the server; undefined while it is away. */
  server: () => string | undefined
  /** Base of Asterisk's HTTP server; undefined while it is away. */
  asterisk: () => string | undefined
  phoneGateKey: string
  /** Left out: plain HTTP. */
  certificate?: Certificate | undefined
  now: () => number
}

export interface Front {
  port: number
  /** Takes another certificate for connections to come; those that stand are not touched. */
  renew: (certificate: Certificate) => void
  close: () => Promise<void>
}

const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'forwarded', 'x-real-ip']
/** Browser phones at once; one seat may hold a few while a page is being reloaded. */
const MOST_PHONES = 4000
const MOST_PHONES_A_SEAT = 4
const RETRY_AFTER_S = '1'
/** Half a year. */
const HTTPS_PROMISED_S = 15_768_000

/** Listens on the public port; rejects with an `OperatorError` when that is not to be had. */
export async function openFront (options: FrontOptions): Promise<Front> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
  const proxy = createProxyServer({ xfwd: true, agent, proxyTimeout: 120_000 })
  const phones = new Map<string, number>()
  const upgraded = new Set<Socket>()

  let { certificate } = options

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const server = options.server()
    // A browser that was promised HTTPS lets nobody past a certificate that it does not know: no promise for such a one.
    if (certificate?.selfSigned === false) response.setHeader('strict-transport-security', `max-age=${HTTPS_PROMISED_S}`)
    if (pathOf(request) === '/sip') return respond(response, 426, { 'content-type': 'text/plain', upgrade: 'websocket' }, 'WebSocket only')
    if (server === undefined) return away(request, response)
    distrustForwarded(request)
    proxy.web(request, response, { target: server }).catch(() => away(request, response))
  }

  const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    const path = pathOf(request)
    if (path === '/sip') return openPhone(request, socket, head)
    const server = options.server()
    if (!path.startsWith('/socket.io')) return refuse(socket, '404 Not Found')
    if (server === undefined) return refuse(socket, '503 Service Unavailable')
    distrustForwarded(request)
    proxy.ws(request, socket, { target: server }, head).catch(() => refuse(socket, '503 Service Unavailable'))
  }

  const openPhone = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    if (!sameOrigin(request, certificate !== undefined)) return refuse(socket, '403 Forbidden')
    const pass = verifyPhonePass(phonePassIn(request.headers.cookie) ?? '', options.phoneGateKey, options.now())
    if (pass === undefined) return refuse(socket, '401 Unauthorized')
    const asterisk = options.asterisk()
    if (asterisk === undefined) return refuse(socket, '503 Service Unavailable')
    const open = phones.get(pass.seatId) ?? 0
    if (open >= MOST_PHONES_A_SEAT || phones.size >= MOST_PHONES) return refuse(socket, '429 Too Many Requests')
    phones.set(pass.seatId, open + 1)
    socket.once('close', () => {
      const left = (phones.get(pass.seatId) ?? 1) - 1
      if (left === 0) phones.delete(pass.seatId)
      else phones.set(pass.seatId, left)
    })
    // What signs the person in is not Asterisk's business.
    delete request.headers.cookie
    request.url = '/ws'
    proxy.ws(request, socket, { target: asterisk }, head).catch(() => refuse(socket, '503 Service Unavailable'))
  }

  const http = await listenPublic({ host: options.host, port: options.port, certificate, answer, upgrade })
  return {
    port: http.port,
    renew (renewed) {
      http.renew(renewed)
      certificate = renewed
    },
    async close () {
      const closed = http.close()
      for (const socket of upgraded) socket.destroy()
      await closed
      agent.destroy()
    }
  }
}

/** The path of a request without its query. */
function pathOf (request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] as string
}

/**
 * Only a page of this very address may open a phone: a cookie alone would also come with a stranger's page. Over TLS that
 * page came over TLS; over plain HTTP it may have too, through a reverse proxy.
 */
export function sameOrigin (request: Pick<IncomingMessage, 'headers'>, tls: boolean): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: from } = new URL(origin)
  return from === host && (protocol === 'https:' || (protocol === 'http:' && !tls))
}

/** Who really asks is known from the connection; only a proxy on this machine is believed. */
function distrustForwarded (request: IncomingMessage): void {
  const peer = request.socket.remoteAddress ?? ''
  if (peer === '::1' || /^(::ffff:)?127\./.test(peer)) return
  for (const name of FORWARDED) delete request.headers[name]
}

function away (request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const headers = { 'retry-after': RETRY_AFTER_S, 'cache-control': 'no-store' }
  if (pathOf(request).startsWith('/api/') || !(request.headers.accept ?? '').includes('text/html')) {
    respond(response, 503, { ...headers, 'content-type': 'application/json; charset=utf-8' },
      JSON.stringify({ code: 'server-away', message: '服务正在启动或恢复,请稍候' }))
  } else {
    respond(response, 503, { ...headers, 'content-type': 'text/html; charset=utf-8' }, AWAY_PAGE)
  }
}

function respond (response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers).end(body)
}

function refuse (socket: Socket, status: string): void {
  if (socket.destroyed || socket.writableEnded) return
  const retry = status.startsWith('503') ? `Retry-After: ${RETRY_AFTER_S}\r\n` : ''
  socket.end(`HTTP/1.1 ${status}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`)
}

const AWAY_PAGE = `<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>12345 热线</title>
<body style="font-family:sans-serif;text-align:center;padding-top:20vh"><h1>服务正在启动或恢复</h1><p>页面将自动刷新,请稍候。通话不受影响。</p></body></html>
`
