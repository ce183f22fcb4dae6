/** What was measured of one workload, as a table. */
export function tableOf(workload, rows) {
  const columns = columnsOf(workload)
  return {
    title: workload.title,
    head: [workload.name, ...columns.map(({ title }) => title)],
    rows: rows.map((row) => [row.name, ...columns.map(({ cell }) => cell(row, rows))]),
  }
}

function columnsOf({ name, unit }) {
  const costs = [
    { title: `CPU ${unit}`, cell: unit === 'ns' ? inNs : inUs },
    { title: 'hits/s', cell: ({ perSecond }) => grouped(perSecond) },
    { title: '× reprise', cell: timesOurs },
  ]
  if (unit === 'ns') return costs
  if (name.startsWith('tags'))
    return [...costs, ...COUNTS, { title: '× untagged', cell: timesUntagged }]
  return [...costs, { title: 'commands', cell: ({ together }) => together.commands.toFixed(2) }]
}

const COUNTS = [
  { title: 'alone: commands', cell: ({ alone }) => alone.commands.toFixed(2) },
  { title: 'writes', cell: ({ alone }) => alone.writes.toFixed(2) },
  { title: '128: commands', cell: ({ together }) => together.commands.toFixed(2) },
  { title: 'writes', cell: ({ together }) => together.writes.toFixed(2) },
]

function inNs({ cpuUs }) {
  return grouped(cpuUs * 1000)
}

function inUs({ cpuUs }) {
  return cpuUs.toFixed(2)
}

function timesOurs({ cpuUs }, rows) {
  const ours = rows.find(({ isOurs }) => isOurs)
  return ours ? times(cpuUs / ours.cpuUs) : ''
}

function timesUntagged({ base, cpuUs }, rows) {
  const untagged = base && rows.find(({ name }) => name === base)
  return untagged ? times(cpuUs / untagged.cpuUs) : ''
}

function times(ratio) {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)
}

function grouped(figure) {
  return Math.round(figure).toLocaleString('en')
}
