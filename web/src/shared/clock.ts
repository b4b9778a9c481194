/** The server's time on this page: timers are right though the computer's clock is not, and in background tabs too. */
import { onScopeDispose, ref, type Ref } from 'vue'

// performance.now() does not jump when somebody sets the computer's clock.
let offset: number | undefined

/** Feeds a time that the server just sent. The later of two is nearer to the truth: it travelled less. */
export function observeServerTime (serverTime: number): void {
  const seen = serverTime - performance.now()
  offset = offset === undefined || seen > offset || offset - seen > 2000 ? seen : offset
}

export function serverNow (): number {
  return performance.now() + (offset ?? performance.timeOrigin)
}

/** Rises four times a second while the component lives. */
export function useNow (): Readonly<Ref<number>> {
  const now = ref(serverNow())
  const timer = setInterval(() => { now.value = serverNow() }, 250)
  const seen = () => { now.value = serverNow() }
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  return now
}
