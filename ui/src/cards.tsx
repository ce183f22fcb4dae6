import type { ComponentChildren } from 'preact'
import { formatBytes, formatCount, formatPercent, formatRate } from '../../src/admin/format.ts'
import type { Overview } from '../../src/admin/overview.ts'
import { cardFigures } from './card-figures.ts'
import { Curve, type CurveLine, peak, spanOf } from './curve.tsx'
import { Bar } from './meter.tsx'

const APPLICATION: CurveLine = { tone: 'application', of: (point) => point.applicationHitRatio }
const SERVERS: CurveLine = { tone: 'servers', of: (point) => point.hitRatio }

export function Cards({ overview }: { overview: Overview }) {
  const { total, application, history, atMs, sampleMs } = overview
  const { points, markers } = history
  const figures = cardFigures(overview)
  const { place, curves } = figures
  const common = { points, markers, ...spanOf(points, atMs, sampleMs) }
  const operationsPeak = peak(points, curves.operations, 1)
  const evictionsPeak = peak(points, curves.evictions, 1)
  const hasServers = total.servers > 0
  return (
    <section class="cards" aria-label="In short">
      <Card title="Hit ratio" wide>
        <div class="pair">
          <Headline
            value={formatPercent(application.hitRatio)}
            tone="application"
            note="this application"
          />
          {hasServers && (
            <Headline
              value={formatPercent(total.hitRatio)}
              tone="servers"
              note="servers, all clients"
            />
          )}
        </div>
        <Curve
          label={`Hit ratio of this application${hasServers ? ' and of the servers' : ''} over time`}
          lines={hasServers ? [SERVERS, APPLICATION] : [APPLICATION]}
          top={1}
          {...common}
        />
      </Card>
      <Card title="Operations/s" place={place}>
        <Headline
          value={formatRate(figures.operationsPerSecond)}
          note={`${formatRate(figures.getsPerSecond)} gets, ${formatRate(figures.setsPerSecond)} sets`}
        />
        <Curve
          label={`Operations per second over time, at most ${formatRate(operationsPeak)}`}
          lines={[{ tone: 'operations', of: curves.operations }]}
          top={operationsPeak * 1.1}
          {...common}
        />
      </Card>
      {figures.hasMemory && (
        <>
          <Card title="Evictions/s" place={place}>
            <Headline
              value={formatRate(figures.evictionsPerSecond)}
              note={`at most ${formatRate(peak(points, curves.evictions, 0))} in this span`}
            />
            <Curve
              label={`Evictions per second over time, at most ${formatRate(evictionsPeak)}`}
              lines={[{ tone: 'evictions', of: curves.evictions }]}
              top={evictionsPeak * 1.1}
              {...common}
            />
          </Card>
          <Card title="Memory" place={place} tone="memory">
            <Headline
              value={formatPercent(figures.memoryRatio)}
              note={`${formatBytes(figures.bytes)} of ${formatBytes(figures.limitBytes)}, ${formatCount(figures.items)} items`}
            />
            <Bar ratio={figures.memoryRatio ?? 0} />
            <Curve
              label="Memory in use over time"
              lines={[{ tone: 'memory', of: curves.memory }]}
              top={1}
              {...common}
            />
          </Card>
        </>
      )}
    </section>
  )
}

interface CardProps {
  readonly title: string
  readonly place?: string | undefined
  readonly wide?: boolean
  readonly tone?: 'memory'
  readonly children: ComponentChildren
}

function Card({ title, place, wide = false, tone, children }: CardProps) {
  return (
    <article class={`card${wide ? ' wide' : ''}${tone === undefined ? '' : ` tone-${tone}`}`}>
      <h2>
        {title}
        {place !== undefined && <small> {place}</small>}
      </h2>
      {children}
    </article>
  )
}

interface HeadlineProps {
  readonly value: string
  readonly note: string
  readonly tone?: 'application' | 'servers'
}

function Headline({ value, note, tone }: HeadlineProps) {
  return (
    <p class="headline">
      <span class="value">{value}</span>{' '}
      <span class="note">
        {tone !== undefined && <span class={`key tone-${tone}`} aria-hidden="true" />}
        {note}
      </span>
    </p>
  )
}
