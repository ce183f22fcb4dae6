// What cached fragments cost and save a page, per template engine.
//
//   npm run build && node bench/fragments.mjs
//   node bench/fragments.mjs --engines nunjucks,eta --quick --json figures.json
//
// User and system time of the whole process per page, in µs: the median of interleaved turns. Pages
// are rendered one after another. Every output is compared with that of the engine without a cache
// before the clock starts; a row of hits whose bodies ran would be as dear as one without a cache.
// An engine is a file in fragments/engines/: see nunjucks.mjs for what it gives.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createCaches } from 'reprise'
import { installPrograms } from './runner/install.mjs'
import { printClaims, progress } from './runner/print.mjs'
import { startServers } from './runner/servers.mjs'
import { printTable } from './runner/table.mjs'

const ITEMS = 20
const LINES = 25
const ROWS = 100
const MOST = 2.5

const { values: options } = parseArgs({
  options: {
    engines: { type: 'string' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const TURNS = options.quick ? 3 : 9
const TURN_US = options.quick ? 60_000 : 250_000

const files = readdirSync(new URL('fragments/engines/', import.meta.url))
const all = files.map((file) => file.replace('.mjs', ''))
const engines = options.engines?.split(',') ?? all

installPrograms({ memcached: 'memcached' })
const servers = await startServers({ memcached: 1 })
const stores = {
  memory: createCaches({ default: 'memory://?maxEntries=1000000&maxBytes=512mb' }),
  memcached: createCaches({ default: `memcached://${servers.memcached[0]}` }),
}
const rows = []
try {
  for (const file of engines) {
    const engine = await import(`./fragments/engines/${file}.mjs`)
    for (const [store, caches] of Object.entries(stores)) {
      progress(`${engine.name}, ${store}`)
      rows.push(await measure(engine, store, caches))
    }
  }
} finally {
  progress('')
  for (const caches of Object.values(stores)) await caches.close()
  servers.stop()
}

const us = (figure) => figure.toFixed(0)
const times = (figure, floor) => `${(figure / floor).toFixed(2)} ×`
printTable({
  title: `A page of ${ITEMS} fragments, each a list of ${LINES} lines: CPU µs a page`,
  head: ['', 'no cache', '0 % hits', '50 % hits', '100 % hits', '100 % ÷ no cache'],
  rows: rows.map(({ engine, store, page: { plain, none, half, full } }) => [
    `${engine}, ${store}`,
    ...[plain, none, half, full].map(us),
    times(full, plain),
  ]),
})
printTable({
  title: `A page of ${ROWS} fragments, each a row of four cells, all hits: CPU µs a page`,
  head: ['', 'no cache', 'all hits', '÷ no cache', 'µs a look-up'],
  rows: rows.map(({ engine, store, rows: { plain, full } }) => [
    `${engine}, ${store}`,
    us(plain),
    us(full),
    times(full, plain),
    ((full - plain) / ROWS).toFixed(1),
  ]),
})
const claims = rows
  .filter(({ store }) => store === 'memcached')
  .map(({ engine, rows: { plain, full } }) => ({
    text: `${ROWS} trivial fragments of ${engine}, all hits on memcached, in at most ${MOST} times the CPU of no cache`,
    passed: full / plain <= MOST,
    ratio: full / plain,
    against: `${us(plain)} µs`,
  }))
printClaims(claims)
if (options.json) writeFileSync(options.json, JSON.stringify({ rows, claims }, null, 2))
// A quick look is too short to fail anybody by.
if (!options.quick && claims.some(({ passed }) => !passed)) process.exitCode = 1

async function measure({ name, open }, store, caches) {
  await caches.default.clear()
  const { page, rows } = await open(caches)
  // Ids that no page had before are misses.
  let fresh = 1e6
  const itemsWith = (hits) =>
    Array.from({ length: ITEMS }, (_, i) => item(i < hits ? i : fresh++, LINES))
  const cells = Array.from({ length: ROWS }, (_, i) => item(i, 0))

  for (const hits of [ITEMS, ITEMS, ITEMS / 2, 0]) {
    const context = { items: itemsWith(hits) }
    assert.equal(await page.cached(context), await page.plain(context))
  }
  for (let i = 0; i < 3; i++) {
    assert.equal(await rows.cached({ items: cells }), await rows.plain({ items: cells }))
  }
  const costs = await compare({
    plain: () => page.plain({ items: itemsWith(ITEMS) }),
    none: () => page.cached({ items: itemsWith(0) }),
    half: () => page.cached({ items: itemsWith(ITEMS / 2) }),
    full: () => page.cached({ items: itemsWith(ITEMS) }),
    cellsPlain: () => rows.plain({ items: cells }),
    cellsFull: () => rows.cached({ items: cells }),
  })
  const { cellsPlain, cellsFull, ...pageCosts } = costs
  return { engine: name, store, page: pageCosts, rows: { plain: cellsPlain, full: cellsFull } }
}

async function compare(loops) {
  const turns = Object.fromEntries(Object.keys(loops).map((name) => [name, []]))
  // The first turn of each warms up.
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [name, renderOne] of Object.entries(loops)) {
      const cost = await oneTurn(renderOne)
      if (turn > 0) turns[name].push(cost)
    }
  }
  const medianOf = (costs) => costs.sort((a, b) => a - b)[Math.floor(costs.length / 2)]
  return Object.fromEntries(Object.entries(turns).map(([name, costs]) => [name, medianOf(costs)]))
}

async function oneTurn(renderOne) {
  const before = process.cpuUsage()
  for (let pages = 1; ; pages++) {
    await renderOne()
    if (pages % 4 > 0) continue
    const { user, system } = process.cpuUsage(before)
    if (user + system > TURN_US) return (user + system) / pages
  }
}

function item(id, lines) {
  return {
    id,
    name: `Name <${id}>`,
    city: 'Zürich & more',
    price: id / 100,
    lines: Array.from({ length: lines }, (_, i) => `line ${i} of <${id}> & more`),
  }
}
