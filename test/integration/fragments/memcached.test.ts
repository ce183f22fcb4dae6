import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let server: MemcachedServer
let proxy: FaultProxy
let caches: Caches

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  caches = createCaches({ default: `memcached://127.0.0.1:${proxy.port}` })
})
afterEach(async () => {
  await caches.close()
  await proxy.close()
  await server[Symbol.asyncDispose]()
})

describe('a page of 50 fragments', () => {
  const page =
    '{% for i in range(50) %}{% cache 60, "row", i %}<i>{{ run(i) }}</i>{% endcache %}{% endfor %}'

  it('is read in one write when warm, and stored in one when cold', async () => {
    const { fragments, ran } = openTemplates(caches, { page })
    await caches.default.get('warm up the connection')
    proxy.resetCounts()

    const cold = await fragments.render('page')

    expect(proxy.counts.commands).toEqual(
      new Map([
        ['mg', 50],
        ['ms', 50],
      ]),
    )
    expect(proxy.counts.reads).toBe(2)
    ran.length = 0
    proxy.resetCounts()
    expect(await fragments.render('page')).toBe(cold)
    expect(ran).toEqual([])
    expect(proxy.counts.commands).toEqual(new Map([['mg', 50]]))
    expect(proxy.counts.reads).toBe(1)
  })

  it('is rendered once when warm, but for the first time in a process', async () => {
    await openTemplates(caches, { page }).fragments.render('page')
    const { fragments, ran } = openTemplates(caches, { page: `{{ run("pass") }}${page}` })

    await fragments.render('page')
    expect(ran).toEqual(['pass', 'pass'])
    ran.length = 0
    proxy.resetCounts()
    await fragments.render('page')

    expect(ran).toEqual(['pass'])
    expect(proxy.counts.commands).toEqual(new Map([['mg', 50]]))
    expect(proxy.counts.reads).toBe(1)
  })
})

describe('a fragment on a real server', () => {
  it('stays deleted where it is deleted while its body renders', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{{ pause() }}{% cache 60, "x" %}{{ n }}{% endcache %}',
    })
    await using others = createCaches({ default: `memcached://127.0.0.1:${server.port}` })
    const key = fragmentKey('x')
    let passes = 0
    let deleted: Promise<boolean> | undefined
    const pause = () => {
      passes += 1
      // Between the read that won the lease and the write of the text.
      if (passes === 2) deleted = others.default.delete(key)
    }
    await proxy.set({ kind: 'latency', ms: 50 })

    expect(await fragments.render('page', { n: 1, pause })).toBe('1')

    expect(await deleted).toBe(true)
    expect(await others.default.get(key)).toBeUndefined()
    expect(await fragments.render('page', { n: 2, pause: () => '' })).toBe('2')
    expect(await others.default.get(key)).toBe('2')
  })

  it('is rendered by one process, and the other waits for it', async () => {
    const page =
      '{% for i in range(10) %}{% cache 60, "row", i %}{{ run(i) }}{% endcache %}{% endfor %}'
    await using others = createCaches({ default: `memcached://127.0.0.1:${server.port}` })
    const here = openTemplates(caches, { page })
    const there = openTemplates(others, { page })

    const first = here.fragments.render('page')
    // All of it has been asked for: two that ask at the same moment can win a part each, and render
    // the other one's for themselves.
    await expect.poll(() => proxy.counts.commands.get('mg'), { interval: 1 }).toBe(10)
    const pages = await Promise.all([first, there.fragments.render('page')])

    expect(pages).toEqual(['0123456789', '0123456789'])
    expect([...here.ran, ...there.ran].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('is rendered and not kept while the server is gone', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{{ run("x") }}{% endcache %}',
    })
    await proxy.set({ kind: 'refuse' })

    expect(await fragments.render('page')).toBe('x')
    expect(await fragments.render('page')).toBe('x')
    expect(ran).toEqual(['x', 'x'])
  })

  it('may be larger than a packet', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{{ run(big) }}{% endcache %}',
    })
    const big = 'é'.repeat(200_000)

    expect(await fragments.render('page', { big })).toBe(big)
    expect(await fragments.render('page', { big })).toBe(big)
    expect(ran.length).toBe(1)
  })
})
