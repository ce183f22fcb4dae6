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
  {
    label: 'Hit ratio',
    hint: 'Answered from the cache, fresh or stale or as not modified, of all that could have been.',
    cell: ({ hitRatio }) => <Meter ratio={hitRatio} tone="application" />,
  },
  { label: 'Hits', cell: ({ hits }) => formatCount(hits) },
  {
    label: 'Stale',
    hint: 'Answered with what is past its time, while it is rendered anew.',
    cell: ({ stale }) => formatCount(stale),
  },
  { label: 'Stored', cell: ({ stored }) => formatCount(stored) },
  {
    label: 'Not stored',
    hint: 'Rendered, and not stored; for pages the last column says why.',
    cell: ({ notStored }) => formatCount(notStored),
  },
  {
    label: 'Mean render',
    hint: 'How long it takes to render one that is not in the cache.',
    cell: ({ meanRenderMs }) => formatMs(meanRenderMs),
  },
  {
    label: 'Time saved',
    hint: 'Answers from the cache times the mean time to render.',
    cell: ({ savedMs }) => formatDuration(savedMs === null ? null : savedMs / 1000),
  },
]

const PAGE_COLUMNS: readonly Column<PageReply>[] = [
  ...SHARED,
  {
    label: 'Why not',
    kind: 'words',
    cell: ({ reasons }) =>
      reasons.length === 0
        ? NOTHING
        : reasons.map(({ reason, count }) => `${reason} ${formatCount(count)}`).join(', '),
  },
]

const VARIANTS: Column<PageReply> = {
  label: 'Variants',
  hint: 'What was stored of one page for different values of what it varies on, at most. Many: nobody meets their own again.',
  cell: ({ variants }) => formatCount(variants),
}

/** Variants only where the page cache tells of them. */
function columnsOf(pages: readonly PageReply[]): readonly Column<PageReply>[] {
  return pages.some(({ variants }) => variants !== null)
    ? [...PAGE_COLUMNS, VARIANTS]
    : PAGE_COLUMNS
}

export function RenderedScreen() {
  const pages = useApi<PagesReply>('pages')
  const fragments = useApi<FragmentsReply>('fragments')
  return (
    <>
      <Section id="pages" title="Pages" note="by name, since this process began">
        <Answered answer={pages}>
          {({ pages }) =>
            pages.length === 0 ? (
              <p class="nothing">
                No page was asked for yet. Pages come from <code>cacheSite</code> and{' '}
                <code>cachePage</code>; give each a <code>name</code>, and it is a row of its own.
              </p>
            ) : (
              <DataTable caption="Pages" columns={columnsOf(pages)} rows={pages} keyOf={idOf} />
            )
          }
        </Answered>
      </Section>
      <Section id="fragments" title="Fragments" note="of templates">
        <Answered answer={fragments}>
          {({ fragments }) =>
            fragments.length === 0 ? (
              <p class="nothing">
                No fragment was rendered yet: a piece of a template that is cached by name, as with{' '}
                <code>{'{% cache 500, "sidebar" %}'}</code>.
              </p>
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
