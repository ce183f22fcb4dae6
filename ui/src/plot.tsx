import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { formatPercent, formatRate } from '../../src/admin/format.ts'
import type { HistoryPoint, Marker } from '../../src/admin/history.ts'
import { Drawing, type Tip } from './drawing.ts'
import type { Line } from './lines.ts'

export interface PlotProps {
  readonly label: string
  /** Shares stand between 0 and 100 %, rates between 0 and the highest. */
  readonly unit: 'share' | 'rate'
  readonly points: readonly HistoryPoint[]
  readonly markers: readonly Marker[]
  /** The same ones as long as the plot is there. */
  readonly lines: readonly Line[]
  readonly fromMs: number
  readonly toMs: number
  /** The usual distance of two points: where it is much more, nobody looked. */
  readonly stepMs: number
}

/**
 * Curves over time, with axes and a cursor: of the mouse, or of the arrow keys once it has the focus.
 * All plots of a page share the moment that is pointed at.
 */
export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null)
  const drawing = useRef<Drawing | null>(null)
  const tip = useSignal<Tip | undefined>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: later figures come by `show`.
  useEffect(() => {
    if (place.current === null) return
    const drawn = new Drawing(place.current, props, (shown) => {
      tip.value = shown
    })
    drawing.current = drawn
    return () => drawn.close()
  }, [])
  useEffect(() => drawing.current?.show(props))
  return (
    <div class="plot">
      <div
        ref={place}
        class="canvas"
        role="img"
        aria-label={described(props)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move its cursor.
        tabIndex={0}
        onKeyDown={(event) => {
          if (drawing.current?.press(event.key) === true) event.preventDefault()
        }}
        onBlur={() => drawing.current?.hideCursor()}
      />
      <Shown tip={tip} />
    </div>
  )
}

/** A part of its own: a plot that is drawn anew moves its cursor, which must not draw it anew. */
function Shown({ tip: { value: tip } }: { tip: Signal<Tip | undefined> }) {
  return (
    <p class={`tip ${tip?.side ?? 'none'}`} aria-live="polite">
      {tip !== undefined && (
        <>
          <strong>{tip.time}</strong>{' '}
          {tip.rows.map(({ tone, text }) => (
            <span key={tone} class="row">
              <span class={`key tone-${tone}`} aria-hidden="true" />
              {text}{' '}
            </span>
          ))}
          {tip.marks.map((text) => (
            <span key={text} class="row bad">
              {text}{' '}
            </span>
          ))}
        </>
      )}
    </p>
  )
}

/** What the eye sees, in words: where each line is, how far it went, and what happened. */
function described({ label, unit, points, markers, lines }: PlotProps): string {
  const shown = unit === 'share' ? formatPercent : formatRate
  const said = lines.map(({ name, of }) => {
    const values = points.flatMap((point) => of(point) ?? [])
    if (values.length === 0) return `${name}: nothing yet`
    const [least, most] = [Math.min(...values), Math.max(...values)]
    const last = points.at(-1)
    return `${name}: now ${shown(last === undefined ? null : of(last))}, between ${shown(least)} and ${shown(most)}`
  })
  const marked = markers.map(({ server }) => `${server} was restarted`)
  return `${label}. ${[...said, ...marked].join('; ')}.`
}
