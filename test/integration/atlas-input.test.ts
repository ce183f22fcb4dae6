import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Atlas, makeDataFolder, startAtlas } from '../support/atlas.ts'

const ZURICH = '/city/2657896'

let data: Awaited<ReturnType<typeof makeDataFolder>>
let atlas: Atlas

beforeAll(async () => {
  data = await makeDataFolder()
  atlas = await startAtlas({ ATLAS_DATA: data.path })
})
afterAll(async () => {
  await atlas[Symbol.asyncDispose]()
  await data[Symbol.asyncDispose]()
})

describe('the atlas and what it is sent', () => {
  it.each([
    ['/nowhere', 404],
    ['/country/XX', 404],
    ['/country/ch', 404],
    ['/country/CH%00', 404],
    ['/city/0', 404],
    ['/city/1', 404],
    ['/city/99999999999', 404],
    ['/city/1;drop', 404],
    ['/country/%E0%A4%A', 400],
    ['/search?q=a&q=b', 400],
    [`/search?q=${'x'.repeat(65)}`, 400],
  ])('answers %s with %i, a page of its own, and stores nothing', async (path, status) => {
    for (let visit = 0; visit < 2; visit += 1) {
      const page = await atlas.get(path)
      expect(page).toMatchObject({ status, isHit: false })
      expect(page.text).toContain('Back to the front page')
      expect(page.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it.each(['', 'abc', '-1', '1.5', '1e3', '50000001', '999999999999'])(
    'refuses a population of "%s"',
    async (population) => {
      const refused = await atlas.post(`${ZURICH}/population`, { population })

      expect(refused.status).toBe(400)
      expect((await atlas.get(ZURICH)).text).toContain('341,730')
    },
  )

  it('knows no city to edit that is not there', async () => {
    expect((await atlas.post('/city/1/population', { population: '5' })).status).toBe(404)
  })

  it.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sister site', { 'Sec-Fetch-Site': 'same-site' }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['nobody in particular', {}],
  ])('refuses forms from %s', async (_who, headers: Record<string, string>) => {
    const edit = await atlas.post(`${ZURICH}/population`, { population: '5' }, headers)
    const signIn = await atlas.post('/sign-in', { name: 'Eve' }, headers)

    expect([edit.status, signIn.status]).toEqual([403, 403])
    expect(signIn.headers.get('Set-Cookie')).toBeNull()
    expect((await atlas.get(ZURICH)).text).toContain('341,730')
  })

  it('shows what was searched for as text', async () => {
    const page = await atlas.get('/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E')

    expect(page.status).toBe(200)
    expect(page.text).toContain('“&lt;img src=x onerror=alert(1)&gt;”')
    expect(page.text).not.toContain('<img src=x')
  })

  it.each(['%', '_', '\\', "'", "' OR 1=1 --"])(
    'takes %s in a search for a character of a name',
    async (text) => {
      const page = await atlas.get(`/search?q=${encodeURIComponent(text)}`)

      expect(page.status).toBe(200)
      expect(page.text.match(/<li>/g)?.length ?? 0).toBeLessThan(40)
    },
  )

  it('finds names in any case and without accents', async () => {
    for (const text of ['zürich', 'ZURICH', ' zuri ']) {
      const page = await atlas.get(`/search?q=${encodeURIComponent(text)}`)
      expect(page.text, text).toContain('>Zürich<')
    }
  })

  it.each(['', ' ', '<b>', 'x'.repeat(41)])('refuses the name "%s"', async (name) => {
    expect((await atlas.post('/sign-in', { name })).status).toBe(400)
  })

  it.each(['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)'])(
    'sends nobody to %s after signing in',
    async (from) => {
      const page = await atlas.post('/sign-in', { name: 'Ada', from })
      expect(page.headers.get('Location')).toBe('/')
    },
  )

  it('sets no cookie before somebody signs in', async () => {
    for (const path of ['/', ZURICH, '/search?q=a', '/sign-in', '/nowhere']) {
      expect((await atlas.get(path)).headers.get('Set-Cookie'), path).toBeNull()
    }
    const cookie = (await atlas.post('/sign-in', { name: 'Ada' })).headers.get('Set-Cookie')
    expect(cookie).toMatch(/^atlas_visitor=[\w-]+\.[\w-]+; .*HttpOnly; SameSite=Lax$/)
  })

  it('takes a forged cookie for a stranger’s', async () => {
    const payload = Buffer.from('{"id":"1","name":"Mallory"}').toString('base64url')
    const page = await atlas.get('/', { cookie: `atlas_visitor=${payload}.AAAA` })

    expect(page.status).toBe(200)
    expect(page.text).not.toContain('Mallory')
  })

  it('files a page under its bare address only, so that no copy escapes an edit', async () => {
    await atlas.get('/country/CH?utm_source=x')
    const again = await atlas.get('/country/CH?utm_source=x')

    expect(again).toMatchObject({ status: 200, isHit: false })
  })

  it('sends every page with headers that forbid foreign code', async () => {
    for (const path of ['/', '/', '/nowhere', '/assets/base.css']) {
      const { headers } = await atlas.get(path)
      expect(headers.get('Content-Security-Policy')).toMatch(
        /^default-src 'none'; script-src 'self'/,
      )
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('X-Powered-By')).toBeNull()
    }
  })
})
