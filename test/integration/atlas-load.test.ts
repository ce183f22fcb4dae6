import { describe, expect, it } from 'vitest'
import { startServer } from '../support/http.ts'

interface Wanted {
  readonly method: string
  readonly path: string
}

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

function script(name: string): string {
  return new URL(`../../scripts/${name}.mjs`, import.meta.url).href
}
