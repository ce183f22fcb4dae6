import type { ConnectionRow, ConnectionsReply } from '../../../src/admin/api/connections.ts'
import type { SlabClassReply, SlabsReply } from '../../../src/admin/api/slabs.ts'
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
import { Answered, Bars, Choice, NoServers, Section, serverChosen } from './parts.tsx'

const CLASSES: readonly Column<SlabClassReply>[] = [
  { label: 'Class', kind: 'words', cell: ({ id }) => String(id) },
  {
    label: 'Chunk',
    hint: 'What each item of the class takes, whatever its size: the smallest class that it fits in.',
    cell: ({ chunkBytes }) => formatBytes(chunkBytes),
  },
  { label: 'Pages', cell: ({ pages }) => formatCount(pages) },
  { label: 'Items', cell: ({ items }) => formatCount(items) },
  { label: 'Hot', hint: 'New items.', cell: ({ hot }) => formatCount(hot) },
  {
    label: 'Warm',
    hint: 'Items that were read more than once.',
    cell: ({ warm }) => formatCount(warm),
  },
  {
    label: 'Cold',
    hint: 'Items that nobody read of late: the next to be evicted.',
    cell: ({ cold }) => formatCount(cold),
  },
  {
    label: 'Waste',
    hint: 'The unused ends of the chunks.',
    cell: ({ wasteBytes }) => formatBytes(wasteBytes),
  },
  {
    label: 'Free',
    hint: 'Chunks without an item. Other classes cannot use them.',
    cell: ({ freeBytes }) => formatBytes(freeBytes),
  },
  {
    label: 'Oldest',
    hint: 'For how long the last item of the cold end was not used.',
    cell: ({ oldest }) => formatDuration(oldest),
  },
  { label: 'Evictions/s', cell: ({ evictionsPerSecond }) => formatRate(evictionsPerSecond) },
  {
    label: 'Eviction age',
    hint: 'How long what was evicted last had not been used: how long items really live here.',
    cell: ({ evictionAge }) => formatDuration(evictionAge),
  },
  {
    label: 'Out of memory',
    hint: 'Stores that failed since nothing could be evicted.',
    cell: ({ outOfMemory }) => formatCount(outOfMemory),
  },
]

const ROWS: readonly Column<ConnectionRow>[] = [
  { label: 'Peer', kind: 'words', cell: ({ address }) => address ?? NOTHING },
  { label: 'State', kind: 'words', cell: ({ state }) => state ?? NOTHING },
  { label: 'Idle', cell: ({ idle }) => formatDuration(idle) },
]

export function MemoryScreen({ servers }: { servers: readonly string[] }) {
  const server = serverChosen(servers)
  const answer = useApi<SlabsReply>(pathOf('slabs', server.value))
  if (servers.length === 0) return <NoServers />
  return (
    <Section id="slabs" title="Memory" note="by slab class">
      <div class="form">
        <Choice label="Server" options={servers} value={server} />
      </div>
      <Answered answer={answer}>
        {({ error, memory, classes }) =>
          memory === null ? (
            <p class="notice">{error}</p>
          ) : (
            <>
              <dl class="facts">
                <dt>Pages taken</dt>
                <dd>
                  {formatBytes(memory.takenBytes)} of {formatBytes(memory.limitBytes)}
                </dd>
                <dt>Items</dt>
                <dd>{formatBytes(memory.itemBytes)}</dd>
                <dt>Wasted in chunks</dt>
                <dd>{formatBytes(memory.wasteBytes)}</dd>
                <dt>Free, in a class</dt>
                <dd>{formatBytes(memory.freeInClassesBytes)}</dd>
                <dt>Free pages</dt>
                <dd>{formatBytes(memory.freePagesBytes)}</dd>
                <dt>Ends of pages</dt>
                <dd>{formatBytes(memory.pageTailBytes)}</dd>
              </dl>
              <DataTable
                caption="Slab classes"
                columns={CLASSES}
                rows={classes}
                keyOf={({ id }) => String(id)}
              />
            </>
          )
        }
      </Answered>
    </Section>
  )
}

export function ConnectionsScreen({ servers }: { servers: readonly string[] }) {
  const server = serverChosen(servers)
  const answer = useApi<ConnectionsReply>(pathOf('connections', server.value))
  if (servers.length === 0) return <NoServers />
  return (
    <Section id="connections" title="Connections">
      <div class="form">
        <Choice label="Server" options={servers} value={server} />
      </div>
      <Answered answer={answer}>
        {(reply) => (
          <>
            {reply.error !== null && <p class="notice">{reply.error}</p>}
            <dl class="facts">
              <dt>Open</dt>
              <dd>
                {formatCount(reply.open)} and {formatCount(reply.reserved)} of its own, of{' '}
                {formatCount(reply.limit)}: {formatPercent(reply.full)}
              </dd>
              <dt>Turned away</dt>
              <dd>{formatCount(reply.rejectedSinceStart)} since it was started</dd>
              <dt>Yields</dt>
              <dd>{formatRate(reply.yieldsPerSecond)} per second</dd>
            </dl>
            <Bars
              title="By peer"
              bars={reply.peers.map(({ peer, count }) => ({ label: peer, count }))}
            />
            <DataTable
              caption="Connections"
              columns={ROWS}
              rows={reply.connections}
              keyOf={({ fd }) => String(fd)}
            />
          </>
        )}
      </Answered>
    </Section>
  )
}

function pathOf(screen: string, server: string): string | undefined {
  return server === '' ? undefined : `${screen}?server=${encodeURIComponent(server)}`
}
