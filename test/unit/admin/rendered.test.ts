import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../../src/admin/admin.ts'
import type { AliasesReply } from '../../../src/admin/api/aliases.ts'
import { RenderedCounters } from '../../../src/admin/rendered-counters.ts'
import { createCaches } from '../../../src/caches.ts'
import {
  type FragmentContext,
  fragmentChannel,
  type PageContext,
  pageChannel,
} from '../../../src/channels.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

describe('RenderedCounters', () => {
  let counters: RenderedCounters
  beforeEach(() => {
    counters = new RenderedCounters()
  })
  afterEach(() => counters.close())

  it('counts pages by name, and the time that hits saved', async () => {
    await page({ name: 'city', renderMs: 30 }, 'stored')
    await page({ name: 'city', renderMs: 50 }, 'not-stored', 'set-cookie')
    for (let i = 0; i < 5; i++) await page({ name: 'city' }, 'hit')
    await page({ name: 'city' }, 'revalidated')
    await page({ name: 'city' }, 'bypass', 'method')
    await page({}, 'bypass', 'method')

    const { pages } = counters.pages()

    expect(pages).toEqual([
      {
        alias: 'default',
        name: 'city',
        hits: 5,
        stale: 0,
        revalidated: 1,
        stored: 1,
        notStored: 1,
        bypassed: 1,
        errors: 0,
        hitRatio: 6 / 8,
        meanRenderMs: 40,
        savedMs: 240,
        reasons: [
          { reason: 'set-cookie', count: 1 },
          { reason: 'method', count: 1 },
        ],
        variants: null,
      },
      expect.objectContaining({ name: '', bypassed: 1, hitRatio: null, savedMs: null }),
    ])
  })

  it('counts fragments by name', async () => {
    await fragment('sidebar', 'stored', 10)
    for (let i = 0; i < 3; i++) await fragment('sidebar', 'hit')
    await fragment('sidebar', 'stale')

    expect(counters.fragments().fragments).toEqual([
      {
        alias: 'default',
        name: 'sidebar',
        hits: 3,
        stale: 1,
        stored: 1,
        notStored: 0,
        errors: 0,
        hitRatio: 0.8,
        meanRenderMs: 10,
        savedMs: 40,
      },
    ])
  })

  it('keeps a thousand names, and counts the rest together', async () => {
    for (let i = 0; i < 1010; i++) await page({ name: `/${i}` }, 'hit')

    const { pages, left } = counters.pages()

    expect([pages.length, left]).toEqual([1001, 10])
    expect(pages.find(({ name }) => name === '')?.hits).toBe(10)
  })
})

describe('the aliases of a dashboard', () => {
  it('tell how long calls took, what they computed, and what failed', async () => {
    const clock = new FakeClock()
    const caches = createCaches({ default: 'memory://' }, { clock })
    const admin = createAdmin(caches, { env: {}, clock })
    const cache = caches.default
    await cache.getOrSet('k', () => {
      clock.advance(0.2)
      return 'v'
    })
    for (let i = 0; i < 9; i++) await cache.getOrSet('k', () => 'v')
    await cache
      .getOrSet('other', () => Promise.reject(new Error('the database is down')))
      .catch(() => {})

    const request = new Request('http://localhost/api/aliases')
    const response = await admin.fetch(request, { remoteAddress: '127.0.0.1' })
    const { aliases } = (await response.json()) as AliasesReply
    await admin.close()

    expect(aliases[0]).toMatchObject({
      computations: 2,
      failedComputations: 1,
      meanComputationMs: 100,
    })
    const [all, own] = aliases[0]?.latencies ?? []
    expect([all?.operation, own?.operation, own?.calls]).toEqual(['all', 'getOrSet', 11])
    expect(own?.p50Ms).toBe(0.001)
    expect(own?.p99Ms).toBeGreaterThanOrEqual(200)
    expect(own?.p99Ms).toBeLessThan(220)
  })
})

async function page(
  told: Pick<PageContext, 'name' | 'renderMs'>,
  result: NonNullable<PageContext['result']>,
  reason?: string,
): Promise<void> {
  const context: PageContext = { alias: 'default', method: 'GET', ...told }
  if (reason !== undefined) context.reason = reason
  await pageChannel.tracePromise(() => Promise.resolve(result), context)
}

async function fragment(
  name: string,
  result: NonNullable<FragmentContext['result']>,
  renderMs?: number,
): Promise<void> {
  const context: FragmentContext = { alias: 'default', name }
  if (renderMs !== undefined) context.renderMs = renderMs
  await fragmentChannel.tracePromise(() => Promise.resolve(result), context)
}
