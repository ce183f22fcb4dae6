// One client with one workload in a process of its own: no other client's garbage or shapes.
import { Socket } from 'node:net'
import { checkValues, loops } from './loops.mjs'
import { entriesOf } from './workloads.mjs'

// Some of the peers never ask for it, which would be measured as the kernel's delay, not as theirs.
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  this.setNoDelay(true)
  return connect.apply(this, args)
}

const { client: name, adapter, workload, options } = JSON.parse(process.argv[2])
const { open } = await import(`../clients/${adapter}.mjs`)
const client = await open(options)
const entries = entriesOf(workload, name.padEnd(15, '-'))
let run
if (client.start) {
  run = await client.start(workload, entries)
} else {
  await checkValues(client, workload, entries)
  run = loops(client, workload, entries)
}

process.on('message', async ({ ms }) => process.send(await measure(ms)))
process.on('disconnect', () => process.exit())
process.send('ready')

const LEAST_BATCH_US = 5000
let batch = 64

// By CPU time, so that a turn is as long on a busy machine. No forced garbage collection before: a
// client's own garbage is its cost, and after `gc()` the code of clients with many promises ran four
// times slower for tens of milliseconds (Node 20).
async function measure(ms) {
  // Another process has had the caches.
  const unmeasured = await run(batch)
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  let operations = 0
  let cpuUs = 0
  while (cpuUs < ms * 1000) {
    operations += await run(batch)
    const { user, system } = process.cpuUsage(cpu)
    if (user + system - cpuUs < LEAST_BATCH_US) batch *= 2
    cpuUs = user + system
  }
  const wallUs = Number(process.hrtime.bigint() - start) / 1000
  return { operations, cpuUs, wallUs, unmeasured }
}
