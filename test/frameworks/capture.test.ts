import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { cacheSite } from '../../src/frameworks/node.ts'
import { type Handler, startSite } from '../support/page-hosts.ts'

const mount = (caches: Parameters<typeof cacheSite>[0], options: object, handler: Handler) =>
  cacheSite(caches, options)(handler)

/** Asks twice; the second one comes from the cache. */
async function twice(handler: Handler) {
  await using site = await startSite(mount, handler)
  const replies = [await site.ask('/'), await site.ask('/')] as const
  return { replies, renders: site.renders }
}

describe('what a handler may do to a response that is watched', () => {
  it.each<[string, Handler]>([
    ['end with a string', (_request, response) => response.end('häa')],
    ['end with a string in an encoding', (_request, response) => response.end('68c3a461', 'hex')],
    ['end with bytes', (_request, response) => response.end(Buffer.from('häa'))],
    ['end with a callback', (_request, response) => response.end('häa', () => {})],
    [
      'write and end',
      (_request, response) => {
        response.write('h')
        response.write('c3a4', 'hex')
        response.end('a')
      },
    ],
    [
      'write with callbacks',
      (_request, response) => {
        response.write('hä', () => response.end('a', 'utf8', () => {}))
      },
    ],
    [
      'write a plain Uint8Array',
      (_request, response) => {
        response.write(new Uint8Array(Buffer.from('xhäax').subarray(1, -1)))
        response.end()
      },
    ],
    ['pipe', (_request, response) => Readable.from(['h', Buffer.from('ä'), 'a']).pipe(response)],
    [
      'send the head first',
      (_request, response) => {
        response.flushHeaders()
        setImmediate(() => response.end('häa'))
      },
    ],
    [
      'cork',
      (_request, response) => {
        response.cork()
        response.write('hä')
        response.uncork()
        response.end('a')
      },
    ],
    [
      'end twice',
      (_request, response) => {
        response.end('häa')
        response.end()
        response.end('more', () => {})
      },
    ],
    [
      'send early hints',
      (_request, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('häa'))
      },
    ],
    [
      'reuse a buffer that it has sent',
      (_request, response) => {
        const bytes = Buffer.from('hä')
        response.write(bytes, () => response.end('a'))
        setImmediate(() => bytes.fill('x'))
      },
    ],
  ])('is %s', async (_what, handler) => {
    const { replies, renders } = await twice((request, response) => {
      response.on('error', () => {})
      return handler(request, response)
    })

    expect(replies.map(({ text }) => text)).toEqual(['häa', 'häa'])
    expect([renders, replies[1].headers['content-length']]).toEqual([1, '4'])
  })

  it.each<[string, Handler]>([
    [
      'an object',
      (_request, response) => response.writeHead(200, { 'X-A': '1', Link: ['<a>', '<b>'] }),
    ],
    [
      'a reason and an object',
      (_request, response) =>
        response.writeHead(200, 'Fine', { 'X-A': '1', Link: ['<a>', '<b>'], 'X-B': undefined }),
    ],
    [
      'a flat array',
      (_request, response) => response.writeHead(200, ['X-A', '1', 'Link', '<a>', 'Link', '<b>']),
    ],
    [
      'an array beside headers that were set',
      (_request, response) => {
        response.setHeader('X-A', '0')
        response.setHeader('link', '<0>')
        return response.writeHead(200, ['X-A', '1', 'Link', '<a>', 'Link', '<b>'])
      },
    ],
    [
      'no reason and an object',
      (_request, response) =>
        response.writeHead(200, undefined, { 'X-A': '1', Link: ['<a>', '<b>'] }),
    ],
    [
      'headers that were set',
      (_request, response) => {
        response.setHeader('X-A', '1').setHeader('Link', ['<a>', '<b>'])
        return response.writeHead(200)
      },
    ],
  ])('is to send the head with %s', async (_what, sendHead) => {
    const { replies } = await twice((request, response) => {
      sendHead(request, response)
      response.end('page')
    })

    for (const { rawHeaders, headers } of replies) {
      expect(headers['x-a']).toBe('1')
      expect(rawHeaders.filter((text) => text.startsWith('<'))).toEqual(['<a>', '<b>'])
    }
  })

  it('keeps the reason that was given', async () => {
    await using site = await startSite(mount, (_request, response) => {
      response.writeHead(200, 'Fine').end('page')
    })

    const incoming = await site.open('/')
    incoming.resume()

    expect(incoming.statusMessage).toBe('Fine')
  })

  it('makes a 304 of a page with a reason of its own', async () => {
    await using site = await startSite(mount, (_request, response) => {
      response.writeHead(200, 'Fine', { ETag: '"a"' }).end('page')
    })

    const incoming = await site.open('/', { headers: { 'If-None-Match': '"a"' } })
    incoming.resume()

    expect([incoming.statusCode, incoming.statusMessage]).toEqual([304, 'Not Modified'])
  })

  it('answers what Node refuses as Node does', async () => {
    const thrown: unknown[] = []
    const attempt = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        thrown.push((error as NodeJS.ErrnoException).code)
      }
    }
    const { replies, renders } = await twice((_request, response) => {
      attempt(() => response.writeHead(9999))
      attempt(() => response.writeHead(200, { 'X-A': 'a\nb' }))
      attempt(() => response.end(7 as never))
      response.end('page')
      attempt(() => response.writeHead(200))
      attempt(() => response.setHeader('a', 'b'))
    })

    expect(thrown).toEqual([
      'ERR_HTTP_INVALID_STATUS_CODE',
      'ERR_INVALID_CHAR',
      'ERR_INVALID_ARG_TYPE',
      'ERR_HTTP_HEADERS_SENT',
      'ERR_HTTP_HEADERS_SENT',
    ])
    expect([replies[1].text, renders]).toEqual(['page', 1])
  })

  it('gives back what write gives back, and drains', async () => {
    const chunk = Buffer.alloc(200_000, 'x')
    const told: boolean[] = []
    await using site = await startSite(mount, async (_request, response) => {
      for (let i = 0; i < 40; i++) {
        const hasRoom = response.write(chunk)
        told.push(hasRoom)
        if (!hasRoom) await once(response, 'drain')
      }
      response.end()
    })

    const { body } = await site.ask('/')

    expect(body.length).toBe(8_000_000)
    expect(told).toContain(false)
  })

  it('passes on trailers and stores no page that has them', async () => {
    const { replies, renders } = await twice((_request, response) => {
      response.writeHead(200, { Trailer: 'Digest' })
      response.write('page')
      response.addTrailers({ Digest: 'x' })
      response.end()
    })

    expect([replies[1].text, renders]).toEqual(['page', 2])
  })

  it('lets the handler see no conditions, so that it makes the whole page', async () => {
    const seen: unknown[] = []
    await using site = await startSite(mount, (incoming, response) => {
      seen.push(incoming.headers['if-none-match'], incoming.headers['if-modified-since'])
      response.setHeader('ETag', '"a"')
      response.end('page')
    })
    const headers = { 'If-None-Match': '"b"', 'If-Modified-Since': 'Sun, 06 Nov 1994 08:49:37 GMT' }

    const { status } = await site.ask('/', { headers })
    await site.ask('/', { headers: { ...headers, Cookie: 'a=b' } })

    expect([status, ...seen]).toEqual([
      200,
      undefined,
      undefined,
      '"b"',
      headers['If-Modified-Since'],
    ])
  })
})
