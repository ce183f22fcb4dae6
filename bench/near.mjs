// What a read costs the process with a near copy, beside one from Memcached.
//
//   npm run build && node bench/near.mjs
//
// 64 reads in flight by `lease`, as `getOrSet` reads; user and system time of the process, the
// median of seven turns, in µs per read. All three give the same value, or the run ends.
import assert from 'node:assert/strict'
import { MemcachedBackend, TieredBackend } from 'reprise'
import { installPrograms } from './runner/install.mjs'
import { startServers } from './runner/servers.mjs'

const IN_FLIGHT = 64
const TURNS = 7
const TURN_US = 40_000
const SIZES = [250, 1000, 16_000, 100_000]

const VALUES = {
  text: (size) => 'x'.repeat(size),
  rows: (size) => ({ rows: Array.from({ length: size / 50 }, (_, id) => row(id)) }),
}

installPrograms({ memcached: 'memcached' })
const servers = await startServers({ memcached: 1 })
const far = new MemcachedBackend({ servers: servers.memcached })
const backends = {
  Memcached: far,
  near: new TieredBackend(far, { minBytes: 1 }),
  'near, shared': new TieredBackend(far, { minBytes: 1, share: true }),
}
try {
  for (const [kind, make] of Object.entries(VALUES)) {
    for (const size of SIZES) console.log(await rowOf(`${kind} of ${size}`, make(size)))
  }
} finally {
  await far[Symbol.asyncDispose]()
  servers.stop()
}

async function rowOf(name, value) {
  await far.set(name, { value, createdAtMs: Date.now(), ttl: 3600.5, staleFor: 0 })
  const costs = []
  for (const [backendName, backend] of Object.entries(backends)) {
    for (let i = 0; i < 2; i++) {
      const { found } = await backend.lease(name, 10)
      assert.deepEqual(found?.value, value)
    }
    costs.push(`${backendName} ${(await cost(backend, name)).toFixed(1)}`)
  }
  return `${name.padEnd(16)} ${costs.join('   ')}`
}

async function cost(backend, key) {
  const turns = []
  for (let turn = 0; turn <= TURNS; turn++) turns.push(await oneTurn(backend, key))
  // The first warms up.
  return turns.slice(1).sort((a, b) => a - b)[Math.floor(TURNS / 2)]
}

async function oneTurn(backend, key) {
  const before = process.cpuUsage()
  let reads = 0
  let isOver = false
  const loop = async () => {
    while (!isOver) {
      await backend.lease(key, 10)
      reads++
      const { user, system } = reads % 16 === 0 ? process.cpuUsage(before) : { user: 0, system: 0 }
      if (user + system > TURN_US) isOver = true
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / reads
}

function row(id) {
  return { id, name: `name of ${id}`, tags: ['a', 'b'] }
}
