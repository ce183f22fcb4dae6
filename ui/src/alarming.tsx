import { formatRate } from '../../src/admin/format.ts'

/** A rate that should be zero. */
export function Alarming({ rate }: { rate: number | null }) {
  return <span class={rate !== null && rate > 0 ? 'warn' : undefined}>{formatRate(rate)}</span>
}
