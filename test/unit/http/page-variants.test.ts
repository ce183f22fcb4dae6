import { describe, expect, it } from 'vitest'
import { purgePage } from '../../../src/http/purge.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, send, visit } from './visit.ts'

const LANGUAGE = ['Vary', 'Accept-Language']
const ADDRESS = 'https://site.example/'

describe('PageCache variants', () => {
  it('147, 149: learns what a page varies on', async () => {
    const { pages, get } = memoryPages()
    const vary = { headers: ['Vary', 'X-Region', 'Vary', 'X-Tenant'] }
    await visit(pages, get('/', { 'x-region': 'EU' }), { ...vary, body: 'region' })

    const tenant = await visit(pages, get('/', { 'x-tenant': 'EU' }), { ...vary, body: 'tenant' })
    const region = await visit(pages, get('/', { 'x-region': 'EU' }))

    expect([tenant.isHit, region.text]).toEqual([false, 'region'])
    expect(tenant.header('cache-status')).toBe('reprise; fwd=vary-miss; stored')
  })

  it('148: reads a padded Vary', async () => {
    const { pages, get } = memoryPages({ cookies: 'ignore' })
    const vary = { headers: ['Vary', ' Cookie '] }
    await visit(pages, get('/', { cookie: 'a=1' }), vary)

    expect((await visit(pages, get('/', { cookie: 'a=2' }), vary)).isHit).toBe(false)
    expect((await visit(pages, get('/', { cookie: 'a=1' }))).isHit).toBe(true)
  })

  it('files a page under all that its address ever varied on', async () => {
    const { pages, get } = memoryPages()
    const both = { accept: 'a', 'accept-language': 'de' }
    await visit(pages, get('/', both), { headers: ['Vary', 'Accept'], body: '1' })
    const changed = await visit(pages, get('/', { ...both, accept: 'b' }), {
      headers: LANGUAGE,
      body: '2',
    })

    expect(
      (await visit(pages, get('/', both), { headers: ['Vary', 'Accept'], body: '3' })).text,
    ).toBe('3')
    expect((await visit(pages, get('/', { ...both, 'accept-language': 'fr' }))).isHit).toBe(false)
    expect((await visit(pages, get('/', both))).text).toBe('3')
    expect(changed.header('cache-status')).toBe('reprise; fwd=vary-miss; stored')
  })

  it('files a page without Vary under what is known of its address', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get('/', { 'accept-language': 'de' }), { headers: LANGUAGE })
    await visit(pages, get('/', { 'accept-language': 'fr' }), { body: 'plain' })

    expect((await visit(pages, get('/', { 'accept-language': 'fr' }))).text).toBe('plain')
    expect((await visit(pages, get('/', { 'accept-language': 'it' }))).isHit).toBe(false)
  })

  it('158: keeps a page for each value of the vary option', async () => {
    const { pages, get } = memoryPages()
    for (const vary of ['de', 'fr']) await visit(pages, get(), { body: vary }, { vary })

    expect((await visit(pages, get(), {}, { vary: () => 'de' })).text).toBe('de')
    expect((await visit(pages, get(), {}, { vary: 'fr' })).text).toBe('fr')
    expect((await visit(pages, get(), {}, {})).isHit).toBe(false)
  })

  it('keeps a page for each value of the named cookies, and sees no others', async () => {
    const { pages, get } = memoryPages({ cookies: ['theme'] })
    await visit(pages, get('/', { cookie: 'theme=dark; _ga=1' }), { body: 'dark' })
    await visit(pages, get('/', { cookie: '_ga=2' }), { body: 'plain' })

    expect((await visit(pages, get('/', { cookie: '_ga=3; theme=dark' }))).text).toBe('dark')
    expect((await visit(pages, get('/'))).text).toBe('plain')
    expect((await visit(pages, get('/', { cookie: 'theme=light' }))).isHit).toBe(false)
  })

  it('keeps what a request that claims another host got beside the page of all others', async () => {
    const { pages, get } = memoryPages()
    const forwarded = { 'x-forwarded-host': 'b' }
    await visit(pages, get('/'), { body: 'plain' })
    await visit(pages, get('/', forwarded), { body: 'forwarded' })

    expect((await visit(pages, get('/'))).text).toBe('plain')
    expect((await visit(pages, get('/', forwarded))).text).toBe('forwarded')
  })

  it('files a page under the headers that were sent, whatever the handler did to them', async () => {
    const { pages } = memoryPages()
    const headers: Record<string, string> = { 'accept-language': 'de' }
    const opened = await pages.open(pageRequest({ headers }))
    headers['accept-language'] = 'fr'
    if (opened.kind === 'render') await send(opened, { headers: LANGUAGE, body: 'de' })

    const french = pageRequest({ headers: { 'accept-language': 'fr' } })
    const german = pageRequest({ headers: { 'accept-language': 'de' } })
    expect((await visit(pages, german)).text).toBe('de')
    expect((await visit(pages, french, { headers: LANGUAGE })).isHit).toBe(false)
  })

  it('stores what credentials got where the response allows it, for all', async () => {
    const { pages, get } = memoryPages()
    const credentials = get('/', { authorization: 'Basic a' })
    await visit(pages, credentials, { headers: ['Cache-Control', 'public'], body: 'all' })

    expect((await visit(pages, get('/'))).text).toBe('all')
    expect((await visit(pages, credentials)).text).toBe('all')
  })

  it('does not give credentials the page of nobody, and says why', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get('/'))

    const { isHit, header } = await visit(pages, get('/', { authorization: 'Basic a' }))

    expect([isHit, header('cache-control')]).toEqual([false, undefined])
    expect(header('cache-status')).toBe('reprise; fwd=request; detail=authorization')
  })
})

