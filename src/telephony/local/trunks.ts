/** Trunks: the lines to the public network, each known by the addresses its calls come from. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { OperatorError } from '../../platform/process/operator-error.ts'

export interface Trunk {
  /** Endpoint in Asterisk: small letters, digits and hyphens. */
  name: string
  /** IP addresses, or networks such as `203.0.113.0/28`, that its calls come from. */
  addresses: readonly string[]
  /** Where calls out are sent, e.g. `sip:203.0.113.10:5060`; without it the trunk only receives. */
  contact?: string
  /** Credentials that the other side asks for on calls out. */
  username?: string
  password?: string
}

/** The demo's trunk: whoever calls from this machine. */
export const LOOPBACK_TRUNK: Trunk = { name: 'loopback', addresses: ['127.0.0.1'] }

const NAME = /^[a-z][a-z0-9-]{0,31}$/
const RESERVED = /^(seat-|trial-|hotline-|trunk$|udp$|tcp$|ws$|global$|system$)/
const CONTACT = /^sips?:[A-Za-z0-9_.+:@;=[\]-]+$/
const CREDENTIAL = /^[\x21-\x3a\x3c-\x7e]{1,128}$/

/** Reads the operator's file: a JSON list of trunks. Throws an `OperatorError` that names the first fault. */
export function readTrunks (file: string): Trunk[] {
  const refuse = (what: string): never => {
    throw new OperatorError(`HOTLINE_TRUNKS (${file}): ${what}.`, '中继配置有误。')
  }
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return refuse(error instanceof SyntaxError ? `is not JSON: ${error.message}` : `cannot be read: ${(error as Error).message}`)
  }
  if (!Array.isArray(content)) return refuse('must be a list of trunks')
  const trunks = content.map((item, index) => checkTrunk(item, what => refuse(`trunk ${index + 1}: ${what}`)))
  const twice = trunks.find((trunk, index) => trunks.findIndex(other => other.name === trunk.name) !== index)
  return twice === undefined ? trunks : refuse(`the name ${twice.name} is used twice`)
}

function checkTrunk (item: unknown, refuse: (what: string) => never): Trunk {
  if (typeof item !== 'object' || item === null) return refuse('must be an object')
  const { name, addresses, contact, username, password, ...rest } = item as Record<string, unknown>
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) return refuse(`the property ${unknown} is not known`)
  if (typeof name !== 'string' || !NAME.test(name) || RESERVED.test(name)) return refuse('name must be of small letters, digits and hyphens, and not be taken by the system')
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every(isAddress)) return refuse('addresses must be a list of IP addresses or networks')
  if (contact !== undefined && (typeof contact !== 'string' || !CONTACT.test(contact))) return refuse('contact must be a SIP address such as sip:203.0.113.10:5060')
  if ((username === undefined) !== (password === undefined)) return refuse('username and password belong together')
  for (const credential of [username, password]) {
    if (credential !== undefined && (typeof credential !== 'string' || !CREDENTIAL.test(credential))) return refuse('username and password must be of printable letters without spaces and semicolons')
  }
  return {
    name,
    addresses,
    ...(contact === undefined ? {} : { contact }),
    ...(username === undefined ? {} : { username: username as string, password: password as string })
  }
}

function isAddress (value: unknown): value is string {
  if (typeof value !== 'string') return false
  const [address = '', bits, more] = value.split('/')
  const version = isIP(address)
  if (version === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** The sections of pjsip.conf for the trunks; `trunk` is the template section there. */
export function renderTrunks (trunks: readonly Trunk[]): string {
  return trunks.map(trunk => [
    `[${trunk.name}](trunk)`,
    `aors = ${trunk.name}`,
    ...(trunk.username === undefined ? [] : [`outbound_auth = ${trunk.name}`]),
    '',
    `[${trunk.name}]`,
    'type = aor',
    ...(trunk.contact === undefined ? [] : [`contact = ${trunk.contact}`, 'qualify_frequency = 30']),
    '',
    `[${trunk.name}]`,
    'type = identify',
    `endpoint = ${trunk.name}`,
    ...trunk.addresses.map(address => `match = ${address}`),
    ...(trunk.username === undefined ? [] : ['', `[${trunk.name}]`, 'type = auth', 'auth_type = userpass', `username = ${trunk.username}`, `password = ${trunk.password}`]),
    ''
  ].join('\n')).join('\n')
}
