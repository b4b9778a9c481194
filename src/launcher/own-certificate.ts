/** A certificate that the hotline makes for itself, for an operator who has none: browsers ask once whether to trust it. */
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import { isIP } from 'node:net'
import { describe } from './certificate.ts'
import type { Certificate } from './certificate.ts'

const DAY_MS = 86_400_000
const LASTS_MS = 397 * DAY_MS
const RENEWED_BEFORE_MS = 30 * DAY_MS
/** Clocks of agents' machines may be behind. */
const EARLIER_MS = DAY_MS

/** The machine's addresses in its networks, of IPv4 first; those of one link alone are left out. */
export function networkAddresses (): string[] {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
}

/** The names by which browsers may reach this machine: its host name and its addresses. */
export function ownNames (bind: string): string[] {
  const host = hostname()
  const named = /^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$/.test(host) ? [host] : []
  const bound = ['0.0.0.0', '::'].includes(bind) ? [] : [bind]
  return [...new Set(['localhost', ...named, ...bound, '127.0.0.1', '::1', ...networkAddresses()])]
}

/**
 * The certificate kept in `file`, key and all, readable by the owner only; made anew when it is missing, ends within
 * 30 days, or lacks one of `names`. Browsers that trusted the one before ask again then.
 */
export async function ownCertificate (file: string, names: readonly string[], now: number): Promise<Certificate> {
  const kept = existsSync(file) ? readKept(file) : undefined
  if (kept !== undefined && kept.endsAt - now > RENEWED_BEFORE_MS && names.every(name => kept.names.includes(name))) return kept
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const made = await make(names, now)
  // Certificate and key in one file: they can never be of two renewals.
  writeFileSync(`${file}.new`, `${made.cert}\n${made.key}`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return made
}

/** Undefined when what is in the file is of no use: another is made. */
function readKept (file: string): Certificate | undefined {
  const text = readFileSync(file, 'utf8')
  const cert = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/.exec(text)?.[0]
  const key = /-----BEGIN PRIVATE KEY-----[^]+?-----END PRIVATE KEY-----/.exec(text)?.[0]
  if (cert === undefined || key === undefined) return undefined
  try {
    return describe(new X509Certificate(cert), cert, `${key}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_OSSL') === true) return undefined
    throw error
  }
}

async function make (names: readonly string[], now: number): Promise<Certificate> {
  // Only here: most starts need neither the library nor the polyfill that it wants to have loaded before it.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=hotline-12345',
    notBefore: new Date(now - EARLIER_MS),
    notAfter: new Date(now + LASTS_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: isIP(value) === 0 ? 'dns' as const : 'ip' as const, value })))
    ]
  })
  const cert = certificate.toString('pem')
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return describe(new X509Certificate(cert), cert, `${key}\n`)
}
