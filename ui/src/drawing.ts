import uPlot from 'uplot'
import { formatPercent, formatRate } from '../../src/admin/format.ts'
import type { HistoryPoint, Marker } from '../../src/admin/history.ts'
import type { Line } from './lines.ts'
import type { PlotProps } from './plot.tsx'

/** What is said next to the cursor. */
export interface Tip {
  /** Where there is room for it. */
  readonly side: 'left' | 'right'
  readonly time: string
  readonly rows: readonly { readonly tone: Line['tone']; readonly text: string }[]
  readonly marks: readonly string[]
}

const SYNC = 'time'
/** So many steps without a point are a gap: a single late answer is none. */
const GAP_STEPS = 2.5
const AREA_ALPHA = '1f'
const NEAR_PX = 24

/** A uPlot in `place`. Colours are asked of the style sheet at each drawing, so they follow its scheme. */
export class Drawing {
  readonly #place: HTMLElement
  readonly #tell: (tip: Tip | undefined) => void
  readonly #plot: uPlot
  readonly #resized: ResizeObserver
  readonly #scheme = window.matchMedia('(prefers-color-scheme: dark)')
  readonly #repaint = (): void => this.#plot.redraw()
  #props: PlotProps

  constructor(place: HTMLElement, props: PlotProps, tell: (tip: Tip | undefined) => void) {
    this.#place = place
    this.#props = props
    this.#tell = tell
    this.#plot = new uPlot(this.#options(), dataOf(props), place)
    this.#resized = new ResizeObserver(() => this.#plot.setSize(sizeOf(place)))
    this.#resized.observe(place)
    this.#scheme.addEventListener('change', this.#repaint)
  }

  show(props: PlotProps): void {
    this.#props = props
    this.#plot.setData(dataOf(props))
    this.#point()
  }

  /** Moves the cursor as `key` says; `false`: it says nothing here. */
  press(key: string): boolean {
    const times = this.#plot.data[0]
    const last = times.length - 1
    const at = this.#plot.cursor.idx ?? last
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key]
    if (key === 'Escape') this.hideCursor()
    const time = next === undefined ? undefined : times[Math.max(0, Math.min(last, next))]
    if (time === undefined) return false
    this.#plot.setCursor({ left: this.#plot.valToPos(time, 'x'), top: 1 })
    return true
  }

  hideCursor(): void {
    this.#plot.setCursor({ left: -10, top: -10 })
  }

  close(): void {
    this.#scheme.removeEventListener('change', this.#repaint)
    this.#resized.disconnect()
    this.#plot.destroy()
  }

  #color(name: string): string {
    return getComputedStyle(this.#place).getPropertyValue(`--${name}`).trim()
  }

  #options(): uPlot.Options {
    const { unit, lines } = this.#props
    const font = `11px ${getComputedStyle(this.#place).fontFamily}`
    const axis = { stroke: () => this.#color('quiet'), font, ticks: { show: false } }
    const grid = { stroke: () => this.#color('edge'), width: 1 }
    return {
      ...sizeOf(this.#place),
      legend: { show: false },
      padding: [8, 24, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        sync: { key: SYNC },
        points: { size: 7 },
      },
      scales: {
        x: { range: () => [this.#props.fromMs / 1000, this.#props.toMs / 1000] },
        y: {
          range:
            unit === 'share' ? [0, 1] : (_, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)],
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 24,
          gap: 4,
          space: 90,
          values: (_, times, _axis, _space, step) =>
            times.map((time) => clockTime(time, step < 60)),
        },
        {
          ...axis,
          grid,
          size: 46,
          gap: 6,
          space: 30,
          ...(unit === 'share' ? { splits: () => [0, 0.5, 1] } : {}),
          values: (_, values) => values.map((value) => axisText(value, unit)),
        },
      ],
      series: [
        {},
        ...lines.map(({ tone, name }, i) => ({
          label: name,
          width: 1.75,
          stroke: () => this.#color(tone),
          // The one below is seen through none.
          ...(i === lines.length - 1 ? { fill: () => this.#color(tone) + AREA_ALPHA } : {}),
          points: { size: 4, filter: lonePoints },
        })),
      ],
      hooks: {
        draw: [(plot) => this.#drawMarkers(plot)],
        setCursor: [() => this.#point()],
      },
    }
  }

  #drawMarkers(plot: uPlot): void {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.strokeStyle = this.#color('bad')
    ctx.lineWidth = window.devicePixelRatio
    ctx.setLineDash([4 * window.devicePixelRatio, 3 * window.devicePixelRatio])
    for (const { wallMs } of this.#markersShown()) {
      const x = Math.round(plot.valToPos(wallMs / 1000, 'x', true))
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
    }
    ctx.restore()
  }

  #markersShown(): Marker[] {
    const { markers, fromMs, toMs } = this.#props
    return markers.filter(({ wallMs }) => wallMs >= fromMs && wallMs <= toMs)
  }

  #point(): void {
    const { idx, left = 0 } = this.#plot.cursor
    const time = idx === null || idx === undefined ? undefined : this.#plot.data[0][idx]
    // The nearest point may be far from what is pointed at: in a gap nothing is said.
    const isFar = time === undefined || Math.abs(this.#plot.valToPos(time, 'x') - left) > NEAR_PX
    if (time === undefined || left < 0 || isFar) {
      this.#tell(undefined)
      return
    }
    const { lines, unit, stepMs } = this.#props
    const shown = unit === 'share' ? formatPercent : formatRate
    this.#tell({
      side: left > this.#plot.over.clientWidth / 2 ? 'left' : 'right',
      time: clockTime(time, true),
      rows: lines.map(({ tone, name }, i) => {
        return { tone, text: `${name} ${shown(this.#plot.data[i + 1]?.[idx ?? 0] ?? null)}` }
      }),
      marks: this.#markersShown()
        .filter(({ wallMs }) => Math.abs(wallMs - time * 1000) <= stepMs)
        .map(({ server }) => `${server} was restarted`),
    })
  }
}

/** Columns of equal length, as uPlot takes them; `null` is a gap. */
function dataOf({ points, lines, stepMs }: PlotProps): uPlot.AlignedData {
  const times: number[] = []
  const columns: (number | null)[][] = lines.map(() => [])
  let before: HistoryPoint | undefined
  for (const point of points) {
    if (before !== undefined && point.atMs - before.atMs > GAP_STEPS * stepMs) {
      times.push((before.atMs + stepMs) / 1000)
      for (const column of columns) column.push(null)
    }
    times.push(point.atMs / 1000)
    for (const [i, { of }] of lines.entries()) columns[i]?.push(of(point))
    before = point
  }
  return [times, ...columns]
}

/** Between two gaps there is no line to be seen, so that these show as dots. */
function lonePoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? []
  return Array.from(values, (_, i) => i).filter((i) => {
    return (
      values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null
    )
  })
}

function sizeOf({ clientWidth: width, clientHeight: height }: HTMLElement) {
  return { width, height }
}

function axisText(value: number, unit: PlotProps['unit']): string {
  return unit === 'share' ? `${Math.round(value * 100)} %` : formatRate(value)
}

function clockTime(seconds: number, withSeconds: boolean): string {
  const time = new Date(seconds * 1000)
  const parts = [time.getHours(), time.getMinutes(), ...(withSeconds ? [time.getSeconds()] : [])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
