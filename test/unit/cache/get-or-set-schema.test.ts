import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const User = z.object({ name: z.string(), roles: z.array(z.string()).default([]) })

function open() {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

describe('a schema', () => {
  it.each([
    ['validates at once', User],
    ['validates later', User.refine(async () => true)],
  ])('that %s makes a cached value that does not fit a miss', async (_, schema) => {
    const { cache } = open()
    await cache.set('k', { name: 7 })
    const user = await cache.getOrSet('k', () => ({ name: 'Ada' }), { schema })

    expect(user).toEqual({ name: 'Ada', roles: [] })
    expect(await cache.getOrSet('k', () => ({ name: 'Bob' }), { schema })).toEqual(user)
  })

  it('leaves what was computed in the cache, and gives what it makes of it', async () => {
    const { cache } = open()
    const schema = z.object({ at: z.string().transform((text) => new Date(text)) })
    const read = () => cache.getOrSet('k', () => ({ at: '2026-01-02' }), { schema })
    const expected = { at: new Date('2026-01-02') }

    expect(await read()).toEqual(expected)
    expect(await read()).toEqual(expected)
    expect(await cache.get('k')).toEqual({ at: '2026-01-02' })
  })

  it('refuses what is computed and does not fit, naming the place and not the value', async () => {
    const { cache } = open()
    const schema = z.object({ user: z.object({ name: z.string() }) })
    const calling = cache.getOrSet('k', () => ({ user: { name: 4711 } }) as never, { schema })

    await expect(calling).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message: expect.stringContaining('`user.name`'),
    })
    await expect(calling).rejects.not.toThrow('4711')
    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('takes an old value for one only where it fits', async () => {
    const { cache, clock } = open()
    const options = { ttl: 1, staleIfError: 60, staleWhileRevalidate: 60, schema: User }
    await cache.getOrSet('k', () => ({ name: 7 }), { ...options, schema: undefined })
    clock.advance(2)
    const failing = () => Promise.reject(new Error('down'))

    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('down')
    expect(await cache.getOrSet('k', () => ({ name: 'new' }), options)).toMatchObject({
      name: 'new',
    })
  })

  it('is held to the result of a call without one that was joined', async () => {
    const { cache } = open()
    let runs = 0
    const compute = async () => {
      runs++
      await new Promise((resolve) => setImmediate(resolve))
      return { name: runs === 1 ? 1 : 'Ada' } as { name: string }
    }
    const [plain, checked] = await Promise.all([
      cache.getOrSet('k', compute),
      cache.getOrSet('k', compute, { schema: User }),
    ])

    expect(plain).toEqual({ name: 1 })
    expect(checked).toEqual({ name: 'Ada', roles: [] })
    expect(await cache.get('k')).toEqual({ name: 'Ada' })
  })

  it('gives each caller its own copy of what it makes', async () => {
    const { cache } = open()
    await cache.set('k', { name: 'Ada' })
    const calls = [1, 2].map(() => cache.getOrSet('k', () => ({ name: 'x' }), { schema: User }))
    const [one, other] = await Promise.all(calls)
    one?.roles.push('admin')

    expect(other).toEqual({ name: 'Ada', roles: [] })
  })

  it('must make what can be kept, for one caller as for many', async () => {
    const { cache } = open()
    const schema = z.string().transform((text) => () => text)
    const read = () => cache.getOrSet('k', () => 'v', { schema: schema as never })

    await expect(read()).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
    await cache.set('k', 'v')
    await expect(read()).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
  })
})
