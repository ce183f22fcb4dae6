import { describe, expect, it } from 'vitest'
import * as inNode from '../../src/frameworks/node.ts'
import { type Handler, startSite } from '../support/page-hosts.ts'

/** A page that is stale, and then `failing` in its place. */
async function startFailing(failing: Handler) {
  let isFirst = true
  const site = await startSite(
    (caches, options, handler) => inNode.cacheSite(caches, options)(handler),
    (request, response) => {
      if (!isFirst) return failing(request, response)
      isFirst = false
      response.end('page')
    },
    { ttl: 60, staleIfError: 600 },
  )
  await site.ask('/')
  site.clock.advance(61)
  return site
}

describe('a stored page in place of an answer', () => {
  it.each([
    [
      'writes before it ends',
      (response) => {
        response.statusCode = 500
        response.write('bro')
        response.end('ken')
      },
    ],
    [
      'sends its head first',
      (response) => {
        response.writeHead(503, { 'Content-Length': '6', 'X-Broken': '1' })
        response.end('broken')
      },
    ],
    [
      'flushes its head',
      (response) => {
        response.statusCode = 500
        response.flushHeaders()
        response.end('broken')
      },
    ],
    [
      'destroys the response',
      (response) => {
        response.destroy(new Error('broken'))
      },
    ],
    [
      'destroys it after its head',
      (response) => {
        response.writeHead(500)
        response.destroy()
      },
    ],
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
  ] as [string, (response: Parameters<Handler>[1]) => void][])(
    'is sent where the handler %s',
    async (_what, fail) => {
      await using site = await startFailing((_request, response) => fail(response))

      const { status, text, headers } = await site.ask('/')

      expect([status, text, headers['content-length']]).toEqual([200, 'page', '4'])
      expect(headers).not.toHaveProperty('x-broken')
    },
  )

  it('calls back for what it drops', async () => {
    const called: string[] = []
    await using site = await startFailing((_request, response) => {
      response.statusCode = 500
      response.write('bro', () => called.push('write'))
      response.end('ken', () => called.push('end'))
    })

    expect((await site.ask('/')).text).toBe('page')
    expect(called).toEqual(['write', 'end'])
  })

  it('is not sent once bytes are on their way', async () => {
    await using site = await startFailing((_request, response) => {
      response.write('new')
      response.destroy()
    })

    await expect(site.ask('/')).rejects.toThrow()
  })

  it('is not sent for what is no failure, which keeps its length', async () => {
    await using site = await startFailing((_request, response) => response.end('newer'))

    const { text, headers } = await site.ask('/')

    expect([text, headers['content-length'], headers['transfer-encoding']]).toEqual([
      'newer',
      '5',
      undefined,
    ])
    expect(headers['cache-status']).toBe('reprise; fwd=stale; stored')
  })
})
