import { createHook } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cacheChannel, pageChannel } from '../../../src/channels.ts'
import { noPageCache } from '../../../src/http/page-context.ts'
import { memoryPages, send, visit } from './visit.ts'

const LANGUAGE = ['Vary', 'Accept-Language']

/** How many promises `run` makes. */
function promisesOf(run: () => unknown): number {
  let promises = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') promises++
    },
  })
  hook.enable()
  try {
    run()
  } finally {
    hook.disable()
  }
  return promises
}

describe('a page in this process', () => {
  it('is answered without a promise', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get())
    const request = get()

    expect(promisesOf(() => pages.openShared(request))).toBe(0)
    expect(pages.openShared(request)).toMatchObject({ kind: 'hit', status: 200 })
  })

  it('is answered without a promise by its variant, to HEAD, and as a 304', async () => {
    const { pages, get } = memoryPages()
    const german = get('/', { 'accept-language': 'de' })
    await visit(pages, german, { headers: [...LANGUAGE, 'ETag', '"1"'] })
    const asked = [
      german,
      { ...german, method: 'HEAD' },
      get('/', { 'accept-language': 'de', 'if-none-match': '"1"' }),
    ]

    expect(promisesOf(() => asked.map((request) => pages.openShared(request)))).toBe(0)
    expect(asked.map((request) => pages.openShared(request))).toMatchObject([
      { status: 200 },
      { status: 200, body: Buffer.alloc(0) },
      { status: 304 },
    ])
  })

  it('is waited for where it is stale, absent, or another one is asked for', async () => {
    const { pages, get, clock } = memoryPages({ staleWhileRevalidate: 60 })
    await visit(pages, get(), { headers: LANGUAGE })

    expect(pages.openShared(get('/other'))).toBeInstanceOf(Promise)
    expect(pages.openShared(get('/', { 'accept-language': 'de' }))).toBeInstanceOf(Promise)
    clock.advance(601)
    expect(pages.openShared(get())).toBeInstanceOf(Promise)
  })

  it('is told of on reprise:page, and where reprise:cache is heard, on that', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get())
    const told: unknown[] = []
    const heard = {
      asyncEnd: ({ operation, result, hits }: Record<string, unknown>) => {
        told.push(operation === undefined ? result : [operation, hits])
      },
    }
    pageChannel.subscribe(heard as never)
    pages.openShared(get())
    await setImmediate()
    cacheChannel.subscribe(heard as never)
    await pages.openShared(get())
    await setImmediate()
    pageChannel.unsubscribe(heard as never)
    cacheChannel.unsubscribe(heard as never)

    expect(told).toEqual(['hit', ['lookup', 1], 'hit'])
  })

  it('asks the vary option once, whether it is there or not', async () => {
    const { pages, get } = memoryPages()
    let asked = 0
    const vary = () => String(asked++ && '')
    const policy = { vary }

    await visit(pages, get(), {}, policy)
    expect(asked).toBe(1)
    await pages.open(get(), policy)
    expect(asked).toBe(2)
  })

  it('gives every caller of open headers of his own', async () => {
    const { pages, get } = memoryPages()
    await visit(pages, get())
    const opened = await pages.open(get())
    if (opened.kind !== 'hit') throw new Error('The page was not kept.')
    ;(opened.headers as string[]).push('X-Mine', '1')

    expect((await visit(pages, get())).header('x-mine')).toBeUndefined()
  })
})

describe('the page that code below a handler speaks of', () => {
  it('is its own, whatever page ended meanwhile', async () => {
    const { pages, get } = memoryPages()
    const first = await pages.open(get('/first'))
    const second = await pages.open(get('/second'))
    if (first.kind === 'hit' || second.kind === 'hit') throw new Error('The cache answered.')
    await first.run(async () => {
      await second.run(async () => {
        await setImmediate()
        await send(second)
        noPageCache()
      })
      await setImmediate()
      noPageCache()
    })
    await send(first)

    expect((await visit(pages, get('/first'))).isHit).toBe(false)
    expect((await visit(pages, get('/second'))).isHit).toBe(true)
  })

  it('costs no promise of the process anything once all pages have ended', async () => {
    const { pages, get } = memoryPages()
    const opened = await pages.open(get())
    if (opened.kind === 'hit') throw new Error('The cache answered.')
    await opened.run(async () => {
      await send(opened)
      expect(storesOf(Promise.resolve())).toEqual([])
    })
  })
})

/** What the contexts of Node 20 keep on a promise. */
function storesOf(promise: object): unknown[] {
  return Object.getOwnPropertySymbols(promise)
    .filter((symbol) => symbol.description === 'kResourceStore')
    .map((symbol) => Reflect.get(promise, symbol))
}
