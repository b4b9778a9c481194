/**
 * The least that a program over ARI can do: answer, play the menu, wait for a key, ring the seat that is free for longest,
 * bridge, clean up. No journal, no snapshots, no pop: what Asterisk and ARI alone cost. Runs as a process of its own:
 * node bare-ari.ts ARI_URL SOUNDS SEAT,SEAT,…
 */
import { WebSocket } from 'ws'

const [url = '', sounds = '', seatList = ''] = process.argv.slice(2)
const address = new URL(url)
const authorization = `Basic ${Buffer.from(`${address.username}:${decodeURIComponent(address.password)}`).toString('base64')}`
const socket = new WebSocket(`ws://${address.host}/ari/events?app=bench`, { headers: { authorization }, perMessageDeflate: false })

interface Call { citizen: string, seat?: string, leg?: string, bridge?: string }
interface Event { type: string, request_id?: string, status_code?: number, channel?: { id: string, state: string }, args?: string[], digit?: string }

const free = seatList.split(',')
const waiting: Call[] = []
const calls = new Map<string, Call>()
const pending = new Map<string, (status: number) => void>()
let made = 0

function ask (method: string, uri: string, body?: object): Promise<number> {
  const id = String(++made)
  socket.send(JSON.stringify({ type: 'RESTRequest', transaction_id: id, request_id: id, method, uri, ...(body === undefined ? {} : { content_type: 'application/json', message_body: JSON.stringify(body) }) }))
  return new Promise(resolve => { pending.set(id, resolve) })
}
const tell = (method: string, uri: string, body?: object): void => { void ask(method, uri, body) }

function match (): void {
  while (free.length > 0 && waiting.length > 0) {
    const call = waiting.shift() as Call
    call.seat = free.shift() as string
    call.leg = `bare-${String(++made).padStart(9, '0')}`
    calls.set(call.leg, call)
    tell('POST', 'channels/create', { endpoint: `PJSIP/${call.seat}`, app: 'bench', appArgs: 'leg', channelId: call.leg, formats: 'ulaw' })
  }
}

function over (call: Call): void {
  if (!calls.has(call.citizen)) return
  calls.delete(call.citizen)
  if (call.bridge !== undefined) tell('DELETE', `bridges/${call.bridge}`)
  tell('DELETE', `channels/${call.citizen}`)
  if (call.leg !== undefined) {
    calls.delete(call.leg)
    tell('DELETE', `channels/${call.leg}`)
  }
  if (call.seat !== undefined) free.push(call.seat)
  match()
}

socket.on('open', () => { process.stdout.write('ready\n') })
socket.on('close', () => { process.exit(1) })
socket.on('message', (data: Buffer) => {
  const event = JSON.parse(data.toString()) as Event
  if (event.type === 'RESTResponse') {
    pending.get(event.request_id as string)?.(event.status_code as number)
    pending.delete(event.request_id as string)
    return
  }
  const id = event.channel?.id ?? ''
  const call = calls.get(id)
  if (event.type === 'StasisStart' && event.args?.[0] === 'leg') {
    tell('POST', `channels/${id}/dial?timeout=20`)
  } else if (event.type === 'StasisStart') {
    calls.set(id, { citizen: id })
    tell('POST', `channels/${id}/answer`)
    tell('POST', `channels/${id}/play/menu-${id}`, { media: [`sound:${sounds}/zh/menu`, `sound:${sounds}/en/menu-english`, `sound:${sounds}/zh/menu-agent`] })
  } else if (event.type === 'ChannelDtmfReceived' && call !== undefined && call.leg === undefined && !waiting.includes(call)) {
    tell('DELETE', `playbacks/menu-${id}`)
    waiting.push(call)
    match()
  } else if (event.type === 'ChannelStateChange' && call?.leg === id && event.channel?.state === 'Up' && call.bridge === undefined) {
    call.bridge = `bridge-${id}`
    tell('POST', `bridges/${call.bridge}`, { type: 'mixing' })
    tell('POST', `bridges/${call.bridge}/addChannel`, { channel: [call.citizen, id] })
  } else if ((event.type === 'StasisEnd' || event.type === 'ChannelDestroyed') && call !== undefined) {
    over(call)
  }
})
