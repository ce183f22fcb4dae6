import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { pageHole } from '../../../src/http/page-context.ts'
import { type Answer, type Host, type HostParts, type Page, startHosted } from './site.ts'

/** A request as `holes` of any framework get it. */
interface AnyRequest {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly req?: { header(name: string): string | undefined } | AnyRequest
}

/** A header of a request, whatever the framework. */
export function headerOf(request: unknown, name: string): string {
  const { headers, req } = request as AnyRequest
  if (req !== undefined && 'header' in req && typeof req.header === 'function') {
    return req.header(name) ?? ''
  }
  const found = headers ?? (req as AnyRequest | undefined)?.headers
  return found?.[name] ?? ''
}

const userOf = (request: unknown) => /user=(\w+)/.exec(headerOf(request, 'cookie'))?.[1] ?? 'nobody'

const HOLES = {
  greeting: async (request: unknown) => {
    await setImmediate()
    return `Hello ${userOf(request)}`
  },
  agent: (request: unknown) => headerOf(request, 'user-agent'),
  big: () => 'x'.repeat(1_000_000),
  odd: () => '</script>\u0000é',
  row: (_request: unknown, values: { id?: unknown }) => `row ${values.id}`,
  broken: () => {
    throw new Error('no greeting today')
  },
  wrong: () => 5 as unknown as string,
}

const TEXT = { 'Content-Type': 'text/html; charset=utf-8' }

