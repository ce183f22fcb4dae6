import { describe, expect, it } from 'vitest'
import { Cache, MemoryBackend, memoized } from '../../../src/index.ts'

const open = (): Cache => new Cache(new MemoryBackend())

type Method = (this: Orders, user: number) => Promise<unknown>
type Decorator = (method: Method, context: ClassMethodDecoratorContext) => Method

/** What a compiler does with `@decorator` before a method. */
function apply(decorator: unknown, method: Method, kind = 'method', name: string | symbol = 'of') {
  const context = { kind, name, static: false, private: false }
  return (decorator as Decorator)(method, context as ClassMethodDecoratorContext)
}

class Orders {
  readonly shop: string
  calls = 0

  constructor(shop: string) {
    this.shop = shop
  }

  async of(user: number): Promise<string> {
    this.calls++
    return `${this.shop} ${user}`
  }
}

describe('memoized', () => {
  it('caches the calls of a method, with its instance as `this`', async () => {
    const cache = open()
    const of = apply(memoized(cache, { key: 'Orders.of' }), Orders.prototype.of)
    const north = new Orders('north')

    expect([await of.call(north, 1), await of.call(north, 1)]).toEqual(['north 1', 'north 1'])
    expect(await of.call(north, 2)).toBe('north 2')
    expect(north.calls).toBe(2)
    expect(await cache.get('Orders.of(1)')).toBe('north 1')
    expect([of.name, of.length]).toEqual(['of', 1])
  })

  it('shares what is under a name among instances', async () => {
    const of = apply(memoized(open(), { key: 'Orders.of' }), Orders.prototype.of)
    await of.call(new Orders('north'), 1)

    expect(await of.call(new Orders('south'), 1)).toBe('north 1')
  })

  it('tells instances apart by functions of them', async () => {
    const cache = open()
    const decorator = memoized(cache, {
      key: (orders: Orders, user: number) => `${orders.shop}:${user}`,
      tags: (orders) => [orders.shop],
    })
    const of = apply(decorator, Orders.prototype.of)
    const [north, south] = [new Orders('north'), new Orders('south')]

    await of.call(north, 1)
    expect(await of.call(south, 1)).toBe('south 1')
    await cache.invalidateTags(['north'])
    await of.call(north, 1)
    await of.call(south, 1)
    expect([north.calls, south.calls]).toEqual([2, 1])
  })

  it('asks for a cache that is not there yet at each call', async () => {
    let cache: Cache | undefined
    const of = apply(
      memoized(() => cache as Cache, { key: 'Orders.of' }),
      Orders.prototype.of,
    )

    await expect(of.call(new Orders('north'), 1)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: '`cache` is undefined: it must be a Cache, or a function that gives one.',
    })
    cache = open()
    expect(await of.call(new Orders('north'), 1)).toBe('north 1')
  })

  it('decorates a descriptor, as compilers call it with experimentalDecorators', async () => {
    const cache = open()
    const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'of')
    const decorate = memoized(cache, { key: 'Orders.of' }) as unknown as (
      target: object,
      name: string,
      descriptor: PropertyDescriptor | undefined,
    ) => PropertyDescriptor
    const decorated = decorate(Orders.prototype, 'of', descriptor)

    expect(decorated).toMatchObject({ enumerable: false, writable: true, configurable: true })
    expect(await decorated.value.call(new Orders('north'), 1)).toBe('north 1')
    expect(await cache.has('Orders.of(1)')).toBe(true)
  })

  it.each(['getter', 'field', 'class'])('refuses a %s', (kind) => {
    const decorator = memoized(open(), { key: 'k' })

    expect(() => apply(decorator, Orders.prototype.of, kind)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: `\`memoized\` is "on a ${kind}": it must be on a method.`,
      }),
    )
  })

  it('refuses a property that is no method, with experimentalDecorators', () => {
    const decorate = memoized(open(), { key: 'k' }) as unknown as (...args: unknown[]) => unknown

    expect(() => decorate(Orders.prototype, 'shop', undefined)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it.each<[string, unknown, unknown]>([
    ['no cache', undefined, { key: 'k' }],
    ['something else for a cache', {}, { key: 'k' }],
    ['no key', open(), { ttl: 5 }],
    ['no options', open(), undefined],
    ['an option that is none', open(), { key: 'k', withComputation: true }],
  ])('refuses %s when the class is defined', (_name, cache, options) => {
    const decorate = () =>
      apply(memoized(cache as Cache, options as { key: string }), Orders.prototype.of)

    expect(decorate).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
  })
})
