/** What every phone system behind the port must do alike. Prompts `half` and `two` last half a second and two seconds. */
import type { Scenario } from '../phone-stage.ts'
import { bridges } from './bridges.ts'
import { citizens } from './citizens.ts'
import { memory } from './memory.ts'
import { playbacks } from './playbacks.ts'
import { rings } from './rings.ts'

export const SCENARIOS: readonly Scenario[] = [...citizens, ...playbacks, ...rings, ...bridges, ...memory]
