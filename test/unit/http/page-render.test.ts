import { describe, expect, it } from 'vitest'
import { type PageContext, pageChannel } from '../../../src/channels.ts'
import type { PageRender } from '../../../src/http/page-render.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, send, visit } from './visit.ts'

async function opened(options = {}, request = pageRequest()): Promise<PageRender> {
  const page = await memoryPages(options).pages.open(request)
  if (page.kind === 'hit') throw new Error('The cache answered.')
  return page
}

const head = (headers: string[] = [], body: Buffer | undefined = undefined) => ({
  status: 200,
  headers,
  body,
})

describe('PageRender.head', () => {
  it('asks for a copy of what may be stored, and for none of what may not', async () => {
    expect((await opened()).head(head()).keepBytes).toBe(921_600)
    expect((await opened()).head(head(['Set-Cookie', 'a'])).keepBytes).toBe(0)
    expect((await opened({ maxBodyBytes: 9 })).head(head(['Content-Length', '10'])).keepBytes).toBe(
      0,
    )
    expect((await opened({ maxBodyBytes: 9 })).head(head(['Content-Length', '9'])).keepBytes).toBe(
      9,
    )
  })

  it('does not promise that a stream will be stored', async () => {
    expect((await opened()).head(head()).set).toContain('reprise; fwd=uri-miss')
    expect((await opened()).head(head([], Buffer.from('x'))).set).toContain(
      'reprise; fwd=uri-miss; stored',
    )
  })

  it('236: adds a tag to a page whose bytes are known', async () => {
    expect((await opened()).head(head([], Buffer.from('hello'))).set).toContain(
      '"LPJNul-wow4m6Dsqxbning"',
    )
    expect((await opened()).head(head()).set).not.toContain('ETag')
  })

  it('237: keeps a tag that is there', async () => {
    expect((await opened()).head(head(['etag', '"a"'], Buffer.from('x'))).set).not.toContain('ETag')
  })

  it.each(['no-store', 'No-Store', ' no-store ', 'no-store="x"', 'no-store = "x"'])(
    '240, 241, 243: adds none where %j is said',
    async (value) => {
      const changes = (await opened()).head(head(['Cache-Control', value], Buffer.from('x')))
      expect(changes.set).not.toContain('ETag')
    },
  )

  it('242: adds one where only something like it is said', async () => {
    const value = 'my-directive="my-no-store"'
    const changes = (await opened()).head(head(['Cache-Control', value], Buffer.from('x')))
    expect(changes.set).toContain('ETag')
  })

  it('259: adds none to a HEAD', async () => {
    const render = await opened({}, pageRequest({ method: 'HEAD' }))
    expect(render.head(head([], Buffer.from('x'))).set).not.toContain('ETag')
  })

  it.each([
    ['246', { 'if-none-match': '"a"' }, ['ETag', '"a"'], 200, 304],
    ['247', { 'if-none-match': '"b"' }, ['ETag', '"a"'], 200, 200],
    ['244', { 'if-none-match': '"b"' }, [], 200, 200],
    ['245', {}, ['ETag', '"a"'], 200, 200],
    ['248', { 'if-none-match': '"a"' }, ['ETag', '"a"'], 301, 301],
    ['249', { 'if-none-match': '"a"' }, ['ETag', '"a"'], 400, 400],
    ['262', { 'if-none-match': 'W/"a"' }, ['ETag', 'W/"a"'], 200, 304],
  ] as [string, Record<string, string>, string[], number, number][])(
    '%s: %j with %j and %d becomes %d',
    async (_line, headers, fields, status, expected) => {
      const render = await opened({}, pageRequest({ headers }))
      expect(render.head({ status, headers: fields }).status).toBe(expected)
    },
  )

  const TIME = 'Sun, 06 Nov 1994 08:49:37 GMT'
  it.each([
    ['250', TIME, undefined, 200, 200],
    ['251', undefined, TIME, 200, 200],
    ['252', TIME, TIME, 200, 304],
    ['253', TIME, 'Sun, 06 Nov 1994 08:49:36 GMT', 200, 304],
    ['254', TIME, 'Sun, 06 Nov 1994 08:49:38 GMT', 200, 200],
    ['255', TIME, TIME, 301, 301],
    ['256', TIME, TIME, 400, 400],
  ])('%s: since %j with %j and %d becomes %d', async (_line, since, modified, status, expected) => {
    const headers: Record<string, string> =
      since === undefined ? {} : { 'if-modified-since': since }
    const fields = modified === undefined ? [] : ['Last-Modified', modified]
    const render = await opened({}, pageRequest({ headers }))

    expect(render.head({ status, headers: fields }).status).toBe(expected)
  })

  it('258: makes no 412 of a PUT', async () => {
    const request = pageRequest({ method: 'PUT', headers: { 'if-match': '"b"' } })
    const render = await opened({}, request)

    expect(render.head(head(['ETag', '"a"'])).status).toBe(200)
  })

  it('leaves what goes past the cache as it is', async () => {
    const render = await opened(
      {},
      pageRequest({ headers: { cookie: 'a=b', 'if-none-match': '*' } }),
    )

    expect(render.head(head(['ETag', '"a"'], Buffer.from('x')))).toEqual({
      status: 200,
      set: ['Cache-Status', 'reprise; fwd=bypass; detail=cookie'],
      remove: [],
      keepBytes: 0,
    })
  })
})

