import { describe, expect, it } from 'vitest'
import { countedPage, type Mount, startSite } from '../support/page-hosts.ts'

/**
 * What every way of mounting the page cache keeps, and what it does not. The numbers are those of
 * hostile cases that page caches are known to fail: each title says what must be true.
 */
export function pageStoringContract(name: string, mount: Mount): void {
  describe(`${name}: what is stored`, () => {
    it('47: answers a plain page from the cache', async () => {
      await using site = await startSite(mount, countedPage({ 'Content-Type': 'text/plain' }))

      const first = await site.ask('/')
      const second = await site.ask('/')

      expect([first.text, second.text, site.renders]).toEqual(['page 1', 'page 1', 1])
      expect(second.headers['content-type']).toBe('text/plain')
    })

    it.each([
      ['1', { 'Set-Cookie': 'id=1' }],
      ['2', { 'Set-Cookie': ['id=1', 'b=2'], 'Cache-Control': 'public, max-age=60' }],
      ['6', { 'Cache-Control': 'private' }],
      ['7', { 'Cache-Control': 'Private' }],
      ['10', { 'Cache-Control': 'max-age=60, no-store' }],
      ['11', { 'Cache-Control': 'NO-CACHE' }],
      ['11', { 'Cache-Control': ['max-age=60', 'No-Cache="x"'] }],
      ['12', { 'Cache-Control': 's-maxage=0, max-age=60' }],
      ['13', { Vary: '*' }],
      ['13', { Vary: 'Accept, *' }],
      ['44', { 'Cache-Control': 'max-age=60', Age: '100' }],
    ])('%s: renders %j each time', async (_row, headers) => {
      await using site = await startSite(mount, countedPage(headers))

      const replies = [await site.ask('/'), await site.ask('/')]

      expect(replies.map((reply) => reply.text)).toEqual(['page 1', 'page 2'])
      expect(replies[1]?.headers['cache-status']).toMatch(/^reprise; fwd=uri-miss; detail=/)
    })

    it.each([
      ['17', 500],
      ['18', 404],
      ['19', 429],
    ])('%s: does not keep the status %d', async (_row, status) => {
      let isBroken = true
      await using site = await startSite(mount, (_request, response) => {
        response.statusCode = isBroken ? status : 200
        response.end(isBroken ? 'broken' : 'fine')
      })

      const broken = await site.ask('/')
      isBroken = false
      const fine = await site.ask('/')

      expect([broken.status, fine.status, fine.text]).toEqual([status, 200, 'fine'])
    })

    it('38: answers no POST from a GET, and stores none', async () => {
      await using site = await startSite(mount, countedPage())

      await site.ask('/')
      const post = await site.ask('/', { method: 'POST', body: 'x' })
      const get = await site.ask('/')

      expect([post.text, get.text]).toEqual(['page 2', 'page 1'])
      expect(post.headers['cache-status']).toBe('reprise; fwd=method')
    })

    it('40: stores no part of a page, and no page of a Range request', async () => {
      await using site = await startSite(mount, (request, response) => {
        const isRange = request.headers.range !== undefined
        response.writeHead(isRange ? 206 : 200, isRange ? { 'Content-Range': 'bytes 0-1/4' } : {})
        response.end(isRange ? 'wh' : 'whole')
      })

      const part = await site.ask('/', { headers: { Range: 'bytes=0-1' } })
      const whole = await site.ask('/')

      expect([part.text, whole.text]).toEqual(['wh', 'whole'])
      expect(part.headers['cache-status']).toBe('reprise; fwd=bypass; detail=range')
    })

    it('53: cuts parts from a page that is there as a whole', async () => {
      await using site = await startSite(mount, countedPage())
      await site.ask('/')

      const ranges = ['bytes=0-3', 'bytes=-1', 'bytes=9-', 'bytes=0-0,5-5', 'nonsense']
      const replies = []
      for (const range of ranges) replies.push(await site.ask('/', { headers: { Range: range } }))
      const etag = String(replies[0]?.headers.etag)
      const same = await site.ask('/', { headers: { Range: 'bytes=5-', 'If-Range': etag } })
      const other = await site.ask('/', { headers: { Range: 'bytes=5-', 'If-Range': '"x"' } })
      const known = await site.ask('/', { headers: { Range: 'bytes=5-', 'If-None-Match': etag } })

      expect(replies.map(({ status }) => status)).toEqual([206, 206, 416, 206, 200])
      expect([replies[0]?.text, replies[1]?.text, replies[4]?.text]).toEqual([
        'page',
        '1',
        'page 1',
      ])
      expect(replies[0]?.headers['content-range']).toBe('bytes 0-3/6')
      expect(replies[2]?.headers['content-range']).toBe('bytes */6')
      expect(replies[3]?.headers['content-type']).toMatch(/^multipart\/byteranges; boundary=/)
      expect([same.status, same.text, other.status, known.status]).toEqual([206, '1', 200, 304])
    })

    it('25, 27: keeps bytes as they are, and sends on what is too large to keep', async () => {
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256))
      const large = Buffer.alloc(3_000_000, 'x')
      await using site = await startSite(mount, (request, response) => {
        response.end(request.url === '/large' ? large : bytes)
      })

      const replies = [await site.ask('/'), await site.ask('/'), await site.ask('/large')]
      const largeAgain = await site.ask('/large')

      expect(replies.map((reply) => reply.body.equals(bytes))).toEqual([true, true, false])
      expect([replies[2]?.body.equals(large), largeAgain.body.equals(large)]).toEqual([true, true])
      expect(site.renders).toBe(3)
    })

    it('33: keeps content type, security headers and several lines of one name', async () => {
      const headers = {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'self'",
        'X-Frame-Options': 'DENY',
        Link: ['<a>; rel=preload', '<b>; rel=preload'],
      }
      await using site = await startSite(mount, countedPage(headers))

      await site.ask('/')
      const { headers: kept, rawHeaders } = await site.ask('/')

      expect(kept).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'self'",
        'x-frame-options': 'DENY',
      })
      expect(rawHeaders.filter((text) => text.startsWith('<'))).toEqual(headers.Link)
    })

    it('71: holds back and stores no event stream', async () => {
      await using site = await startSite(mount, (_request, response) => {
        response.setHeader('Content-Type', 'text/event-stream')
        response.write('data: 1\n\n')
        response.end()
      })

      await site.ask('/')
      await site.ask('/')

      expect(site.renders).toBe(2)
    })
  })
}
