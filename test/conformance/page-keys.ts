import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { countedPage, type Mount, startSite } from '../support/page-hosts.ts'

/**
 * Whom every way of mounting the page cache gives which page. The numbers are those of hostile
 * cases that page caches are known to fail: each title says what must be true.
 */
export function pageKeyContract(name: string, mount: Mount): void {
  describe(`${name}: who gets what`, () => {
    it('4: neither gives a page to a request with a cookie nor stores its answer', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.end(`for ${request.headers.cookie ?? 'nobody'}`)
      })
      const ask = async (cookie?: string) =>
        (await site.ask('/', { headers: cookie === undefined ? {} : { Cookie: cookie } })).text

      expect(await ask('id=1')).toBe('for id=1')
      expect(await ask()).toBe('for nobody')
      expect(await ask('id=2')).toBe('for id=2')
      expect(await ask()).toBe('for nobody')
      expect(site.renders).toBe(3)
    })

    it('3: gives each cookie its own page where the response varies on it', async () => {
      const cookies = 'ignore'
      await using site = await startSite(
        mount,
        (request, response) => {
          response.setHeader('Vary', 'Cookie')
          response.end(`for ${request.headers.cookie ?? 'nobody'}`)
        },
        { cookies },
      )
      const ask = async (headers: Record<string, string>) => (await site.ask('/', { headers })).text

      for (let round = 0; round < 3; round++) {
        expect(await ask({ Cookie: 'id=1' })).toBe('for id=1')
        expect(await ask({ Cookie: 'id=2' })).toBe('for id=2')
        expect(await ask({})).toBe('for nobody')
      }
      expect(site.renders).toBe(3)
    })

    it('5: keeps no answer to credentials, and gives them no page of somebody else', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.end(`for ${request.headers.authorization ?? 'nobody'}`)
      })
      const ask = async (headers: Record<string, string>) => (await site.ask('/', { headers })).text

      expect(await ask({ Authorization: 'Basic a' })).toBe('for Basic a')
      expect(await ask({})).toBe('for nobody')
      expect(await ask({ Authorization: 'Basic b' })).toBe('for Basic b')
      expect(await ask({ Authorization: '' })).toBe('for nobody')
    })

    it('15: keeps one page for each language where it varies on it', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.setHeader('Vary', 'Accept-Language')
        response.end(`in ${request.headers['accept-language'] ?? 'none'}`)
      })
      const ask = async (language: string) =>
        (await site.ask('/', { headers: { 'Accept-Language': language } })).text

      for (let round = 0; round < 2; round++) {
        expect(await ask('de')).toBe('in de')
        expect(await ask('fr')).toBe('in fr')
      }
      expect(site.renders).toBe(2)
    })

    it('28, 30: keeps an encoding for those who take it', async () => {
      await using site = await startSite(mount, (request, response) => {
        const isGzip = String(request.headers['accept-encoding']).includes('gzip')
        response.setHeader('Vary', 'Accept-Encoding')
        if (isGzip) response.setHeader('Content-Encoding', 'gzip')
        response.end(isGzip ? gzipSync('text') : 'text')
      })
      const ask = async (encoding: string) =>
        site.ask('/', { headers: { 'Accept-Encoding': encoding } })

      for (let round = 0; round < 2; round++) {
        const packed = await ask('gzip')
        const plain = await ask('identity')
        expect(packed.headers['content-encoding']).toBe('gzip')
        expect(gunzipSync(packed.body).toString()).toBe('text')
        expect([plain.headers['content-encoding'], plain.text]).toEqual([undefined, 'text'])
      }
      expect(site.renders).toBe(2)
    })

    it('34, 37: tells hosts, paths and queries apart', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.end(`${request.headers.host}${request.url}`)
      })

      for (const host of ['a.example', 'b.example']) {
        for (const path of ['/', '/?a=1', '/?a=2', '/?', '/x']) {
          for (let round = 0; round < 2; round++) {
            const { text } = await site.ask(path, { headers: { Host: host } })
            expect(text).toBe(`${host}${path}`)
          }
        }
      }
      expect(site.renders).toBe(10)
    })

    it('35: lets no forwarded host into the page of others', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.end(`at ${request.headers['x-forwarded-host'] ?? request.headers.host}`)
      })
      const ask = async (headers: Record<string, string>) =>
        (await site.ask('/', { headers: { Host: 'a.example', ...headers } })).text

      expect(await ask({ 'X-Forwarded-Host': 'evil.example' })).toBe('at evil.example')
      expect(await ask({})).toBe('at a.example')
      expect(await ask({ 'X-Forwarded-Host': 'evil.example' })).toBe('at evil.example')
      expect(await ask({})).toBe('at a.example')
    })

    it('takes an odd name in Vary for a header', async () => {
      await using site = await startSite(mount, countedPage({ Vary: 'constructor, __proto__' }))

      const replies = [await site.ask('/'), await site.ask('/')]

      expect(replies.map(({ text }) => text)).toEqual(['page 1', 'page 1'])
    })

    it('36: keeps no page that was made from a header which nothing covers', async () => {
      await using site = await startSite(mount, (request, response) => {
        response.end(`for ${request.headers['user-agent']}`)
      })
      const ask = async (agent: string) => site.ask('/', { headers: { 'User-Agent': agent } })

      expect((await ask('a')).text).toBe('for a')
      const second = await ask('b')
      expect(second.text).toBe('for b')
      expect(second.headers['cache-status']).toBe(
        'reprise; fwd=uri-miss; detail=unkeyed:user-agent',
      )
    })

    it('36: keeps it where it is told to', async () => {
      await using site = await startSite(
        mount,
        (request, response) => response.end(`for ${request.headers['user-agent']}`),
        { unkeyed: 'ignore' },
      )

      await site.ask('/', { headers: { 'User-Agent': 'a' } })
      const second = await site.ask('/', { headers: { 'User-Agent': 'b' } })

      expect(second.text).toBe('for a')
    })

    it('34: stores nothing under a host that could be read as a path', async () => {
      await using site = await startSite(mount, countedPage())

      const odd = await site.ask('/b', { headers: { Host: 'a.example/x' } })
      const plain = await site.ask('/x/b', { headers: { Host: 'a.example' } })

      expect([odd.text, plain.text]).toEqual(['page 1', 'page 2'])
    })
  })
}
