import type { RingServer, ServersReply } from '../../../src/admin/api/servers.ts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  NOTHING,
} from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { useApi } from '../use-api.ts'
import { Answered, Section } from './parts.tsx'

const RING: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  { label: 'State', kind: 'words', cell: ({ up, state }) => (up ? state : 'down') },
  { label: 'Weight', cell: ({ weight }) => String(weight) },
  { label: 'Keys', cell: ({ keyShare }) => formatPercent(keyShare) },
  { label: 'Traffic', cell: ({ trafficShare }) => formatPercent(trafficShare) },
  { label: 'Connects', cell: ({ connects }) => formatCount(connects) },
  { label: 'Clock', cell: ({ clockSkew }) => (clockSkew === null ? NOTHING : `${clockSkew} s`) },
  { label: 'Aliases', kind: 'words', cell: ({ aliases }) => aliases.join(', ') },
  { label: 'Last error', kind: 'words', cell: errorOf },
]

const COMMANDS: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  { label: 'Get/s', cell: ({ detail }) => formatRate(detail.rates.get) },
  { label: 'Set/s', cell: ({ detail }) => formatRate(detail.rates.set) },
  { label: 'Touch/s', cell: ({ detail }) => formatRate(detail.rates.touch) },
  { label: 'Delete/s', cell: ({ detail }) => formatRate(detail.rates.delete) },
  { label: 'Count/s', cell: ({ detail }) => formatRate(detail.rates.arithmetic) },
  { label: 'Reads hit', cell: ({ detail }) => formatPercent(detail.readHitRatio) },
  { label: 'Misses: expired', cell: ({ detail }) => formatPercent(detail.missesExpired) },
  { label: 'CAS conflicts', cell: ({ detail }) => formatPercent(detail.casConflicts) },
  { label: 'CPU', cell: ({ detail }) => formatPercent(detail.cpu) },
  { label: 'In/s', cell: ({ detail }) => formatBytes(detail.bytesReadPerSecond) },
  { label: 'Out/s', cell: ({ detail }) => formatBytes(detail.bytesWrittenPerSecond) },
]

const KEPT: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  { label: 'Eviction age', cell: ({ detail }) => formatDuration(detail.evictionAge) },
  { label: 'Evicted unread', cell: ({ detail }) => formatPercent(detail.evictedUnfetched) },
  { label: 'Useless writes', cell: ({ detail }) => formatPercent(detail.uselessWrites) },
  { label: 'Too large/s', cell: ({ detail }) => formatRate(detail.tooLargePerSecond) },
  { label: 'Oldest item', cell: ({ detail }) => formatDuration(detail.oldestItem) },
  { label: 'Of the pages', cell: ({ detail }) => formatPercent(detail.efficiency) },
  { label: 'Mean item', cell: ({ detail }) => formatBytes(detail.meanItemBytes) },
]

export function ServersScreen() {
  const answer = useApi<ServersReply>('servers?window=10')
  return (
    <Answered answer={answer}>
      {({ servers }) =>
        servers.length === 0 ? (
          <p class="quiet">There are no Memcached servers.</p>
        ) : (
          <>
            <Section
              id="ring"
              title="Servers"
              note="keys: the share that misses while a server is away, and moves when it is taken out"
            >
              <DataTable caption="Servers" columns={RING} rows={servers} keyOf={nameOf} />
            </Section>
            <Section id="commands" title="Commands" note="of the last ten seconds">
              <DataTable caption="Commands" columns={COMMANDS} rows={servers} keyOf={nameOf} />
            </Section>
            <Section id="kept" title="What is kept" note="and what was written for nobody">
              <DataTable caption="What is kept" columns={KEPT} rows={servers} keyOf={nameOf} />
            </Section>
          </>
        )
      }
    </Answered>
  )
}

function errorOf({ lastError }: RingServer) {
  return lastError === null ? NOTHING : <span class="reason">{lastError}</span>
}

function nameOf({ server }: RingServer): string {
  return server
}
