import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Atlas, makeDataFolder, startAtlas } from '../support/atlas.ts'
import { startServer } from '../support/http.ts'
import { startMemcached } from '../support/memcached.ts'

interface Wanted {
  readonly method: string
  readonly path: string
  readonly body?: string
}

// Not fewer: chance puts 7 edits among the first 600, twice the stated share, and each drops pages
// that must be made again. The first 1200 still have more than their share, and no edit among them
// changes the rank of another city, which may be as old as that city's page.
const REQUESTS = 1200

// Plain JavaScript, which runs before anything is built.
const { drive, percentile } = await import(script('load-driver'))
const { MIX, openMix } = await import(script('load-mix'))
const { formatReport } = await import(script('load-report'))

describe('the mix of the load', () => {
  it('asks for the same pages in the same order each time', () => {
    const [first, second] = [openMix().mixed(), openMix().mixed()]
    const take = (next: () => Wanted) => Array.from({ length: 500 }, next)

    expect(take(first)).toEqual(take(second))
  })

  it('keeps to the shares that it states', () => {
    const next = openMix().mixed()
    const wanted: Wanted[] = Array.from({ length: 20_000 }, next)
    const share = (pattern: RegExp) =>
      wanted.filter(({ path }) => pattern.test(path)).length / wanted.length

    expect(share(/^\/$/)).toBeCloseTo(MIX.front, 1)
    expect(share(/^\/country\//)).toBeCloseTo(MIX.country, 1)
    expect(share(/^\/city\/\d+$/)).toBeCloseTo(MIX.city, 1)
    expect(share(/^\/search/)).toBeCloseTo(MIX.search, 1)
    expect(share(/\/population$/)).toBeCloseTo(MIX.writes, 2)
  })

  it('asks for no address that the warm-up leaves out', () => {
    const { addresses, mixed } = openMix()
    const next = mixed()
    const views: Wanted[] = Array.from({ length: 5000 }, next)
    const strangers = views.filter(({ method, path }) => {
      return method === 'GET' && !addresses.includes(path)
    })

    expect(strangers).toEqual([])
  })
})

describe('the driver of the load', () => {
  it('counts what is answered wrongly, and hits only where the response says so', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/hit') response.setHeader('Cache-Status', 'reprise; hit; ttl=5')
      if (request.url === '/miss') response.setHeader('Cache-Status', 'reprise; fwd=uri-miss')
      if (request.url === '/broken') response.statusCode = 500
      if (request.url === '/gone') return response.destroy()
      return response.end(request.url === '/half' ? '<html>' : '<html></html>\n')
    })
    const paths = ['/hit', '/hit', '/miss', '/broken', '/half', '/gone']
    const next = () => {
      const path = paths.shift()
      return path && { method: 'GET', path }
    }

    const seen = await drive({ port: server.port, concurrency: 2, seconds: 10, next })

    expect(seen.hits).toBe(2)
    expect(seen.latencies).toHaveLength(6)
    expect(Object.fromEntries(seen.errors)).toEqual({
      'GET answered 500': 1,
      'a page without its end': 1,
      ECONNRESET: 1,
    })
  })

  it('takes the percentiles of what it measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)

    expect([percentile(values, 0.5), percentile(values, 0.99)]).toEqual([51, 100])
    expect(percentile([7], 0.99)).toBe(7)
  })
})

describe('the report of the load', () => {
  it('shows each row, and FAIL where a claim does not hold', () => {
    const cell = {
      ...{ load: 'mixed', cache: 'off', requests: 10, requestsPerSecond: 19.04, medianMs: 5 },
      ...{ p99Ms: 9, queriesPerRequest: 4.1, hitShare: 0, errors: { 'GET answered 500': 2 } },
    }
    const method = {
      ...{ seed: 1, mix: MIX, concurrency: 16, secondsPerCell: 5, addresses: 3 },
      memcached: 'none found',
    }
    const claims = [
      { claim: 'it falls', unit: '%', measured: { memory: 0.949 }, holds: false },
      { claim: 'it rises', unit: '×', measured: { memory: 74.4 }, holds: true },
    ]

    const text: string = formatReport({ method, cells: [cell], claims })

    expect(text).toMatch(
      /cache off +19\.0 +5\.0 ms +9\.0 ms +4\.100 +0\.0 % +10 +2 GET answered 500/,
    )
    expect(text).toContain('FAIL  it falls: memory −94.9 %')
    expect(text).toContain('PASS  it rises: memory 74 ×')
  })
})

