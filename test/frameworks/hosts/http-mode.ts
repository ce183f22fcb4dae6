import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type Answer, type Host, type Page, startHosted } from './site.ts'

const CONTROL = 'max-age=60, stale-if-error=600'

/** HTTP mode, and stored pages in place of what a handler answers. */
export function httpModeContract(name: string, host: Host): void {
  const start = (page: Page) => startHosted(host, page, { mode: 'http' })

  describe(`${name}: HTTP mode`, () => {
    it('keeps a page for as long as it says, and leaves its headers alone', async () => {
      let count = 0
      await using site = await start(() => ({
        headers: { 'Content-Type': 'text/plain', 'Cache-Control': 'max-age=60' },
        body: `page ${++count}`,
      }))

      expect(await site.twice()).toEqual(['page 1', 'page 1'])
      const { headers } = await site.ask('/')
      expect([headers['cache-control'], headers.expires]).toEqual(['max-age=60', undefined])
      site.clock.advance(61)
      expect((await site.ask('/')).text).toBe('page 2')
    })

    it('keeps nothing that says nothing of itself', async () => {
      let count = 0
      await using site = await start(() => ({ body: `page ${++count}` }))

      expect(await site.twice()).toEqual(['page 1', 'page 2'])
    })

    it('sends the stored page for a 304 that the handler gives to the cache', async () => {
      const tags: (string | undefined)[] = []
      await using site = await start((asked) => {
        const tag = asked.header('if-none-match')
        tags.push(tag)
        const headers = { ETag: '"a"', 'Cache-Control': CONTROL }
        if (tag === '"a"')
          return { status: 304, headers: { ...headers, 'X-News': 'new' }, body: '' }
        return { headers: { ...headers, 'Content-Type': 'text/plain' }, body: 'page' }
      })
      await site.ask('/')
      site.clock.advance(61)

      const whole = await site.ask('/', { headers: { 'If-None-Match': '"b"' } })
      const fresh = await site.ask('/')
      site.clock.advance(61)
      const known = await site.ask('/', { headers: { 'If-None-Match': '"a"' } })

      expect(tags).toEqual([undefined, '"a"', '"a"'])
      expect([whole.status, whole.text, whole.headers['x-news']]).toEqual([200, 'page', 'new'])
      expect(whole.headers['content-type']).toMatch(/^text\/plain/)
      expect(whole.headers['cache-status']).toBe('reprise; fwd=stale; fwd-status=304; stored')
      expect([fresh.text, fresh.headers.age]).toEqual(['page', '0'])
      expect([known.status, known.text]).toEqual([304, ''])
    })

    it.each(['answers 500', 'throws', 'answers 503 in a stream'])(
      'sends the stale page where the handler %s',
      async (failure) => {
        let isBroken = false
        await using site = await start(() => {
          if (isBroken && failure === 'throws') throw new Error('broken')
          if (!isBroken) {
            const headers = { 'Content-Type': 'text/plain', 'Cache-Control': CONTROL }
            return { headers, body: 'page' }
          }
          const broken: Answer = { status: 500, headers: { 'X-Broken': 'yes' }, body: 'broken' }
          return failure === 'answers 500' ? broken : { ...broken, status: 503, body: stream() }
        })
        await site.ask('/')
        isBroken = true
        site.clock.advance(120)

        const stale = await site.ask('/')
        site.clock.advance(600)
        const late = await site.ask('/')

        expect([stale.status, stale.text, stale.headers.age]).toEqual([200, 'page', '120'])
        expect(stale.headers).not.toHaveProperty('x-broken')
        expect(stale.headers['cache-status']).toMatch(
          /^reprise; fwd=stale; fwd-status=50\d; detail=stale-if-error$/,
        )
        expect(late.status).toBeGreaterThanOrEqual(500)
      },
    )

    it('asks the handler where the request says so', async () => {
      let count = 0
      await using site = await start(() => ({
        headers: { 'Cache-Control': 'max-age=60' },
        body: `page ${++count}`,
      }))
      await site.ask('/')

      const headers = { 'Cache-Control': 'no-cache' }
      const texts = [(await site.ask('/', { headers })).text, (await site.ask('/')).text]
      const missing = await site.ask('/none', { headers: { 'Cache-Control': 'only-if-cached' } })

      expect([texts, missing.status, missing.text]).toEqual([['page 2', 'page 2'], 504, ''])
    })

    it('forgets a page where a POST to it succeeded', async () => {
      let count = 0
      await using site = await start(({ method }) => ({
        headers: { 'Cache-Control': 'max-age=60' },
        body: method === 'POST' ? 'done' : `page ${++count}`,
      }))
      await site.ask('/cities')

      await site.ask('/cities', { method: 'POST' })

      expect((await site.ask('/cities')).text).toBe('page 2')
    })
  })
}

function stream(): Readable {
  return Readable.from([Buffer.from('bro'), Buffer.from('ken')])
}
