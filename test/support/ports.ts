/** Free ports on loopback. Another program may take one in between: callers that listen on it fail clearly then. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

async function freeFor (kind: 'tcp' | 'udp', port: number): Promise<number> {
  if (kind === 'tcp') {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const found = (server.address() as { port: number }).port
    server.close()
    await once(server, 'close')
    return found
  }
  const socket = createSocket('udp4').bind(port, '127.0.0.1')
  await once(socket, 'listening')
  const found = socket.address().port
  socket.close()
  await once(socket, 'close')
  return found
}

/** A port that is free for TCP and for UDP (SIP needs both). */
export async function freePort (): Promise<number> {
  for (;;) {
    const port = await freeFor('tcp', 0)
    try {
      return await freeFor('udp', port)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}

/**
 * A range of `size` ports for RTP, `first-last`, at a random place above the usual ones; only its first port is tried.
 * Ports taken within it are passed over by Asterisk itself.
 */
export async function freeRtpPorts (size = 200): Promise<{ first: number, last: number }> {
  for (;;) {
    const first = 30_000 + 2 * Math.floor(Math.random() * (15_000 - size / 2))
    try {
      await freeFor('udp', first)
      return { first, last: first + size - 1 }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
