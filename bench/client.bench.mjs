// What one `get` costs the client's process in CPU, over what a bare socket costs that pipelines
// the same commands and only counts the replies.
//
//   npm run build && node --expose-gc bench/client.bench.mjs
//
// Runs against `dist`, because that is what ships, and a memcached of its own on a Unix socket.
// 128 loops each await one get after another, as 128 requests in flight would. The floor writes 128
// `mg` lines at once and waits for 128 replies. Both read the same items, asserted first. CPU time,
// not wall time: with one client and one server on one machine, wall time tells about the machine.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MemcachedClient } from 'reprise/memcached'

const CONCURRENCY = 128
const GETS = 256_000
const ROUNDS = 5
const VALUE = Buffer.alloc(100, 'v')

const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-'))
const path = join(folder, 'mc.sock')
const server = spawn('memcached', ['-s', path, '-a', '777', '-u', 'root', '-t', '1'])
const client = new MemcachedClient({ servers: path, timeoutMs: 10_000 })
const keys = Array.from({ length: CONCURRENCY }, (_, i) => `shop:1:product:${i}`)

try {
  while (!(await client.set('up', '1').catch(() => false))) await sleep(20)
  for (const key of keys) await client.set(key, VALUE)
  const socket = connect(path)
  await once(socket, 'connect')
  assert.deepEqual((await client.get(keys[7])).value, VALUE)
  assert.equal(await floor(socket, CONCURRENCY), CONCURRENCY)

  const rows = { 'MemcachedClient.get': [], 'bare socket': [] }
  for (let round = 0; round < ROUNDS; round++) {
    rows['MemcachedClient.get'].push(await cpuPerGet(() => gets(GETS)))
    rows['bare socket'].push(await cpuPerGet(() => floor(socket, GETS)))
  }
  socket.destroy()

  const median = (figures) => figures.toSorted((a, b) => a - b)[figures.length >> 1]
  for (const [name, figures] of Object.entries(rows)) {
    console.log(`${name.padEnd(20)} ${median(figures).toFixed(2)} µs of CPU per get`)
  }
  const ratio = median(rows['MemcachedClient.get']) / median(rows['bare socket'])
  console.log(`ratio                ${ratio.toFixed(2)}`)
} finally {
  await client.close()
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}

async function gets(count) {
  await Promise.all(
    keys.map(async (key) => {
      for (let i = 0; i < count / CONCURRENCY; i++) await client.get(key)
    }),
  )
}

/** Resolves to how many replies came, told by their last bytes. */
async function floor(socket, count) {
  const batch = keys.map((key, i) => `mg ${key} v f O${i} k\r\n`).join('')
  let replies = 0
  let bytes = 0
  // Every reply to this batch is of known length, so that counting is a division.
  const batchBytes = keys.reduce(
    (sum, key, i) => sum + `VA 100 f0 O${i} k${key}\r\n`.length + VALUE.length + 2,
    0,
  )
  await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes < batchBytes) return
      assert.equal(bytes, batchBytes)
      bytes = 0
      replies += CONCURRENCY
      if (replies >= count) resolve()
      else socket.write(batch, 'latin1')
    })
    socket.write(batch, 'latin1')
  })
  socket.removeAllListeners('data')
  return replies
}

async function cpuPerGet(run) {
  globalThis.gc?.()
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / GETS
}
