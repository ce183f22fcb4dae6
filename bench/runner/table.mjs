/** Prints a table: its title, and rows of cells of which the first is a name. */
export function printTable({ title, head, rows }) {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i].length)))
  console.log(`\n${title}`)
  for (const cells of all) {
    const padded = cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i]),
    )
    console.log(`  ${padded.join('   ')}`)
  }
}

/** The same as Markdown. */
export function markdownTable({ title, head, rows }) {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  const lines = [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `**${title}**\n\n${lines.join('\n')}`
}
