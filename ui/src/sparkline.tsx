import type { ComponentChildren } from 'preact'
import type { HistoryPoint, Marker } from '../../src/admin/history.ts'
import type { Line } from './lines.ts'

/** Units of the drawing, not pixels: it is stretched to its place. */
const WIDTH = 600
const HEIGHT = 100
/** So that a line at the top or the bottom is not cut in half. */
const MARGIN = 3

export interface SparklineProps {
  readonly label: string
  readonly points: readonly HistoryPoint[]
  readonly markers?: readonly Marker[]
  readonly lines: readonly Line[]
  readonly fromMs: number
  readonly toMs: number
  /** What the upper edge stands for. */
  readonly top: number
}

/** A curve without axes, as wide as its place. Geometry is in attributes: the policy allows no inline style. */
export function Sparkline({
  label,
  points,
  markers = [],
  lines,
  fromMs,
  toMs,
  top,
}: SparklineProps) {
  const x = (atMs: number) => (((atMs - fromMs) / (toMs - fromMs)) * WIDTH).toFixed(1)
  const y = (value: number) => {
    const share = Math.min(1, value / (top || 1))
    return (HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)).toFixed(1)
  }
  return (
    <svg
      class="curve"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {markers.map(({ wallMs, server }) => (
        <line
          key={`${wallMs} ${server}`}
          class="marker"
          x1={x(wallMs)}
          x2={x(wallMs)}
          y1="0"
          y2={HEIGHT}
        />
      ))}
      {lines.map(({ tone, of }) => runs(points, of).map((run) => shape(tone, run, x, y)))}
    </svg>
  )
}

interface Spot {
  readonly atMs: number
  readonly value: number
}

/** A curve has a gap where there is nothing to say: what follows is another run. */
function runs(points: readonly HistoryPoint[], of: Line['of']): Spot[][] {
  const found: Spot[][] = []
  let run: Spot[] = []
  for (const point of points) {
    const value = of(point)
    if (value !== null) run.push({ atMs: point.atMs, value })
    else if (run.length > 0) {
      found.push(run)
      run = []
    }
  }
  return run.length > 0 ? [...found, run] : found
}

function shape(
  tone: Line['tone'],
  run: readonly Spot[],
  x: (atMs: number) => string,
  y: (value: number) => string,
): ComponentChildren {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return null
  // A single value still shows: a line of no length with a round end is a dot.
  const line = run.map(({ atMs, value }) => `${x(atMs)} ${y(value)}`).join('L')
  const area = `M${x(first.atMs)} ${HEIGHT}L${line}L${x(last.atMs)} ${HEIGHT}Z`
  return (
    <g key={`${tone} ${first.atMs}`} class={`tone-${tone}`}>
      {run.length > 1 && <path class="area" d={area} />}
      <path class="line" d={`M${line}${run.length === 1 ? `L${line}` : ''}`} />
    </g>
  )
}
