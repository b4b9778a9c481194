/** Stands between a driver and Asterisk, passes everything on, and lets the test add what Asterisk never says, or cut the line. */
import { createServer, type IncomingMessage, request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export interface AriProxy {
  /** As the one given, with the proxy's address. */
  url: string
  /** Sends a message to all that are connected, as if Asterisk had. */
  inject: (text: string) => void
  /** Cuts the events socket without a word. */
  cut: () => void
  /** WebSockets asked for so far, also those that Asterisk refused. */
  readonly attempts: number
  /** Paths with query of all that was asked for. */
  readonly paths: readonly string[]
  close: () => Promise<void>
}

/** A proxy for the Asterisk at `target` (`http://user:password@host:port`), on a free port of 127.0.0.1. `deaf`: requests on the events socket get no answer, as with an older Asterisk. */
export async function createAriProxy (target: string, { deaf = false } = {}): Promise<AriProxy> {
  const { hostname, port, username, password } = new URL(target)
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const clients = new Set<WebSocket>()
  const paths: string[] = []
  let attempts = 0

  server.on('request', (incoming, outgoing) => {
    paths.push(incoming.url ?? '')
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => { outgoing.destroy() })
    incoming.pipe(onward)
  })

  server.on('upgrade', (incoming: IncomingMessage, socket, head) => {
    attempts++
    // A driver that gives up cuts the line; nobody is left to tell.
    socket.on('error', () => { socket.destroy() })
    paths.push(incoming.url ?? '')
    const upstream = new WebSocket(`ws://${hostname}:${port}${incoming.url}`, { headers: { authorization: incoming.headers.authorization ?? '' } })
    upstream.once('unexpected-response', (_request, answer) => {
      socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      answer.destroy()
    })
    upstream.on('error', () => { socket.destroy() })
    upstream.once('open', () => {
      sockets.handleUpgrade(incoming, socket, head, client => {
        clients.add(client)
        client.on('message', data => { if (!deaf) upstream.send(data.toString()) })
        upstream.on('message', data => { client.send(data.toString()) })
        client.on('ping', data => { upstream.ping(data) })
        client.on('close', () => {
          clients.delete(client)
          upstream.terminate()
        })
        client.on('error', () => { client.terminate() })
        upstream.on('close', () => { client.close() })
      })
    })
  })

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://${username}:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: text => { for (const client of clients) client.send(text) },
    cut: () => { for (const client of clients) client.terminate() },
    get attempts () { return attempts },
    paths,
    async close () {
      for (const client of clients) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
}
