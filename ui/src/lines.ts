import type { HistoryPoint } from '../../src/admin/history.ts'

/** One figure of the history, as it is drawn. */
export interface Line {
  readonly tone: 'application' | 'servers' | 'operations' | 'evictions' | 'memory'
  /** What it is called where there are several. */
  readonly name: string
  readonly of: (point: HistoryPoint) => number | null
}

/** The highest value of a curve, and at least `least`: a flat line must not look like a storm. */
export function peak(points: readonly HistoryPoint[], of: Line['of'], least: number): number {
  return points.reduce((highest, point) => Math.max(highest, of(point) ?? 0), least)
}

/** The span that all curves share: from a minute at first to ten, as history grows. */
export function spanOf(points: readonly HistoryPoint[], atMs: number, sampleMs: number) {
  const first = points[0]?.atMs ?? atMs
  return { fromMs: Math.min(first, atMs - 60 * sampleMs), toMs: atMs }
}
