import type { RingServer } from '../../../src/admin/api/servers.ts'
import { formatPercent } from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Meter } from '../meter.tsx'
import { Choice, Section, serverChosen } from './parts.tsx'

interface Staying {
  readonly server: string
  readonly before: number | null
  readonly gains: number
}

const COLUMNS: readonly Column<Staying>[] = [
  { label: 'Stays', kind: 'words', cell: ({ server }) => <span class="name">{server}</span> },
  { label: 'Keys now', cell: ({ before }) => formatPercent(before) },
  {
    label: 'Takes over',
    hint: 'Of all keys: those of the server that leaves which go here, and are computed anew.',
    cell: ({ gains }) => (gains === 0 ? '0 %' : `+ ${formatPercent(gains)}`),
  },
  {
    label: 'Keys then',
    cell: ({ before, gains }) => (
      <Meter ratio={before === null ? null : before + gains} tone="servers" />
    ),
  },
]

/** What moves if a server is taken out of the list, and to whom. */
export function Leaving({ servers }: { servers: readonly RingServer[] }) {
  const names = servers.map(({ server }) => server)
  const chosen = serverChosen(names)
  const leaving = servers.find(({ server }) => server === chosen.value)
  if (leaving === undefined || servers.length < 2) return null
  const { receivers, keyShare } = leaving
  const rows = (receivers ?? []).map(({ server, share }) => ({
    server,
    gains: share,
    before: servers.find((other) => other.server === server)?.keyShare ?? null,
  }))
  return (
    <Section id="leaving" title="If one leaves" note="taken out of the list of servers">
      <div class="form">
        <Choice label="Leaves" options={names} value={chosen} />
      </div>
      {receivers === null ? (
        <p class="nothing">Where its keys would go is not known here.</p>
      ) : (
        <>
          <p>
            {formatPercent(keyShare)} of the keys move, all of them misses at first; the others stay
            where they are. While it is only away its keys miss and nothing moves.
          </p>
          <DataTable
            caption="Who takes over"
            columns={COLUMNS}
            rows={rows}
            keyOf={({ server }) => server}
          />
        </>
      )}
    </Section>
  )
}
