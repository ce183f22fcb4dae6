// The report of a load as text.

/** The method, a table per load, and the verdict on each claim. */
export function formatReport({ method, cells, claims }) {
  return [
    '',
    ...formatMethod(method),
    '',
    ...formatTable('Mixed load', cells, 'mixed'),
    '',
    ...formatTable('Country pages alone', cells, 'country'),
    '',
    ...claims.map(formatClaim),
  ].join('\n')
}

function formatMethod({ seed, mix, concurrency, secondsPerCell, addresses, memcached }) {
  const share = (value) => `${Math.round(value * 1000) / 10} %`
  const pages = ['front', 'country', 'city', 'search']
  return [
    `Mix: ${pages.map((kind) => `${share(mix[kind])} ${kind}`).join(', ')}; ${share(mix.writes)} of requests are edits. ${addresses} addresses,`,
    `popularity 1/rank, seed ${seed}. ${concurrency} connections, each asks for the next page when the last is there; ${secondsPerCell} s per row.`,
    'Warm-up: each address once; with the cache off, 2 s of the mix. Over loopback, this process and the site’s on one machine.',
    'PostgreSQL is PGlite in the site’s process, on its one thread: a query keeps every other request waiting.',
    `Memcached: ${memcached}.`,
  ]
}

function formatTable(title, cells, load) {
  const head = [title, 'req/s', 'median', 'p99', 'SQL/request', 'hits', 'requests', 'errors']
  const rows = cells.filter((cell) => cell.load === load).map(formatRow)
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column].length)),
  )
  const line = (row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]),
      )
      .join('  ')
  return [line(head), '─'.repeat(line(head).length), ...rows.map(line)]
}

function formatRow(cell) {
  const errors = Object.entries(cell.errors).map(([what, count]) => `${count} ${what}`)
  return [
    `  cache ${cell.cache}`,
    cell.requestsPerSecond.toFixed(cell.requestsPerSecond < 100 ? 1 : 0),
    `${cell.medianMs.toFixed(1)} ms`,
    `${cell.p99Ms.toFixed(1)} ms`,
    cell.queriesPerRequest.toFixed(3),
    `${(cell.hitShare * 100).toFixed(1)} %`,
    `${cell.requests}`,
    errors.join(', ') || '0',
  ]
}

function formatClaim({ claim, unit, measured, holds }) {
  const figures = Object.entries(measured).map(([cache, value]) => {
    if (unit === '%') return `${cache} −${(value * 100).toFixed(1)} %`
    if (unit === '×') return `${cache} ${value.toFixed(0)} ×`
    return `${value} ${unit}`
  })
  return `${holds ? 'PASS' : 'FAIL'}  ${claim}: ${figures.join(', ')}`
}
