import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  NOTHING,
} from '../../src/admin/format.ts'
import type { AliasOverview, Overview } from '../../src/admin/overview.ts'
import { Alarming } from './alarming.tsx'
import { type Column, DataTable } from './data-table.tsx'
import { Meter } from './meter.tsx'

export function Aliases({ overview }: { overview: Overview }) {
  const { application, memory } = overview
  const columns: Column<AliasOverview>[] = [
    {
      label: 'Alias',
      kind: 'words',
      cell: ({ alias, backend }) => (
        <>
          <span class="name">{alias}</span> <span class="tag">{backend}</span>
        </>
      ),
      total: 'All aliases',
    },
    {
      label: 'Hit ratio',
      hint: 'Fresh hits of all reads of this process. Stale answers, misses and failed reads are none.',
      cell: ({ hitRatio }) => <Meter ratio={hitRatio} tone="application" />,
      total: <Meter ratio={application.hitRatio} tone="application" />,
    },
    {
      label: 'Since start',
      hint: 'The hit ratio since this process began.',
      cell: (row) => formatPercent(row.hitRatioSinceStart),
    },
    {
      label: 'Gets/s',
      cell: ({ getsPerSecond }) => formatRate(getsPerSecond),
      total: formatRate(application.getsPerSecond),
    },
    {
      label: 'Sets/s',
      cell: ({ setsPerSecond }) => formatRate(setsPerSecond),
      total: formatRate(application.setsPerSecond),
    },
    {
      label: 'Stale/s',
      hint: 'Answered at once with a value past its time, while somebody computes it anew.',
      cell: ({ stalePerSecond }) => formatRate(stalePerSecond),
      total: formatRate(application.stalePerSecond),
    },
    {
      label: 'Errors',
      hint: 'Calls that failed in the interval, whether they were hidden as misses or thrown.',
      cell: ({ errors, errorsSinceStart }) => (
        <>
          <Errors count={errors} />
          {errorsSinceStart > 0 && (
            <span class="aside">{formatCount(errorsSinceStart)} since start</span>
          )}
        </>
      ),
      total: <Errors count={application.errors} />,
    },
    ...(memory.stores > 0 ? STORE_COLUMNS : []),
    { label: 'Prefix', kind: 'words', cell: ({ keyPrefix }) => codeOf(keyPrefix) },
    { label: 'Version', kind: 'words', cell: ({ version }) => codeOf(version) },
    {
      label: 'Lifetime',
      hint: 'How long a value is kept that is stored without a ttl of its own.',
      cell: ({ ttl }) => (ttl === null ? 'no end' : formatDuration(ttl)),
    },
  ]
  return (
    <DataTable
      caption="Aliases of this application"
      columns={columns}
      rows={overview.aliases}
      keyOf={({ alias }) => alias}
    />
  )
}

/** Without totals: aliases may share a store, and each of them shows all of it. */
const STORE_COLUMNS: readonly Column<AliasOverview>[] = [
  {
    label: 'Evictions/s',
    cell: ({ evictionsPerSecond }) => <Alarming rate={evictionsPerSecond} />,
  },
  { label: 'Memory', cell: ({ memoryRatio }) => <Meter ratio={memoryRatio} tone="memory" /> },
  { label: 'Limit', cell: ({ limitBytes }) => formatBytes(limitBytes) },
  { label: 'Items', cell: ({ items }) => formatCount(items) },
]

function Errors({ count }: { count: number | null }) {
  return <span class={count !== null && count > 0 ? 'bad' : undefined}>{formatCount(count)}</span>
}

function codeOf(text: string) {
  return text === '' ? NOTHING : <code>{text}</code>
}
