import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { countedPage, type Host, startHosted } from './site.ts'

const BINARY = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256))

/** What is sent, and sent again. */
export function bodyContract(name: string, host: Host): void {
  describe(`${name}: bodies`, () => {
    it('hostile 47: answers the second request from the cache, and says so (54, 55)', async () => {
      await using site = await startHosted(host, countedPage())

      const first = await site.ask('/')
      site.clock.advance(7)
      const second = await site.ask('/')

      expect([first.text, second.text, site.renders]).toEqual(['page 1', 'page 1', 1])
      expect(first.headers['cache-status']).toMatch(/^reprise; fwd=uri-miss/)
      expect(second.headers['cache-status']).toBe('reprise; hit; ttl=593')
      expect(second.headers.age).toBe('7')
      expect(second.headers['content-length']).toBe('6')
    })

    it('hostile 21 and 56: answers HEAD from the stored GET, and never GET from a HEAD', async () => {
      await using site = await startHosted(host, countedPage())

      const cold = await site.ask('/', { method: 'HEAD' })
      const page = await site.ask('/')
      const head = await site.ask('/', { method: 'HEAD' })

      expect([cold.status, cold.text]).toEqual([200, ''])
      expect(page.text).toBe('page 2')
      expect([head.text, head.headers['content-length'], head.headers.age]).toEqual(['', '6', '0'])
      expect(site.renders).toBe(2)
    })

    it('hostile 50: answers If-None-Match on a hit and on a miss', async () => {
      await using site = await startHosted(host, countedPage({ ETag: '"a"' }))
      const known = { headers: { 'If-None-Match': '"a"' } }

      const miss = await site.ask('/', known)
      const hit = await site.ask('/', known)
      const other = await site.ask('/', { headers: { 'If-None-Match': '"b"' } })

      expect([miss.status, miss.text]).toEqual([304, ''])
      expect([hit.status, hit.text, hit.headers.etag]).toEqual([304, '', '"a"'])
      expect([other.status, other.text, site.renders]).toEqual([200, 'page 1', 1])
    })

    it('hostile 25 and 33: gives the same bytes and the same headers again', async () => {
      const headers = {
        'Content-Type': 'image/png',
        'Content-Security-Policy': "default-src 'self'",
        'X-Frame-Options': 'DENY',
        Link: ['</a>; rel=preload', '</b>; rel=preload'],
      }
      await using site = await startHosted(host, () => ({ headers, body: BINARY }))

      const first = await site.ask('/')
      const second = await site.ask('/')

      expect(first.body.equals(BINARY)).toBe(true)
      expect(second.body.equals(BINARY)).toBe(true)
      for (const reply of [first, second]) {
        expect(reply.headers).toMatchObject({
          'content-type': expect.stringMatching(/^image\/png/),
          'content-security-policy': "default-src 'self'",
          'x-frame-options': 'DENY',
          link: '</a>; rel=preload, </b>; rel=preload',
        })
      }
      expect(site.renders).toBe(1)
    })

    it('hostile 30: keeps the encoding with the bytes', async () => {
      const headers = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' }
      const body = gzipSync('page')
      await using site = await startHosted(host, () => ({ headers, body }))

      await site.ask('/')
      const reply = await site.ask('/')

      expect([reply.headers['content-encoding'], reply.body.equals(body)]).toEqual(['gzip', true])
      expect(site.renders).toBe(1)
    })

    it('hostile 27: passes 3 MB through, whole, each time', async () => {
      const body = Buffer.alloc(3_000_000, 'abcdefg')
      await using site = await startHosted(host, () => ({ body: Readable.from([body]) }))

      const replies = [await site.ask('/'), await site.ask('/')]

      expect(replies.map((reply) => reply.body.equals(body))).toEqual([true, true])
      expect(site.renders).toBe(2)
    })

    it('hostile 49: holds no byte of a stream back, and stores it', async () => {
      const stream = new PassThrough()
      await using site = await startHosted(host, () => ({ body: stream }))
      stream.write('first ')

      const chunks = (await site.open('/'))[Symbol.asyncIterator]()
      const first = await chunks.next()
      stream.end('last')
      const last = await chunks.next()
      await chunks.next()
      const second = await site.ask('/')

      expect([String(first.value), String(last.value)]).toEqual(['first ', 'last'])
      expect([second.text, site.renders]).toEqual(['first last', 1])
    })

    it('hostile 23: stores nothing of a stream whose client went away', async () => {
      const streams: PassThrough[] = []
      await using site = await startHosted(host, () => {
        const stream = new PassThrough()
        streams.push(stream)
        stream.write('half ')
        return { body: stream }
      })

      const incoming = await site.open('/')
      await once(incoming, 'data')
      incoming.destroy()
      const second = site.ask('/')
      await expect.poll(() => streams.length).toBe(2)
      streams[1]?.end('whole')

      expect((await second).text).toBe('half whole')
    })

    it('hostile 24: stores nothing of a stream that broke', async () => {
      const streams: PassThrough[] = []
      await using site = await startHosted(host, () => {
        const stream = new PassThrough()
        streams.push(stream)
        stream.write('half')
        return { body: stream }
      })

      const incoming = await site.open('/')
      await once(incoming, 'data')
      streams[0]?.destroy(new Error('gone'))
      await expect(once(incoming, 'end')).rejects.toThrow()
      const second = site.ask('/')
      await expect.poll(() => streams.length).toBe(2)
      streams[1]?.end()

      expect((await second).text).toBe('half')
    })

    it('hostile 40: stores no part for the whole', async () => {
      await using site = await startHosted(host, ({ header }) =>
        header('range') === undefined
          ? { body: 'whole' }
          : { status: 206, headers: { 'Content-Range': 'bytes 0-1/5' }, body: 'wh' },
      )

      const part = await site.ask('/', { headers: { Range: 'bytes=0-1' } })
      const whole = await site.ask('/')

      expect([part.status, part.text, whole.status, whole.text]).toEqual([206, 'wh', 200, 'whole'])
    })

    it('hostile 71: never holds or keeps an event stream', async () => {
      const stream = new PassThrough()
      const headers = { 'Content-Type': 'text/event-stream' }
      await using site = await startHosted(host, () => ({ headers, body: stream }))
      stream.write('data: 1\n\n')

      const incoming = await site.open('/')
      const [chunk] = await once(incoming, 'data')
      incoming.destroy()

      expect(String(chunk)).toBe('data: 1\n\n')
      expect(incoming.headers['cache-status']).toContain('event-stream')
    })
  })
}
