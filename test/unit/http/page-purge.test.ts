import { describe, expect, it } from 'vitest'
import type { PageRender } from '../../../src/http/page-render.ts'
import { purgePage, purgeTags } from '../../../src/http/purge.ts'
import { memoryPages, send, visit } from './visit.ts'

const ADDRESS = 'https://site.example/'
const LANGUAGE = ['Vary', 'Accept-Language']

type Opening = ReturnType<ReturnType<typeof memoryPages>['pages']['open']>

async function render(opening: Opening): Promise<PageRender> {
  const opened = await opening
  if (opened.kind === 'hit') throw new Error('The cache answered.')
  return opened
}

async function textOf(opening: Opening): Promise<string> {
  const opened = await opening
  return opened.kind === 'hit' ? opened.body.toString() : 'rendered'
}

describe('a hard purge', () => {
  it('keeps out what was being rendered', async () => {
    const { pages, get } = memoryPages()
    const before = await render(pages.open(get()))
    expect(await pages.purge(ADDRESS)).toBe(true)
    await send(before, { body: 'old' })

    expect((await visit(pages, get(), { body: 'new' })).text).toBe('new')
    expect((await visit(pages, get())).text).toBe('new')
  })

  it('keeps out a variant that was being rendered', async () => {
    const { pages, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, get('/', { 'accept-language': 'fr' }), { headers: LANGUAGE })
    const before = await render(pages.open(german))
    await pages.purge(ADDRESS)
    await send(before, { headers: LANGUAGE, body: 'old' })

    const after = await visit(pages, german, { headers: LANGUAGE, body: 'new' })
    expect([after.isHit, after.text]).toEqual([false, 'new'])
  })

  it('takes the address as it was asked, whatever the key has of its query', async () => {
    const { pages, get } = memoryPages({ query: 'normalized' })
    await visit(pages, get('/a?b=1&a=2'))

    expect((await visit(pages, get('/a?a=2&utm_source=x&b=1'))).isHit).toBe(true)
    expect(await pages.purge('https://site.example/a?a=2&b=1&gclid=9')).toBe(true)
    expect((await visit(pages, get('/a?b=1&a=2'))).isHit).toBe(false)
  })

  it('goes through what is exported too', async () => {
    const { caches, pages, get } = memoryPages({ query: 'sorted' })
    await visit(pages, get('/?b=1&a=2'))

    expect(await purgePage(caches, 'https://site.example/?a=2&b=1', { query: 'sorted' })).toBe(true)
    expect(await purgePage(caches, 'https://site.example/?a=2&b=1', { query: 'sorted' })).toBe(
      false,
    )
  })
})

describe('a soft purge', () => {
  it('60: serves the old page while one request renders it anew', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get(), { body: 'old' })
    expect(await pages.purge(ADDRESS, { mode: 'soft' })).toBe(true)

    const leader = await render(pages.open(get()))
    const others = await Promise.all(Array.from({ length: 9 }, () => textOf(pages.open(get()))))
    await send(leader, { body: 'new' })

    expect(new Set(others)).toEqual(new Set(['old']))
    expect(await textOf(pages.open(get()))).toBe('new')
  })

  it('serves every old variant while one request renders it anew', async () => {
    const { pages, get } = memoryPages()
    const requests = ['de', 'fr'].map((language) => get('/', { 'accept-language': language }))
    for (const request of requests) {
      const text = request.header('accept-language') ?? ''
      await visit(pages, request, { headers: LANGUAGE, body: `old ${text}` })
    }
    expect(await pages.purge(ADDRESS, { mode: 'soft' })).toBe(true)

    for (const request of requests) {
      const text = request.header('accept-language') ?? ''
      const leader = await render(pages.open(request))
      const others = await Promise.all(Array.from({ length: 3 }, () => textOf(pages.open(request))))
      await send(leader, { headers: LANGUAGE, body: `new ${text}` })

      expect(others).toEqual([`old ${text}`, `old ${text}`, `old ${text}`])
      expect(await textOf(pages.open(request))).toBe(`new ${text}`)
    }
  })

  it('says that such a page is stale', async () => {
    const { pages, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, german, { headers: LANGUAGE })
    await pages.purge(ADDRESS, { mode: 'soft' })
    const leader = await render(pages.open(german))

    const other = await visit(pages, german)

    expect(other.header('cache-status')).toMatch(/^reprise; hit; ttl=/)
    await send(leader, { headers: LANGUAGE })
  })

  it('keeps out what was being rendered', async () => {
    const { pages, get } = memoryPages()
    const before = await render(pages.open(get()))
    await pages.purge(ADDRESS, { mode: 'soft' })
    await send(before, { body: 'old' })

    expect((await visit(pages, get(), { body: 'new' })).text).toBe('new')
    expect(await textOf(pages.open(get()))).toBe('new')
  })

  it('keeps out a variant that was being rendered, but for the meantime', async () => {
    const { pages, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, get('/', { 'accept-language': 'fr' }), { headers: LANGUAGE })
    const before = await render(pages.open(german))
    await pages.purge(ADDRESS, { mode: 'soft' })
    await send(before, { headers: LANGUAGE, body: 'old' })

    const leader = await render(pages.open(german))
    const other = await textOf(pages.open(german))
    await send(leader, { headers: LANGUAGE, body: 'new' })

    expect(other).toBe('old')
    expect(await textOf(pages.open(german))).toBe('new')
  })

  it('loses what odd requests got beside a page', async () => {
    const { pages, get } = memoryPages()
    const forwarded = get('/', { 'x-forwarded-host': 'b' })
    await visit(pages, get(), { body: 'plain' })
    await visit(pages, forwarded, { body: 'old' })
    await pages.purge(ADDRESS, { mode: 'soft' })
    await visit(pages, get(), { body: 'new plain' })

    expect((await visit(pages, forwarded, { body: 'new' })).text).toBe('new')
    expect(await textOf(pages.open(get()))).toBe('new plain')
  })

  it('lets an odd request render first', async () => {
    const { pages, get } = memoryPages()
    const forwarded = get('/', { 'x-forwarded-host': 'b' })
    await visit(pages, get(), { body: 'plain' })
    await visit(pages, forwarded, { body: 'old' })
    await pages.purge(ADDRESS, { mode: 'soft' })

    expect((await visit(pages, forwarded, { body: 'new' })).text).toBe('new')
    expect(await textOf(pages.open(forwarded))).toBe('new')
    expect((await visit(pages, get(), { body: 'new plain' })).text).toBe('new plain')
  })

  it('finds nothing where nothing is', async () => {
    const { pages } = memoryPages()

    expect(await pages.purge(ADDRESS, { mode: 'soft' })).toBe(false)
  })

  it('refuses another mode', async () => {
    const { caches, pages } = memoryPages()
    const wrong = { code: 'ERR_OPTION_INVALID' }

    await expect(pages.purge(ADDRESS, { mode: 'gentle' } as never)).rejects.toMatchObject(wrong)
    await expect(pages.purgeTags(['a'], { mode: 1 } as never)).rejects.toMatchObject(wrong)
    await expect(purgeTags(caches, ['a'], { origin: 'x' } as never)).rejects.toMatchObject(wrong)
  })
})
