import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { PageCache } from '../../../src/http/page-cache.ts'
import { noPageCache, pageTags, pageTtl } from '../../../src/http/page-context.ts'
import { respond } from '../../../src/http/web.ts'
import { memoryPages, send, visit } from './visit.ts'

async function render(opening: ReturnType<PageCache['open']>) {
  const opened = await opening
  if (opened.kind === 'hit') throw new Error('The cache answered.')
  return opened
}

describe('below a handler', () => {
  it('noPageCache keeps its page out, and says so', async () => {
    const { pages, get } = memoryPages()
    const first = await render(pages.open(get()))
    await first.run(async () => {
      await setImmediate()
      noPageCache()
    })
    const { set, keepBytes } = await send(first)

    expect([set, keepBytes]).toEqual([
      ['Cache-Status', 'reprise; fwd=uri-miss; detail=no-page-cache'],
      0,
    ])
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('noPageCache works until the body has ended', async () => {
    const { pages, get } = memoryPages()
    const first = await render(pages.open(get()))
    first.head({ status: 200, headers: [] })
    first.run(noPageCache)
    await first.end(Buffer.from('page'))

    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('pageTtl beats the policy and the page, and the least counts', async () => {
    const { pages, get, clock } = memoryPages()
    const first = await render(pages.open(get(), { ttl: 5 }))
    first.run(() => {
      pageTtl('1m')
      pageTtl(30)
      pageTtl(90)
    })
    const { set } = await send(first, { headers: ['Cache-Control', 's-maxage=1000'] })

    expect(set).toContain('s-maxage=1000, max-age=30')
    clock.advance(29)
    expect((await visit(pages, get())).isHit).toBe(true)
    clock.advance(2)
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('pageTtl shortens what was announced, and does not prolong it', async () => {
    for (const [ttl, hits] of [
      [5, false],
      [5000, false],
      [60, true],
    ] as const) {
      const { pages, get, clock } = memoryPages({ ttl: 30 })
      const first = await render(pages.open(get()))
      first.head({ status: 200, headers: [] })
      first.run(() => pageTtl(ttl))
      await first.end(Buffer.from('page'))
      clock.advance(ttl === 60 ? 29 : 31)

      expect((await visit(pages, get())).isHit).toBe(hits)
    }
  })

  it.each([0, -1])('pageTtl(%s) keeps its page out, before and after its head', async (ttl) => {
    const { pages, get } = memoryPages()
    const before = await render(pages.open(get()))
    before.run(() => pageTtl(ttl))
    const { set } = await send(before)
    const after = await render(pages.open(get('/after')))
    after.head({ status: 200, headers: [] })
    after.run(() => pageTtl(ttl))
    await after.end(Buffer.from('page'))

    expect(set).toContain('reprise; fwd=uri-miss; detail=ttl')
    expect((await visit(pages, get())).isHit).toBe(false)
    expect((await visit(pages, get('/after'))).isHit).toBe(false)
  })

  it('all of them do nothing outside of a page', () => {
    expect([noPageCache(), pageTags('a'), pageTtl(5)]).toEqual([undefined, undefined, undefined])
    expect(() => pageTtl('soon' as never)).toThrow(/ttl/)
  })

  it('all of them do nothing for a page that is not stored', async () => {
    const { pages, get } = memoryPages()
    const bypassed = await render(pages.open(get('/', { cookie: 'a=b' })))

    expect(bypassed.run(() => [noPageCache(), pageTtl(5), 'made'].at(-1))).toBe('made')
    expect((await send(bypassed)).set).toEqual([
      'Cache-Status',
      'reprise; fwd=bypass; detail=cookie',
    ])
  })

  it('pageTags refuses what is no tag, where it is made', async () => {
    const { pages, get } = memoryPages()
    const first = await render(pages.open(get()))

    expect(() => first.run(() => pageTags(''))).toThrow(/tags/)
    expect(() => first.run(() => pageTags('\ud800'))).toThrow(/tags/)
    expect(() => first.run(() => pageTags(7 as never))).toThrow(/tags/)
    first.abandon('error')
  })

  it('speaks of its own page, whatever else is rendered meanwhile', async () => {
    const { pages, get } = memoryPages()
    const [one, other] = [await render(pages.open(get('/1'))), await render(pages.open(get('/2')))]
    await Promise.all([
      one.run(async () => {
        await setImmediate()
        noPageCache()
      }),
      other.run(() => setImmediate()),
    ])
    await Promise.all([send(one), send(other)])

    expect([(await visit(pages, get('/1'))).isHit, (await visit(pages, get('/2'))).isHit]).toEqual([
      false,
      true,
    ])
  })
})

describe('respond', () => {
  it('lets a handler speak of its page, and the stream that it gives as well', async () => {
    for (const spoken of ['handler', 'stream', 'nothing']) {
      const { pages } = memoryPages()
      const ask = async () => {
        const handler = async () => {
          await setImmediate()
          if (spoken === 'handler') noPageCache()
          let count = 0
          const body = new ReadableStream({
            async pull(controller) {
              await setImmediate()
              if (++count === 3) {
                if (spoken === 'stream') noPageCache()
                controller.close()
              } else controller.enqueue(Buffer.from('page '))
            },
          })
          return new Response(body)
        }
        const response = await respond(pages, new Request('https://site.example/'), handler)
        return [await response.text(), response.headers.get('cache-status')]
      }
      await ask()

      expect(await ask()).toEqual([
        'page page ',
        spoken === 'nothing' ? 'reprise; hit; ttl=600' : expect.stringMatching(/fwd=uri-miss/),
      ])
    }
  })
})
