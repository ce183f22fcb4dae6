import { describe, expect, it } from 'vitest'
import { purgePage } from '../../../src/http/purge.ts'
import { countedPage, type Host, type Policies, startHosted } from './site.ts'

/** For how long a page is kept, and what ends it sooner. */
export function lifetimeContract(name: string, host: Host): void {
  const withPolicies = (policies: Policies, headers = {}) =>
    startHosted(host, countedPage(headers), {}, policies)

  describe(`${name}: lifetimes`, () => {
    it.each([
      ['12', { 'Cache-Control': 'max-age=60, s-maxage=0' }],
      ['44', { 'Cache-Control': 'max-age=60', Age: '61' }],
      ['73', { 'Cache-Control': 'max-age=-1' }],
    ])('hostile %s: is stale on arrival with %j', async (_number, headers) => {
      await using site = await startHosted(host, countedPage(headers))

      expect(await site.twice()).toEqual(['page 1', 'page 2'])
    })

    it.each([
      ['17', 500],
      ['18', 404],
      ['19', 429],
    ])('hostile %s: stores no %i', async (_number, status) => {
      await using site = await startHosted(host, countedPage({}, status))

      const replies = [await site.ask('/'), await site.ask('/')]

      expect(replies.map((reply) => reply.status)).toEqual([status, status])
      expect(site.renders).toBe(2)
    })

    it('hostile 17: stores nothing where the handler throws', async () => {
      let failures = 1
      await using site = await startHosted(host, () => {
        if (failures-- > 0) throw new Error('broken')
        return { body: 'page' }
      })

      expect((await site.ask('/')).status).toBe(500)
      expect(await site.twice()).toEqual(['page', 'page'])
      expect(site.renders).toBe(2)
    })

    it('renders anew when the lifetime of the page is over', async () => {
      await using site = await startHosted(host, countedPage({ 'Cache-Control': 'max-age=60' }))

      await site.twice()
      site.clock.advance(61)

      expect((await site.ask('/')).text).toBe('page 2')
    })

    it('renders anew after a purge', async () => {
      await using site = await startHosted(host, countedPage())
      await site.twice('/cities?page=2')

      const url = `http://127.0.0.1:${site.port}/cities?page=2`
      const purged = [await purgePage(site.caches, url), await purgePage(site.caches, url)]

      expect(purged).toEqual([true, false])
      expect((await site.ask('/cities?page=2')).text).toBe('page 2')
    })

    it('keeps nothing of what must never be cached', async () => {
      await using site = await withPolicies({ neverCache: true })

      expect(await site.twice()).toEqual(['page 1', 'page 2'])
      const { headers } = await site.ask('/')
      expect(headers['cache-control']).toBe(
        'max-age=0, no-cache, no-store, must-revalidate, private',
      )
      expect(headers.expires).toBeDefined()
    })

    it('keeps a page for as long as a decorator says', async () => {
      await using site = await withPolicies({ cacheControl: { maxAge: 30, public: true } })

      const [first] = await site.twice()
      const { headers } = await site.ask('/')
      site.clock.advance(31)

      expect([first, headers['cache-control']]).toEqual(['page 1', 'max-age=30, public'])
      expect((await site.ask('/')).text).toBe('page 2')
    })

    it('varies as a decorator says', async () => {
      await using site = await withPolicies({ varyOnHeaders: ['X-Theme'] }, { Vary: 'Accept' })
      const ask = async (theme: string) => site.ask('/', { headers: { 'X-Theme': theme } })

      const replies = [await ask('dark'), await ask('light'), await ask('dark')]

      expect(replies.map(({ text }) => text)).toEqual(['page 1', 'page 2', 'page 1'])
      expect(replies[2]?.headers.vary).toMatch(/^Accept, X-Theme/)
    })

    it('keeps jars apart where a decorator says so', async () => {
      await using site = await startHosted(
        host,
        countedPage(),
        { cookies: 'ignore' },
        { varyOnCookie: true },
      )
      const ask = async (Cookie: string) => (await site.ask('/', { headers: { Cookie } })).text

      expect([await ask('a=1'), await ask('a=2'), await ask('a=1')]).toEqual([
        'page 1',
        'page 2',
        'page 1',
      ])
    })

    it('answers conditions of a page that no cache keeps', async () => {
      await using site = await withPolicies(
        { conditionalGet: true },
        { 'Cache-Control': 'private', ETag: '"a"' },
      )

      const known = await site.ask('/', { headers: { 'If-None-Match': 'W/"a"' } })
      const other = await site.ask('/', { headers: { 'If-None-Match': '"b"' } })

      expect([known.status, known.text, known.headers.etag]).toEqual([304, '', '"a"'])
      expect([other.status, other.text]).toEqual([200, 'page 2'])
    })
  })
}
