import type { Paint } from './terminal.ts'

export interface Cell {
  /** Printable: it is written as it is. */
  readonly text: string
  readonly color?: Parameters<Paint>[1]
}

export interface Heading {
  readonly label: string
  readonly align: 'left' | 'right'
}

/** Rows under headings, two blanks between columns, no blanks at the end of a line. */
export function formatTable(
  headings: readonly Heading[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string {
  const widths = headings.map(({ label }, i) =>
    Math.max(label.length, ...rows.map((row) => row[i]?.text.length ?? 0)),
  )
  const line = (cells: readonly Cell[]) =>
    cells
      .map(({ text, color }, i) => {
        const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - text.length))
        // Blanks stay outside of the color, or an underlined or inverse one would show them.
        const painted = text === '' ? '' : paint(text, color)
        if (headings[i]?.align === 'right') return blanks + painted
        return i === cells.length - 1 ? painted : painted + blanks
      })
      .join('  ')
      .trimEnd()
  const head = headings.map(({ label }) => ({ text: label, color: 'dim' as const }))
  return [head, ...rows].map((cells) => `${line(cells)}\n`).join('')
}
