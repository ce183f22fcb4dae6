import type {
  FragmentsReply,
  PageReply,
  PagesReply,
  Rendered,
} from '../../../src/admin/api/pages.ts'
import { formatCount, formatDuration, NOTHING } from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { Meter } from '../meter.tsx'
import { useApi } from '../use-api.ts'
import { formatMs } from './aliases.tsx'
import { Answered, Section } from './parts.tsx'

const SHARED: readonly Column<Rendered>[] = [
  {
    label: 'Name',
    kind: 'words',
    cell: ({ name, alias }) => (
      <>
        <span class="name">{name === '' ? 'without a name' : name}</span>{' '}
        <span class="tag">{alias}</span>
      </>
    ),
  },
  { label: 'Hit ratio', cell: ({ hitRatio }) => <Meter ratio={hitRatio} tone="application" /> },
  { label: 'Hits', cell: ({ hits }) => formatCount(hits) },
  { label: 'Stale', cell: ({ stale }) => formatCount(stale) },
  { label: 'Stored', cell: ({ stored }) => formatCount(stored) },
  { label: 'Not stored', cell: ({ notStored }) => formatCount(notStored) },
  { label: 'Mean render', cell: ({ meanRenderMs }) => formatMs(meanRenderMs) },
  {
    label: 'Time saved',
    cell: ({ savedMs }) => formatDuration(savedMs === null ? null : savedMs / 1000),
  },
]

const PAGE_COLUMNS: readonly Column<PageReply>[] = [
  ...SHARED,
  { label: 'Variants', cell: ({ variants }) => formatCount(variants) },
  {
    label: 'Why not',
    kind: 'words',
    cell: ({ reasons }) =>
      reasons.length === 0
        ? NOTHING
        : reasons.map(({ reason, count }) => `${reason} ${formatCount(count)}`).join(', '),
  },
]

export function RenderedScreen() {
  const pages = useApi<PagesReply>('pages')
  const fragments = useApi<FragmentsReply>('fragments')
  return (
    <>
      <Section id="pages" title="Pages" note="by name, since this process began">
        <Answered answer={pages}>
          {({ pages }) =>
            pages.length === 0 ? (
              <p class="quiet">No page was asked for yet.</p>
            ) : (
              <DataTable caption="Pages" columns={PAGE_COLUMNS} rows={pages} keyOf={idOf} />
            )
          }
        </Answered>
      </Section>
      <Section id="fragments" title="Fragments" note="of templates">
        <Answered answer={fragments}>
          {({ fragments }) =>
            fragments.length === 0 ? (
              <p class="quiet">No fragment was rendered yet.</p>
            ) : (
              <DataTable caption="Fragments" columns={SHARED} rows={fragments} keyOf={idOf} />
            )
          }
        </Answered>
      </Section>
    </>
  )
}

function idOf({ alias, name }: Rendered): string {
  return `${alias} ${name}`
}
