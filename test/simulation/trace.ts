/** What went over the port, for those who want to see why. */
import { PhoneError, type Phone } from '../../src/telephony/port.ts'

/** `about`: the call, where it is known. */
export type Trace = (at: number, about: string, line: string) => void

export interface TracedOptions {
  trace: Trace | undefined
  now: () => number
  onCommand: (name: string, args: readonly unknown[]) => void
  onFailure: (name: string, args: readonly unknown[]) => void
}

const COMMANDS = [
  'legs', 'stands', 'bridge', 'bridgeIds', 'playing', 'answer', 'ring', 'hangUp', 'createLeg', 'play', 'stopPlayback', 'startMusic', 'stopMusic', 'sendKeys',
  'createBridge', 'addToBridge', 'removeFromBridge', 'destroyBridge', 'mark', 'readMark', 'writeSnapshot', 'readSnapshot', 'dropSnapshot',
  'startRecording', 'muteRecording', 'recordingGoesOn', 'storedRecordings', 'readRecording', 'dropRecording',
  'putSeat', 'removeSeat', 'seatReachable'
] as const satisfies ReadonlyArray<keyof Phone>

/** The same phone, watched. */
export function traced (phone: Phone, { trace, now, onCommand, onFailure }: TracedOptions): Phone {
  const watched: Record<string, unknown> = {}
  for (const name of COMMANDS) {
    const command = phone[name] as (...args: unknown[]) => Promise<unknown>
    watched[name] = async (...args: unknown[]): Promise<unknown> => {
      onCommand(name, args)
      const text = trace === undefined ? '' : `${name} ${JSON.stringify(args)}`
      trace?.(now(), '', `> ${text}`)
      try {
        const value = await command(...args)
        trace?.(now(), '', `< ${text.slice(0, 120)}: ${JSON.stringify(value) ?? 'done'}`)
        return value
      } catch (error) {
        if (error instanceof PhoneError) onFailure(name, args)
        trace?.(now(), '', `< ${text.slice(0, 120)}: ${error instanceof PhoneError ? error.code : String(error)}`)
        throw error
      }
    }
  }
  if (trace !== undefined) phone.subscribe((event) => { trace(now(), '', `event ${JSON.stringify(event)}`) })
  return {
    ...(watched as unknown as Phone),
    start: phone.start,
    stop: phone.stop,
    subscribe: phone.subscribe,
    get connected () { return phone.connected }
  }
}
