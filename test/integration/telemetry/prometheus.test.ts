import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/index.ts'
import { type PrometheusMetrics, prometheusMetrics } from '../../../src/telemetry/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer
let caches: ReturnType<typeof createCaches>
let metrics: PrometheusMetrics
let name: string

beforeEach(async () => {
  server = await startMemcached()
  name = `127.0.0.1:${server.port}`
  caches = createCaches({ default: { backend: 'memcached', location: name, keyPrefix: 'shop' } })
  metrics = prometheusMetrics(caches)
})

afterEach(async () => {
  metrics.close()
  await caches.close()
  await server[Symbol.asyncDispose]()
})

/** The figure of one line, by everything before it. */
async function figure(series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

describe('figures for Prometheus', () => {
  it('count keys by what became of them', async () => {
    const cache = caches.get('default')
    await cache.setMany({ a: 1, b: 2, c: 3 })
    await cache.getMany(['a', 'b', 'x'])
    await cache.get('a')
    await cache.get('nothing')

    const of = (operation: string, result: string): string =>
      `reprise_requests_total{alias="default",operation="${operation}",result="${result}"}`
    expect(await figure(of('setMany', 'stored'))).toBe(3)
    expect(await figure(of('getMany', 'hit'))).toBe(2)
    expect(await figure(of('getMany', 'miss'))).toBe(1)
    expect(await figure(of('get', 'hit'))).toBe(1)
    expect(await figure(of('get', 'miss'))).toBe(1)
    expect(
      await figure('reprise_request_duration_seconds_count{alias="default",operation="get"}'),
    ).toBe(2)
  })

  it('count computations, and those that failed', async () => {
    const cache = caches.get('default')
    await cache.getOrSet('a', () => 1)
    await cache.getOrSet('a', () => 2)
    await cache.getOrSet('b', () => Promise.reject(new Error('no'))).catch(() => {})

    const computed = 'reprise_compute_duration_seconds_count'
    expect(await figure(`${computed}{alias="default",result="ok"}`)).toBe(1)
    expect(await figure(`${computed}{alias="default",result="error"}`)).toBe(1)
  })

  it('are the server’s own, under the names of its exporter', async () => {
    const cache = caches.get('default')
    await cache.set('a', 'text')
    for (let i = 0; i < 5; i++) await cache.get('a')
    for (let i = 0; i < 3; i++) await cache.get('missing')

    const labels = (more: string): string => `{server="${name}"${more}}`
    expect(await figure(`memcached_up${labels('')}`)).toBe(1)
    expect(await figure(`memcached_commands_total${labels(',command="get",status="hit"')}`)).toBe(5)
    expect(await figure(`memcached_commands_total${labels(',command="get",status="miss"')}`)).toBe(
      3,
    )
    expect(await figure(`memcached_commands_total${labels(',command="set",status="hit"')}`)).toBe(1)
    expect(await figure(`memcached_current_items${labels('')}`)).toBe(1)
    expect(await figure(`memcached_items_total${labels('')}`)).toBe(1)
    expect(await figure(`memcached_limit_bytes${labels('')}`)).toBe(64 * 1024 * 1024)
    expect(await figure(`memcached_lru_crawler_enabled${labels('')}`)).toBe(1)
    const slab = (await metrics.text()).match(/memcached_slab_current_items\{.*slab="(\d+)"\} 1\n/)
    expect(await figure(`memcached_slab_chunks_used${labels(`,slab="${slab?.[1]}"`)}`)).toBe(1)
    expect(
      await figure(
        `memcached_slab_commands_total${labels(`,slab="${slab?.[1]}",command="get",status="hit"`)}`,
      ),
    ).toBe(5)
  })

  it('say that a server is down, and go on', async () => {
    await caches.get('default').set('a', 1)
    await server.kill()
    await caches.get('default').get('a')

    expect(await figure(`memcached_up{server="${name}"}`)).toBe(0)
    expect(await figure(`memcached_current_items{server="${name}"}`)).toBe(undefined)
    expect(await figure(`reprise_server_up{server="${name}"}`)).toBe(0)
    expect(
      await figure('reprise_errors_total{operation="get",code="ERR_CONNECTION"}'),
    ).toBeGreaterThanOrEqual(1)
  })

  it('hold no key', async () => {
    const cache = caches.get('default')
    await cache.set('secret-key', 'v')
    await cache.get('secret-key')
    await cache.getOrSet('secret-key', () => 1)

    expect(await metrics.text()).not.toContain('secret-key')
  })

  it('ask each server once for scrapes at the same time', async () => {
    await caches.get('default').set('a', 1)
    const texts = await Promise.all(Array.from({ length: 20 }, () => metrics.text()))

    expect(new Set(texts).size).toBe(1)
    // Four commands of one scrape, not eighty; what the later scrape says counts its own connection.
    const commands = texts[0]?.match(/reprise_commands_total\{[^}]*operation="stats"[^}]*\} (\d+)/)
    expect(Number(commands?.[1] ?? 0)).toBeLessThanOrEqual(4)
  })

  it('are answered over HTTP, to GET and HEAD only', async () => {
    await using site = await listen(metrics)
    const got = await fetch(site.url)
    expect(got.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await got.text()).toContain('# TYPE memcached_up gauge\n')
    expect((await fetch(site.url, { method: 'POST' })).status).toBe(405)
    const head = await fetch(site.url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])

    const answer = await metrics.fetch(new Request('http://h/metrics'))
    expect(await answer.text()).toContain('memcached_up')
    expect((await metrics.fetch(new Request('http://h/', { method: 'DELETE' }))).status).toBe(405)
  })

  it('stop counting when they are closed', async () => {
    await caches.get('default').get('a')
    metrics.close()
    await caches.get('default').get('a')

    expect(
      await figure('reprise_requests_total{alias="default",operation="get",result="miss"}'),
    ).toBe(1)
  })
})

async function listen({ node }: PrometheusMetrics): Promise<AsyncDisposable & { url: string }> {
  const site = createServer((request, response) => void node(request, response))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const { port } = site.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    [Symbol.asyncDispose]: async () => {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}