/** A page with holes, and what may be around them. */
export function holesContract(name: string, host: Host): void {
  const start = (page: Page, options: object = {}) =>
    startHosted(host, page, {
      cookies: 'ignore',
      holes: HOLES,
      ...options,
    } as unknown as HostParts['options'])

  const page =
    (body: () => Answer['body'], headers: Answer['headers'] = {}): Page =>
    async () => {
      await setImmediate()
      return { headers: { ...TEXT, ...headers }, body: body() }
    }

  const greeting = () => `<p>${pageHole('greeting')}</p>`
  const as = (user: string) => ({ headers: { Cookie: `user=${user}` } })

  describe(`${name}: holes`, () => {
    it('gives each visitor their own, of one stored page', async () => {
      await using site = await start(page(greeting))

      const texts = [
        (await site.ask('/', as('ada'))).text,
        (await site.ask('/', as('bob'))).text,
        (await site.ask('/')).text,
      ]

      expect(texts).toEqual(['<p>Hello ada</p>', '<p>Hello bob</p>', '<p>Hello nobody</p>'])
      expect(site.renders).toBe(1)
    })

    it('never lets two visitors at once see what is the other one’s', async () => {
      await using site = await start(page(greeting))
      const users = Array.from({ length: 20 }, (_, i) => `u${i}`)

      const replies = await Promise.all(users.map((user) => site.ask('/', as(user))))

      expect(replies.map(({ text }) => text)).toEqual(users.map((u) => `<p>Hello ${u}</p>`))
    })

    it('lets nobody keep an answer, ask for a part of it or tell it from another', async () => {
      const headers = {
        'Cache-Control': 'public, max-age=60',
        Expires: 'Thu, 01 Jan 2037 00:00:00 GMT',
        'CDN-Cache-Control': 'max-age=600',
        'Surrogate-Control': 'max-age=600',
        'Last-Modified': 'Thu, 01 Jan 2015 00:00:00 GMT',
        ETag: '"mine"',
      }
      await using site = await start(page(greeting, headers))

      const asked = { ...as('ada').headers, 'If-None-Match': '"mine"', Range: 'bytes=0-3' }
      const conditional = { 'If-Modified-Since': 'Thu, 01 Jan 2037 00:00:00 GMT' }
      const replies = [
        await site.ask('/', as('ada')),
        await site.ask('/', { headers: asked }),
        await site.ask('/', { headers: { ...as('ada').headers, ...conditional } }),
      ]

      for (const { status, headers: told, text } of replies) {
        expect([status, text]).toEqual([200, '<p>Hello ada</p>'])
        expect(told['cache-control']).toBe('private, no-cache')
        for (const gone of ['etag', 'expires', 'last-modified', 'accept-ranges']) {
          expect(told).not.toHaveProperty(gone)
        }
        expect(told).not.toHaveProperty('cdn-cache-control')
        expect(told).not.toHaveProperty('surrogate-control')
      }
      expect(site.renders).toBe(1)
    })

    it('tells the length in bytes, to a HEAD as well', async () => {
      await using site = await start(page(() => `é${pageHole('odd')}é`))

      await site.ask('/')
      const hit = await site.ask('/')
      const head = await site.ask('/', { method: 'HEAD' })

      expect(hit.text).toBe('é</script>\u0000éé')
      expect(hit.headers['content-length']).toBe('16')
      expect([head.text, head.headers['content-length']]).toEqual(['', '16'])
    })

    it('fills them for requests past the cache', async () => {
      await using site = await start(page(greeting), { cookies: 'bypass' })

      const first = await site.ask('/', as('ada'))
      const posted = await site.ask('/', { method: 'POST', ...as('bob') })
      const head = await site.ask('/', { method: 'HEAD', ...as('bob') })

      expect([first.text, posted.text, head.text]).toEqual([
        '<p>Hello ada</p>',
        '<p>Hello bob</p>',
        '',
      ])
      expect(first.headers['cache-status']).toBe('reprise; fwd=bypass; detail=cookie')
      expect(first.headers['cache-control']).toBe('private, no-cache')
    })

    it('fills them on an answer that is not stored', async () => {
      await using site = await start(page(greeting, { 'Set-Cookie': 'a=b' }))

      const [first, second] = await site.twice()

      expect([first, second]).toEqual(['<p>Hello nobody</p>', '<p>Hello nobody</p>'])
      expect(site.renders).toBe(2)
    })

    it('fills several, also large ones and the same one twice', async () => {
      const body = () => {
        const row = pageHole('row', { id: 7 })
        return `${pageHole('big')}|${row}|${row}|${pageHole('row', { id: 'a' })}`
      }
      await using site = await start(page(body))

      const texts = await site.twice()

      const expected = `${'x'.repeat(1_000_000)}|row 7|row 7|row a`
      expect(texts.map((text) => text === expected)).toEqual([true, true])
      expect(site.renders).toBe(1)
    })

    it('fills them in a stream, wherever it is cut', async () => {
      const body = () => {
        const text = `<p>${pageHole('greeting')}</p>`
        return Readable.from([...text].map((letter) => Buffer.from(letter)))
      }
      await using site = await start(page(body))

      expect(await site.twice()).toEqual(['<p>Hello nobody</p>', '<p>Hello nobody</p>'])
      expect(site.renders).toBe(1)
    })

    it('takes no digits of the content for a placeholder', async () => {
      let seen = ''
      const body = () => {
        const before = seen
        seen = pageHole('greeting')
        return `${before}|${seen}|${'1'.repeat(45)}`
      }
      await using site = await start(page(body), { ttl: 10 })

      await site.ask('/')
      const old = seen
      site.clock.advance(11)
      const { text } = await site.ask('/')

      expect(text).toBe(`${old}|Hello nobody|${'1'.repeat(45)}`)
    })

    it('leaves one that fails empty, and says so', async () => {
      const heard: unknown[] = []
      const listen = (message: unknown) => heard.push(Object(message).error.message)
      subscribe('reprise:error', listen)
      try {
        await using site = await start(
          page(() => `<${pageHole('broken')}|${pageHole('wrong')}|${pageHole('greeting')}>`),
        )
        expect(await site.twice()).toEqual(['<||Hello nobody>', '<||Hello nobody>'])
        expect(site.renders).toBe(1)
      } finally {
        unsubscribe('reprise:error', listen)
      }
      const wrong = 'The hole "wrong" must give a text: it gave number.'
      expect(heard.sort()).toEqual([wrong, wrong, 'no greeting today', 'no greeting today'])
    })

    it('stores a page whose hole alone reads a header', async () => {
      await using site = await start(page(() => `<${pageHole('agent')}>`))

      const first = await site.ask('/', { headers: { 'User-Agent': 'one' } })
      const second = await site.ask('/', { headers: { 'User-Agent': 'two' } })

      expect([first.text, second.text, site.renders]).toEqual(['<one>', '<two>', 1])
    })

    it('sends nothing of a page that is compressed before it comes to the cache', async () => {
      const body = () => Readable.from([gzipSync(`<p>${pageHole('greeting')}</p>`)])
      await using site = await start(page(body, { 'Content-Encoding': 'gzip' }))

      const { status, text, headers } = await site.ask('/')

      expect([status, text, headers['cache-control']]).toEqual([500, '', 'no-store'])
      expect(headers).not.toHaveProperty('content-encoding')
    })

    it('refuses a hole that the page does not have', async () => {
      await using site = await start(page(() => pageHole('unknown')))

      expect((await site.ask('/')).status).toBe(500)
    })
  })
}