describe('the SQL of the mix', () => {
  let data: Awaited<ReturnType<typeof makeDataFolder>>
  let uncached: Sent

  beforeAll(async () => {
    data = await makeDataFolder()
    await using atlas = await startAtlas({ ATLAS_DATA: data.path, ATLAS_CACHE: 'off' })
    uncached = await sendMix(atlas)
  })
  afterAll(() => data[Symbol.asyncDispose]())

  it('is four queries per request and more without a cache, edits among them', () => {
    const edits = uncached.wanted.filter(({ method }) => method === 'POST')

    expect(uncached.wrong).toEqual([])
    expect(uncached.shown.filter((content) => content !== '')).toHaveLength(REQUESTS - 11)
    expect(edits).toHaveLength(11)
    expect(edits.length / REQUESTS).toBeGreaterThanOrEqual(MIX.writes)
    expect(uncached.queries / REQUESTS).toBeGreaterThan(4)
    expect(uncached.queriesOfAnswers).toBe(uncached.queries)
  })

  it.each(['memory', 'memcached'])('falls on %s to a twentieth or less', async (backend) => {
    await using memcached = backend === 'memcached' ? await startMemcached() : undefined
    await using atlas = await startAtlas({
      ATLAS_DATA: data.path,
      CACHE_URL: memcached ? `memcached://127.0.0.1:${memcached.port}` : 'memory://',
    })
    // As the load does: a cold cache is not what the claim is about.
    for (const path of viewed(uncached.wanted)) await atlas.get(path)

    const cached = await sendMix(atlas)

    expect(cached.wrong).toEqual([])
    expect(cached.wanted).toEqual(uncached.wanted)
    expect(strays(cached, uncached)).toEqual([])
    expect(cached.queries).toBeLessThanOrEqual(0.05 * uncached.queries)
    // Each edit costs some: with none, nothing would have been dropped.
    expect(cached.queries).toBeGreaterThan(11)
    expect(cached.queriesOfAnswers).toBe(cached.queries)
  })
})

interface Sent {
  readonly wanted: readonly Wanted[]
  /** Answers that are not what they should be. */
  readonly wrong: readonly string[]
  /** The content of each answer, without the footer that tells what it took. */
  readonly shown: readonly string[]
  /** What the process ran meanwhile, also what no request waited for. */
  readonly queries: number
  /** What the answers say that they took. */
  readonly queriesOfAnswers: number
}

/** Sends the first requests of the mix, one after another: so the counts are the same each time. */
async function sendMix(atlas: Atlas): Promise<Sent> {
  const wanted: Wanted[] = Array.from({ length: REQUESTS }, openMix().mixed())
  const wrong: string[] = []
  const shown: string[] = []
  let queriesOfAnswers = 0
  const before = await atlas.queriesSoFar()
  for (const { method, path, body } of wanted) {
    const { status, text, queries } =
      method === 'POST'
        ? await atlas.post(path, Object.fromEntries(new URLSearchParams(body)))
        : await atlas.get(path)
    const isRight = method === 'POST' ? status === 303 : status === 200 && isWhole(text)
    if (!isRight) wrong.push(`${method} ${path} answered ${status}`)
    shown.push(/<main.*<\/main>/s.exec(text)?.[0] ?? '')
    queriesOfAnswers += queries
  }
  return { wanted, wrong, shown, queries: (await atlas.queriesSoFar()) - before, queriesOfAnswers }
}

/** Requests that were shown something else than without a cache: what an edit had made untrue. */
function strays(cached: Sent, uncached: Sent): string[] {
  return cached.wanted
    .filter((_, index) => cached.shown[index] !== uncached.shown[index])
    .map(({ path }) => path)
}

/** Each address once. */
function viewed(wanted: readonly Wanted[]): Set<string> {
  return new Set(wanted.filter(({ method }) => method === 'GET').map(({ path }) => path))
}

function isWhole(page: string): boolean {
  return page.trimEnd().endsWith('</html>')
}

function script(name: string): string {
  return new URL(`../../scripts/${name}.mjs`, import.meta.url).href
}
