const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/**
 * The last `width` of `values` as bars, from 0 to the highest of them. What is `null` is a gap: there
 * is nothing to say, which is not 0.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width)
  const highest = Math.max(0, ...shown.map((value) => value ?? 0))
  const bars = shown.map((value) => {
    if (value === null) return ' '
    const level = highest === 0 ? 0 : Math.round((value / highest) * (BARS.length - 1))
    return BARS[level] ?? BARS[0]
  })
  return bars.join('').padStart(width)
}
