import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Whether nobody listens on that address and port. */
export async function tcpPortFree (port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') return false
    throw error
  } finally {
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
}

/** As `tcpPortFree`, for UDP. */
export async function udpPortFree (port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port, address: host, exclusive: true })
    await once(socket, 'listening')
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') return false
    throw error
  } finally {
    socket.close()
  }
}

/** A port of the loopback address that was free a moment ago. */
export async function freeTcpPort (): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise<void>(resolve => server.close(() => resolve()))
  return port
}

/** A port of the loopback address that was free for UDP and for TCP a moment ago, as SIP needs it. */
export async function freeSipPort (): Promise<number> {
  for (;;) {
    const port = await freeTcpPort()
    if (await udpPortFree(port)) return port
  }
}
