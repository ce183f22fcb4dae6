/**
 * Whether `text` matches `pattern`, in which `*` stands for any characters and `?` for one.
 *
 * Not a regular expression: one that somebody types can take for ever over a million keys. This one
 * goes back to its last star only, so it takes at most pattern times text steps, and never more.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, to] = [0, 0]
  let [star, resume] = [-1, 0]
  while (to < text.length) {
    const sign = pattern[at]
    if (sign === '*') {
      star = at++
      resume = to
    } else if (sign !== undefined && (sign === '?' || sign === text[to])) {
      at++
      to++
    } else if (star !== -1) {
      at = star + 1
      to = ++resume
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
