// What it costs to choose a server for a key, before anything is sent, and what it allocates.
//
//   npm run build && node --expose-gc bench/hashing.bench.mjs
//
// Runs against `dist`, because that is what ships. MD5 from `node:crypto` stands beside ours, which
// allocates nothing; the check below holds all of them to the same bytes. Medians of 9 rounds.
import assert from 'node:assert/strict'
import * as crypto from 'node:crypto'
import { chooseBy } from '../dist/client/hashing.js'
import { md5Start } from '../dist/client/md5.js'

const ROUNDS = 9
const CALLS = 200_000
const keys = Array.from({ length: 1000 }, (_, i) => `shop:1:product:${i}`)

const byCreateHash = (key) => crypto.createHash('md5').update(key).digest().readUInt32LE(0)
const byHash = (key) => crypto.hash('md5', key, 'buffer').readUInt32LE(0)
for (const key of keys) {
  assert.equal(md5Start(key), byCreateHash(key))
  assert.equal(md5Start(key), byHash(key))
}

const rows = [
  ['md5, our own', md5Start],
  ['md5, crypto.createHash', byCreateHash],
  ['md5, crypto.hash', byHash],
]
for (const hashing of ['rendezvous', 'ketama']) {
  for (const weights of [[1], [1, 1, 1], [1, 2, 5], Array(8).fill(1), Array(32).fill(1)]) {
    const servers = weights.map((weight, i) => ({ node: `10.0.0.${i}:11211`, weight }))
    const choice = chooseBy(hashing, servers)
    const shown = weights.length > 5 ? `${weights.length}` : `${weights.length} (${weights})`
    rows.push([`${hashing} among ${shown}`, (key) => choice.indexOf(key)])
  }
}

console.log('nanoseconds and bytes of heap per key')
for (const [name, choose] of rows) {
  const rounds = Array.from({ length: ROUNDS }, () => measure(choose))
  const median = (figure) => rounds.map(figure).sort((a, b) => a - b)[ROUNDS >> 1]
  const ns = median((round) => round.ns).toFixed(0)
  const bytes = median((round) => round.bytes).toFixed(1)
  console.log(`${name.padEnd(28)}${ns.padStart(8)}${bytes.padStart(10)}`)
}

function measure(choose) {
  globalThis.gc()
  let sum = 0
  const heap = process.memoryUsage().heapUsed
  const start = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i++) sum += choose(keys[i % keys.length])
  const ns = Number(process.hrtime.bigint() - start) / CALLS
  const bytes = (process.memoryUsage().heapUsed - heap) / CALLS
  assert.ok(sum >= 0)
  return { ns, bytes }
}
