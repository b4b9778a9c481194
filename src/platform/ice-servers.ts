/** STUN and TURN servers, by which the browsers' phones find a way for the sound where there is no straight one. */
import { createHmac } from 'node:crypto'
import type { EpochMs } from '../kernel/clock.ts'

/** As a browser takes it. */
export interface IceServer { urls: string, username?: string, credential?: string }

const MOST = 8
const STUN = /^stuns?:(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:\d{1,5})?$/
const TURN = /^turns?:(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/

/**
 * Reads addresses that are separated by commas, or a JSON list of `{ urls, username?, credential? }`. Otherwise says
 * what is wrong, without repeating what was given: it may hold a credential.
 */
export function parseIceServers (text: string): IceServer[] | { zh: string, en: string } {
  let items: unknown[]
  if (text.trimStart().startsWith('[')) {
    try {
      items = JSON.parse(text) as unknown[]
    } catch {
      return { zh: '不是有效的 JSON', en: 'is not valid JSON' }
    }
  } else {
    items = text.split(',').map(urls => ({ urls: urls.trim() }))
  }
  if (items.length > MOST) return { zh: `最多 ${MOST} 个`, en: `must be ${MOST} at most` }
  const servers: IceServer[] = []
  for (const [index, item] of items.entries()) {
    const nth = { zh: `第 ${index + 1} 个`, en: `number ${index + 1}` }
    if (typeof item !== 'object' || item === null) return { zh: `${nth.zh}应为对象`, en: `${nth.en} must be an object` }
    const { urls, username, credential, ...rest } = item as Record<string, unknown>
    if (Object.keys(rest).length > 0) return { zh: `${nth.zh}只能有 urls、username、credential`, en: `${nth.en} may have urls, username and credential only` }
    if (typeof urls !== 'string' || !(STUN.test(urls) || TURN.test(urls))) {
      return { zh: `${nth.zh}的地址应如 stun:主机:端口 或 turn:主机:端口?transport=tcp`, en: `${nth.en} must have an address such as stun:host:port or turn:host:port?transport=tcp` }
    }
    if (username === undefined && credential === undefined) servers.push({ urls })
    else if (isWord(username) && isWord(credential)) servers.push({ urls, username, credential })
    else return { zh: `${nth.zh}的 username 与 credential 须同时给出`, en: `${nth.en} needs username and credential, both texts` }
  }
  return servers
}

/** Servers that want credentials and have none of their own: they need the secret that is shared with them. */
export function needSecret (servers: readonly IceServer[]): boolean {
  return servers.some(({ urls, username }) => TURN.test(urls) && username === undefined)
}

/** The servers for one phone. Those that share our secret get credentials that count until `until` (coturn: `use-auth-secret`). */
export function iceServersFor (servers: readonly IceServer[], secret: string | undefined, phone: { seatId: string, until: EpochMs }): IceServer[] {
  return servers.map(server => {
    if (secret === undefined || !needSecret([server])) return { ...server }
    const username = `${Math.floor(phone.until / 1000)}:${phone.seatId}`
    return { ...server, username, credential: createHmac('sha1', secret).update(username).digest('base64') }
  })
}

function isWord (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 512
}
