import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  NOTHING,
} from '../../src/admin/format.ts'
import type { Overview, ServerOverview } from '../../src/admin/overview.ts'
import { Alarming } from './alarming.tsx'
import { type Column, DataTable } from './data-table.tsx'
import { peak, spanOf } from './lines.ts'
import { Meter } from './meter.tsx'
import { Sparkline } from './sparkline.tsx'

/** Servers refuse connections somewhat below their limit; from here on somebody should look. */
const CONNECTIONS_WARN = 0.8

export function Servers({ overview }: { overview: Overview }) {
  const { servers, total } = overview
  if (servers.length === 0) {
    return (
      <p class="nothing">
        No Memcached server is in use: every alias keeps its values in this process.
      </p>
    )
  }
  return (
    <DataTable
      caption="Memcached servers"
      columns={columnsOf(overview)}
      rows={servers}
      keyOf={({ server }) => server}
      isDimmed={({ up }) => !up}
    />
  )

  function columnsOf({ history, atMs, sampleMs }: Overview): Column<ServerOverview>[] {
    return [
      { label: 'Server', kind: 'words', cell: nameOf, total: 'All servers' },
      {
        label: 'Hit ratio',
        hint: 'Hits of all gets that the server answered in the interval, from every client.',
        cell: ({ hitRatio }) => <Meter ratio={hitRatio} tone="servers" />,
        total: <Meter ratio={total.hitRatio} tone="servers" />,
      },
      {
        label: 'Since start',
        hint: 'The hit ratio since the server was started.',
        cell: (row) => formatPercent(row.hitRatioSinceStart),
      },
      {
        label: 'Gets/s',
        cell: ({ getsPerSecond }) => formatRate(getsPerSecond),
        total: formatRate(total.getsPerSecond),
      },
      {
        label: 'Sets/s',
        cell: ({ setsPerSecond }) => formatRate(setsPerSecond),
        total: formatRate(total.setsPerSecond),
      },
      {
        label: 'Evictions/s',
        hint: 'Items that were dropped before their time to make room.',
        cell: ({ evictionsPerSecond }) => <Alarming rate={evictionsPerSecond} />,
        total: <Alarming rate={total.evictionsPerSecond} />,
      },
      {
        label: 'Memory',
        hint: 'Pages taken, of the limit (-m). Full is normal; what matters then is evictions.',
        cell: ({ memoryFull }) => <Meter ratio={memoryFull} tone="memory" />,
        total: <Meter ratio={total.memoryFull} tone="memory" />,
      },
      {
        label: 'Limit',
        cell: ({ memoryLimitBytes }) => formatBytes(memoryLimitBytes),
        total: formatBytes(total.memoryLimitBytes),
      },
      {
        label: 'Items',
        cell: ({ items }) => formatCount(items),
        total: formatCount(total.items),
      },
      {
        label: 'Connections',
        hint: 'Open ones and those the server keeps for itself, of its limit (-c).',
        cell: ({ connectionsFull }) => (
          <Meter ratio={connectionsFull} tone="quiet" warnFrom={CONNECTIONS_WARN} />
        ),
        total: <Meter ratio={total.connectionsFull} tone="quiet" warnFrom={CONNECTIONS_WARN} />,
      },
      { label: 'Uptime', cell: ({ uptime }) => formatDuration(uptime) },
      { label: 'Version', cell: ({ version }) => version || NOTHING },
      { label: 'Operations', kind: 'words', cell: (row) => trendOf(row) },
    ]

    function trendOf(row: ServerOverview) {
      const position = servers.indexOf(row)
      const of = (point: (typeof history.points)[number]) => point.servers[position] ?? null
      return (
        <Sparkline
          label={`Operations per second of ${row.server}, now ${formatRate(row.operationsPerSecond)}`}
          points={history.points}
          markers={history.markers.filter(({ server }) => server === row.server)}
          lines={[{ tone: 'operations', name: 'operations', of }]}
          top={peak(history.points, of, 1)}
          {...spanOf(history.points, atMs, sampleMs)}
        />
      )
    }
  }
}

function nameOf({ server, up, error, restarts }: ServerOverview) {
  return (
    <>
      <span class="named">
        <span class={up ? 'state up' : 'state down'}>{up ? 'Up' : 'Down'}</span>{' '}
        <span>
          <span class="name">{breakable(server)}</span>{' '}
          {restarts > 0 && (
            <span class="tag warn">{restarts === 1 ? 'restarted' : `${restarts} restarts`}</span>
          )}
        </span>
      </span>
      {error !== null && <span class="reason">{error}</span>}
    </>
  )
}

/** A long name may break after a dot rather than within a word. Text stays text. */
function breakable(name: string) {
  return name.split(/(?<=[.:/-])/).map((part, i) => [i > 0 && <wbr key={part} />, part])
}
