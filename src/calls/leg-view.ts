/** The phone system's legs, asked for once for all who want them at about the same time. */
import type { Leg, Phone } from '../telephony/port.ts'

/** Each answer was asked for after its caller asked; rejects with PhoneError. */
export function createLegView (phone: Pick<Phone, 'legs'>): () => Promise<Leg[]> {
  let running: Promise<Leg[]> | undefined
  let next: Promise<Leg[]> | undefined

  function ask (): Promise<Leg[]> {
    running = phone.legs().finally(() => { running = undefined })
    return running
  }

  return function legsNow () {
    if (running === undefined) return ask()
    // The one under way may have been answered before the caller's last change.
    next ??= running.catch(() => []).then(() => {
      next = undefined
      return ask()
    })
    return next
  }
}
