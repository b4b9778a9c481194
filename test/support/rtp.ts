/**
 * The sound of a test's caller: G.711 both ways and telephone events (RFC 4733), on a UDP port of its own.
 * SIPp could play recordings of keys too, but only as root, and it cannot say what it hears.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const KEYS = '0123456789*#'
const FRAME = 160 // samples in 20 ms at 8 kHz

/** One linear sample as G.711 A-law. */
function encode (sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0
  let magnitude = Math.min(32_635, sample >= 0 ? sample : -sample - 1)
  let exponent = 7
  for (let mask = 0x4000; (magnitude & mask) === 0 && exponent > 0; mask >>= 1) exponent--
  magnitude = exponent === 0 ? magnitude >> 4 : magnitude >> (exponent + 3)
  return (sign | (exponent << 4) | (magnitude & 0x0f)) ^ 0x55
}

/** One G.711 A-law sample as linear. */
function decode (byte: number): number {
  const value = byte ^ 0x55
  const exponent = (value >> 4) & 7
  const mantissa = ((value & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return (value & 0x80) !== 0 ? magnitude : -magnitude
}

/** 440 Hz, half of full scale, in frames that join: 440 Hz repeats after 200 samples. */
const tone = Array.from({ length: 5 }, (_, frame) =>
  Buffer.from(Array.from({ length: FRAME }, (_, i) => encode(Math.round(16_000 * Math.sin(2 * Math.PI * 440 * (frame * FRAME + i) / 8000))))))
const silence = Buffer.alloc(FRAME, encode(0))

export interface Sound {
  readonly port: number
  /** Where to send to, once known from the answer. Sending begins here. */
  sendTo: (port: number) => void
  /** Speak a tone (the default), or only silence. */
  speak: (aloud: boolean) => void
  /** Send back what is heard, at once, in place of the own voice. */
  echo: (on: boolean) => void
  /** Sends a key as telephone event, payload 101: 100 ms long, with three end packets. */
  press: (key: string) => Promise<void>
  /** Loudness of what was heard in the last `ms`: root mean square of the samples, 0 when no packet came. */
  loudness: (ms?: number) => number
  /** Packets received so far. */
  readonly packets: number
  close: () => void
}

export async function openSound (): Promise<Sound> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const heard: Array<{ at: number, square: number }> = []
  let packets = 0
  socket.on('message', packet => {
    packets++
    if (packet.length < 13 || ((packet[1] as number) & 0x7f) !== 8) return
    if (echoing && remote !== undefined && pressing === undefined) send(8, false, timestamp += FRAME, packet.subarray(12))
    let sum = 0
    for (let i = 12; i < packet.length; i++) sum += decode(packet[i] as number) ** 2
    heard.push({ at: performance.now(), square: sum / (packet.length - 12) })
    if (heard.length > 500) heard.shift()
  })

  const ssrc = Math.floor(Math.random() * 2 ** 32)
  let remote: number | undefined
  let sequence = Math.floor(Math.random() * 2 ** 16)
  let timestamp = Math.floor(Math.random() * 2 ** 31)
  let aloud = true
  let echoing = false
  let sent = 0
  let pressing: { event: number, start: number, left: number, done: () => void } | undefined

  const send = (payloadType: number, marker: boolean, at: number, payload: Buffer) => {
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = payloadType | (marker ? 0x80 : 0)
    header.writeUInt16BE(sequence = (sequence + 1) & 0xffff, 2)
    header.writeUInt32BE(at >>> 0, 4)
    header.writeUInt32BE(ssrc, 8)
    socket.send(Buffer.concat([header, payload]), remote as number, '127.0.0.1')
  }
  const frame = () => {
    timestamp += FRAME
    if (pressing === undefined) {
      send(8, sent === 0, timestamp, aloud ? tone[sent % tone.length] as Buffer : silence)
    } else {
      if (pressing.left === 8) pressing.start = timestamp
      pressing.left--
      // Five packets of the growing event, then its end three times, as the standard asks.
      const ended = pressing.left < 3
      const duration = FRAME * Math.min(5, 8 - pressing.left)
      send(101, pressing.left === 7, pressing.start, Buffer.from([pressing.event, (ended ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]))
      if (pressing.left === 0) {
        pressing.done()
        pressing = undefined
      }
    }
    sent++
  }
  let next = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // After a pause of the machine's the missed frames are not sent in a bunch.
    if (remote === undefined || now - next > 200 || (echoing && pressing === undefined)) {
      next = now
    } else {
      for (; next <= now; next += 20) frame()
    }
  }, 10)

  return {
    port: socket.address().port,
    sendTo: port => { remote = port },
    speak: on => { aloud = on },
    echo: on => { echoing = on },
    async press (key) {
      const event = KEYS.indexOf(key)
      if (event < 0 || key.length !== 1) throw new Error(`not a key: ${key}`)
      if (remote === undefined || pressing !== undefined) throw new Error('a key can be pressed after the answer, one at a time')
      await new Promise<void>(resolve => { pressing = { event, start: 0, left: 8, done: resolve } })
    },
    loudness (ms = 500) {
      const since = performance.now() - ms
      const last = heard.filter(({ at }) => at >= since)
      return last.length === 0 ? 0 : Math.sqrt(last.reduce((sum, { square }) => sum + square, 0) / last.length)
    },
    get packets () { return packets },
    close () {
      clearInterval(timer)
      socket.close()
    }
  }
}
