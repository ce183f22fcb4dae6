import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly label: string
  /** Words stand left, figures right. */
  readonly kind?: 'words' | 'figures'
  readonly cell: (row: Row) => ComponentChildren
  /** What the figure is, where its name does not say it all. */
  readonly hint?: string
  /** What stands below, for all rows together. */
  readonly total?: ComponentChildren
}

export interface DataTableProps<Row> {
  /** Heard, not seen: the heading above says it to the eye. */
  readonly caption: string
  /** The first names the row. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly isDimmed?: (row: Row) => boolean
}

/**
 * A table; on a narrow screen each row is a list of labelled figures.
 *
 * The roles are spelled out because browsers drop a table's own once a style gives its parts another
 * `display`, and a screen reader would then read a heap of numbers.
 */
export function DataTable<Row>({ caption, columns, rows, keyOf, isDimmed }: DataTableProps<Row>) {
  const totalled = rows.length > 1 && columns.some(({ total }) => total !== undefined)
  return (
    <>
      <table role={TABLE}>
        <caption class="heard">{caption}</caption>
        <thead role={GROUP}>
          <tr role={ROW}>
            {columns.map(({ label, kind, hint }) => (
              <th key={label} scope="col" role={COLUMN} class={kind ?? 'figures'} title={hint}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={GROUP}>
          {rows.map((row) => (
            <tr key={keyOf(row)} role={ROW} class={isDimmed?.(row) ? 'dimmed' : undefined}>
              {columns.map((column, i) => cellOf(column, i, column.cell(row)))}
            </tr>
          ))}
        </tbody>
        {totalled && (
          <tfoot role={GROUP}>
            <tr role={ROW}>{columns.map((column, i) => cellOf(column, i, column.total))}</tr>
          </tfoot>
        )}
      </table>
      <Hints columns={columns} caption={caption} />
    </>
  )
}

/** The titles of the columns again, for who has no mouse to rest on them. */
function Hints<Row>({ columns, caption }: Pick<DataTableProps<Row>, 'columns' | 'caption'>) {
  const hinted = columns.filter(({ hint }) => hint !== undefined)
  if (hinted.length === 0) return null
  return (
    <details class="hints">
      <summary>
        What the columns say<span class="heard"> of {caption}</span>
      </summary>
      <dl>
        {hinted.map(({ label, hint }) => (
          <>
            <dt key={label}>{label}</dt>
            <dd key={`${label} says`}>{hint}</dd>
          </>
        ))}
      </dl>
    </details>
  )
}

function cellOf<Row>({ label, kind }: Column<Row>, position: number, content: ComponentChildren) {
  if (position === 0) {
    return (
      <th key={label} scope="row" role={ROW_HEADER} class="words">
        {content}
      </th>
    )
  }
  const empty = content === undefined ? ' empty' : ''
  return (
    <td key={label} role={CELL} class={`${kind ?? 'figures'}${empty}`} data-label={label}>
      {content}
    </td>
  )
}

const TABLE = 'table'
const GROUP = 'rowgroup'
const ROW = 'row'
const COLUMN = 'columnheader'
const ROW_HEADER = 'rowheader'
const CELL = 'cell'
