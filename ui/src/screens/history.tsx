import { signal } from '@preact/signals'
import type { HistoryReply } from '../../../src/admin/api/history.ts'
import type { HistoryPoint } from '../../../src/admin/history.ts'
import type { Line } from '../lines.ts'
import { Plot } from '../plot.tsx'
import { useApi } from '../use-api.ts'
import { Answered, Choice, Section } from './parts.tsx'

const SPANS = [
  ['Ten minutes', 1, 600],
  ['Six hours', 10, 21_600],
  ['A day', 60, 86_400],
] as const

interface Drawn {
  readonly title: string
  readonly unit: 'share' | 'rate'
  readonly lines: readonly Line[]
}

const PLOTS: readonly Drawn[] = [
  {
    title: 'Hit ratio',
    unit: 'share',
    lines: [
      { tone: 'servers', name: 'servers', of: (point) => point.hitRatio },
      {
        tone: 'application',
        name: 'this application',
        of: (point) => point.applicationHitRatio,
      },
    ],
  },
  {
    title: 'Operations per second',
    unit: 'rate',
    lines: [{ tone: 'operations', name: 'operations', of: operations }],
  },
  {
    title: 'Evictions per second',
    unit: 'rate',
    lines: [{ tone: 'evictions', name: 'evictions', of: evictions }],
  },
  {
    title: 'Memory in use',
    unit: 'share',
    lines: [
      {
        tone: 'memory',
        name: 'memory',
        of: (point) => point.memoryFull ?? point.applicationMemoryRatio,
      },
    ],
  },
]

const span = signal<string>(SPANS[0][0])

export function HistoryScreen() {
  const [, resolution, seconds] = SPANS.find(([label]) => label === span.value) ?? SPANS[0]
  const answer = useApi<HistoryReply>(
    `history?resolution=${resolution}`,
    resolution === 1 ? 2000 : 10_000,
  )
  return (
    <Section
      id="history"
      title="History"
      note="a gap: nothing happened, or nobody looked (`backgroundMs` samples all the same)"
    >
      <div class="form">
        <Choice label="Span" options={SPANS.map(([label]) => label)} value={span} />
      </div>
      <Answered answer={answer}>
        {({ points, markers }) => {
          const toMs = points.at(-1)?.atMs
          if (toMs === undefined) {
            return <p class="nothing">There is no point of this span yet: the first comes soon.</p>
          }
          const stepMs = resolution * 1000
          const common = { points, markers, stepMs, toMs, fromMs: toMs - seconds * 1000 }
          return (
            <div class="plots">
              {PLOTS.map(({ title, unit, lines }) => (
                <figure key={title} class="long">
                  <figcaption>
                    {title} <Legend lines={lines} />
                  </figcaption>
                  <Plot label={title} unit={unit} lines={lines} {...common} />
                </figure>
              ))}
            </div>
          )
        }}
      </Answered>
    </Section>
  )
}

function Legend({ lines }: { lines: readonly Line[] }) {
  if (lines.length < 2) return null
  return (
    <small>
      {lines.map(({ tone, name }) => (
        <span key={tone} class="legend">
          <span class={`key tone-${tone}`} aria-hidden="true" />
          {name}{' '}
        </span>
      ))}
    </small>
  )
}

function operations(point: HistoryPoint): number | null {
  return point.operationsPerSecond ?? point.applicationOperationsPerSecond
}

function evictions(point: HistoryPoint): number | null {
  return point.evictionsPerSecond ?? point.applicationEvictionsPerSecond
}
