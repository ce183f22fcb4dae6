import { useState } from 'preact/hooks'
import type { HistoryReply } from '../../../src/admin/api/history.ts'
import { formatPercent, formatRate } from '../../../src/admin/format.ts'
import type { HistoryPoint } from '../../../src/admin/history.ts'
import { Curve, type CurveLine, peak } from '../curve.tsx'
import { useApi } from '../use-api.ts'
import { Answered, Choice, Section } from './parts.tsx'

const SPANS = [
  ['Ten minutes', 1, 600],
  ['Six hours', 10, 21_600],
  ['A day', 60, 86_400],
] as const

const SHARES: readonly (readonly [title: string, lines: readonly CurveLine[]])[] = [
  [
    'Hit ratio',
    [
      { tone: 'servers', of: (point) => point.hitRatio },
      { tone: 'application', of: (point) => point.applicationHitRatio },
    ],
  ],
  ['Memory', [{ tone: 'memory', of: (point) => point.memoryFull ?? point.applicationMemoryRatio }]],
]

const RATES: readonly (readonly [title: string, line: CurveLine])[] = [
  ['Operations/s', { tone: 'operations', of: operations }],
  ['Evictions/s', { tone: 'evictions', of: evictions }],
]

export function HistoryScreen() {
  const [chosen, choose] = useState<string>(SPANS[1][0])
  const [, resolution, seconds] = SPANS.find(([label]) => label === chosen) ?? SPANS[1]
  const answer = useApi<HistoryReply>(`history?resolution=${resolution}`, 10_000)
  return (
    <Section
      id="history"
      title="History"
      note="as far as the servers were sampled: `backgroundMs` does so while nobody looks"
    >
      <Choice
        label="Span"
        options={SPANS.map(([label]) => label)}
        value={chosen}
        onChange={choose}
      />
      <Answered answer={answer}>
        {({ points, markers }) => <Curves points={points} markers={markers} seconds={seconds} />}
      </Answered>
    </Section>
  )
}

type CurvesProps = Pick<HistoryReply, 'points' | 'markers'> & { readonly seconds: number }

function Curves({ points, markers, seconds }: CurvesProps) {
  const last = points.at(-1)
  if (last === undefined) return <p class="nothing">There is no point of this span yet.</p>
  const span = { points, markers, toMs: last.atMs, fromMs: last.atMs - seconds * 1000 }
  return (
    <div class="columns">
      {SHARES.map(([title, lines]) => (
        <figure key={title} class="long">
          <figcaption>
            {title} <small>up to {formatPercent(1)}</small>
          </figcaption>
          <Curve label={`${title} over time`} lines={lines} top={1} {...span} />
        </figure>
      ))}
      {RATES.map(([title, line]) => {
        const most = peak(points, line.of, 1)
        return (
          <figure key={title} class="long">
            <figcaption>
              {title} <small>up to {formatRate(most)}</small>
            </figcaption>
            <Curve label={`${title} over time`} lines={[line]} top={most} {...span} />
          </figure>
        )
      })}
    </div>
  )
}

function operations(point: HistoryPoint): number | null {
  return point.operationsPerSecond ?? point.applicationOperationsPerSecond
}

function evictions(point: HistoryPoint): number | null {
  return point.evictionsPerSecond ?? point.applicationEvictionsPerSecond
}
