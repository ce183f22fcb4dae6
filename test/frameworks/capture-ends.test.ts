import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { cacheSite } from '../../src/frameworks/node.ts'
import { type Handler, MOUNTS, startSite } from '../support/page-hosts.ts'

const mount = (caches: Parameters<typeof cacheSite>[0], options: object, handler: Handler) =>
  cacheSite(caches, options)(handler)

describe('responses that do not end well', () => {
  it('free the page for the next one when the handler breaks the connection off', async () => {
    let count = 0
    await using site = await startSite(mount, (_request, response) => {
      count++
      if (count > 1) return response.end('page')
      response.write('half')
      return response.destroy(new Error('broken'))
    })

    await expect(site.ask('/')).rejects.toThrow()
    await site.ask('/')
    const reply = await site.ask('/')

    expect([reply.text, count]).toEqual(['page', 2])
  })

  it('free the page when a client goes away before anything was sent', async () => {
    let count = 0
    await using site = await startSite(mount, (_request, response) => {
      count++
      if (count > 1) response.end('page')
    })
    const outgoing = request({ port: site.port, host: '127.0.0.1', agent: false }).end()
    outgoing.on('error', () => {})
    await expect.poll(() => count).toBe(1)
    outgoing.destroy()

    const reply = await site.ask('/')

    expect([reply.text, count]).toEqual(['page', 2])
  })

  it('store nothing when a source fails in the middle', async () => {
    let count = 0
    await using site = await startSite(mount, async (_request, response) => {
      count++
      const source = async function* () {
        yield 'half'
        throw new Error('The source failed.')
      }
      await pipeline(Readable.from(source()), response).catch(() => {})
    })

    await expect(site.ask('/')).rejects.toThrow()
    await expect(site.ask('/')).rejects.toThrow()

    expect(count).toBe(2)
  })

  it('free the page when a client goes away while its request waits behind another one', async () => {
    const bytes = Buffer.alloc(4096, 'a')
    let count = 0
    await using site = await startSite(mount, (incoming, response) => {
      if (incoming.url === '/slow') return
      count++
      // Without a socket yet it soon has no room for more, and nobody will ever make any.
      Readable.from(Array.from({ length: 50 }, () => bytes)).pipe(response)
    })
    const client = connect(site.port, '127.0.0.1')
    await once(client, 'connect')
    client.write('GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n')
    await expect.poll(() => count).toBe(1)
    client.destroy()

    const headers = { Host: 'h' }
    const next = await site.ask('/', { headers })
    const last = await site.ask('/', { headers })

    expect([next.body.length, count]).toEqual([50 * 4096, 2])
    expect(last.headers['cache-status']).toBe('reprise; hit; ttl=600')
  })

  it('free the page when a handler in Express throws', async () => {
    let count = 0
    const inExpress = MOUNTS['cacheSite in Express'] ?? mount
    await using site = await startSite(inExpress, (_request, response) => {
      count++
      if (count === 1) throw new Error('The handler failed.')
      response.end('page')
    })

    const first = await site.ask('/')
    const second = await site.ask('/')

    expect([first.status, second.text]).toEqual([500, 'page'])
  })
})
