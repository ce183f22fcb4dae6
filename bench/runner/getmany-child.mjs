import { createHook } from 'node:async_hooks'
import { Socket } from 'node:net'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { open } from '../clients/ours.mjs'
import { checkValues } from './loops.mjs'
import { entriesOf } from './workloads.mjs'

const CALLS = 200
const { question, servers, dist } = JSON.parse(process.argv[2])
const entries = entriesOf({ keys: 100, bytes: 100 }, 'shop:1')
const keys = [...entries.keys()]

const answer = question === 'turns' ? await countTurns() : await countBytes()
process.send(answer, () => process.exit())

async function countTurns() {
  const sockets = new Set()
  let writes = 0
  let reads = 0
  // Node calls into JavaScript once per read of a socket, whoever takes the bytes there and how.
  createHook({
    init: (id, type) => void (type === 'TCPWRAP' && sockets.add(id)),
    before: (id) => void (sockets.has(id) && reads++),
  }).enable()
  // Through it goes every write that a socket makes, alone or corked.
  const { _writeGeneric } = Socket.prototype
  Socket.prototype._writeGeneric = function (...args) {
    writes++
    return _writeGeneric.apply(this, args)
  }

  const client = await readyClient()
  writes = 0
  reads = 0
  for (let i = 0; i < CALLS; i++) await client.getMany(keys)
  const each = CALLS * servers.length
  return { writes: writes / each, reads: reads / each }
}

/** The growth of the heap over many calls, in a process with room for all of it. */
async function countBytes() {
  const client = await readyClient()
  for (let i = 0; i < 500; i++) await client.getMany(keys)
  let collections = 0
  new PerformanceObserver((list) => {
    collections += list.getEntries().length
  }).observe({ entryTypes: ['gc'] })
  for (let attempt = 0; attempt < 10; attempt++) {
    await turn()
    collections = 0
    const before = process.memoryUsage()
    for (let i = 0; i < CALLS; i++) await client.getMany(keys)
    const after = process.memoryUsage()
    await turn()
    if (collections > 0) continue
    const perKey = (field) => Math.round((after[field] - before[field]) / CALLS / keys.length)
    return { heap: perKey('heapUsed'), outside: perKey('arrayBuffers') }
  }
  throw new Error('Every attempt was disturbed by a garbage collection.')
}

async function readyClient() {
  const client = await open({ servers, dist })
  await checkValues(client, { verb: 'many' }, entries)
  for (let i = 0; i < 50; i++) await client.getMany(keys)
  return client
}
