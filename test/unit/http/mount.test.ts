import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import * as entry from '../../../src/http/index.ts'
import { mountPage, mountSite } from '../../../src/http/mount.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { memoryPages, visit } from './visit.ts'

const caches: Caches = createCaches({
  default: 'memory://',
  other: 'memory://?keyPrefix=other',
} as never)

describe('mountSite and mountPage', () => {
  it('175, 176, 177: take the alias that is named, else default', () => {
    const { pages } = mountSite(caches, {})

    expect(mountSite(caches, { alias: 'default' }).pages.sharesKeysWith(pages)).toBe(true)
    expect(mountSite(caches, { alias: 'other' }).pages.sharesKeysWith(pages)).toBe(false)
    expect(() => mountSite(caches, { alias: 'none' })).toThrow(/none/)
  })

  it('take the lifetime for what pages do not say, or for what beats them', () => {
    const options = { ttl: 60, staleWhileRevalidate: '1m' } as const

    expect(mountSite(caches, options).policy({})).toEqual({})
    expect(mountSite(caches, options).pages.options.ttl).toBe(60)
    expect(mountPage(caches, options).policy({})).toEqual({ ttl: 60, staleWhileRevalidate: '1m' })
    expect(mountPage(caches, {}).policy({})).toEqual({})
  })

  it('ask the vary and tags options for each request', () => {
    const { policy } = mountPage(caches, {
      vary: (request: { language: string }) => request.language,
      tags: (request) => [`in:${request.language}`],
    })
    const { vary, tags } = policy({ language: 'de' })

    expect(typeof vary === 'function' && vary()).toBe('de')
    expect(typeof tags === 'function' && tags()).toEqual(['in:de'])
  })

  it('give a page its name, and its list of tags', () => {
    const options = { name: '/cities/:id', tags: ['cities'] }

    expect(mountSite(caches, options).pages.options.name).toBe('/cities/:id')
    expect(mountPage(caches, options).policy({})).toEqual(options)
  })

  it.each([{ name: '' }, { name: 5 }, { tags: [''] }, { tags: 'cities' }])(
    'refuse %j',
    (options) => {
      expect(() => mountPage(caches, options as never)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    },
  )
})

describe('PageCache.sharesKeysWith', () => {
  const { cache, pages } = memoryPages({ cookies: ['a'] })

  it('tells a rule from a cookie of its name', () => {
    const ignoring = new PageCache(cache, { cookies: 'ignore' })

    expect(ignoring.sharesKeysWith(new PageCache(cache, { cookies: ['ignore'] }))).toBe(false)
  })

  it('is true where a page lies under the same keys', () => {
    expect(pages.sharesKeysWith(new PageCache(cache, { cookies: ['a'], ttl: 5 }))).toBe(true)
  })

  it.each([
    { cookies: ['b'] },
    { cookies: 'ignore' },
    { keyPrefix: 'p' },
    { origin: 'https://a' },
    { query: 'sorted' },
    { hosts: ['a'] },
  ] as const)('is false where %j differs', (options) => {
    expect(pages.sharesKeysWith(new PageCache(cache, { cookies: ['a'], ...options }))).toBe(false)
  })
})

describe('a page that is taken over further in', () => {
  it('is not looked for any more further out', async () => {
    const { pages, get } = memoryPages()
    const first = await pages.open(get())
    if (first.kind === 'render') first.handOver()

    const second = await visit(pages, get())

    expect(second.header('cache-status')).toBe('reprise; fwd=bypass; detail=page')
    expect((await visit(pages, get('/else'))).header('cache-status')).toContain('stored')
  })

  it('may be one that was passed by', async () => {
    const { pages, get } = memoryPages()
    const passed = await pages.open(get('/', { cookie: 'a=b' }))
    if (passed.kind === 'render') passed.handOver()

    expect((await visit(pages, get())).header('cache-status')).toContain('stored')
  })
})

describe('reprise/http', () => {
  it('exports what it documents', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'PAGE_DEFAULTS',
      'PageCache',
      'TRACKING_PARAMETERS',
      'evaluateConditions',
      'formatHttpDate',
      'hasVary',
      'noPageCache',
      'pageHole',
      'pageTags',
      'pageTtl',
      'parseCacheControl',
      'parseHttpDate',
      'patchCacheControl',
      'patchVary',
      'prewarm',
      'purgePage',
      'purgeTags',
      'respond',
      'storable',
    ])
  })
})
