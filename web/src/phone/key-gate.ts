/**
 * Keys wait until the way of the sound is settled. In the first moments of a call the browser changes to a better way, and
 * the phone system drops what comes by the new one until it trusts it, for about 150 ms: long enough to lose a whole key,
 * whose packets come in one burst.
 */

/** From the connection on. The change was seen about 250 ms after it. */
const settleMs = 600
/** From a change of way on. */
const trustMs = 350
/** More than a menu asks for; what is pressed beyond, while nothing can be sent, is not taken. */
const mostHeld = 32

export type KeyGate = ReturnType<typeof createKeyGate>

/** `send` is called for each key, in order, at once when the way is settled. */
export function createKeyGate (connection: RTCPeerConnection, send: (digit: string) => void) {
  const held: string[] = []
  let openAt = Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  function closedFor (ms: number): void {
    openAt = Math.max(openAt === Infinity ? 0 : openAt, performance.now() + ms)
    clearTimeout(timer)
    timer = setTimeout(open, openAt - performance.now())
  }

  function open (): void {
    timer = undefined
    for (const digit of held.splice(0)) send(digit)
  }

  function connected (): void {
    if (connection.connectionState !== 'connected' || openAt !== Infinity) return
    closedFor(settleMs)
    connection.getSenders()[0]?.transport?.iceTransport.addEventListener('selectedcandidatepairchange', () => closedFor(trustMs))
  }

  connection.addEventListener('connectionstatechange', connected)
  connected()

  return {
    /** False when too many wait already. */
    press (digit: string): boolean {
      if (openAt !== Infinity && timer === undefined) send(digit)
      else if (held.length < mostHeld) held.push(digit)
      else return false
      return true
    },
    /** The call is over: what waits is not sent any more. */
    stop (): void {
      clearTimeout(timer)
      connection.removeEventListener('connectionstatechange', connected)
      held.length = 0
    }
  }
}
