import { describe, expect, it } from 'vitest'
import { startHttpSite } from '../support/http-site.ts'

const FRESH = { 'Cache-Control': 'max-age=60' }

/** Of a site whose clock starts with 2026. */
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toUTCString()

describe('RFC 9111, answering from the cache', () => {
  it('4: answers only for the same target URI', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    const texts = []
    for (const path of ['/', '/?a', '/?b', '/a', '/?a']) texts.push((await site.ask(path)).text)
    const other = await site.ask('/', { headers: { Host: 'other.example' } })

    expect(texts).toEqual(['page 1', 'page 2', 'page 3', 'page 4', 'page 2'])
    expect(other.text).toBe('page 5')
  })

  it('4: answers only the methods that the stored one allows', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    await site.ask('/')
    const head = await site.ask('/', { method: 'HEAD' })
    const options = await site.ask('/', { method: 'OPTIONS' })

    expect([head.headers['content-length'], head.headers.age]).toEqual(['6', '0'])
    expect([options.text, site.renders]).toEqual(['page 2', 2])
  })

  it('4: has an answer to each request with an unsafe method from the origin', async () => {
    await using site = await startHttpSite({ headers: { 'Cache-Control': 'public, max-age=60' } })

    await site.ask('/')
    const texts = []
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'POST']) {
      texts.push((await site.ask('/', { method })).text)
    }

    expect(texts).toEqual(['page 2', 'page 3', 'page 4', 'page 5', 'page 6'])
  })

  it('4, 5.1: sends one Age with what it has not asked about, in place of the one that came', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, Age: '10' } })

    await site.ask('/')
    site.clock.advance(5)
    const { rawHeaders } = await site.ask('/')

    const ages = rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === 'age')
    expect(ages).toEqual(['15'])
  })

  it('4: uses the most recent of the answers that it got', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    await site.ask('/')
    await site.ask('/', { headers: { 'Cache-Control': 'no-cache' } })

    expect(await site.texts({})).toEqual(['page 2'])
  })

  it('4.1: answers only requests with the same values of the fields that Vary names', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, Vary: 'X-A, x-b' } })

    const texts = await site.texts(
      { 'X-A': '1' },
      { 'X-A': '2' },
      { 'X-A': '1', 'X-B': '1' },
      {},
      { 'X-A': '' },
      { 'X-A': '1' },
      { 'X-A': '1', 'X-C': '1' },
    )

    expect(texts).toEqual(['page 1', 'page 2', 'page 3', 'page 4', 'page 5', 'page 1', 'page 1'])
  })

  it('4.1: answers no request at all where Vary has a star', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, Vary: 'X-A, *' } })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('4.2: answers for as long as it is fresh, and not a second longer', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    await site.ask('/')
    site.clock.advance(59.999)
    expect(await site.texts({})).toEqual(['page 1'])
    site.clock.advance(0.001)
    expect(await site.texts({})).toEqual(['page 2'])
  })

  it.each([
    [
      's-maxage before max-age and Expires',
      { 'Cache-Control': 'max-age=10, s-maxage=60', Expires: at(20) },
    ],
    ['max-age before Expires', { 'Cache-Control': 'max-age=60', Expires: at(10) }],
    ['max-age before an Expires that is over', { 'Cache-Control': 'max-age=60', Expires: '0' }],
    ['Expires less Date', { Expires: at(60), Date: at(0) }],
    ['Expires less the time of the answer', { Expires: at(60) }],
    ['Expires in the form of RFC 850', { Expires: 'Thursday, 01-Jan-26 00:01:00 GMT' }],
    ['Expires in the form of asctime', { Expires: 'Thu Jan  1 00:01:00 2026' }],
  ] as [string, Record<string, string>][])('4.2.1, 5.3: counts %s', async (_what, headers) => {
    await using site = await startHttpSite({ headers })

    await site.ask('/')
    site.clock.advance(59)
    expect(await site.texts({})).toEqual(['page 1'])
    site.clock.advance(2)
    expect(await site.texts({})).toEqual(['page 2'])
  })

  it.each(['0', '-1', '', 'tomorrow', 'Thu, 01 Jan 2026 00:01:00 CET', '1767225660'])(
    '5.3: takes the Expires %j for the past',
    async (value) => {
      await using site = await startHttpSite({ headers: { Expires: value } })

      expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
    },
  )

  it.each(['max-age=60, max-age=0', 'max-age=x', 'max-age=-1', 'max-age=1.5', 'max-age'])(
    '4.2.1: takes what contradicts itself or cannot be read for stale: %j',
    async (value) => {
      await using site = await startHttpSite({ headers: { 'Cache-Control': value } })

      expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
    },
  )

  it('4.2.2: guesses only where that is asked for', async () => {
    await using site = await startHttpSite({ headers: { 'Last-Modified': at(-1000) } })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('4.2.2: guesses a share of the time without change, and a day at most', async () => {
    const headers = { 'Last-Modified': at(-1000) }
    await using site = await startHttpSite({ headers }, { heuristic: 0.1 })
    await site.ask('/')
    site.clock.advance(99)
    expect(await site.texts({})).toEqual(['page 1'])
    site.clock.advance(2)
    expect(await site.texts({})).toEqual(['page 2'])

    const old = { 'Last-Modified': at(-10_000_000) }
    await using long = await startHttpSite({ headers: old }, { heuristic: 0.1 })
    await long.ask('/')
    long.clock.advance(86_399)
    expect(await long.texts({})).toEqual(['page 1'])
    long.clock.advance(2)
    expect(await long.texts({})).toEqual(['page 2'])
  })

  it('4.2.2: guesses nothing beside an explicit lifetime', async () => {
    const headers = { 'Last-Modified': at(-100_000), 'Cache-Control': 'max-age=10' }
    await using site = await startHttpSite({ headers }, { heuristic: 1 })

    await site.ask('/')
    site.clock.advance(11)

    expect(await site.texts({})).toEqual(['page 2'])
  })

  it('4.2.2: guesses only for status codes that allow it, or where public says so', async () => {
    const headers = { 'Last-Modified': at(-100_000) }
    await using site = await startHttpSite({ status: 302, headers }, { heuristic: 1 })
    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])

    site.answer({ status: 302, headers: { ...headers, 'Cache-Control': 'public' } })
    expect(await site.texts({}, {})).toEqual(['page 3', 'page 3'])
  })

  it('4.2.3: is as old as the Date or the Age that it came with, whichever is older', async () => {
    const headers = { 'Cache-Control': 'max-age=60', Date: at(-50), Age: '20' }
    await using site = await startHttpSite({ headers })

    await site.ask('/')
    expect((await site.ask('/')).headers.age).toBe('50')
    site.clock.advance(9)
    expect((await site.ask('/')).headers.age).toBe('59')
    site.clock.advance(1)
    expect(await site.texts({})).toEqual(['page 2'])
  })

  it('4.2.3: counts the time that the origin took', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    site.answer(() => {
      site.clock.advance(7)
      return { headers: FRESH }
    })

    await site.ask('/')

    expect((await site.ask('/')).headers.age).toBe('7')
  })

  it('4.2.3: is stale on arrival where its Age says so', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, Age: '60' } })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('4.2.4: sends nothing stale that nobody allowed', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, ETag: '"a"' } })

    await site.ask('/')
    site.clock.advance(61)
    site.answer({ status: 500, body: 'broken' })

    expect((await site.ask('/')).status).toBe(500)
  })

  it.each(['no-cache', 'must-revalidate', 'proxy-revalidate', 's-maxage=60'])(
    '4.2.4: sends nothing stale that says %s, whatever else allows it',
    async (directive) => {
      const value = `max-age=60, ${directive}, stale-if-error=600, stale-while-revalidate=600`
      await using site = await startHttpSite(
        { headers: { 'Cache-Control': value, ETag: '"a"' } },
        { staleIfError: 600, staleWhileRevalidate: 600 },
      )

      await site.ask('/')
      site.clock.advance(61)
      site.answer({ status: 503, body: 'broken' })

      expect((await site.ask('/')).status).toBe(503)
      expect((await site.ask('/', { headers: { 'Cache-Control': 'max-stale' } })).status).toBe(503)
    },
  )

  it('5.2: reads names of directives in any case, and lines of one field as one', async () => {
    await using site = await startHttpSite({
      headers: { 'Cache-Control': ['PUBLIC', 'Max-Age=60'] },
    })
    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])

    await using other = await startHttpSite({
      headers: { 'Cache-Control': ['max-age=60', 'NO-store'] },
    })
    expect(await other.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('5.2.3: ignores directives that it does not know', async () => {
    await using site = await startHttpSite({
      headers: { 'Cache-Control': 'max-age=60, community="UCI", x-no-store, no-stored' },
    })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])
  })

  it('5.2.2.10: is fresh by s-maxage alone, and stale when it is over', async () => {
    await using site = await startHttpSite({
      headers: { 'Cache-Control': 's-maxage=10, max-age=60' },
    })

    await site.ask('/')
    site.clock.advance(11)

    expect(await site.texts({})).toEqual(['page 2'])
  })
})
