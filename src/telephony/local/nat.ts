/** What Asterisk tells others of its address, where the machine stands behind address translation or serves its own browsers. */
import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** Whoever asks from there reaches the machine's own address: private networks, and this machine. */
const LOCAL_NETWORKS = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16']
const ROUTES = '/proc/net/route'

/** Lines for a SIP transport: outside the local networks the machine is known by `mediaAddress`. */
export function natSettings (mediaAddress: string | undefined): string {
  if (mediaAddress === undefined) return ''
  return [
    `external_signaling_address = ${mediaAddress}`,
    `external_media_address = ${mediaAddress}`,
    ...LOCAL_NETWORKS.map(network => `local_net = ${network}`)
  ].join('\n')
}

/**
 * The line for rtp.conf. An own address can stand for one other only: the public one comes before the loopback one, which
 * is for browsers on this machine that may not use its networks. The own address is offered too.
 */
export function hostCandidates ({ own, mediaAddress, loopback }: { own: string | undefined, mediaAddress: string | undefined, loopback: boolean }): string {
  const other = mediaAddress ?? (loopback ? '127.0.0.1' : undefined)
  return own === undefined || other === undefined || own === other ? '' : `${own} => ${other},include_local_address`
}

/** The machine's address of IPv4 in the network that leads outside, else in its first one. */
export function ownAddress (routes: string = existsSync(ROUTES) ? readFileSync(ROUTES, 'utf8') : '', interfaces = networkInterfaces()): string | undefined {
  const outside = routes.split('\n').map(line => line.split('\t')).find(([, destination]) => destination === '00000000')?.[0]
  const candidates = [...(outside === undefined ? [] : interfaces[outside] ?? []), ...Object.values(interfaces).flatMap(addresses => addresses ?? [])]
  return candidates.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
