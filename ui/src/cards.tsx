import type { ComponentChildren } from 'preact'
import { formatBytes, formatCount, formatPercent, formatRate } from '../../src/admin/format.ts'
import type { Overview } from '../../src/admin/overview.ts'
import { cardFigures } from './card-figures.ts'
import { type Line, peak, spanOf } from './lines.ts'
import { Bar } from './meter.tsx'
import { Plot } from './plot.tsx'

const APPLICATION: Line = {
  tone: 'application',
  name: 'this application',
  of: (point) => point.applicationHitRatio,
}
const SERVERS: Line = { tone: 'servers', name: 'servers', of: (point) => point.hitRatio }

export function Cards({ overview }: { overview: Overview }) {
  const { total, application, history, atMs, sampleMs } = overview
  const { points, markers } = history
  const figures = cardFigures(overview)
  const { place, curves } = figures
  const common = { points, markers, stepMs: sampleMs, ...spanOf(points, atMs, sampleMs) }
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
        <Plot
          key={hasServers ? 'both' : 'one'}
          label="Hit ratio"
          unit="share"
          lines={hasServers ? [SERVERS, APPLICATION] : [APPLICATION]}
          {...common}
        />
      </Card>
      <Card title="Operations/s" place={place}>
        <Headline
          value={formatRate(figures.operationsPerSecond)}
          note={`${formatRate(figures.getsPerSecond)} gets, ${formatRate(figures.setsPerSecond)} sets`}
        />
        <Plot
          label="Operations per second"
          unit="rate"
          lines={[{ tone: 'operations', name: 'operations per second', of: curves.operations }]}
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
            <Plot
              label="Evictions per second"
              unit="rate"
              lines={[{ tone: 'evictions', name: 'evictions per second', of: curves.evictions }]}
              {...common}
            />
          </Card>
          <Card title="Memory" place={place} tone="memory">
            <Headline
              value={formatPercent(figures.memoryRatio)}
              note={`${formatBytes(figures.bytes)} of ${formatBytes(figures.limitBytes)}, ${formatCount(figures.items)} items`}
            />
            <Bar ratio={figures.memoryRatio ?? 0} />
            <Plot
              label="Memory in use"
              unit="share"
              lines={[{ tone: 'memory', name: 'memory in use', of: curves.memory }]}
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
