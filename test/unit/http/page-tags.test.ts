import { describe, expect, it } from 'vitest'
import { pageTags } from '../../../src/http/page-context.ts'
import { headerTags } from '../../../src/http/page-tags.ts'
import { purgeTags } from '../../../src/http/purge.ts'
import { type Answer, memoryPages, send, visit } from './visit.ts'

const LANGUAGE = ['Vary', 'Accept-Language']

async function render(opening: ReturnType<ReturnType<typeof memoryPages>['pages']['open']>) {
  const opened = await opening
  if (opened.kind === 'hit') throw new Error('The cache answered.')
  return opened
}

describe('the tags of a page', () => {
  it('are those of its headers', () => {
    expect(
      headerTags(['Cache-Tag', 'a, b,,', 'cache-tag', ' c ', 'Surrogate-Key', ' d  e\tf ']),
    ).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(headerTags(['Cache-Tag', '', 'Tag', 'x'])).toEqual([])
  })

  const ways: [
    string,
    Answer,
    { tags?: readonly string[] | (() => readonly string[]) },
    string?,
  ][] = [
    ['Cache-Tag', { headers: ['Cache-Tag', 'all, city:3'] }, {}],
    ['Surrogate-Key', { headers: ['Surrogate-Key', 'all city:3'] }, {}],
    ['a list', {}, { tags: ['city:3'] }],
    ['a function', {}, { tags: () => ['city:3'] }],
    ['pageTags', {}, {}, 'city:3'],
  ]

  it.each(ways)('purge it where they come from %s', async (_, answer, policy, below) => {
    for (const mode of ['hard', 'soft'] as const) {
      const { caches, pages, get } = memoryPages()
      const first = await render(pages.open(get(), policy))
      if (below !== undefined) first.run(() => pageTags(below))
      await send(first, { ...answer, body: 'old' })
      expect((await visit(pages, get(), {}, policy)).isHit).toBe(true)

      expect(await purgeTags(caches, ['city:4'], { mode })).toBe(true)
      expect((await visit(pages, get(), {}, policy)).text).toBe('old')
      expect(await purgeTags(caches, ['city:3'], { mode })).toBe(true)
      expect((await visit(pages, get(), { ...answer, body: 'new' }, policy)).text).toBe('new')
    }
  })

  it('of several sources count together', async () => {
    for (const purged of ['a', 'b', 'c', 'd']) {
      const { pages, get } = memoryPages()
      const first = await render(pages.open(get(), { tags: ['a'] }))
      first.override({ tags: () => ['b'] })
      first.run(() => pageTags('c', 'a'))
      await send(first, { headers: ['Cache-Tag', 'd,a'] })
      expect((await visit(pages, get())).isHit).toBe(true)

      await pages.purgeTags([purged])

      expect((await visit(pages, get())).isHit).toBe(false)
    }
  })

  it('belong to a variant, and to the first one as well', async () => {
    const { pages, get } = memoryPages()
    const ask = (language: string) =>
      visit(pages, get('/', { 'accept-language': language }), {
        headers: [...LANGUAGE, 'Cache-Tag', language],
      })
    for (const language of ['de', 'fr', 'it']) await ask(language)

    await pages.purgeTags(['de', 'fr'])

    expect([(await ask('de')).isHit, (await ask('fr')).isHit, (await ask('it')).isHit]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('59: keep out what was being rendered when they were purged', async () => {
    for (const mode of ['hard', 'soft'] as const) {
      for (const headers of [[], LANGUAGE]) {
        const { pages, get } = memoryPages()
        const policy = { tags: ['early'] }
        const early = await render(pages.open(get('/a'), policy))
        const late = await render(pages.open(get('/b')))
        const headed = await render(pages.open(get('/c')))
        late.run(() => pageTags('late'))
        await pages.purgeTags(['early', 'late', 'headed'], { mode })
        await send(early, { headers, body: 'old' })
        await send(late, { headers, body: 'old' })
        await send(headed, { headers: [...headers, 'Cache-Tag', 'headed'], body: 'old' })

        for (const target of ['/a', '/b', '/c']) {
          expect((await visit(pages, get(target), { headers, body: 'new' })).text).toBe('new')
        }
      }
    }
  })

  it('that were known before keep no page out when another one is purged meanwhile', async () => {
    const { pages, get } = memoryPages()
    const early = await render(pages.open(get(), { tags: ['early'] }))
    await pages.purgeTags(['other'])
    await send(early)

    expect((await visit(pages, get())).isHit).toBe(true)
  })

  it('go with nothing else of the cache, but with values of the same tag', async () => {
    const { cache, pages, get } = memoryPages()
    await cache.set('city', 'Lagos', { tags: ['city:3'] })
    await visit(pages, get('/'), {}, { tags: ['city:3'] })
    await visit(pages, get('/plain'))

    await pages.purgeTags(['city:3'])

    expect(await cache.get('city')).toBe(undefined)
    expect((await visit(pages, get('/plain'))).isHit).toBe(true)
  })

  it('are for no client to see, unless told otherwise', async () => {
    const headers = ['Cache-Tag', 'a', 'Surrogate-Key', 'b']
    for (const exposeTags of [false, true]) {
      const { pages, get } = memoryPages({ exposeTags })
      const first = await render(pages.open(get()))
      const hidden = await send(first, { headers })
      const bypassed = await render(pages.open(get('/', { cookie: 'a=b' })))
      const hit = await visit(pages, get())

      const seen = exposeTags ? [] : ['Cache-Tag', 'Surrogate-Key']
      expect(hidden.remove).toEqual(seen)
      expect((await send(bypassed, { headers })).remove).toEqual(seen)
      expect([hit.header('cache-tag'), hit.header('surrogate-key')]).toEqual(
        exposeTags ? ['a', 'b'] : [undefined, undefined],
      )
    }
  })

  const tooMany = Array.from({ length: 101 }, (_, i) => `t${i}`)

  it.each([
    ['too many in a header', ['Cache-Tag', tooMany.join()], []],
    ['too long a one in a header', ['Surrogate-Key', 'x'.repeat(1001)], []],
    ['too many in all', ['Cache-Tag', tooMany.slice(0, 60).join()], tooMany.slice(60)],
  ])('are refused with the page where there are %s', async (_, headers, below) => {
    const { pages, get } = memoryPages()
    const first = await render(pages.open(get()))
    first.run(() => pageTags(...below))
    const { set } = await send(first, { headers })

    expect(set).toEqual(['Cache-Status', 'reprise; fwd=uri-miss; detail=tags'])
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('may be as many as allowed', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get(), { headers: ['Cache-Tag', tooMany.slice(1).join()] })

    expect((await visit(pages, get())).isHit).toBe(true)
  })

  it('that a function makes wrongly cost the page its place, and let others go on', async () => {
    const { pages, get } = memoryPages()
    const policy = { tags: () => [''] }

    const first = await visit(pages, get(), {}, policy)
    const second = await visit(pages, get())

    expect(first.header('cache-status')).toBe('reprise; fwd=bypass; detail=error')
    expect(second.header('cache-status')).toBe('reprise; fwd=uri-miss; stored')
  })
})
