/** The certificate of the public port: the operator's files, or one of our own; and when there is none. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Config } from '../platform/config.ts'
import { OperatorError } from '../platform/process/operator-error.ts'

export interface Certificate {
  /** PEM: the certificate, with those between it and its issuer's. */
  cert: string
  /** PEM. */
  key: string
  /** Nobody vouches for it: browsers ask before they open the page. */
  selfSigned: boolean
  /** Names it is for, without those with a wildcard. */
  names: readonly string[]
  endsAt: number
  /** SHA-256 of the certificate, as browsers show it. */
  fingerprint: string
}

/** Where the public port's certificate comes from; `none`: the port speaks plain HTTP. */
export function certificateSource ({ tls, tlsCert, bind }: Pick<Config, 'tls' | 'tlsCert' | 'bind'>): 'none' | 'files' | 'own' {
  if (tls === 'off') return 'none'
  if (tlsCert !== undefined) return 'files'
  // Browsers give the microphone to pages of this very machine without TLS, to others not.
  return tls === 'on' || !isLoopback(bind) ? 'own' : 'none'
}

export function isLoopback (bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || /^127(\.\d+){3}$/.test(bind)
}

/** Reads the operator's files. Throws an `OperatorError` when they cannot be used at the time `now`. */
export function readCertificate (certFile: string, keyFile: string, now: number): Certificate {
  return checkCertificate({ cert: readText(certFile, 'HOTLINE_TLS_CERT'), key: readText(keyFile, 'HOTLINE_TLS_KEY') }, { certFile, keyFile, now })
}

function checkCertificate ({ cert, key }: { cert: string, key: string }, { certFile, keyFile, now }: { certFile: string, keyFile: string, now: number }): Certificate {
  let x509: X509Certificate
  try {
    x509 = new X509Certificate(cert)
  } catch (error) {
    throw new OperatorError(`HOTLINE_TLS_CERT (${certFile}) holds no certificate in PEM form.`, '证书文件不是有效的 PEM 证书。', { cause: error })
  }
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(key)
  } catch (error) {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
      throw new OperatorError(`HOTLINE_TLS_KEY (${keyFile}) is protected by a passphrase: give the key without one.`, '私钥带有口令:请提供不带口令的私钥。', { cause: error })
    }
    throw new OperatorError(`HOTLINE_TLS_KEY (${keyFile}) holds no private key in PEM form.`, '私钥文件不是有效的 PEM 私钥。', { cause: error })
  }
  if (!x509.checkPrivateKey(privateKey)) {
    throw new OperatorError(`HOTLINE_TLS_KEY (${keyFile}) is not the key of the certificate ${certFile}.`, '私钥与证书不匹配。')
  }
  if (x509.validToDate.getTime() <= now) {
    throw new OperatorError(`The certificate ${certFile} (HOTLINE_TLS_CERT) expired on ${day(x509.validToDate)}.`, `证书已于 ${day(x509.validToDate)} 过期。`)
  }
  if (x509.validFromDate.getTime() > now) {
    throw new OperatorError(`The certificate ${certFile} (HOTLINE_TLS_CERT) counts only from ${day(x509.validFromDate)}.`, `证书自 ${day(x509.validFromDate)} 起才有效。`)
  }
  return describe(x509, cert, key)
}

/** What a certificate says of itself. */
export function describe (x509: X509Certificate, cert: string, key: string): Certificate {
  return {
    cert,
    key,
    selfSigned: x509.issuer === x509.subject && x509.verify(x509.publicKey),
    names: alternativeNames(x509).filter(name => !name.includes('*')),
    endsAt: x509.validToDate.getTime(),
    fingerprint: x509.fingerprint256
  }
}

function alternativeNames (x509: X509Certificate): string[] {
  return (x509.subjectAltName ?? '').split(', ').flatMap(entry => {
    const name = /^(?:DNS|IP Address):([0-9A-Za-z.:*-]+)$/.exec(entry)?.[1]
    return name === undefined ? [] : [isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name]
  })
}

export function day (date: Date): string {
  return date.toISOString().slice(0, 10)
}

function readText (file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`${variable} cannot be read: ${(error as Error).message}.`, '证书或私钥文件无法读取。', { cause: error })
  }
}
