// What telemetry costs a read: while nobody listens, and while somebody does.
//
//   npm run build && node bench/telemetry.mjs [--quick]
//
// `get` of a text that is there, in memory and from Memcached with 128 in flight; user and system
// time of the process in µs per read, the median of interleaved turns. The floor is the same build
// with every question after subscribers cut out. A full run that contradicts a claim exits with 1.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installPrograms } from './runner/install.mjs'
import { startServers } from './runner/servers.mjs'
import { follow } from './telemetry/subscribers.mjs'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
const QUESTION = /\b\w*(?:Channel|tracing)\.hasSubscribers\b/g
const STORES = {
  memory: { backend: 'memory', inFlight: 1 },
  memcached: { backend: 'memcached', inFlight: 128 },
}
const MOST_UNHEARD = 1.03

const quick = process.argv.includes('--quick')
const store = process.argv.find((argument) => argument in STORES)
const TURNS = quick ? 5 : 41
const TURN_US = quick ? 30_000 : 100_000

if (store === undefined) {
  installPrograms({ memcached: 'memcached' })
  // A process for each: what has once been listened to is not as before.
  const runs = Object.keys(STORES).map((name) =>
    spawnSync(process.execPath, [...process.argv.slice(1), name], { stdio: 'inherit' }),
  )
  process.exitCode = quick || runs.every(({ status }) => status === 0) ? 0 : 1
} else {
  const { inFlight, ...place } = STORES[store]
  const servers = await startServers({ memcached: 1 })
  const deaf = deafCopy()
  try {
    const builds = {
      silent: await import(pathToFileURL(join(deaf, 'index.js')).href),
      ours: await import(pathToFileURL(join(DIST, 'index.js')).href),
    }
    if (store === 'memcached') place.location = servers.memcached
    const ratio = await measure(inFlight, place, builds)
    const holds = ratio <= MOST_UNHEARD
    const against = `${ratio.toFixed(3)} of no question (at most ${MOST_UNHEARD})`
    console.log(`${holds ? 'PASS' : 'NOT REACHED'} ${store}: nobody listens, ${against}\n`)
    process.exitCode = holds ? 0 : 1
  } finally {
    servers.stop()
    rmSync(dirname(deaf), { recursive: true })
  }
}

/** A copy of the build in which nobody is asked after subscribers. */
function deafCopy() {
  const copy = join(mkdtempSync(join(tmpdir(), 'reprise-telemetry-')), 'dist')
  cpSync(DIST, copy, { recursive: true })
  // So that its imports of packages are found.
  writeFileSync(join(dirname(copy), 'package.json'), '{ "type": "module" }')
  cpSync(join(DIST, '../node_modules/lru-cache'), join(dirname(copy), 'node_modules/lru-cache'), {
    recursive: true,
    dereference: true,
  })
  let cut = 0
  for (const file of readdirSync(copy, { recursive: true })) {
    if (!file.endsWith('.js')) continue
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    const changed = text.replace(QUESTION, () => {
      cut += 1
      return 'false'
    })
    if (changed !== text) writeFileSync(path, changed)
  }
  assert(cut > 10, 'the build asks after subscribers by another name')
  return copy
}

async function measure(inFlight, place, builds) {
  const rows = [
    { name: 'no question', build: builds.silent },
    { name: 'nobody listens', build: builds.ours },
    { name: 'one subscriber', build: builds.ours, listen: follow.nothing },
    { name: 'Prometheus', build: builds.ours, listen: follow.prometheus },
    { name: 'OpenTelemetry', build: builds.ours, listen: follow.openTelemetry },
  ]
  for (const row of rows) {
    const settings = { ...place, keyPrefix: row.name.replaceAll(' ', '-') }
    row.caches = row.build.createCaches({ default: settings })
    row.cache = row.caches.get('default')
    await row.cache.set('key', 'x'.repeat(100))
    row.turns = []
  }
  const [floor, unheard, ...heard] = rows
  // Apart, and first: a channel that ever had a subscriber is another object to the compiler.
  await takeTurns([floor, unheard], inFlight)
  const base = median(floor.turns)
  await takeTurns(heard, inFlight)
  console.log(`${place.backend}, ${inFlight} in flight`)
  for (const { name, turns } of rows) {
    const ratio = median(turns) / base
    console.log(
      `  ${name.padEnd(16)} ${median(turns).toFixed(3).padStart(8)} µs   ${ratio.toFixed(3)} ×`,
    )
  }
  for (const { caches } of rows) await caches.close()
  return median(unheard.turns.map((cost, i) => cost / floor.turns[i]))
}

async function takeTurns(rows, inFlight) {
  for (let turn = -2; turn < TURNS; turn++) {
    for (const row of turn % 2 === 0 ? rows : rows.toReversed()) {
      const stop = await row.listen?.(row.caches)
      const cost = await oneTurn(row.cache, inFlight)
      stop?.()
      if (turn >= 0) row.turns.push(cost)
    }
  }
}

async function oneTurn(cache, inFlight) {
  const before = process.cpuUsage()
  let reads = 0
  let spent = 0
  while (spent < TURN_US) {
    const batch = 2000
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        for (let i = 0; i < batch / inFlight; i++) {
          const value = await cache.get('key')
          if (value.length !== 100) throw new Error('a read found something else')
        }
      }),
    )
    reads += Math.ceil(batch / inFlight) * inFlight
    const { user, system } = process.cpuUsage(before)
    spent = user + system
  }
  return spent / reads
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}