describe('PageRender', () => {
  it('wants to know of conditions and reads only where it may store', async () => {
    const asks = async (options: object, headers: Record<string, string> = {}) => {
      const { hidesConditions, noticesReads } = await opened(options, pageRequest({ headers }))
      return [hidesConditions, noticesReads]
    }

    expect(await asks({})).toEqual([true, true])
    expect(await asks({ unkeyed: 'ignore' })).toEqual([true, false])
    expect(await asks({}, { cookie: 'a=b' })).toEqual([false, false])
  })

  it('does not care what is read where the vary option is given', async () => {
    const { pages, get } = memoryPages()
    const render = await pages.open(get(), { vary: 'de' })

    expect(render.kind === 'render' && render.noticesReads).toBe(false)
  })

  it('36: does not store what was made from a header that nothing covers', async () => {
    const reads = new Set(['user-agent'])
    const changes = (await opened()).head({ ...head(), reads })

    expect(changes.keepBytes).toBe(0)
    expect(changes.set).toEqual([
      ...['Cache-Status', 'reprise; fwd=uri-miss; detail=unkeyed:user-agent'],
    ])
  })
})

describe('PageRender.sent', () => {
  it.each([
    ['1', ['Set-Cookie', 'a=b']],
    ['6', ['Cache-Control', 'private']],
    ['13', ['Vary', '*']],
    ['3', ['Vary', 'X-Late']],
  ])('%s: forbids storing what turned out to say %j', async (_row, late) => {
    const { pages, get } = memoryPages()
    const render = await pages.open(get())
    if (render.kind === 'hit') throw new Error('The cache answered.')
    render.head(head())
    render.sent(late)
    await render.end(Buffer.from('x'))

    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it('69: does not mind a compressor further out', async () => {
    const { pages, get } = memoryPages()
    const render = await pages.open(get())
    if (render.kind === 'hit') throw new Error('The cache answered.')
    const changes = render.head(head(['Vary', 'X-Known']))
    render.sent(['Vary', 'x-known, Accept-Encoding, Cookie', 'Content-Encoding', 'gzip'])
    await render.end(Buffer.from('x'))

    expect(changes.keepBytes).toBeGreaterThan(0)
    expect((await visit(pages, get())).isHit).toBe(true)
  })
})

describe('reprise:page', () => {
  /** What was published while `run` ran: what began, and with what it ended. */
  async function heard(run: () => Promise<unknown>): Promise<PageContext[]> {
    const ended: PageContext[] = []
    const subscriber = {
      asyncEnd: (context: object) => {
        ended.push({ ...(context as PageContext) })
      },
    }
    // The types want all five; the channel does not.
    pageChannel.subscribe(subscriber as never)
    try {
      await run()
    } finally {
      pageChannel.unsubscribe(subscriber as never)
    }
    return ended
  }

  it('tells how each request ended, and why', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60, staleWhileRevalidate: 60 })
    const credentials = get('/', { authorization: 'Basic a' })
    const ended = await heard(async () => {
      await visit(pages, get())
      await visit(pages, get())
      await visit(pages, get('/', { 'if-none-match': '*' }))
      await visit(pages, credentials)
      await visit(pages, pageRequest({ method: 'POST' }))
      await visit(pages, get('/', { cookie: 'a' }))
      await visit(pages, get('/x'), { headers: ['Set-Cookie', 'a'] })
      await visit(pages, pageRequest({ method: 'HEAD', target: '/y' }))
      clock.advance(61)
      const leader = await pages.open(get())
      await visit(pages, get())
      if (leader.kind === 'render') leader.abandon('aborted')
      const gone = await pages.open(get('/z'))
      if (gone.kind === 'render') {
        gone.head(head())
        gone.refuse('too-large')
        gone.refuse('again')
        gone.abandon('aborted')
      }
    })

    expect(ended.map(({ method, result, reason }) => [method, result, reason])).toEqual([
      ['GET', 'stored', undefined],
      ['GET', 'hit', undefined],
      ['GET', 'revalidated', undefined],
      ['GET', 'not-stored', 'authorization'],
      ['POST', 'bypass', 'method'],
      ['GET', 'bypass', 'cookie'],
      ['GET', 'not-stored', 'set-cookie'],
      ['HEAD', 'not-stored', 'head'],
      ['GET', 'stale', undefined],
      ['GET', 'not-stored', 'aborted'],
      ['GET', 'not-stored', 'too-large'],
    ])
    expect(ended[0]?.alias).toBe('default')
  })

  it('tells that a purge refused a page', async () => {
    const { pages, get } = memoryPages()
    const ended = await heard(async () => {
      const render = await pages.open(get())
      await pages.purge('https://site.example/')
      if (render.kind === 'render') await send(render)
    })

    expect(ended.map(({ result, reason }) => [result, reason])).toEqual([['not-stored', 'refused']])
  })
})

describe('the channel', () => {
  it('tells how long the handler took', async () => {
    const events: PageContext[] = []
    const listen = (context: unknown) => events.push(context as PageContext)
    pageChannel.asyncEnd.subscribe(listen as never)
    try {
      const { pages, get, clock } = memoryPages()
      const opened = await pages.open(get())
      if (opened.kind === 'hit') throw new Error('The cache answered.')
      clock.advance(2)
      await send(opened)
      await visit(pages, get())
      await new Promise(setImmediate)

      expect(events.map(({ result, renderMs }) => [result, renderMs])).toEqual([
        ['stored', 2000],
        ['hit', undefined],
      ])
    } finally {
      pageChannel.asyncEnd.unsubscribe(listen as never)
    }
  })
})
