/**
 * The pass with which a browser opens its phone's WebSocket at `/sip`. The server gives it as a cookie at sign-in; who
 * stands before Asterisk (the launcher) checks it without asking the server, which may be away.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { EpochMs } from '../kernel/clock.ts'

export const PHONE_COOKIE = 'hotline_phone'

const PASS = /^([a-z0-9-]{1,64})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/

/** The cookie's value: `seatId.expiry.signature`. `seatId` is of small letters, digits and hyphens. */
export function signPhonePass (pass: { seatId: string, expiresAt: EpochMs }, key: string): string {
  const text = `${pass.seatId}.${pass.expiresAt}`
  return `${text}.${signature(text, key)}`
}

/** Whose pass it is; undefined when it is malformed, signed with another key, or expired. */
export function verifyPhonePass (value: string, key: string, now: EpochMs): { seatId: string, expiresAt: EpochMs } | undefined {
  const match = PASS.exec(value)
  if (match === null) return undefined
  const [, seatId, expiry, given] = match as unknown as [string, string, string, string]
  const right = signature(`${seatId}.${expiry}`, key)
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(right))) return undefined
  const expiresAt = Number(expiry)
  return expiresAt > now ? { seatId, expiresAt } : undefined
}

/** The pass in a request's Cookie header; undefined when there is none. */
export function phonePassIn (cookieHeader: string | undefined): string | undefined {
  for (const part of (cookieHeader ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === PHONE_COOKIE && value !== undefined) return value
  }
  return undefined
}

function signature (text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
