/** The addresses under which people find the pages. */
import { isIP } from 'node:net'
import type { Certificate } from './certificate.ts'

/**
 * First the one for this machine; behind it those for other machines, where the port is open to them. A certificate
 * that somebody vouches for is for its names alone.
 */
export function publicAddresses (options: {
  bind: string
  port: number
  certificate: Pick<Certificate, 'selfSigned' | 'names'> | undefined
  /** The machine's addresses in its networks. */
  own: readonly string[]
}): string[] {
  const { bind, port, certificate, own } = options
  const hosts = certificate !== undefined && !certificate.selfSigned && certificate.names.length > 0
    ? certificate.names
    : ['0.0.0.0', '::'].includes(bind) ? ['127.0.0.1', ...own.filter(address => bind === '::' || isIP(address) === 4)] : [bind]
  const [scheme, usual] = certificate === undefined ? ['http', 80] : ['https', 443]
  return hosts.map(host => `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}${port === usual ? '' : `:${port}`}`)
}
