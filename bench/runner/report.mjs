import { CLIENTS } from './clients.mjs'

export function printTable(workload, rows) {
  const floor = rows.find(({ client }) => client === 'floor')
  const best = bestPeer(rows)
  console.log(`\n${workload.title} (${workload.name})`)
  console.log(line('client', 'CPU µs/op', 'ops/s', '× floor', '÷ best of npm'))
  for (const { client, cpuUs, perSecond } of rows) {
    console.log(
      line(
        client,
        cpuUs.toFixed(cpuUs < 100 ? 2 : 0),
        Math.round(perSecond).toLocaleString('en'),
        floor ? (cpuUs / floor.cpuUs).toFixed(2) : '',
        best ? (best.cpuUs / cpuUs).toFixed(2) : '',
      ),
    )
  }
}

/** The Memcached client of npm with the least CPU per operation. */
export function bestPeer(rows) {
  return rows
    .filter(({ client }) => CLIENTS[client].isPeer)
    .toSorted((a, b) => a.cpuUs - b.cpuUs)[0]
}

function line(client, ...figures) {
  return `  ${client.padEnd(16)}${figures.map((figure) => figure.padStart(14)).join('')}`
}
