import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import type { FragmentContext } from '../../src/channels.ts'
import { fragmentKey } from '../../src/fragments/index.ts'
import {
  cached,
  type FragmentEngine,
  lacks,
  noting,
  type Part,
  renderOf,
  variable,
} from './fragment-template.ts'

/** What a fragment renders, and when its body runs. */
export function fragmentRenderingContract(engine: FragmentEngine): void {
  let caches: Caches
  const ran: string[] = []

  beforeEach(() => {
    ran.length = 0
    caches = createCaches({ default: 'memory://' })
  })
  afterEach(() => caches.close())

  const row = [
    cached('row', ['[', { show: 'row' }, { run: 'row' }, ']'], { vary: [variable('row')] }),
  ]
  const places: {
    place: string
    page: readonly Part[]
    html: string
    needs?: 'include' | 'cacheEach'
  }[] = [
    { place: 'at the top', page: ['a', cached('x', [{ run: 'b' }]), 'z'], html: 'abz' },
    {
      place: 'in a loop',
      page: [{ each: 'rows', as: 'row', body: row }],
      html: '[1row][2row][3row]',
    },
    {
      place: 'in a template included in a loop',
      page: [{ each: 'rows', as: 'row', body: [{ include: 'part' }] }],
      html: '[1row][2row][3row]',
      needs: 'include',
    },
    {
      place: 'around an include',
      page: [cached('x', [{ run: 'a' }, { include: 'other' }])],
      html: 'aother',
      needs: 'include',
    },
    {
      place: 'around a loop',
      page: [cached('x', [{ each: 'rows', as: 'row', body: [{ show: 'row' }, { run: '.' }] }])],
      html: '1.2.3.',
    },
    {
      place: 'in another',
      page: [
        cached('a', [
          'a',
          { run: '1' },
          cached('b', ['b', { run: '2' }, cached('c', [{ run: 'c' }])]),
        ]),
      ],
      html: 'a1b2c',
    },
    {
      place: 'in others, in a loop',
      page: [cached('all', [{ run: 'all' }, { each: 'rows', as: 'row', body: row }])],
      html: 'all[1row][2row][3row]',
    },
    {
      place: 'one for each item',
      page: [
        {
          ...cached('each', ['<', { show: 'row' }, { run: 'e' }, '>'], { vary: [variable('row')] }),
          of: 'rows',
          as: 'row',
        },
      ],
      html: '<1e><2e><3e>',
      needs: 'cacheEach',
    },
    { place: 'that is empty', page: ['[', cached('x', [{ run: '' }]), ']'], html: '[]' },
  ]
  it.each(places.filter(({ needs }) => needs === undefined || !lacks(engine, needs)))(
    'is the same uncached, cold and warm, and a hit runs no body: $place',
    async ({ page, html }) => {
      await using off = createCaches({ default: 'null://' })
      const templates = { page, part: row, other: ['other'] }
      const context = { rows: [1, 2, 3], run: noting(ran) }
      const uncached = await engine.open(off, templates)
      const { render } = await engine.open(caches, templates)

      expect(await uncached.render('page', context)).toBe(html)
      ran.length = 0
      expect(await render('page', context)).toBe(html)
      expect(ran.length).toBeGreaterThan(0)
      ran.length = 0
      expect(await render('page', context)).toBe(html)
      expect(ran).toEqual([])
    },
  )

  it('escapes exactly as an uncached one', async () => {
    await using off = createCaches({ default: 'null://' })
    const page = [cached('x', ['<b>', { show: 'evil' }, { raw: 'evil' }, '</b>']), { show: 'evil' }]
    const evil = '<script>"&\'</script>'
    const html = await renderOf(engine, off, page, { evil })

    // Not every engine escapes `>`.
    expect(html).toContain('&lt;script')
    expect(html).toContain(`${evil}</b>`)
    expect(await renderOf(engine, caches, page, { evil })).toBe(html)
    expect(await renderOf(engine, caches, page, { evil })).toBe(html)
  })

  it('renders once for many readers of a cold page', async () => {
    const page = [cached('a', [{ run: 'a' }]), cached('b', [{ run: 'b' }])]
    const { render } = await engine.open(caches, { page })

    const pages = await Promise.all(
      Array.from({ length: 20 }, () => render('page', { run: noting(ran) })),
    )

    expect(new Set(pages)).toEqual(new Set(['ab']))
    expect([...ran].sort()).toEqual(['a', 'b'])
  })

  it('keeps concurrent renders apart', async () => {
    const page = [{ show: 'n' }, cached('x', ['[', { show: 'n' }, ']'], { vary: [variable('n')] })]
    const { render } = await engine.open(caches, { page })

    const pages = await Promise.all([1, 2, 3].map((n) => render('page', { n })))

    expect(pages).toEqual(['1[1]', '2[2]', '3[3]'])
  })

  it('hands on what a body throws, keeps nothing and holds nothing', async () => {
    const page = [cached('x', ['a', { run: 'x' }])]
    const { render } = await engine.open(caches, { page })
    const fail = () => {
      throw new TypeError('database is down')
    }

    await expect(render('page', { run: fail })).rejects.toThrow('database is down')
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
    expect(await render('page', { run: noting(ran) })).toBe('ax')
    expect(await caches.default.get(fragmentKey('x'))).toBe('ax')
  })

  it('tells what became of it, and how long its body took', async () => {
    const published: FragmentContext[] = []
    const note = (context: unknown) => published.push({ ...(context as FragmentContext) })
    const page = [cached('x', [{ run: 'x' }])]
    subscribe('tracing:reprise:fragment:asyncEnd', note)

    await renderOf(engine, caches, page, { run: noting(ran) })
    await renderOf(engine, caches, page, { run: noting(ran) })

    unsubscribe('tracing:reprise:fragment:asyncEnd', note)
    expect(published).toEqual([
      expect.objectContaining({ name: 'x', result: 'stored', renderMs: expect.any(Number) }),
      expect.objectContaining({ name: 'x', result: 'hit' }),
    ])
    expect(published[1]).not.toHaveProperty('renderMs')
  })
}
