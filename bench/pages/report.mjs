import { perCpuSecond } from './claims.mjs'

/** What was measured, as a table per framework. */
export function tablesOf(rows) {
  const map = rows.find(({ name }) => name === 'node/map')
  const titles = [...new Set(rows.map(({ table }) => table))]
  return titles.map((title) => {
    const mine = rows.filter(({ table }) => table === title)
    const constant = mine.find(({ id }) => id === 'constant')
    return {
      title,
      head: ['', 'pages per CPU second', 'pages/s', '× constant string', '× Map of node:http'],
      rows: mine.map((row) => [
        row.isChunked ? `${row.title}, in chunks` : row.title,
        grouped(perCpuSecond(row)),
        grouped(row.perSecond),
        times(row, constant),
        times(row, map),
      ]),
    }
  })
}

export function printPageClaims(claims) {
  if (claims.length > 0) console.log('\nClaims')
  for (const { text, passed, ratio, against } of claims) {
    console.log(
      `${passed ? 'PASS       ' : 'NOT REACHED'}  ${text}: ${ratio.toFixed(2)} (${against})`,
    )
  }
}

function times(row, other) {
  return other ? (perCpuSecond(row) / perCpuSecond(other)).toFixed(2) : ''
}

function grouped(figure) {
  return Math.round(figure).toLocaleString('en')
}
