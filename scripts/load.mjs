// Measures the atlas with the cache off and on, and says whether two claims hold.
//
//   npm run demo -- --load          a table, and PASS or FAIL
//   npm run demo -- --load --json   the same as JSON
import { drive, percentile } from './load-driver.mjs'
import { MIX, openMix, SEED } from './load-mix.mjs'
import { formatReport } from './load-report.mjs'
import { findMemcached, startAtlas } from './load-servers.mjs'

const CONCURRENCY = 16
const SECONDS = 5
const WARM_UP_SECONDS = 2

/** Runs every configuration. Resolves to whether the claims hold. */
export async function measure({ json, say }) {
  const mix = openMix()
  const memcached = await findMemcached()
  const configurations = [
    { name: 'off', env: { ATLAS_CACHE: 'off' } },
    { name: 'memory', env: { CACHE_URL: 'memory://' } },
    ...(memcached ? [{ name: 'memcached', env: { CACHE_URL: memcached.url } }] : []),
  ]
  const cells = []
  try {
    for (const { name, env } of configurations) {
      say(`Cache ${name}: starting the site.`)
      const atlas = await startAtlas(env)
      try {
        await warmUp(atlas, mix, name, say)
        cells.push(await measureCell(atlas, name, 'mixed', mix.mixed(), say))
        cells.push(await measureCell(atlas, name, 'country', mix.countries(), say))
      } finally {
        await atlas.stop()
      }
    }
  } finally {
    await memcached?.stop()
  }

  const method = {
    ...{ seed: SEED, mix: MIX, concurrency: CONCURRENCY, secondsPerCell: SECONDS },
    addresses: mix.addresses.length,
    memcached: memcached?.origin ?? 'none found',
  }
  const report = { method, cells, claims: claims(cells) }
  console.log(json ? JSON.stringify(report, undefined, 2) : formatReport(report))
  return report.claims.every(({ holds }) => holds)
}

/** A cold cache is not what is measured: with one, each address is visited once before. */
async function warmUp({ port }, mix, name, say) {
  const rest = [...mix.addresses]
  const isCached = name !== 'off'
  say(isCached ? `  warm-up: ${rest.length} addresses once` : `  warm-up: ${WARM_UP_SECONDS} s`)
  const next = isCached
    ? () => {
        const path = rest.shift()
        if (path !== undefined && rest.length % 100 === 0) say(`  ${rest.length} to go`)
        return path && { method: 'GET', path }
      }
    : mix.mixed()
  const seconds = isCached ? 300 : WARM_UP_SECONDS
  const { errors } = await drive({ port, concurrency: CONCURRENCY, seconds, next })
  if (errors.size > 0) throw new Error(`The warm-up failed: ${[...errors.keys()].join(', ')}.`)
}

async function measureCell(atlas, cache, load, next, say) {
  say(`  ${load === 'mixed' ? 'mixed load' : 'country pages'}: ${SECONDS} s`)
  const before = await atlas.queries()
  const seen = await drive({ port: atlas.port, concurrency: CONCURRENCY, seconds: SECONDS, next })
  const queries = (await atlas.queries()) - before
  const requests = seen.latencies.length
  const sorted = seen.latencies.toSorted((a, b) => a - b)
  return {
    ...{ load, cache, requests, writes: seen.writes },
    requestsPerSecond: requests / seen.tookSeconds,
    medianMs: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    queriesPerRequest: queries / requests,
    hitShare: seen.hits / seen.views,
    errors: Object.fromEntries(seen.errors),
  }
}

function claims(cells) {
  const cell = (load, cache) => cells.find((each) => each.load === load && each.cache === cache)
  const cached = ['memory', 'memcached'].filter((cache) => cell('mixed', cache) !== undefined)
  const errors = cells.flatMap((each) => Object.values(each.errors)).reduce((a, b) => a + b, 0)
  const fall = Object.fromEntries(
    cached.map((cache) => [
      cache,
      1 - cell('mixed', cache).queriesPerRequest / cell('mixed', 'off').queriesPerRequest,
    ]),
  )
  const rise = Object.fromEntries(
    cached.map((cache) => [
      cache,
      cell('country', cache).requestsPerSecond / cell('country', 'off').requestsPerSecond,
    ]),
  )
  return [
    {
      claim: 'SQL queries per request of the mixed load fall by 95 % or more',
      ...{ unit: '%', measured: fall },
      holds: Object.values(fall).every((value) => value >= 0.95),
    },
    {
      claim: 'throughput of the country page rises 10 times or more',
      ...{ unit: '×', measured: rise },
      holds: Object.values(rise).every((value) => value >= 10),
    },
    {
      claim: 'every request is answered as it should be',
      ...{ unit: 'errors', measured: { all: errors } },
      holds: errors === 0,
    },
  ]
}
