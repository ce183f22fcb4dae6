import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PageCache } from '../../../src/http/page-cache.ts'
import type { PageRender } from '../../../src/http/page-render.ts'
import { memoryPages, send, visit } from './visit.ts'

const LANGUAGE = ['Vary', 'Accept-Language']

/** The request that has to render; fails the test where the cache answered. */
async function render(opening: ReturnType<PageCache['open']>): Promise<PageRender> {
  const opened = await opening
  if (opened.kind === 'hit') throw new Error('The cache answered.')
  return opened
}

/** What an application far away would do: another process on the same cache. */
function otherProcess({ caches }: ReturnType<typeof memoryPages>, waitMs = 3000): PageCache {
  // Of what a process remembers, nothing is shared between two objects that only hand calls on.
  const { default: cache } = caches
  const remote = Object.create(cache, {
    lend: { value: cache.lend.bind(cache) },
    lookup: { value: cache.lookup.bind(cache) },
    get: { value: cache.get.bind(cache) },
    delete: { value: cache.delete.bind(cache) },
  })
  return new PageCache(remote, { waitMs })
}

describe('a cold page that many ask for', () => {
  it('48: is rendered once, and the others get it from the cache', async () => {
    const { pages, get } = memoryPages()
    const leader = await render(pages.open(get()))
    const others = Promise.all(Array.from({ length: 20 }, () => pages.open(get())))
    await send(leader, { body: 'page' })

    const kinds = (await others).map((opened) => opened.kind)

    expect(new Set(kinds)).toEqual(new Set(['hit']))
  })

  it('is rendered once when they ask at the same moment', async () => {
    const { pages, get } = memoryPages()
    let renders = 0
    const ask = async () => {
      const opened = await pages.open(get())
      if (opened.kind === 'render') {
        renders++
        await setImmediate()
        await send(opened)
      }
    }

    await Promise.all(Array.from({ length: 20 }, ask))

    expect(renders).toBe(1)
  })

  it('is rendered by a waiter, who stores nothing, after waitMs', async () => {
    const { pages, clock, get } = memoryPages({ waitMs: 2000 })
    const leader = await render(pages.open(get()))
    const waiter = pages.open(get())
    await expect.poll(() => clock.sleepers).toBeGreaterThan(1)
    clock.advance(2)

    const changes = await send(await render(waiter), { body: 'of the waiter' })
    await send(leader, { body: 'of the leader' })

    expect(changes.keepBytes).toBe(0)
    expect(changes.set).toContain('reprise; fwd=uri-miss; detail=busy')
    expect((await visit(pages, get())).text).toBe('of the leader')
  })

  it('keeps nobody waiting with waitMs 0', async () => {
    const { pages, get } = memoryPages({ waitMs: 0 })
    await render(pages.open(get()))

    expect((await send(await render(pages.open(get())))).keepBytes).toBe(0)
  })

  it('42: goes to the next one where the first was not storable, and keeps nobody in a row', async () => {
    const { pages, clock, get } = memoryPages()
    const first = await render(pages.open(get()))
    const others = [1, 2, 3].map(() => render(pages.open(get())))
    await setImmediate()
    // The head tells; nobody waits for the body.
    first.head({ status: 200, headers: ['Cache-Control', 'private'] })
    const renders = await Promise.all(others)

    // All at once from now on, without waiting for each other.
    const more = await Promise.all([1, 2].map(() => render(pages.open(get()))))
    for (const each of [...renders, ...more]) each.abandon('aborted')
    clock.advance(10)
    const leader = await render(pages.open(get()))
    const waiter = pages.open(get())
    await send(leader)
    expect((await waiter).kind).toBe('hit')
  })

  it('is stored again as soon as it can be, also by one of those who do not wait', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get(), { status: 500 })

    await visit(pages, get())

    expect((await visit(pages, get())).isHit).toBe(true)
  })

  it('5: does not let credentials keep others from waiting', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get('/', { authorization: 'Basic a' }))

    const leader = await render(pages.open(get()))
    const waiter = pages.open(get())
    await send(leader)

    expect((await waiter).kind).toBe('hit')
  })

  it('goes to the next one where the first was broken off', async () => {
    const { pages, get } = memoryPages()
    const first = await render(pages.open(get()))
    const second = pages.open(get())
    first.abandon('aborted')

    await send(await render(second), { body: 'second' })

    expect((await visit(pages, get())).text).toBe('second')
  })

  it('48: is one for each variant', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get('/', { 'accept-language': 'it' }), { headers: LANGUAGE })
    const german = await render(pages.open(get('/', { 'accept-language': 'de' })))
    const french = await render(pages.open(get('/', { 'accept-language': 'fr' })))
    const waiter = pages.open(get('/', { 'accept-language': 'de' }))
    await send(german, { headers: LANGUAGE, body: 'de' })
    await send(french, { headers: LANGUAGE, body: 'fr' })

    const opened = await waiter

    expect(opened.kind === 'hit' && opened.body.toString()).toBe('de')
  })
})

