/** Of a long list in a box that scrolls, only the lines in sight are drawn. */
import { onMounted, onScopeDispose, ref, type Ref } from 'vue'

const SPARE_LINES = 2

/** `lineHeight` in pixels. Gives the size of the box, the lines in sight, and a way to bring one into sight. */
export function useWindow (box: Ref<HTMLElement | undefined>, lineHeight: number) {
  const width = ref(0)
  const height = ref(0)
  const top = ref(0)
  const observer = new ResizeObserver(measure)

  function measure (): void {
    width.value = box.value?.clientWidth ?? 0
    height.value = box.value?.clientHeight ?? 0
  }

  function scrolled (): void {
    top.value = box.value?.scrollTop ?? 0
  }

  function inSight (lines: number): { from: number, to: number } {
    // A list that became shorter: the browser moves the box only after it is drawn.
    const at = Math.min(top.value, Math.max(0, lines * lineHeight - height.value))
    return { from: Math.max(0, Math.floor(at / lineHeight) - SPARE_LINES), to: Math.min(lines, Math.ceil((at + height.value) / lineHeight) + SPARE_LINES) }
  }

  function bring (line: number): void {
    const element = box.value
    if (element === undefined) return
    if (line * lineHeight < element.scrollTop) element.scrollTop = line * lineHeight
    else if ((line + 1) * lineHeight > element.scrollTop + element.clientHeight) element.scrollTop = (line + 1) * lineHeight - element.clientHeight
    scrolled()
  }

  onMounted(() => {
    if (box.value !== undefined) observer.observe(box.value)
    measure()
  })
  onScopeDispose(() => { observer.disconnect() })
  return { width, height, scrolled, inSight, bring }
}
