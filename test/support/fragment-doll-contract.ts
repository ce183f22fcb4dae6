import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { fragmentKey } from '../../src/fragments/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import {
  cached,
  type FragmentEngine,
  lacks,
  literal,
  noting,
  type Part,
  renderOf,
  variable,
} from './fragment-template.ts'

/** Tags, lifetimes, old texts and uncached parts, on their own and inside of one another. */
export function fragmentDollContract(engine: FragmentEngine): void {
  let clock: FakeClock
  let caches: Caches
  const ran: string[] = []

  beforeEach(() => {
    ran.length = 0
    clock = new FakeClock()
    caches = createCaches({ default: 'memory://' }, { clock })
  })
  afterEach(() => caches.close())

  const render = (page: readonly Part[], context: object = {}) =>
    renderOf(engine, caches, page, { run: noting(ran), ...context })

  describe('tags', () => {
    it('end a fragment, and by a variable that of one thing', async () => {
      const page = [
        cached('x', [{ show: 'n' }], { vary: [variable('id')], tags: [variable('tag')] }),
      ]
      await render(page, { id: 1, tag: 'post:1', n: 'a' })
      await render(page, { id: 2, tag: 'post:2', n: 'a' })

      await caches.default.invalidateTags(['post:1'])

      expect(await render(page, { id: 1, tag: 'post:1', n: 'b' })).toBe('b')
      expect(await render(page, { id: 2, tag: 'post:2', n: 'b' })).toBe('a')
    })

    const doll = (n: string): readonly Part[] => [
      cached('outer', [
        `(${n}`,
        cached('inner', [{ show: 'n' }], { tags: [literal('news')] }),
        ')',
      ]),
    ]

    it('of an inner fragment end the outer one, which was rendered with it', async () => {
      expect(await render(doll('1'), { n: 'a' })).toBe('(1a)')

      await caches.default.invalidateTags(['news'])

      expect(await render(doll('2'), { n: 'b' })).toBe('(2b)')
    })

    it('of an inner fragment end the outer one, which was rendered around a hit', async () => {
      await render(doll('1'), { n: 'a' })
      await caches.default.delete(fragmentKey('outer'))
      expect(await render(doll('2'), { n: 'b' })).toBe('(2a)')
      expect(await render(doll('3'), { n: 'b' })).toBe('(2a)')

      await caches.default.invalidateTags(['news'])

      expect(await render(doll('4'), { n: 'c' })).toBe('(4c)')
    })
  })

  describe('lifetimes', () => {
    const doll = (n: string): readonly Part[] => [
      cached('outer', [`(${n}`, cached('inner', [{ show: 'n' }], { ttl: literal(20) }), ')'], {
        ttl: literal(100),
      }),
    ]

    it('of an outer fragment are those of the inner one, where they are shorter', async () => {
      await render(doll('1'), { n: 'a' })
      clock.advance(19)
      expect(await render(doll('2'), { n: 'b' })).toBe('(1a)')
      clock.advance(1)
      expect(await render(doll('3'), { n: 'c' })).toBe('(3c)')
    })

    it('of an outer fragment end with an inner one that was there', async () => {
      await render(doll('1'), { n: 'a' })
      clock.advance(15)
      await caches.default.delete(fragmentKey('outer'))
      expect(await render(doll('2'), { n: 'b' })).toBe('(2a)')
      clock.advance(4)
      expect(await render(doll('3'), { n: 'c' })).toBe('(2a)')
      clock.advance(1)
      expect(await render(doll('4'), { n: 'd' })).toBe('(4d)')
    })

    it('do not begin where something inside is rendered each time', async () => {
      const page = (n: string): readonly Part[] => [
        cached('outer', [n, cached('inner', [{ show: 'n' }], { ttl: literal(0) })]),
      ]

      expect(await render(page('1'), { n: 'a' })).toBe('1a')
      expect(await render(page('2'), { n: 'b' })).toBe('2b')
    })
  })

  describe('an old text', () => {
    const page: readonly Part[] = [cached('x', [{ show: 'n' }], { ttl: literal(10), swr: 50 })]

    it('is served while somebody else renders', async () => {
      await render(page, { n: 'a' })
      clock.advance(11)
      const found = await caches.default.lookup(fragmentKey('x'))
      if (found.state !== 'stale' || found.lease === undefined) throw new Error(found.state)

      expect(await render(page, { n: 'b' })).toBe('a')
      await found.lease.fill('c', { ttl: 10 })
      expect(await render(page, { n: 'd' })).toBe('c')
    })

    it('is replaced by one reader', async () => {
      await render(page, { n: 'a' })
      clock.advance(11)

      const pages = await Promise.all(['b', 'c', 'd'].map((n) => render(page, { n })))
      expect(pages.filter((text) => text === 'a').length).toBeGreaterThanOrEqual(2)
      await expect.poll(() => render(page, { n: 'e' })).not.toBe('a')
      expect(await render(page, { n: 'f' })).not.toMatch(/[aef]/)
    })

    it('is not served after its time', async () => {
      await render(page, { n: 'a' })
      clock.advance(61)

      expect(await render(page, { n: 'b' })).toBe('b')
    })

    it('is not kept in an outer fragment', async () => {
      const doll: readonly Part[] = [cached('outer', ['(', ...page, ')'])]
      await render(page, { n: 'a' })
      clock.advance(11)
      const found = await caches.default.lookup(fragmentKey('x'))
      if (found.state !== 'stale' || found.lease === undefined) throw new Error(found.state)

      expect(await render(doll, { n: 'b' })).toBe('(a)')
      await found.lease.fill('c', { ttl: 10 })
      expect(await render(doll, { n: 'd' })).toBe('(c)')
    })
  })

  describe.runIf(!lacks(engine, 'nocache'))('an uncached part', () => {
    it('is rendered on a hit as on a miss', async () => {
      const page = [cached('x', ['<', { run: 'x' }, { nocache: [{ show: 'user' }] }, '>'])]

      expect(await render(page, { user: 'ann' })).toBe('<xann>')
      expect(await render(page, { user: '<bob' })).toBe('<x&lt;bob>')
      expect(ran).toEqual(['x'])
    })

    it('is rendered where nothing is cached around it', async () => {
      expect(await render(['<', { nocache: [{ show: 'user' }] }, '>'], { user: 'ann' })).toBe(
        '<ann>',
      )
    })

    it('is what it is where a fragment around it is inside of another', async () => {
      const page = [
        cached('outer', ['(', cached('inner', ['<', { nocache: [{ show: 'user' }] }, '>']), ')']),
      ]

      expect(await render(page, { user: 'ann' })).toBe('(<ann>)')
      expect(await render(page, { user: 'bob' })).toBe('(<bob>)')
      await caches.default.delete(fragmentKey('outer'))
      expect(await render(page, { user: 'cid' })).toBe('(<cid>)')
      expect(await render(page, { user: 'dan' })).toBe('(<dan>)')
    })

    it('knows in a loop what it was given', async () => {
      const hole: Part = { nocache: [{ show: 'id' }, { show: 'user' }], values: { id: 'row' } }
      const page = [
        cached('x', [{ run: 'x' }, { each: 'rows', as: 'row', body: ['<', hole, '>'] }]),
      ]

      expect(await render(page, { rows: [1, 2], user: 'ann' })).toBe('x<1ann><2ann>')
      expect(await render(page, { rows: [7, 8], user: 'bob' })).toBe('x<1bob><2bob>')
    })

    it('may have a fragment in it', async () => {
      const page = [
        cached('x', ['<', { nocache: [{ show: 'user' }, cached('y', [{ run: 'y' }])] }, '>']),
      ]

      expect(await render(page, { user: 'ann' })).toBe('<anny>')
      expect(await render(page, { user: 'bob' })).toBe('<boby>')
      expect(ran).toEqual(['y'])
    })

    it('of another template is a miss where it is not known', async () => {
      await render([cached('x', ['1', { nocache: [{ show: 'user' }] }])], { user: 'ann' })

      const page = [cached('x', ['2', { nocache: ['-', { show: 'user' }] }])]
      expect(await render(page, { user: 'bob' })).toBe('2-bob')
      expect(await render(page, { user: 'cid' })).toBe('2-cid')
    })
  })
}
