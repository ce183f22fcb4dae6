import { describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, send, visit } from './visit.ts'

const _LANGUAGE = ['Vary', 'Accept-Language']
const _ADDRESS = 'https://site.example/'

describe('PageCache lifetimes', () => {
  it('178: misses, stores, hits, and renders anew after its time', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 30 })

    expect((await visit(pages, get())).isHit).toBe(false)
    clock.advance(29)
    expect((await visit(pages, get())).isHit).toBe(true)
    clock.advance(1)
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('178, 179: keeps prefixes apart, and whatever else the options say together', async () => {
    const { pages, cache, get } = memoryPages()
    await visit(pages, get(), { body: 'one' })

    const same = new PageCache(cache, { ttl: 5 })
    const other = new PageCache(cache, { keyPrefix: 'other' })

    expect((await visit(same, get())).text).toBe('one')
    expect((await visit(other, get())).isHit).toBe(false)
  })

  it('180: lets the lifetime of a page beat what the response says', async () => {
    const { pages, clock, get } = memoryPages()
    const long = { headers: ['Cache-Control', 'max-age=900'] }
    const short = { headers: ['Cache-Control', 'max-age=1'] }

    expect((await visit(pages, get('/a'), long, { ttl: 60 })).header('cache-control')).toBe(
      'max-age=60',
    )
    await visit(pages, get('/b'), short, { ttl: '1m' })
    clock.advance(59)
    expect((await visit(pages, get('/b'))).isHit).toBe(true)
    clock.advance(1)
    expect((await visit(pages, get('/a'))).isHit).toBe(false)
  })

  it('L10: stores nothing with a lifetime of 0 or less, and says so', async () => {
    const { pages, get } = memoryPages()
    for (const ttl of [0, -1]) {
      const { header } = await visit(pages, get(), {}, { ttl })
      expect(header('cache-control')).toBe('max-age=0')
      expect(header('expires')).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
    }
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('announces a page that never expires for a year', async () => {
    const { pages, get } = memoryPages({ ttl: Number.POSITIVE_INFINITY })

    expect((await visit(pages, get('/a'))).header('cache-control')).toBe('max-age=31536000')
    expect(
      (await visit(pages, get('/b'), {}, { ttl: Number.POSITIVE_INFINITY })).header(
        'cache-control',
      ),
    ).toBe('max-age=31536000')
  })

  it('44: counts the age that a page came with', async () => {
    const { pages, clock, get } = memoryPages()
    await visit(pages, get(), { headers: ['Age', '20', 'Cache-Control', 'max-age=60'] })

    clock.advance(10)
    const hit = await visit(pages, get())
    clock.advance(30)

    expect([hit.header('age'), hit.header('cache-status')]).toEqual(['30', 'reprise; hit; ttl=30'])
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('counts its age from when its rendering started', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60 })
    const opened = await pages.open(get())
    clock.advance(8)
    if (opened.kind === 'render') await send(opened)

    const hit = await visit(pages, get())
    clock.advance(52)

    expect(hit.header('age')).toBe('8')
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('192: announces a 304 of the application and stores no page', async () => {
    const { pages, get } = memoryPages()
    const { header } = await visit(pages, get(), { status: 304, body: '' })

    expect(header('cache-control')).toBe('max-age=600')
    expect((await visit(pages, get())).isHit).toBe(false)
  })
})

describe('PageCache failures', () => {
  it('61: renders and announces, where the cache is gone', async () => {
    const { pages, caches, get } = memoryPages()
    await caches.close()

    const { isHit, header } = await visit(pages, get())

    expect(isHit).toBe(false)
    expect(header('cache-control')).toBe('max-age=600')
    expect(header('cache-status')).toBe('reprise; fwd=miss; detail=backend-error')
  })

  it('61: renders where the cache goes away meanwhile', async () => {
    const { pages, caches, get } = memoryPages()
    const opened = await pages.open(get())
    await caches.close()

    await expect(opened.kind === 'render' && send(opened)).resolves.toMatchObject({ status: 200 })
  })

  it('renders with a cache that stores nothing', async () => {
    const caches = createCaches({ default: 'null://' })
    const pages = new PageCache(caches.default)

    expect((await visit(pages, pageRequest())).isHit).toBe(false)
    expect((await visit(pages, pageRequest())).isHit).toBe(false)
  })

  it.each(['text', Buffer.from('bytes'), null])('62: clears %j out of the way', async (value) => {
    const { pages, cache, get } = memoryPages()
    await cache.set('page::https://site.example/', value)

    const first = await visit(pages, get())
    await visit(pages, get())

    expect(first.header('cache-status')).toBe('reprise; fwd=miss; detail=backend-error')
    expect((await visit(pages, get())).isHit).toBe(true)
  })

  it('goes past the cache where the vary option or the policy fails', async () => {
    const { pages, get } = memoryPages()
    const vary = () => {
      throw new Error('no language')
    }

    expect((await visit(pages, get(), {}, { vary })).header('cache-status')).toBe(
      'reprise; fwd=bypass; detail=error',
    )
    expect((await visit(pages, get(), {}, { ttl: 'soon' as never })).isHit).toBe(false)
    expect((await visit(pages, get(), {}, { staleWhileRevalidate: -1 })).isHit).toBe(false)
    expect((await visit(pages, get())).isHit).toBe(false)
  })
})
