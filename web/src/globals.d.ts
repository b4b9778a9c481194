import type { Desk } from '../../src/agents/contract.ts'
import type { Bindings } from './keys/bindings.ts'
import type { PhoneCall, PhoneStats, Registration } from './phone/sip-phone.ts'

declare global {
  interface Window {
    /** For tests on this computer: what the phone and the desk really are. */
    __hotline?: {
      phone: { call: () => PhoneCall | undefined, registration: () => Registration, stats: () => Promise<PhoneStats | undefined> }
      desk?: () => Desk | undefined
      keys?: Readonly<Bindings>
    }
  }
}
