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
import { Meter } from '../meter.tsx'
import { useApi } from '../use-api.ts'
import { Leaving } from './leaving.tsx'
import { Answered, NoServers, Section } from './parts.tsx'

const RING: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  { label: 'State', kind: 'words', cell: ({ up, state }) => <State state={up ? state : 'down'} /> },
  { label: 'Weight', cell: ({ weight }) => String(weight) },
  {
    label: 'Keys',
    hint: 'The share of the keys that live there: it misses while the server is away. By measure, with 10,000 keys.',
    cell: ({ keyShare }) => <Meter ratio={keyShare} tone="servers" />,
  },
  {
    label: 'Traffic',
    hint: 'Of what all servers did in the interval. Much more than its share of the keys: a hot key.',
    cell: ({ trafficShare }) => <Meter ratio={trafficShare} tone="application" />,
  },
  {
    label: 'Connects',
    hint: 'How often this process connected to it.',
    cell: ({ connects }) => formatCount(connects),
  },
  {
    label: 'Clock',
    hint: "How far its clock is from this machine's. A busy server lags by a second or two.",
    cell: ({ clockSkew }) => (clockSkew === null ? NOTHING : `${clockSkew} s`),
  },
  { label: 'Aliases', kind: 'words', cell: ({ aliases }) => aliases.join(', ') },
  { label: 'Last error', kind: 'words', cell: errorOf },
]

const COMMANDS: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  { label: 'Get/s', cell: ({ detail }) => formatRate(detail.rates.get) },
  { label: 'Set/s', cell: ({ detail }) => formatRate(detail.rates.set) },
  { label: 'Touch/s', cell: ({ detail }) => formatRate(detail.rates.touch) },
  { label: 'Delete/s', cell: ({ detail }) => formatRate(detail.rates.delete) },
  {
    label: 'Count/s',
    hint: 'Increments and decrements.',
    cell: ({ detail }) => formatRate(detail.rates.arithmetic),
  },
  {
    label: 'Reads hit',
    hint: 'Hits of all reads, those that touch included, which the server counts apart.',
    cell: ({ detail }) => formatPercent(detail.readHitRatio),
  },
  {
    label: 'Misses: expired',
    hint: 'Of all misses: the key was there but past its time. The rest never was, or was deleted or evicted.',
    cell: ({ detail }) => formatPercent(detail.missesExpired),
  },
  {
    label: 'CAS conflicts',
    hint: 'Of all compare-and-swap: somebody else was faster.',
    cell: ({ detail }) => formatPercent(detail.casConflicts),
  },
  {
    label: 'CPU',
    hint: 'Processor time of its worker threads.',
    cell: ({ detail }) => formatPercent(detail.cpu),
  },
  { label: 'In/s', cell: ({ detail }) => formatBytes(detail.bytesReadPerSecond) },
  { label: 'Out/s', cell: ({ detail }) => formatBytes(detail.bytesWrittenPerSecond) },
]

const KEPT: readonly Column<RingServer>[] = [
  { label: 'Server', kind: 'words', cell: nameOf },
  {
    label: 'Eviction age',
    hint: 'How long what was evicted last had not been used: how long items really live.',
    cell: ({ detail }) => formatDuration(detail.evictionAge),
  },
  {
    label: 'Evicted unread',
    hint: 'Of all evictions: nobody had ever read it.',
    cell: ({ detail }) => formatPercent(detail.evictedUnfetched),
  },
  {
    label: 'Useless writes',
    hint: 'Of all writes: evicted or expired before anybody read them.',
    cell: ({ detail }) => formatPercent(detail.uselessWrites),
  },
  {
    label: 'Too large/s',
    hint: 'Values that were refused for their size (-I).',
    cell: ({ detail }) => formatRate(detail.tooLargePerSecond),
  },
  {
    label: 'Oldest item',
    hint: 'For how long the item that is unused the longest was not read.',
    cell: ({ detail }) => formatDuration(detail.oldestItem),
  },
  {
    label: 'Of the pages',
    hint: 'Bytes of items, of the pages taken: the rest is waste or free.',
    cell: ({ detail }) => formatPercent(detail.efficiency),
  },
  { label: 'Mean item', cell: ({ detail }) => formatBytes(detail.meanItemBytes) },
]

export function ServersScreen() {
  const answer = useApi<ServersReply>('servers?window=10')
  return (
    <Answered answer={answer}>
      {({ servers }) =>
        servers.length === 0 ? (
          <NoServers />
        ) : (
          <>
            <Section id="ring" title="Servers" note="which keys are where, and how each is doing">
              <DataTable caption="Servers" columns={RING} rows={servers} keyOf={nameOf} />
            </Section>
            <Leaving servers={servers} />
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

function State({ state }: { state: string }) {
  return <span class={state === 'down' ? 'state down' : 'state'}>{state}</span>
}

function errorOf({ lastError }: RingServer) {
  return lastError === null ? NOTHING : <span class="reason">{lastError}</span>
}

function nameOf({ server }: RingServer): string {
  return server
}
