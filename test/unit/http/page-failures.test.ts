import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { Cache } from '../../../src/cache/cache.ts'
import { CacheError } from '../../../src/errors.ts'
import { Leaders } from '../../../src/http/leaders.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, send, visit } from './visit.ts'

const LANGUAGE = ['Vary', 'Accept-Language']

/** A backend in memory of which one method fails in a way that no setting hides. */
function failingPages(...methods: ('lease' | 'get' | 'fill' | 'release' | 'delete')[]) {
  const clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  const fail = () => Promise.reject(new CacheError('ERR_KEY_INVALID', 'The backend failed.'))
  const breakIt = () => Object.assign(backend, Object.fromEntries(methods.map((m) => [m, fail])))
  return { pages: new PageCache(new Cache(backend, { clock })), breakIt }
}

describe('a page cache whose backend fails', () => {
  it.each(['lease', 'get', 'fill', 'release'] as const)(
    '61: serves pages without %s',
    async (method) => {
      const { pages, breakIt } = failingPages(method)
      breakIt()

      const replies = [
        await visit(pages, pageRequest()),
        await visit(pages, pageRequest({ method: 'HEAD' })),
        await visit(pages, pageRequest({ target: '/x' }), { headers: ['Set-Cookie', 'a'] }),
      ]

      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    },
  )

  it('61: serves pages when it fails between the head and the end', async () => {
    const { pages, breakIt } = failingPages('fill', 'release')
    const render = await pages.open(pageRequest())
    breakIt()

    await expect(render.kind === 'render' && send(render)).resolves.toMatchObject({ status: 200 })
    await setImmediate()
  })

  it('61: serves pages when what lies in the way cannot be cleared', async () => {
    const { pages, breakIt } = failingPages('delete')
    const vary = (headers: string[]) => ({ headers: ['Vary', ...headers] })
    await visit(pages, pageRequest({ headers: { a: '1' } }), vary(['a']))
    breakIt()

    expect((await visit(pages, pageRequest({ headers: { a: '2' } }), vary(['b']))).status).toBe(200)
  })
})

describe('what lies where a variant should', () => {
  it('62: is cleared out of the way', async () => {
    const { pages, cache, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, german, { headers: LANGUAGE })
    const lend = cache.lend.bind(cache)
    const keys: string[] = []
    Object.assign(cache, {
      lend: (key: string) => {
        keys.push(key)
        return lend(key)
      },
    })
    await visit(pages, german)
    for (const key of keys) if (key.includes('~')) await cache.set(key, 'no page')

    expect((await visit(pages, german, { headers: LANGUAGE })).isHit).toBe(false)
    await visit(pages, german, { headers: LANGUAGE })
    expect((await visit(pages, german)).isHit).toBe(true)
  })

  it('may be rendered by somebody else by then: the first page is not stored', async () => {
    const { pages, cache, get } = memoryPages({ waitMs: 0 })
    const german = get('/', { 'accept-language': 'de' })
    const first = await pages.open(german)
    const { lookup } = cache
    // The marker is there before the variant, and another process comes between.
    Object.assign(cache, {
      lookup: async (key: string) => {
        await lookup.call(cache, key)
        return lookup.call(cache, key)
      },
    })
    if (first.kind === 'render') await send(first, { headers: LANGUAGE, body: 'first' })
    Object.assign(cache, { lookup })

    const second = await visit(pages, german, { headers: LANGUAGE, body: 'second' })

    expect([first.kind, second.text]).toEqual(['render', 'second'])
    expect(second.header('cache-status')).toBe('reprise; fwd=vary-miss; detail=busy')
  })
})

describe('a marker that was invalidated', () => {
  it('is made anew by one request while others go on with it', async () => {
    const { pages, cache, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, german, { headers: LANGUAGE, body: 'old' })
    await cache.invalidate('page::https://site.example/')
    const anew = await pages.open(german)

    expect(anew.kind).toBe('render')
    expect((await visit(pages, german)).text).toBe('old')
  })
})

describe('bodies', () => {
  it('24: are not stored where they are not as long as was said', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get(), { headers: ['Content-Length', '9'], body: 'page' })

    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('are not stored where nobody asked for a copy', async () => {
    const { pages, get } = memoryPages()
    const render = await pages.open(get())
    if (render.kind === 'render') await render.end(Buffer.from('page'))

    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('are kept as long as a policy says that came after the look-up', async () => {
    const { pages, clock, get } = memoryPages()
    const render = await pages.open(get())
    if (render.kind === 'hit') throw new Error('The cache answered.')
    render.override({ ttl: 5 })
    render.override({ staleWhileRevalidate: 0 })
    const { set } = await send(render)
    clock.advance(5)

    expect(set).toContain('max-age=5')
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('may be handed over a second time without effect', async () => {
    const { pages, get } = memoryPages()
    const render = await pages.open(get())
    if (render.kind === 'hit') throw new Error('The cache answered.')
    await send(render, { body: 'page' })
    await render.end(Buffer.from('other'))
    render.abandon('aborted')

    expect((await visit(pages, get())).text).toBe('page')
  })
})

describe('options of what is told', () => {
  it('leave Cache-Status out of hits', async () => {
    const { pages, get } = memoryPages({ cacheStatus: false })
    await visit(pages, get())

    const hit = await visit(pages, get())

    expect([hit.isHit, hit.header('cache-status'), hit.header('age')]).toEqual([
      true,
      undefined,
      '0',
    ])
  })
})

describe('Leaders', () => {
  it('keep the one who came later when an earlier one finishes', () => {
    const leaders = new Leaders(new FakeClock())
    const first = leaders.start('k')
    const second = leaders.start('k')
    first.finish()

    expect(leaders.get('k')).toBe(second)
    second.finish()
    expect(leaders.get('k')).toBeUndefined()
  })
})
