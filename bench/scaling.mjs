// Whether the cost grows with the work: more servers, larger values, and no knee between.
//
//   npm run bench:scaling
//
// A client that copied values twice, or held each server's commands apart, would show here first.
import { readOptions } from './runner/arguments.mjs'
import { compare } from './runner/compare.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { startServers } from './runner/servers.mjs'
import { get } from './runner/workloads.mjs'

const KB = 1024
const SERVERS = [1, 2, 4, 8]
const SIZES = [1, 4, 16, 64, 256, 1024]

const options = readOptions(['--clients', 'ours,floor', '--ms', '100', ...process.argv.slice(2)])
installPrograms({ memcached: 'memcached' })
installPeers()

const servers = await startServers({ memcached: Math.max(...SERVERS) })
try {
  console.log('Servers: get of 100 B, 128 in flight')
  line('', 'CPU µs/op', '× one server', '× floor')
  let one
  for (const count of SERVERS) {
    const { ours, floor } = await measure(get('', '', 100, 128, { servers: count }))
    one ??= ours
    line(`${count}`, ours.toFixed(2), (ours / one).toFixed(2), (ours / floor).toFixed(2))
  }

  console.log('\nSizes: get by one server, 16 in flight')
  line('', 'CPU µs/op', 'µs per KB', 'of floor', '× floor')
  for (const size of SIZES) {
    const { ours, floor } = await measure(get('', '', size * KB, 16))
    const perKb = (cpuUs) => (cpuUs / size).toFixed(3)
    line(`${size} KB`, ours.toFixed(2), perKb(ours), perKb(floor), (ours / floor).toFixed(2))
  }
} finally {
  servers.stop()
}

async function measure(workload) {
  const rows = await compare(workload, ['ours', 'floor'], servers, options)
  return Object.fromEntries(rows.map(({ client, cpuUs }) => [client, cpuUs]))
}

function line(name, ...figures) {
  console.log(`  ${name.padEnd(10)}${figures.map((figure) => figure.padStart(14)).join('')}`)
}
