import type { AliasesReply, AliasReply, Latency } from '../../../src/admin/api/aliases.ts'
import { formatCount, formatPercent, formatRate, NOTHING } from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Meter } from '../meter.tsx'
import { useApi } from '../use-api.ts'
import { Answered, Section } from './parts.tsx'

const COLUMNS: readonly Column<AliasReply>[] = [
  {
    label: 'Alias',
    kind: 'words',
    cell: ({ alias, backend }) => (
      <>
        <span class="name">{alias}</span> <span class="tag">{backend}</span>
      </>
    ),
  },
  {
    label: 'Hit ratio',
    hint: 'Fresh hits of all reads of this process, in the interval.',
    cell: ({ hitRatio }) => <Meter ratio={hitRatio} tone="application" />,
  },
  {
    label: 'Since start',
    hint: 'The hit ratio since this process began.',
    cell: (row) => formatPercent(row.hitRatioSinceStart),
  },
  { label: 'Gets/s', cell: (row) => formatRate(row.getsPerSecond) },
  { label: 'p50', cell: ({ latencies }) => formatMs(latencies[0]?.p50Ms) },
  {
    label: 'p95',
    hint: '95 of 100 calls took no longer, all methods together, in the last minutes; at most 10 % too high.',
    cell: ({ latencies }) => formatMs(latencies[0]?.p95Ms),
  },
  { label: 'p99', cell: ({ latencies }) => formatMs(latencies[0]?.p99Ms) },
  {
    label: 'Stale',
    hint: 'Answered with a value past its time, while somebody computed it anew.',
    cell: (row) => formatCount(row.staleSinceStart),
  },
  {
    label: 'Refused',
    hint: 'Values that were computed but not stored, since the key was deleted or changed meanwhile.',
    cell: (row) => formatCount(row.refusedSinceStart),
  },
  {
    label: 'Computed',
    hint: 'How often a miss was computed by this process.',
    cell: (row) => formatCount(row.computations),
  },
  {
    label: 'Mean compute',
    hint: 'How long that took, on average: what a hit saves.',
    cell: (row) => formatMs(row.meanComputationMs),
  },
  {
    label: 'Errors',
    kind: 'words',
    cell: ({ errorsByCode }) =>
      errorsByCode.length === 0
        ? NOTHING
        : errorsByCode.map(({ code, count }) => `${code} ${formatCount(count)}`).join(', '),
  },
]

const LATENCIES: readonly Column<Latency>[] = [
  { label: 'Method', kind: 'words', cell: ({ operation }) => <code>{operation}</code> },
  { label: 'Calls', cell: ({ calls }) => formatCount(calls) },
  { label: 'p50', cell: ({ p50Ms }) => formatMs(p50Ms) },
  { label: 'p95', cell: ({ p95Ms }) => formatMs(p95Ms) },
  { label: 'p99', cell: ({ p99Ms }) => formatMs(p99Ms) },
]

export function AliasesScreen() {
  const answer = useApi<AliasesReply>('aliases?window=10')
  return (
    <Answered answer={answer}>
      {({ aliases }) => (
        <>
          <Section id="aliases" title="Aliases" note="as this process uses them">
            <DataTable
              caption="Aliases in detail"
              columns={COLUMNS}
              rows={aliases}
              keyOf={({ alias }) => alias}
            />
          </Section>
          {aliases.map(({ alias, latencies }) => (
            <Section
              key={alias}
              id={`latency-${alias}`}
              title={alias}
              note="how long calls took, in the last minutes"
            >
              <DataTable
                caption={`Latencies of ${alias}`}
                columns={LATENCIES}
                rows={latencies}
                keyOf={({ operation }) => operation}
              />
            </Section>
          ))}
        </>
      )}
    </Answered>
  )
}

export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NOTHING
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`
}
