import { describe, expect, it, vi } from 'vitest'
import { purgeTags } from '../../src/http/purge.ts'
import { gated, origin, startHttpSite } from '../support/http-site.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toUTCString()

describe('RFC 9111, validation', () => {
  it('4.3.1: asks with the validators of what is stored, not with those of the client', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Last-Modified': at(-60) }))

    await site.ask('/')
    site.clock.advance(61)
    await site.ask('/', { headers: { 'If-None-Match': '"mine"', 'If-Modified-Since': at(0) } })

    expect(site.asked[1]).toMatchObject({ 'if-none-match': '"a"', 'if-modified-since': at(-60) })
  })

  it('4.3.1: asks with no condition where nothing is stored', async () => {
    await using site = await startHttpSite(origin('"a"'))

    const first = await site.ask('/', { headers: { 'If-None-Match': '"a"' } })

    expect(site.asked[0]).not.toHaveProperty('if-none-match')
    expect([first.status, await site.texts({})]).toEqual([304, ['page 1']])
  })

  it('4.3.2: leaves conditions that are for the origin to the origin', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')

    for (const headers of [{ 'If-Match': '"b"' }, { 'If-Unmodified-Since': at(-60) }]) {
      expect((await site.ask('/', { headers })).status).toBe(200)
    }

    expect(site.asked[1]).toMatchObject({ 'if-match': '"b"' })
    expect(site.asked[2]).toMatchObject({ 'if-unmodified-since': at(-60) })
  })

  it('4.3.2: answers a client that has what is fresh with a 304, and another with all of it', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Last-Modified': at(-60) }))
    await site.ask('/')
    const ask = async (headers: Record<string, string>) => (await site.ask('/', { headers })).status

    expect([
      await ask({ 'If-None-Match': '"b", W/"a"' }),
      await ask({ 'If-None-Match': '"b"' }),
      await ask({ 'If-None-Match': '"b"', 'If-Modified-Since': at(0) }),
      await ask({ 'If-Modified-Since': at(-60) }),
      await ask({ 'If-Modified-Since': at(-61) }),
    ]).toEqual([304, 200, 200, 304, 200])
    expect(site.renders).toBe(1)
  })

  it('4.3.2: answers with the stored 200 where a 304 was for the cache and not for the client', async () => {
    await using site = await startHttpSite(origin('"a"'))

    await site.ask('/')
    site.clock.advance(61)
    const other = await site.ask('/', { headers: { 'If-None-Match': '"b"' } })
    site.clock.advance(61)
    const none = await site.ask('/')
    site.clock.advance(61)
    const same = await site.ask('/', { headers: { 'If-None-Match': '"a"' } })

    expect([other.status, other.text]).toEqual([200, 'page 1'])
    expect([none.status, none.text, none.headers.etag]).toEqual([200, 'page 1', '"a"'])
    expect([same.status, same.text]).toEqual([304, ''])
    expect(none.headers['cache-status']).toBe('reprise; fwd=stale; fwd-status=304; stored')
  })

  it('3.1, 5.2.2.7: takes no field over from a 304 that calls it private', async () => {
    await using site = await startHttpSite(origin('"a"'))

    await site.ask('/')
    site.clock.advance(61)
    site.answer({
      status: 304,
      headers: { ETag: '"a"', 'Cache-Control': 'max-age=60, private="X-User"', 'X-User': 'alice' },
    })
    await site.ask('/')
    const next = await site.ask('/')

    expect([next.text, next.headers['x-user'], site.renders]).toEqual(['page 1', undefined, 2])
  })

  it('4.3.4: keeps the tags of a page that a 304 confirms, so that a purge finds it', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Cache-Tag': 'city:3' }))

    await site.ask('/')
    site.clock.advance(61)
    site.answer({ status: 304, headers: { ETag: '"a"', 'Cache-Control': 'max-age=60' } })
    await site.ask('/')
    site.answer(origin('"b"'))
    await purgeTags(site.caches, ['city:3'])

    expect((await site.ask('/')).text).toBe('page 2')
  })

  it('4.3.3: is fresh again after a 304, for as long as that says', async () => {
    await using site = await startHttpSite(origin('"a"'))

    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"a"', { 'Cache-Control': 'max-age=100' }))
    await site.ask('/')
    site.clock.advance(99)
    const { text, headers } = await site.ask('/')

    expect([text, headers.age, site.renders]).toEqual(['page 1', '99', 2])
    site.clock.advance(2)
    await site.ask('/')
    expect(site.renders).toBe(3)
  })

  it('4.3.3: answers with the whole response that came instead, and stores it', async () => {
    await using site = await startHttpSite(origin('"a"'))

    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"b"', {}, 'new'))

    expect(await site.texts({}, {})).toEqual(['new', 'new'])
    expect((await site.ask('/')).headers.etag).toBe('"b"')
  })

  it('4.3.3: passes a failure on, or answers with what is stale where that is allowed', async () => {
    await using site = await startHttpSite(
      origin('"a"', { 'Cache-Control': 'max-age=60, stale-if-error=100' }),
    )
    await site.ask('/')
    site.clock.advance(120)
    site.answer({ status: 503, body: 'broken', headers: { 'X-Broken': '1' } })

    const stale = await site.ask('/')
    site.clock.advance(41)
    const broken = await site.ask('/')

    expect([stale.status, stale.text, stale.headers.age]).toEqual([200, 'page 1', '120'])
    expect(stale.headers).not.toHaveProperty('x-broken')
    expect(stale.headers['cache-status']).toBe(
      'reprise; fwd=stale; fwd-status=503; detail=stale-if-error',
    )
    expect([broken.status, broken.text]).toEqual([503, 'broken'])
  })

  it('3.2: replaces stored fields by those of a 304, and adds its others', async () => {
    await using site = await startHttpSite(
      origin('"a"', { 'X-Old': 'old', 'X-Kept': 'kept', Link: '<a>' }),
    )
    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"a"', { 'X-Old': 'new', 'X-New': 'new' }))

    await site.ask('/')
    const { headers } = await site.ask('/')

    expect(headers).toMatchObject({ 'x-old': 'new', 'x-kept': 'kept', 'x-new': 'new', link: '<a>' })
  })

  it('3.2: keeps fields that say what the stored bytes are', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Content-Type': 'text/plain' }))
    await site.ask('/')
    site.clock.advance(61)
    site.answer(
      origin('"a"', {
        'Content-Type': 'text/html',
        'Content-Encoding': 'gzip',
        'Content-Range': 'bytes 0-1/2',
        'Content-Length': '3',
        'X-New': '1',
      }),
    )

    await site.ask('/')
    const { headers, text } = await site.ask('/')

    expect([headers['content-type'], headers['content-length'], text]).toEqual([
      'text/plain',
      '6',
      'page 1',
    ])
    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers).not.toHaveProperty('content-range')
  })

  it('3.2: stores no field of a 304 that no response may be stored with', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"a"', { Connection: 'X-Hop', 'X-Hop': '1', 'Proxy-Authenticate': 'Basic' }))

    await site.ask('/')
    const { headers } = await site.ask('/')

    expect(headers).not.toHaveProperty('x-hop')
    expect(headers).not.toHaveProperty('proxy-authenticate')
    expect(site.renders).toBe(2)
  })

  it('4.3.4: updates nothing by a 304 that names another strong validator', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')
    site.clock.advance(61)
    site.answer({
      status: 304,
      headers: { ETag: '"b"', 'Cache-Control': 'max-age=60', 'X-New': '1' },
    })

    const first = await site.ask('/')
    await site.ask('/')

    expect([first.status, first.text]).toEqual([200, 'page 1'])
    expect(first.headers).not.toHaveProperty('x-new')
    // It is as stale as it was.
    expect(site.renders).toBe(3)
  })

  it('4.3.4: updates by a weak validator, and by a 304 without one', async () => {
    await using site = await startHttpSite(origin('W/"a"'))
    await site.ask('/')
    site.clock.advance(61)
    await site.ask('/')
    site.clock.advance(61)
    site.answer({ status: 304, headers: { 'Cache-Control': 'max-age=60' } })
    await site.ask('/')

    expect([await site.texts({}), site.renders]).toEqual([['page 1'], 3])
  })

  it('3.2, 5.2.2.7: stores no longer what a 304 makes private', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"a"', { 'Cache-Control': 'private, max-age=60' }))

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])
    expect(site.renders).toBe(3)
  })

  it('7.3: gives the cookie of a 304 to the one that asked, and to nobody else', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')
    site.clock.advance(61)
    site.answer(origin('"a"', { 'Set-Cookie': 'id=1' }))

    const first = await site.ask('/')
    site.answer(origin('"a"'))
    const second = await site.ask('/')

    expect([first.text, first.headers['set-cookie']]).toEqual(['page 1', ['id=1']])
    expect([second.text, second.headers['set-cookie']]).toEqual(['page 1', undefined])
  })

  it('4.3: asks with what varies for the variant that is stored', async () => {
    await using site = await startHttpSite((asked) =>
      origin(`"${String(asked['x-a'])}"`, { Vary: 'X-A' })(asked),
    )
    await site.texts({ 'X-A': '1' }, { 'X-A': '2' })
    site.clock.advance(61)

    expect(await site.texts({ 'X-A': '2' }, { 'X-A': '1' })).toEqual(['page 2', 'page 1'])
    expect(site.asked.slice(2).map((asked) => asked['if-none-match'])).toEqual(['"2"', '"1"'])
  })

  it('4.3: keeps what has a validator for as long as revalidateFor says', async () => {
    await using site = await startHttpSite(origin('"a"'), { revalidateFor: 100 })

    await site.ask('/')
    site.clock.advance(161)
    await site.ask('/')

    expect(site.asked[1]).not.toHaveProperty('if-none-match')
  })

  it('4: lets one request ask for a stale page, and the others wait for its answer', async () => {
    await using site = await startHttpSite(origin('"a"'))
    await site.ask('/')
    site.clock.advance(61)

    const gate = gated({ status: 304, headers: { ETag: '"a"', 'Cache-Control': 'max-age=60' } })
    site.answer(gate.answer)

    const leader = site.ask('/')
    await gate.asked
    const others = Array.from({ length: 9 }, () => site.ask('/'))
    await vi.waitUntil(() => site.clock.sleepers >= 9)
    gate.open()

    const texts = (await Promise.all([leader, ...others])).map(({ text }) => text)
    expect(texts).toEqual(Array(10).fill('page 1'))
    expect(site.renders).toBe(2)
  })
})