describe('PageCache.purge', () => {
  it('removes a page, and says whether there was one', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get('/a?b=1'))

    expect(await pages.purge('https://site.example/a?b=2')).toBe(false)
    expect(await pages.purge('https://site.example/a?b=1')).toBe(true)
    expect(await pages.purge('https://site.example/a?b=1')).toBe(false)
    expect((await visit(pages, get('/a?b=1'))).isHit).toBe(false)
  })

  it('removes all variants', async () => {
    const { pages, get } = memoryPages({ cookies: ['theme'] })
    const requests = ['de', 'fr'].flatMap((language) =>
      ['dark', 'light'].map((theme) =>
        get('/', { 'accept-language': language, cookie: `theme=${theme}` }),
      ),
    )
    for (const request of requests) await visit(pages, request, { headers: LANGUAGE })
    for (const request of requests) expect((await visit(pages, request)).isHit).toBe(true)

    await pages.purge(ADDRESS)

    for (const request of requests) {
      expect((await visit(pages, request, { headers: LANGUAGE })).isHit).toBe(false)
    }
  })

  it('59: keeps a page that was being rendered from being stored', async () => {
    const { pages, get } = memoryPages()
    const opened = await pages.open(get())
    await pages.purge(ADDRESS)
    if (opened.kind === 'render') await send(opened)

    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('59: keeps the first page of an address that varies from being stored', async () => {
    const { pages, get } = memoryPages()
    const opened = await pages.open(get('/', { 'accept-language': 'de' }))
    await pages.purge(ADDRESS)
    if (opened.kind === 'render') await send(opened, { headers: LANGUAGE })

    expect((await visit(pages, get('/', { 'accept-language': 'de' }))).isHit).toBe(false)
  })

  it('59: keeps a variant that was being rendered from being found', async () => {
    const { pages, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, get('/', { 'accept-language': 'fr' }), { headers: LANGUAGE })
    const opened = await pages.open(german)
    await pages.purge(ADDRESS)
    if (opened.kind === 'render') await send(opened, { headers: LANGUAGE })

    expect((await visit(pages, german, { headers: LANGUAGE })).isHit).toBe(false)
  })

  it('is there for who only has the caches', async () => {
    const { pages, caches, get } = memoryPages({ keyPrefix: 'p', origin: 'https://atlas.example' })
    await visit(pages, get('/a'))

    expect(await purgePage(caches, '/a', { keyPrefix: 'p', origin: 'https://atlas.example' })).toBe(
      true,
    )
    expect((await visit(pages, get('/a'))).isHit).toBe(false)
    await expect(purgePage(caches, '/a')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(purgePage(caches, '/a', { alias: 'b' })).rejects.toMatchObject({
      code: 'ERR_ALIAS_UNKNOWN',
    })
  })
})
