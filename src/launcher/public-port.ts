/** Listens on the public port, with TLS or without. */
import { createServer as createHttp } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer as createTcp } from 'node:net'
import type { Server, Socket } from 'node:net'
import { OperatorError } from '../platform/process/operator-error.ts'
import type { Certificate } from './certificate.ts'

export interface PublicPort {
  port: number
  /** For connections to come; those that stand are not touched. */
  renew: (certificate: Certificate) => void
  /** Ends what is open, but for connections that were upgraded. */
  close: () => Promise<void>
}

const LIMITS = { requestTimeout: 120_000, headersTimeout: 20_000 }
/**
 * By plain HTTP come reverse proxies, which keep idle connections for a minute or so: they shall close them first, so that no
 * request meets one that is just being closed.
 */
const KEPT_FOR_PROXIES = { keepAliveTimeout: 72_000 }
/** The first byte of a TLS handshake. */
const HANDSHAKE = 22
const FIRST_BYTE_MS = 20_000

/** Rejects with an `OperatorError` when the port is not to be had. With a certificate, who comes by plain HTTP is sent to HTTPS. */
export async function listenPublic (options: {
  host: string
  port: number
  certificate: Certificate | undefined
  answer: (request: IncomingMessage, response: ServerResponse) => void
  upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void
}): Promise<PublicPort> {
  const { certificate, answer, upgrade } = options
  if (certificate === undefined) {
    const http = createHttp({ ...LIMITS, ...KEPT_FOR_PROXIES }, answer).on('upgrade', upgrade)
    return {
      port: await listen(http, options),
      renew () { throw new Error('this port speaks plain HTTP') },
      async close () {
        const closed = new Promise<void>(resolve => http.close(() => resolve()))
        http.closeAllConnections()
        await closed
      }
    }
  }

  const https = createHttps({ ...LIMITS, cert: certificate.cert, key: certificate.key, minVersion: 'TLSv1.2' }, answer).on('upgrade', upgrade)
  const plain = createHttp(LIMITS, sendToHttps)
  const begun = new Set<Socket>()
  const tcp = createTcp({ noDelay: true }, socket => {
    begun.add(socket)
    socket.once('close', () => begun.delete(socket))
    const giveUp = (): void => { socket.destroy() }
    socket.setTimeout(FIRST_BYTE_MS, giveUp)
    socket.on('error', giveUp)
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null
      socket.off('timeout', giveUp)
      socket.setTimeout(0)
      if (first === null) return giveUp()
      socket.unshift(first)
      begun.delete(socket)
      ;(first[0] === HANDSHAKE ? https : plain).emit('connection', socket)
    })
  })
  return {
    port: await listen(tcp, options),
    renew ({ cert, key }) { https.setSecureContext({ cert, key, minVersion: 'TLSv1.2' }) },
    async close () {
      const closed = new Promise<void>(resolve => tcp.close(() => resolve()))
      for (const socket of begun) socket.destroy()
      https.closeAllConnections()
      plain.closeAllConnections()
      await closed
    }
  }
}

/** An address typed or kept without the s. Only reading is sent on: what a form holds has been seen by others already. */
function sendToHttps (request: IncomingMessage, response: ServerResponse): void {
  const { host } = request.headers
  if (host === undefined || !/^[0-9A-Za-z.:[\]-]+$/.test(host) || !['GET', 'HEAD'].includes(request.method ?? '')) {
    response.writeHead(426, { upgrade: 'TLS/1.2, HTTP/1.1', connection: 'close', 'content-type': 'text/plain' }).end('HTTPS only\n')
    return
  }
  response.writeHead(307, { location: `https://${host}${request.url ?? '/'}`, 'cache-control': 'no-store', connection: 'close' }).end()
}

/** Resolves with the port. */
async function listen (server: Server, { host, port }: { host: string, port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new OperatorError(`Port ${port} is in use: stop the program that has it, or set HOTLINE_PORT.`, `端口 ${port} 已被占用:请停止占用它的程序,或设置 HOTLINE_PORT。`))
      } else if (error.code === 'EACCES') {
        reject(new OperatorError(`This user may not listen on port ${port}: set HOTLINE_PORT to one above 1023.`, `当前用户无权监听端口 ${port}:请将 HOTLINE_PORT 设为 1023 以上。`))
      } else {
        reject(new OperatorError(`Cannot listen on ${host}:${port} (HOTLINE_BIND, HOTLINE_PORT): ${error.message}.`, '对外地址不可用。', { cause: error }))
      }
    })
    server.listen(port, host)
  })
  return (server.address() as { port: number }).port
}
