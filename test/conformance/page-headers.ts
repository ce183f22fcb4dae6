import { describe, expect, it } from 'vitest'
import { countedPage, type Mount, startSite } from '../support/page-hosts.ts'

/**
 * What every way of mounting the page cache says of a page. The numbers are those of hostile cases
 * that page caches are known to fail: each title says what must be true.
 */
export function pageHeaderContract(name: string, mount: Mount): void {
  describe(`${name}: what is told`, () => {
    it('54, 55: tells age and cache status on a hit', async () => {
      await using site = await startSite(
        mount,
        countedPage({ Date: 'Thu, 01 Jan 2026 00:00:00 GMT' }),
      )

      const first = await site.ask('/')
      site.clock.advance(7)
      const second = await site.ask('/')

      expect(first.headers.age).toBeUndefined()
      expect(first.headers['cache-status']).toBe('reprise; fwd=uri-miss; stored')
      expect(second.headers.age).toBe('7')
      expect(second.headers['cache-status']).toBe('reprise; hit; ttl=593')
      expect(second.headers.date).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
    })

    it('55: appends to the cache status of a cache further up', async () => {
      await using site = await startSite(mount, countedPage({ 'Cache-Status': 'Up; hit' }))

      const first = await site.ask('/')
      const second = await site.ask('/')

      expect(first.headers['cache-status']).toBe('Up; hit, reprise; fwd=uri-miss; stored')
      expect(second.headers['cache-status']).toBe('Up; hit, reprise; hit; ttl=600')
    })

    it('194: sends the same headers from the cache, with an age', async () => {
      await using site = await startSite(mount, countedPage({ 'Cache-Control': 'max-age=2' }))

      const first = await site.ask('/')
      site.clock.advance(1)
      const second = await site.ask('/')

      expect(first.headers.expires).toBe('Thu, 01 Jan 2026 00:00:02 GMT')
      expect(second.headers.expires).toBe('Thu, 01 Jan 2026 00:00:02 GMT')
      expect([first, second].map(({ headers }) => headers['cache-control'])).toEqual([
        'max-age=2',
        'max-age=2',
      ])
      expect(second.headers.age).toBe('1')
    })

    it('tells other caches that requests with cookies get something else', async () => {
      await using site = await startSite(mount, countedPage({ Vary: 'Accept' }))
      await using shared = await startSite(mount, countedPage({ Vary: 'Accept' }), {
        cookies: 'ignore',
      })

      expect((await site.ask('/')).headers.vary).toBe('Accept, Cookie')
      expect((await site.ask('/')).headers.vary).toBe('Accept, Cookie')
      expect((await shared.ask('/')).headers.vary).toBe('Accept')
    })

    it('is silent about itself where it is told to be', async () => {
      await using site = await startSite(mount, countedPage(), { cacheStatus: false })

      const replies = [
        await site.ask('/'),
        await site.ask('/'),
        await site.ask('/', { method: 'POST' }),
      ]

      expect(replies.map(({ headers }) => headers['cache-status'])).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    })

    it('50: answers a page that the client has with a 304', async () => {
      await using site = await startSite(mount, countedPage({ 'Content-Type': 'text/plain' }))

      const first = await site.ask('/')
      const tag = String(first.headers.etag)
      const second = await site.ask('/', { headers: { 'If-None-Match': `"x", W/${tag}` } })
      const other = await site.ask('/', { headers: { 'If-None-Match': '"x"' } })

      expect(tag).toMatch(/^"[\w-]{22}"$/)
      expect([second.status, second.text, other.status]).toEqual([304, '', 200])
      expect(second.headers).toMatchObject({ etag: tag, age: '0', 'cache-control': 'max-age=600' })
      expect(second.headers['content-type']).toBeUndefined()
      expect(second.headers['content-length']).toBeUndefined()
    })

    it('50: stores the whole page of which the client of a cold cache gets a 304', async () => {
      await using site = await startSite(
        mount,
        countedPage({ ETag: '"v1"', 'Content-Type': 'text/plain' }),
      )

      const first = await site.ask('/', { headers: { 'If-None-Match': '"v1"' } })
      const second = await site.ask('/')

      expect([first.status, first.text, first.headers['content-type']]).toEqual([
        304,
        '',
        undefined,
      ])
      expect([second.status, second.text, site.renders]).toEqual([200, 'page 1', 1])
    })

    it('272: lets If-None-Match decide beside If-Modified-Since', async () => {
      const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
      await using site = await startSite(mount, countedPage({ 'Last-Modified': modified }))
      await site.ask('/')

      const since = await site.ask('/', { headers: { 'If-Modified-Since': modified } })
      const both = await site.ask('/', {
        headers: { 'If-Modified-Since': modified, 'If-None-Match': '"x"' },
      })

      expect([since.status, both.status]).toEqual([304, 200])
    })
  })

  describe(`${name}: HEAD`, () => {
    it('56: is answered from a stored GET, with its length', async () => {
      await using site = await startSite(mount, countedPage())

      await site.ask('/')
      const head = await site.ask('/', { method: 'HEAD' })

      expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '6'])
      expect([head.headers['cache-status'], site.renders]).toEqual(['reprise; hit; ttl=600', 1])
    })

    it('21: is never stored as a GET', async () => {
      await using site = await startSite(mount, countedPage())

      const head = await site.ask('/', { method: 'HEAD' })
      const get = await site.ask('/')

      expect([head.text, get.text, site.renders]).toEqual(['', 'page 2', 2])
      expect(head.headers['cache-control']).toBe('max-age=600')
    })
  })
}
