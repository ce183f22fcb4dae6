import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Atlas, makeDataFolder, startAtlas } from '../support/atlas.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'

// GeoNames identifiers of cities in the data that is loaded.
const ZURICH = '/city/2657896'
const LAUSANNE = '/city/2659994'

let data: Awaited<ReturnType<typeof makeDataFolder>>

beforeAll(async () => {
  data = await makeDataFolder()
})
afterAll(() => data[Symbol.asyncDispose]())

describe.each(['memory', 'memcached'])('the atlas on %s', (backend) => {
  let memcached: MemcachedServer | undefined
  let atlas: Atlas

  beforeAll(async () => {
    if (backend === 'memcached') memcached = await startMemcached()
    atlas = await startAtlas({
      ATLAS_DATA: data.path,
      ...(memcached && { CACHE_URL: `memcached://127.0.0.1:${memcached.port}` }),
    })
  })
  afterAll(async () => {
    await atlas[Symbol.asyncDispose]()
    await memcached?.[Symbol.asyncDispose]()
  })

  it.each([
    ['/', 'Shanghai', '22,315,474'],
    ['/countries', 'Switzerland', 'Antarctica'],
    ['/country/CH', 'Swiss Confederation', '341,730'],
    [ZURICH, 'largest city of Switzerland', '341,730'],
    ['/search?q=zurich', 'Zürich', '341,730'],
  ])('renders %s with what the database says', async (path, ...texts) => {
    const page = await atlas.get(path)

    expect(page.status).toBe(200)
    for (const text of texts) expect(page.text).toContain(text)
  })

  it.each(['/', '/countries', '/country/DE', LAUSANNE, '/search?q=ber'])(
    'answers the second visit of %s without a query, byte for byte',
    async (path) => {
      const first = await atlas.get(path)
      const second = await atlas.get(path)

      expect(second).toMatchObject({ status: 200, queries: 0, isHit: true })
      expect(second.text).toBe(first.text)
      expect(second.headers.get('Server-Timing')).toMatch(/^cache;desc="hit", .*sql;desc="0"/)
    },
  )

  it('says in the footer what the first visit cost', async () => {
    const page = await atlas.get('/country/AT')

    expect(page.queries).toBe(6)
    expect(page.text).toContain('with <b>6 SQL queries</b>')
  })

  it('tells a browser that has the page already that it has not changed', async () => {
    const page = await atlas.get('/country/IT')
    const again = await atlas.get('/country/IT', {
      'If-None-Match': page.headers.get('ETag') ?? '',
    })

    expect(page.headers.get('Cache-Control')).toBe('max-age=0')
    expect(again).toMatchObject({ status: 304, queries: 0, text: '' })
  })

  it('shows an edit at once on every page that shows the number, and drops no other page', async () => {
    const shown = ['/', '/country/CH', ZURICH, '/search?q=zurich']
    for (const path of [...shown, '/country/FR']) await atlas.get(path)
    for (const path of [...shown, '/country/FR']) expect((await atlas.get(path)).isHit).toBe(true)

    const saved = await atlas.post(`${ZURICH}/population`, { population: '30123456' })

    expect(saved.status).toBe(303)
    expect(saved.headers.get('Location')).toBe(`${ZURICH}#saved`)
    for (const path of shown) {
      const page = await atlas.get(path)
      expect(page.text, path).toContain('30,123,456')
      expect(page.text, path).not.toContain('341,730')
      expect((await atlas.get(path)).isHit, path).toBe(true)
    }
    expect((await atlas.get('/country/FR')).isHit).toBe(true)
  })

  it('shows an edit at once to a visitor whose pages are made of cached parts', async () => {
    const cookie = await signIn(atlas, 'Grace')
    expect((await atlas.get('/country/CH', { cookie })).text).toContain('116,751')

    await atlas.post(`${LAUSANNE}/population`, { population: '116752' })

    const page = await atlas.get('/country/CH', { cookie })
    expect(page.text).not.toContain('116,751')
    // Once among the cities, once as the only city of its canton.
    expect(page.text.match(/116,752/g)).toHaveLength(2)
  })

  it('gives each visitor a panel of their own and leaks none to another', async () => {
    const ada = await signIn(atlas, 'Ada Lovelace')
    const alan = await signIn(atlas, 'Alan Turing')
    await atlas.post('/favourites', { code: 'JP', keep: 'yes' }, { cookie: ada, Origin: atlas.url })
    await atlas.post(
      '/favourites',
      { code: 'PE', keep: 'yes' },
      { cookie: alan, Origin: atlas.url },
    )

    for (let visit = 0; visit < 2; visit += 1) {
      const [adas, alans, strangers] = await Promise.all([
        atlas.get(ZURICH, { cookie: ada }),
        atlas.get(ZURICH, { cookie: alan }),
        atlas.get(ZURICH),
      ])
      expect(adas.text).toMatch(/Ada Lovelace[\s\S]*\/country\/JP/)
      expect(adas.text).not.toMatch(/Alan Turing|\/country\/PE/)
      expect(alans.text).toMatch(/Alan Turing[\s\S]*\/country\/PE/)
      expect(alans.text).not.toMatch(/Ada Lovelace|\/country\/JP/)
      expect(strangers.text).not.toMatch(/Ada|Alan|Good to see you/)
    }
  })

  it('renders a signed-in visitor’s pages anew, with fewer queries thanks to cached parts', async () => {
    const cookie = await signIn(atlas, 'Katherine')
    await atlas.get('/country/ES')

    const first = await atlas.get('/country/ES', { cookie })
    const second = await atlas.get('/country/ES', { cookie })

    // The panel's favourites are read once; the areas come from the stranger's visit.
    expect([first.queries, second.queries]).toEqual([6, 5])
    expect(second.headers.get('Cache-Status')).toBeNull()
    expect(second.headers.get('Cache-Control')).toBe('private, no-cache')
  })

  it('shows a favourite, and its removal, at once', async () => {
    const cookie = await signIn(atlas, 'Mary')
    const headers = { cookie, Origin: atlas.url }
    await atlas.get('/country/NO', headers)

    await atlas.post('/favourites', { code: 'NO', keep: 'yes' }, headers)
    const kept = await atlas.get('/country/NO', headers)
    await atlas.post('/favourites', { code: 'NO', keep: 'no' }, headers)
    const removed = await atlas.get('/country/NO', headers)

    expect(kept.text).toContain('★ Favourite')
    expect(removed.text).toContain('☆ Add to favourites')
  })
})

