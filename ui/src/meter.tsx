import { formatPercent } from '../../src/admin/format.ts'

interface MeterProps {
  readonly ratio: number | null
  readonly tone: 'application' | 'servers' | 'memory' | 'quiet'
  /** From here on somebody should look. */
  readonly warnFrom?: number
}

/** A share as text and as a bar. The bar says nothing that the text does not. */
export function Meter({ ratio, tone, warnFrom }: MeterProps) {
  const warn = ratio !== null && warnFrom !== undefined && ratio >= warnFrom
  return (
    <span class={`meter ${warn ? 'warn' : `tone-${tone}`}`}>
      <span class="figure">{formatPercent(ratio)}</span>
      {ratio !== null && <Bar ratio={ratio} />}
    </span>
  )
}

export function Bar({ ratio }: { ratio: number }) {
  const width = Math.max(0, Math.min(1, ratio)) * 100
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-whole" width="100" height="4" />
      <rect class="bar-part" width={width.toFixed(2)} height="4" />
    </svg>
  )
}
