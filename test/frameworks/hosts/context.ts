import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { noPageCache, pageTags, pageTtl } from '../../../src/http/page-context.ts'
import { purgeTags } from '../../../src/http/purge.ts'
import { type Answer, type Host, type Page, startHosted } from './site.ts'

/** What code below a handler can say of its page. */
export function contextContract(name: string, host: Host): void {
  /** A page whose parts are made far below its handler. */
  const speaking =
    (speak: () => void, answer: Partial<Answer> = {}): Page =>
    async () => {
      await setImmediate()
      speak()
      await setImmediate()
      return { body: 'page', ...answer }
    }

  /** A page whose client cannot take it as fast as it comes. */
  const streaming =
    (speak: () => void): Page =>
    () => {
      async function* chunks() {
        for (let i = 0; i < 10; i++) {
          await setImmediate()
          yield Buffer.alloc(65_536, 'a')
        }
        speak()
        yield Buffer.from('end')
      }
      return { headers: { 'Content-Type': 'text/plain' }, body: Readable.from(chunks()) }
    }

  const rendersOf = async (page: Page) => {
    await using site = await startHosted(host, page)
    await site.twice()
    return site.renders
  }

  describe(`${name}: below the handler`, () => {
    it('noPageCache keeps the page out', async () => {
      await using site = await startHosted(host, speaking(noPageCache))

      await site.twice()
      const { headers } = await site.ask('/')

      expect(site.renders).toBe(3)
      expect(headers['cache-status']).toBe('reprise; fwd=uri-miss; detail=no-page-cache')
      expect(headers['cache-control']).toBe(undefined)
    })

    it('pageTtl says how long it is kept', async () => {
      await using site = await startHosted(
        host,
        speaking(() => pageTtl(5)),
      )

      await site.twice()
      site.clock.advance(4)
      const before = await site.ask('/')
      site.clock.advance(2)
      await site.ask('/')

      expect(before.headers['cache-control']).toBe('max-age=5')
      expect(site.renders).toBe(2)
    })

    it('pageTags lets purgeTags find it', async () => {
      await using site = await startHosted(
        host,
        speaking(() => pageTags('city:3', 'all')),
      )

      await site.twice()
      await purgeTags(site.caches, ['other'])
      await site.ask('/')
      expect(site.renders).toBe(1)
      await purgeTags(site.caches, ['city:3'])
      await site.ask('/')
      expect(site.renders).toBe(2)
    })

    it('all of that works from within a stream that had to wait', async () => {
      expect(await rendersOf(streaming(() => {}))).toBe(1)
      expect(await rendersOf(streaming(noPageCache))).toBe(2)
    })

    it('shows tags to the cache and to no client', async () => {
      const headers = { 'Cache-Tag': 'city:3, all', 'Surrogate-Key': 'other' }
      await using site = await startHosted(
        host,
        speaking(() => {}, { headers }),
      )
      const replies = [await site.ask('/'), await site.ask('/')]
      const bypassed = await site.ask('/', { headers: { Cookie: 'a=b' } })

      for (const reply of [...replies, bypassed]) {
        expect(reply.headers).not.toHaveProperty('cache-tag')
        expect(reply.headers).not.toHaveProperty('surrogate-key')
      }
      expect(site.renders).toBe(2)
      await purgeTags(site.caches, ['other'])
      await site.ask('/')
      expect(site.renders).toBe(3)
    })

    it('all of them do nothing for a page that is passed by', async () => {
      const page = speaking(() => {
        noPageCache()
        pageTtl(5)
        pageTags('a')
      })
      await using site = await startHosted(host, page)

      const { headers, text } = await site.ask('/', { headers: { Cookie: 'a=b' } })

      expect(text).toBe('page')
      expect(headers['cache-status']).toBe('reprise; fwd=bypass; detail=cookie')
    })
  })
}