describe('the atlas without a cache', () => {
  it('runs its queries on every visit and says that nothing is cached', async () => {
    await using atlas = await startAtlas({ ATLAS_DATA: data.path, ATLAS_CACHE: 'off' })
    await atlas.get('/country/CH')
    const again = await atlas.get('/country/CH')

    expect(again).toMatchObject({ status: 200, queries: 6, isHit: false })
    expect(again.headers.get('Cache-Status')).toBeNull()
    expect(again.headers.get('Server-Timing')).toContain('cache;desc="off"')
  })
})

describe('the atlas when its memcached dies', () => {
  it('renders every page and takes every edit', async () => {
    const memcached = await startMemcached()
    await using atlas = await startAtlas({
      ATLAS_DATA: data.path,
      CACHE_URL: `memcached://127.0.0.1:${memcached.port}`,
    })
    await atlas.get(ZURICH)
    await memcached[Symbol.asyncDispose]()

    const page = await atlas.get(ZURICH)
    const saved = await atlas.post(`${ZURICH}/population`, { population: '7' })

    // One more than usual: with so few cities the nearest are not within a degree.
    expect(page).toMatchObject({ status: 200, queries: 4 })
    expect(saved.status).toBe(303)
    expect((await atlas.get(ZURICH)).text).toContain('data-population>7<')
  })
})

async function signIn(atlas: Atlas, name: string): Promise<string> {
  const page = await atlas.post('/sign-in', { name, from: '/' })
  expect(page.status).toBe(303)
  return page.headers.get('Set-Cookie')?.split(';')[0] ?? ''
}
