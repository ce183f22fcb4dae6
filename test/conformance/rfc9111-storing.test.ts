import { describe, expect, it } from 'vitest'
import * as inNode from '../../src/frameworks/node.ts'
import { startHttpSite } from '../support/http-site.ts'
import { startSite } from '../support/page-hosts.ts'

const FRESH = { 'Cache-Control': 'max-age=60' }

describe('RFC 9111, storing responses', () => {
  it('1.2.2: takes a number of seconds that is too large for the largest', async () => {
    await using site = await startHttpSite({
      headers: { 'Cache-Control': 'max-age=99999999999999999999' },
    })

    await site.texts({})
    site.clock.advance(2_147_483_000)

    expect(await site.texts({})).toEqual(['page 1'])
  })

  it('3: stores no answer to a method that it does not understand', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    const first = await site.ask('/', { method: 'PURGE' })
    const second = await site.ask('/', { method: 'PURGE' })

    expect([first.text, second.text]).toEqual(['page 1', 'page 2'])
  })

  it('3: stores the final answer, not the informational one before it', async () => {
    const mount = inNode.cacheSite
    await using site = await startSite(
      (caches, options, handler) => mount(caches, options)(handler),
      (_request, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.setHeader('Cache-Control', 'max-age=60')
        response.end('final')
      },
      { mode: 'http' },
    )

    const replies = [await site.ask('/'), await site.ask('/')]

    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [200, 'final'],
      [200, 'final'],
    ])
    expect(site.renders).toBe(1)
  })

  it.each([200, 203, 300, 301, 302, 307, 308, 404, 410, 500, 503])(
    '3: stores a %d that says how long it is fresh',
    async (status) => {
      await using site = await startHttpSite({ status, headers: FRESH })

      await site.ask('/')
      const again = await site.ask('/')

      expect([again.status, again.text]).toEqual([status, 'page 1'])
    },
  )

  it('3: stores a 204, which has neither body nor length', async () => {
    await using site = await startHttpSite({ status: 204, headers: FRESH })

    await site.ask('/')
    const again = await site.ask('/')

    expect([again.status, again.headers['content-length'], site.renders]).toEqual([
      204,
      undefined,
      1,
    ])
  })

  it.each([200, 404, 500])('3: stores no %d that says nothing of its freshness', async (status) => {
    await using site = await startHttpSite({ status, headers: { ETag: '"a"' } })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('3: stores no 206, and no 304 that nobody asked for', async () => {
    await using site = await startHttpSite({
      status: 206,
      headers: { ...FRESH, 'Content-Range': 'bytes 0-5/9' },
    })
    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])

    site.answer({ status: 304, headers: FRESH })
    await site.ask('/')
    site.answer({ headers: FRESH })
    expect(await site.texts({})).toEqual(['page 3'])
  })

  it('3, 5.2.2.5: stores nothing that says no-store', async () => {
    await using site = await startHttpSite({ headers: { 'Cache-Control': 'max-age=60, NO-STORE' } })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('3, 5.2.2.7: stores nothing that says private', async () => {
    for (const value of [
      'private, max-age=60',
      'Private="", max-age=60',
      'max-age=60, private=" "',
    ]) {
      await using site = await startHttpSite({ headers: { 'Cache-Control': value } })

      expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
    }
  })

  it('3, 5.2.2.3: stores what must be understood where it understands it, despite no-store', async () => {
    const headers = { 'Cache-Control': 'must-understand, no-store, max-age=60' }
    await using site = await startHttpSite({ headers })
    expect(await site.texts({}, {})).toEqual(['page 1', 'page 1'])

    await using other = await startHttpSite({ status: 299, headers })
    expect(await other.texts({}, {})).toEqual(['page 1', 'page 2'])

    await using plain = await startHttpSite({
      status: 299,
      headers: { 'Cache-Control': 'must-understand, max-age=60' },
    })
    expect(await plain.texts({}, {})).toEqual(['page 1', 'page 2'])
  })

  it('3.1: stores and sends all header fields, known or not', async () => {
    const headers = {
      ...FRESH,
      'X-Unknown': 'kept',
      Link: ['<a>; rel=preload', '<b>; rel=preload'],
      'Content-Language': 'de',
    }
    await using site = await startHttpSite({ headers })

    await site.ask('/')
    const { headers: kept } = await site.ask('/')

    expect(kept).toMatchObject({
      'x-unknown': 'kept',
      link: '<a>; rel=preload, <b>; rel=preload',
      'content-language': 'de',
      'cache-control': 'max-age=60',
    })
  })

  it('3.1: stores no field of one connection, nor one that Connection names', async () => {
    await using site = await startHttpSite({
      headers: {
        ...FRESH,
        Connection: 'close, X-Hop',
        'X-Hop': 'here',
        'Proxy-Authenticate': 'Basic',
        'Proxy-Authentication-Info': 'x',
        'Keep-Alive': 'timeout=77',
        'X-Kept': 'here',
      },
    })

    await site.ask('/')
    const { headers, text } = await site.ask('/')

    expect(text).toBe('page 1')
    expect(headers).toMatchObject({ 'x-kept': 'here' })
    expect(headers).not.toHaveProperty('x-hop')
    expect(headers).not.toHaveProperty('proxy-authenticate')
    expect(headers).not.toHaveProperty('proxy-authentication-info')
    expect(headers['keep-alive']).not.toBe('timeout=77')
  })

  it('3.1, 5.2.2.7: stores without the fields that private names', async () => {
    const headers = {
      'Cache-Control': 'private="X-Mine, x-two", max-age=60',
      'X-Mine': '1',
      'X-Two': '2',
    }
    await using site = await startHttpSite({ headers: { ...headers, 'X-Ours': '3' } })

    const first = await site.ask('/')
    const second = await site.ask('/')

    expect([first.headers['x-mine'], first.headers['x-two']]).toEqual(['1', '2'])
    expect([second.text, second.headers['x-ours']]).toEqual(['page 1', '3'])
    expect(second.headers).not.toHaveProperty('x-mine')
    expect(second.headers).not.toHaveProperty('x-two')
  })

  it('5.2.2.4: sends no field that no-cache names without asking again', async () => {
    const headers = { 'Cache-Control': 'no-cache="X-Mine", max-age=60', 'X-Mine': '1' }
    await using site = await startHttpSite({ headers })

    await site.ask('/')
    const second = await site.ask('/')

    expect(second.text).toBe('page 1')
    expect(second.headers).not.toHaveProperty('x-mine')
  })

  it('5.2.2.4, 5.2.2.7: stores nothing that it could not send without the named field', async () => {
    for (const value of ['private="Content-Type"', 'no-cache="Vary"', 'private="a b"']) {
      await using site = await startHttpSite({
        headers: { 'Cache-Control': `${value}, max-age=60`, Vary: 'X-A' },
      })

      expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
    }
  })

  it('3.3: stores no incomplete answer', async () => {
    await using site = await startHttpSite(() => {
      throw new Error('unused')
    })
    let count = 0
    site.answer(() => ({
      headers: { ...FRESH, 'Content-Length': count++ === 0 ? '4' : '5' },
      body: 'whole',
    }))

    await site.ask('/').catch(() => undefined)
    const whole = await site.ask('/')

    expect([whole.text, site.renders]).toEqual(['whole', 2])
  })

  it('3.5: answers no request with credentials from what was not meant for it', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    const ada = { Authorization: 'Basic ada' }

    expect(await site.texts(ada, ada, {}, ada)).toEqual(['page 1', 'page 2', 'page 3', 'page 4'])
  })

  it.each(['public', 's-maxage=60', 'must-revalidate'])(
    '3.5: answers a request with credentials from what says %s',
    async (directive) => {
      await using site = await startHttpSite({
        headers: { 'Cache-Control': `max-age=60, ${directive}` },
      })

      expect(await site.texts({ Authorization: 'Basic ada' }, {}, { Authorization: 'x' })).toEqual([
        'page 1',
        'page 1',
        'page 1',
      ])
    },
  )

  it('7.3: stores nothing that sets a cookie, whatever it says of it', async () => {
    await using site = await startHttpSite({
      headers: {
        'Cache-Control': 'public, max-age=60, no-cache="Set-Cookie"',
        'Set-Cookie': 'a=1',
      },
    })

    expect(await site.texts({}, {})).toEqual(['page 1', 'page 2'])
  })
})
