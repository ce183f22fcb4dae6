import KeyvRedis, { createKeyv } from '@keyv/redis'
import Keyv from 'keyv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyvBackend } from '../../../src/backends/keyv.ts'
import { Cache } from '../../../src/cache/cache.ts'
import { systemClock } from '../../../src/clock.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'

let server: RedisServer
beforeEach(async () => {
  server = await startRedis()
})
afterEach(() => server.kill())

const open = (timeoutMs = 1000): Cache => {
  const backend = new KeyvBackend(new Keyv(new KeyvRedis(server.url)), { timeoutMs })
  return new Cache(backend, { keyPrefix: 'shop' })
}
const elapsed = async (run: () => Promise<unknown>): Promise<number> => {
  const startMs = systemClock.monotonic()
  await run()
  return systemClock.monotonic() - startMs
}

describe('a cache over Redis by Keyv', () => {
  it('gives values back as what they were, in this process and in another', async () => {
    await using one = open()
    await using other = open()
    const value = {
      at: new Date(0),
      names: new Map([['a', new Set([1n])]]),
      bytes: Buffer.from('b'),
    }
    await one.set('k', value)

    expect(await one.get('k')).toEqual(value)
    expect(await other.get('k')).toEqual(value)
    await other.invalidate('k')
    expect(await one.get('k')).toBeUndefined()
    expect(await one.get('k', { allowStale: true })).toEqual(value)
  })

  it('stores no value that was computed before a change by this process', async () => {
    await using cache = open()
    const value = await cache.getOrSet('k', async () => {
      await cache.set('k', 'newer')
      return 'computed'
    })

    expect(value).toBe('computed')
    expect(await cache.get('k')).toBe('newer')
  })

  it.each([
    ['the default of Keyv', () => new Keyv(new KeyvRedis(server.url))],
    ['no namespace', () => createKeyv(server.url)],
    ['a namespace', () => createKeyv(server.url, { namespace: 'shop:a' })],
  ])('clears its own keys and no others, with %s', async (_name, openKeyv) => {
    const keyv = openKeyv()
    const backend = new KeyvBackend(keyv)
    const cache = new Cache(backend, { keyPrefix: 'shop', sharesBackend: true })
    await using other = new Cache(backend, { keyPrefix: 'other' })
    await cache.setMany({ a: 1, 'with::colons': 2, ['x'.repeat(300)]: 3 })
    await other.set('a', 'stays')
    await keyv.set('foreign', 'stays')
    await cache.clear()

    expect((await cache.getMany(['a', 'with::colons', 'x'.repeat(300)])).size).toBe(0)
    expect(await other.get('a')).toBe('stays')
    expect(await keyv.get('foreign')).toBe('stays')
  })
})

describe('a Redis that does not answer', () => {
  it('costs a bounded time, then hardly any, and is used again when it answers', async () => {
    await using cache = open(200)
    await cache.set('k', 'v')
    server.pause()

    const first = await elapsed(() => cache.getOrSet('k', () => 'computed'))
    expect(first).toBeGreaterThan(150)
    expect(first).toBeLessThan(1000)
    const values = await Promise.all(
      Array.from({ length: 50 }, () => cache.getOrSet('k', () => 'computed')),
    )
    expect(new Set(values)).toEqual(new Set(['computed']))
    expect(await cache.get('k')).toBeUndefined()
    await cache.delete('k')
    server.resume()

    await expect.poll(() => cache.set('other', 1).then(() => cache.get('other'))).toBe(1)
    // What could not be deleted then is deleted before it is read.
    expect(await cache.get('k')).toBeUndefined()
  })

  it('rejects where the settings say so, and leaves no rejection unhandled', async () => {
    const backend = new KeyvBackend(new Keyv(new KeyvRedis(server.url)), { timeoutMs: 200 })
    const cache = new Cache(backend, { onFailure: 'throw' })
    await cache.set('k', 'v')
    const { port } = server
    await server.kill()

    await expect(cache.get('k')).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(TIMEOUT|CONNECTION)$/),
    })
    await expect(cache.set('k', 'new')).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(TIMEOUT|CONNECTION)$/),
    })
    server = await startRedis(port)
    await expect
      .poll(() => cache.get('other').catch(() => 'down'), { timeout: 20_000 })
      .toBeUndefined()
    await cache.close()
  })
})
