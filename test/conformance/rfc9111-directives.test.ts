import { describe, expect, it } from 'vitest'
import { gated, startHttpSite } from '../support/http-site.ts'

const FRESH = { 'Cache-Control': 'max-age=60' }
const asking = (value: string) => ({ 'Cache-Control': value })

describe('RFC 9111, directives of requests', () => {
  it('5.2.1.1: answers with nothing older than max-age says', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    await site.ask('/')
    site.clock.advance(10)

    expect(await site.texts(asking('max-age=10'), asking('max-age=9'), {})).toEqual([
      'page 1',
      'page 2',
      'page 2',
    ])
  })

  it('5.2.1.2: answers with what has been stale for no longer than max-stale says', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, ETag: '"a"' } })
    await site.ask('/')
    site.clock.advance(70)

    expect(
      await site.texts(asking('max-stale=10'), asking('max-stale'), asking('max-stale=9')),
    ).toEqual(['page 1', 'page 1', 'page 2'])
  })

  it('5.2.1.3: answers with what is fresh for as long as min-fresh says', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    await site.ask('/')
    site.clock.advance(10)

    expect(await site.texts(asking('min-fresh=50'), asking('min-fresh=51'))).toEqual([
      'page 1',
      'page 2',
    ])
  })

  it('5.2.1.4: asks the origin where a request says no-cache, and stores what it says', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, ETag: '"a"' } })
    await site.ask('/')

    const { text, headers } = await site.ask('/', { headers: asking('no-cache') })

    expect([text, headers['cache-status']]).toEqual(['page 2', 'reprise; fwd=request; stored'])
    expect(site.asked[1]).toMatchObject({ 'if-none-match': '"a"' })
    expect(await site.texts({})).toEqual(['page 2'])
  })

  it('5.2.1.4: sends nothing stored for it where the origin fails', async () => {
    await using site = await startHttpSite({
      headers: { 'Cache-Control': 'max-age=60, stale-if-error=600' },
    })
    await site.ask('/')
    site.answer({ status: 500, body: 'broken' })

    expect((await site.ask('/', { headers: asking('no-cache') })).status).toBe(500)
    expect(await site.texts({})).toEqual(['page 1'])
  })

  it('5.4: takes Pragma for no-cache where there is no Cache-Control', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    expect(
      await site.texts({}, { Pragma: 'no-cache' }, { Pragma: 'no-cache', ...asking('max-age=9') }),
    ).toEqual(['page 1', 'page 2', 'page 2'])
  })

  it('5.2.1.5: stores no answer to a request that says no-store', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    expect(await site.texts(asking('no-store'), {}, asking('no-store'))).toEqual([
      'page 1',
      'page 2',
      'page 2',
    ])
  })

  it('5.2.1.7: answers from the cache or with a 504 where a request says only-if-cached', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, ETag: '"a"' } })
    const only = { headers: asking('only-if-cached') }

    const none = await site.ask('/', only)
    await site.ask('/')
    const fresh = await site.ask('/', only)
    site.clock.advance(61)
    const stale = await site.ask('/', only)
    const taken = await site.ask('/', { headers: asking('only-if-cached, max-stale=9') })

    expect([none.status, fresh.text, stale.status, taken.text]).toEqual([
      504,
      'page 1',
      504,
      'page 1',
    ])
    expect(none.headers['cache-status']).toBe('reprise; detail=only-if-cached')
    expect(site.renders).toBe(1)
    // It has kept nobody from asking.
    expect(await site.texts({})).toEqual(['page 2'])
  })

  it('5.2.1: counts no directive of a request where that is not asked for', async () => {
    await using site = await startHttpSite({ headers: FRESH }, { requestDirectives: false })

    expect(await site.texts({}, asking('no-cache'), asking('only-if-cached'))).toEqual([
      'page 1',
      'page 1',
      'page 1',
    ])
  })
})

describe('RFC 5861', () => {
  it('3: sends nothing stale when the window is over', async () => {
    const headers = { 'Cache-Control': 'max-age=60, stale-while-revalidate=30' }
    await using site = await startHttpSite({ headers })
    await site.ask('/')
    site.clock.advance(91)

    const texts = (await Promise.all([site.ask('/'), site.ask('/')])).map(({ text }) => text)

    expect(texts).toEqual(['page 2', 'page 2'])
  })

  it('3: sends a stale page while one request asks for another', async () => {
    const headers = { 'Cache-Control': 'max-age=60, stale-while-revalidate=30' }
    await using site = await startHttpSite({ headers })
    await site.ask('/')
    site.clock.advance(70)
    const gate = gated({ headers, body: 'new' })
    site.answer(gate.answer)

    const leader = site.ask('/')
    await gate.asked
    const others = [await site.ask('/'), await site.ask('/')]
    gate.open()

    expect(others.map(({ text }) => text)).toEqual(['page 1', 'page 1'])
    expect(others[0]?.headers['cache-status']).toBe('reprise; hit; ttl=-10')
    expect((await leader).text).toBe('new')
    expect(await site.texts({})).toEqual(['new'])
  })

  it('4: sends a stale page where the origin fails, by the option as well', async () => {
    await using site = await startHttpSite({ headers: FRESH }, { staleIfError: 30 })
    await site.ask('/')
    site.clock.advance(80)
    site.answer({ status: 500, body: 'broken' })

    expect((await site.ask('/')).text).toBe('page 1')
    site.clock.advance(11)
    expect((await site.ask('/')).status).toBe(500)
  })
})

describe('RFC 9213', () => {
  it('2.2: goes by the targeted field instead of Cache-Control and Expires', async () => {
    await using site = await startHttpSite({
      headers: { 'CDN-Cache-Control': 'max-age=60', 'Cache-Control': 'no-store', Expires: '0' },
    })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])
    site.clock.advance(61)
    site.answer({ headers: { 'CDN-Cache-Control': 'no-store', 'Cache-Control': 'max-age=60' } })
    expect(await site.texts({}, {})).toEqual(['page 2', 'page 3'])
  })

  it('2.1: goes by Cache-Control where the targeted field is empty or no dictionary', async () => {
    for (const value of ['', 'max-age=&', 'max-age 60', 'no-store,']) {
      await using site = await startHttpSite({
        headers: { 'CDN-Cache-Control': value, 'Cache-Control': 'max-age=60' },
      })

      expect([value, await site.texts({}, {})]).toEqual([value, ['page 1', 'page 1']])
    }
  })

  it('2.2: goes by the first of its target list that is there', async () => {
    await using site = await startHttpSite(
      { headers: { 'CDN-Cache-Control': 'no-store', 'Atlas-Cache-Control': 'max-age=60' } },
      { targeted: ['Atlas-Cache-Control', 'CDN-Cache-Control'] },
    )

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])
  })
})
