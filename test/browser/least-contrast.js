// Runs in the page: the least contrast of any of its texts to what is behind it.
// Source: WCAG 2.2, "contrast ratio" and "relative luminance".
;(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
      const share = Number(part) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor
    return /^rgb\(/.test(color) ? color : ground(element.parentElement)
  }
  let least = Infinity
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode
    if (textContent.trim() === '') continue
    const tones = [luminance(getComputedStyle(element).color), luminance(ground(element))]
    least = Math.min(least, (Math.max(...tones) + 0.05) / (Math.min(...tones) + 0.05))
  }
  return least
})()
