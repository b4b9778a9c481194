/** One tick a second for all timers of a page. */
import { onScopeDispose, ref, type Ref } from 'vue'
import { serverNow } from '../shared/clock.ts'

/** The server's time, on each of its full seconds while the component lives. */
export function useSeconds (): Readonly<Ref<number>> {
  const now = ref(serverNow())
  let timer = setTimeout(tick, 0)
  function tick (): void {
    now.value = serverNow()
    timer = setTimeout(tick, 1000 - now.value % 1000)
  }
  onScopeDispose(() => { clearTimeout(timer) })
  return now
}
