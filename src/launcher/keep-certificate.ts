/** Keeps the public port's certificate current: takes over files that the operator renewed, renews our own in time. */
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { diskError } from '../platform/process/operator-error.ts'
import { certificateSource, day, readCertificate } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import { ownCertificate, ownNames } from './own-certificate.ts'

const FILES_EVERY_MS = 5000
const OWN_EVERY_MS = 3_600_000
const WARNED_BEFORE_MS = 14 * 86_400_000

export interface KeptCertificate {
  first: Certificate
  /** Hands over each newer one, until the returned function is called. */
  watch: (renewed: (certificate: Certificate) => void, everyMs?: number) => () => void
}

/** The certificate to begin with; undefined where the public port speaks plain HTTP. Rejects with an `OperatorError`. */
export async function keepCertificate ({ config, now, report }: {
  config: Pick<Config, 'tls' | 'tlsCert' | 'tlsKey' | 'bind' | 'dataDir'>
  now: () => number
  report: (line: string) => void
}): Promise<KeptCertificate | undefined> {
  const source = certificateSource(config)
  if (source === 'none') return undefined
  const file = join(config.dataDir, 'tls/own.pem')
  const names = ownNames(config.bind)
  const read = async (): Promise<Certificate> => {
    if (source === 'files') return readCertificate(config.tlsCert as string, config.tlsKey as string, now())
    // The addresses of the start stay: a network that comes and goes must not make all browsers ask again.
    return await ownCertificate(file, names, now()).catch((error: unknown) => { throw diskError(error, file) ?? error })
  }
  const first = await read()
  if (source === 'own') report(`自签名证书 (certificate of our own; browsers ask once), SHA-256 ${first.fingerprint}`)

  return {
    first,
    watch (renewed, everyMs = source === 'files' ? FILES_EVERY_MS : OWN_EVERY_MS) {
      let current = first
      let warned: string | undefined
      let fault: string | undefined
      let said: string | undefined
      const look = async (): Promise<void> => {
        try {
          const found = await read()
          fault = said = undefined
          if (found.fingerprint !== current.fingerprint || found.cert !== current.cert || found.key !== current.key) {
            renewed(found)
            current = found
            report(`已启用新证书 (a renewed certificate is in use), 有效至 until ${day(new Date(found.endsAt))}`)
          }
        } catch (error) {
          const { message } = error as Error
          // Said at the second look: at the first, one of the two files may just be on its way.
          if (fault === message && said !== message) {
            report(`新证书未启用 (the changed certificate is not used): ${message}`)
            said = message
          }
          fault = message
        }
        if (current.endsAt - now() < WARNED_BEFORE_MS && warned !== current.fingerprint) {
          report(`证书即将到期 (the certificate ends soon): ${day(new Date(current.endsAt))}`)
          warned = current.fingerprint
        }
      }
      const timer = setInterval(() => { void look() }, everyMs)
      timer.unref()
      void look()
      return () => clearInterval(timer)
    }
  }
}
