/** Sends callers whom the server left waiting to the fallback of the dialplan, over REST: needs no program that listens for events. */
import { parseOwnedId } from '../../kernel/ids.ts'
import { ariAccess } from './watch.ts'

interface Channel { id: string, name: string, state: string, dialplan: { app_name: string, app_data: string } }
interface Bridge { channels: string[] }

const TIMEOUT_MS = 5000
const AT_ONCE = 20

/** Which channels wait for the server and which were rung by it for nobody, out of what Asterisk has. */
export function leftWaiting (channels: readonly Channel[], bridges: readonly Bridge[], application: string): { callers: string[], rungForNobody: string[] } {
  const talking = new Set(bridges.filter(bridge => bridge.channels.length > 1).flatMap(bridge => bridge.channels))
  const ours = channels.filter(channel =>
    channel.dialplan.app_name === 'Stasis' && channel.dialplan.app_data.split(',')[0] === application &&
    channel.name.startsWith('PJSIP/') && !talking.has(channel.id))
  return {
    callers: ours.filter(channel => parseOwnedId(channel.id) === undefined).map(channel => channel.id),
    rungForNobody: ours.filter(channel => parseOwnedId(channel.id) !== undefined && channel.state !== 'Up').map(channel => channel.id)
  }
}

/** Sends everyone who waits in the application to the fallback; those who talk go on talking. Resolves to how many were sent. */
export async function sendWaitingToFallback (ariUrl: string, application: string): Promise<number> {
  const { base, authorization } = ariAccess(ariUrl)
  const ask = async (method: string, path: string): Promise<Response> =>
    await fetch(`${base}/ari/${path}`, { method, headers: { authorization }, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const list = async <T>(path: string): Promise<T[]> => {
    const answer = await ask('GET', path)
    if (!answer.ok) throw new Error(`ARI answered ${answer.status} to ${path}`)
    return await answer.json() as T[]
  }
  const { callers, rungForNobody } = leftWaiting(await list<Channel>('channels'), await list<Bridge>('bridges'), application)
  let sent = 0
  for (let at = 0; at < callers.length; at += AT_ONCE) {
    const answers = await Promise.all(callers.slice(at, at + AT_ONCE).map(async id =>
      await ask('POST', `channels/${encodeURIComponent(id)}/continue?context=fallback&extension=s&priority=1`)))
    sent += answers.filter(answer => answer.ok).length
  }
  await Promise.all(rungForNobody.map(async id => await ask('DELETE', `channels/${encodeURIComponent(id)}?reason=no_answer`)))
  return sent
}

/** Makes Asterisk read its fallback queue again. */
export async function reloadQueues (ariUrl: string): Promise<void> {
  const { base, authorization } = ariAccess(ariUrl)
  const answer = await fetch(`${base}/ari/asterisk/modules/app_queue.so`, { method: 'PUT', headers: { authorization }, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`ARI answered ${answer.status} to the reload of app_queue`)
}
