import { expectTypeOf, it } from 'vitest'
import { createCaches, memoized } from '../../src/index.ts'

const { default: cache } = createCaches({ default: 'memory://' })

class Orders {
  readonly shop = 'north'

  @memoized(cache, { key: 'Orders.of', ttl: '1m', tags: ['orders'] })
  async of(user: number): Promise<string[]> {
    return [`${user}`]
  }

  @memoized(() => cache, {
    key: (orders: Orders, user: number) => `${orders.shop}:${user}`,
    tags: (orders, user) => {
      expectTypeOf(orders).toEqualTypeOf<Orders>()
      expectTypeOf(user).toEqualTypeOf<number>()
      return [`${user}`]
    },
  })
  async sum(user: number): Promise<number> {
    return user
  }

  @memoized(cache, { key: 'Orders.states' })
  static async states(): Promise<string[]> {
    return [Orders.name]
  }

  @memoized(cache, { key: 'Orders.hidden' })
  async #hidden(text: string): Promise<number> {
    return text.length
  }

  hidden(): Promise<number> {
    return this.#hidden('abc')
  }

  // @ts-expect-error: undefined is how a miss is told
  @memoized(cache, { key: 'Orders.maybe' })
  async maybe(): Promise<string | undefined> {
    return undefined
  }

  // @ts-expect-error: a decorator cannot make it give a promise
  @memoized(cache, { key: 'Orders.now' })
  now(): number {
    return 1
  }

  // @ts-expect-error: the key is made of other arguments
  @memoized(cache, { key: (_: Orders, text: string) => text })
  async other(user: number): Promise<number> {
    return user
  }

  // @ts-expect-error: the key is of another class
  @memoized(cache, { key: (instance: { nothing: true }) => `${instance}` })
  async elsewhere(): Promise<number> {
    return 1
  }

  // @ts-expect-error: a getter is no method
  @memoized(cache, { key: 'Orders.getter' })
  get getter(): Promise<number> {
    return Promise.resolve(1)
  }
}

it('leaves the types of the methods as they are', () => {
  expectTypeOf<Orders['of']>().toEqualTypeOf<(user: number) => Promise<string[]>>()
  expectTypeOf(Orders.states).toEqualTypeOf<() => Promise<string[]>>()
})

it('needs a key', () => {
  // @ts-expect-error: there is no name for it: that of the class changes in a minified bundle
  memoized(cache, { ttl: 60 })
  // @ts-expect-error: there is no such option
  memoized(cache, { key: 'k', tll: 60 })
})
