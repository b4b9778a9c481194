/* Runs in a page: what the screens' checklist asks that can be measured. */
/* global window, document, getComputedStyle, innerWidth, innerHeight, NodeFilter, HTMLElement */
window.measureScreen = () => {
  const channel = value => value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
  const parse = colour => { const parts = colour.match(/[\d.]+/g).map(Number); return parts.length === 3 ? [...parts, 1] : parts }
  const ground = element => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour[3] > 0.99) return colour
    }
    return [255, 255, 255, 1]
  }
  const faint = []
  const small = []
  const covered = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.textContent.trim()
    if (text === '' || element.offsetParent === null) continue
    const style = getComputedStyle(element)
    const [lighter, darker] = [luminance(parse(style.color)), luminance(ground(element))].sort((a, b) => b - a)
    const contrast = (lighter + 0.05) / (darker + 0.05)
    if (contrast < 4.5) faint.push(`${text.slice(0, 20)} ${contrast.toFixed(2)}`)
    // In the regions that do not scroll, both ends of a text must be what stands there.
    if (element.closest('header, footer, [data-testid="incoming-card"], [data-testid="action-bar"]') !== null && style.textOverflow !== 'ellipsis') {
      const range = document.createRange()
      range.selectNodeContents(walker.currentNode)
      for (const line of range.getClientRects()) {
        for (const x of [line.left + 1, line.right - 1]) {
          const top = document.elementFromPoint(x, (line.top + line.bottom) / 2)
          if (!(top instanceof HTMLElement) || !(element.contains(top) || top.contains(element))) covered.push(text.slice(0, 20))
        }
      }
    }
    // Metadata and the letters on drawn keys may be smaller.
    const metadata = element.closest('.meta, dt, kbd') !== null
    if (parseFloat(style.fontSize) < (metadata ? 12 : 14)) small.push(`${text.slice(0, 20)} ${style.fontSize}`)
  }
  const cut = [...document.querySelectorAll('button, label, dt, th, .label, .item')]
    .filter(element => element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
    .map(element => element.textContent.trim().slice(0, 20))
  const page = document.documentElement
  return { faint, small, covered, cut, scrolls: page.scrollWidth > innerWidth || page.scrollHeight > innerHeight }
}
