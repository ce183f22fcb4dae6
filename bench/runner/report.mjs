import { CLIENTS } from './clients.mjs'

/** One line that is written over, on a terminal only. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

export function printSetting({ node, memcached, redis, cpu, clients }) {
  const servers = `memcached ${memcached}${redis ? `, Redis ${redis}` : ''}`
  console.log(`Node ${node}, ${servers}, ${cpu}`)
  console.log(
    Object.entries(clients)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )
}

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

export function printClaims(claims) {
  if (claims.length > 0) console.log('\nClaims')
  for (const { text, passed, ratio, against } of claims) {
    console.log(`${passed ? 'PASS' : 'FAIL'}  ${text}: ${ratio.toFixed(2)} (${against})`)
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