describe('a cold page that another process renders', () => {
  it('is waited for', async () => {
    const site = memoryPages()
    const far = otherProcess(site)
    const leader = await render(site.pages.open(site.get()))
    const waiters = [far.open(site.get()), far.open(site.get())]
    await expect.poll(() => site.clock.sleepers).toBe(3)
    await send(leader)
    site.clock.advance(1)

    const kinds = (await Promise.all(waiters)).map((opened) => opened.kind)

    expect(kinds).toEqual(['hit', 'hit'])
  })

  it('is rendered here when that one gave up', async () => {
    const site = memoryPages()
    const far = otherProcess(site)
    const leader = await render(site.pages.open(site.get()))
    const waiter = far.open(site.get())
    await expect.poll(() => site.clock.sleepers).toBe(2)
    leader.abandon('aborted')
    await setImmediate()
    site.clock.advance(1)

    await send(await render(waiter), { body: 'far' })

    expect((await visit(site.pages, site.get())).text).toBe('far')
  })

  it('is rendered here, and not stored, after waitMs', async () => {
    const site = memoryPages()
    const far = otherProcess(site, 1000)
    await render(site.pages.open(site.get()))
    const waiter = far.open(site.get())
    await expect.poll(() => site.clock.sleepers).toBe(2)
    for (let i = 0; i < 20; i++) {
      site.clock.advance(0.1)
      await setImmediate()
    }

    expect((await send(await render(waiter))).keepBytes).toBe(0)
  })
})

describe('staleWhileRevalidate', () => {
  it('serves the stale page to all but the one who renders it anew', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60, staleWhileRevalidate: 60 })
    await visit(pages, get(), { body: 'old' })
    clock.advance(70)

    const leader = await render(pages.open(get()))
    const other = await visit(pages, get())
    const changes = await send(leader, { body: 'new' })

    expect([other.text, other.header('cache-status')]).toEqual(['old', 'reprise; hit; ttl=-10'])
    expect(changes.set).toContain('reprise; fwd=stale; stored')
    expect((await visit(pages, get())).text).toBe('new')
  })

  it('goes on serving it where rendering failed, until its window has passed', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60 })
    await visit(pages, get(), { body: 'old' }, { staleWhileRevalidate: '1m' })
    clock.advance(60)
    const leader = await render(pages.open(get()))

    expect((await visit(pages, get())).text).toBe('old')
    await send(leader, { status: 500 })
    clock.advance(60)
    expect((await visit(pages, get())).isHit).toBe(false)
  })

  it.each(['must-revalidate', 'proxy-revalidate'])(
    'keeps to %s of the page, unless the page itself has a window',
    async (directive) => {
      const { pages, clock, get } = memoryPages({ ttl: 60, waitMs: 0, staleWhileRevalidate: 60 })
      const answer = { headers: ['Cache-Control', `max-age=60, ${directive}`] }
      await visit(pages, get('/site'), answer)
      await visit(pages, get('/own'), answer, { staleWhileRevalidate: 60 })
      clock.advance(70)

      for (const [path, isHit] of [
        ['/site', false],
        ['/own', true],
      ] as const) {
        const leader = await render(pages.open(get(path)))
        expect((await visit(pages, get(path), { status: 500 })).isHit).toBe(isHit)
        leader.abandon('aborted')
      }
    },
  )

  it('serves a stale variant', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60, staleWhileRevalidate: 60 })
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, german, { headers: LANGUAGE, body: 'old' })
    clock.advance(61)

    const leader = await render(pages.open(german))
    expect((await visit(pages, german)).text).toBe('old')
    await send(leader, { headers: LANGUAGE, body: 'new' })
    expect((await visit(pages, german)).text).toBe('new')
  })

  it('keeps what lies beside a page when that is rendered anew', async () => {
    const { pages, clock, get } = memoryPages({ ttl: 60, staleWhileRevalidate: 60 })
    const forwarded = get('/', { 'x-forwarded-host': 'b' })
    await visit(pages, get(), { body: 'old' })
    clock.advance(30)
    await visit(pages, forwarded, { body: 'forwarded' })
    clock.advance(35)
    await send(await render(pages.open(get())), { body: 'new' })

    expect((await visit(pages, forwarded)).text).toBe('forwarded')
  })
})
