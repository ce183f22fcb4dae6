import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorMessage } from '../../../src/channels.ts'
import { Cache, CacheError, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer
let proxy: FaultProxy
let errors: ErrorMessage[]
const listen = (message: unknown): void => void errors.push(message as ErrorMessage)

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  errors = []
  subscribe('reprise:error', listen)
})
afterEach(async () => {
  unsubscribe('reprise:error', listen)
  await proxy.close()
  await server.kill()
})

const open = (onFailure: 'miss' | 'throw'): Cache => {
  return new Cache(new MemcachedBackend(`127.0.0.1:${proxy.port}`), { onFailure, alias: 'shop' })
}
const outage = expect.objectContaining({ code: 'ERR_CONNECTION' })

describe('with a dead server', () => {
  it('shows a miss and publishes why', async () => {
    await using cache = open('miss')
    await proxy.set({ kind: 'refuse' })

    expect(await cache.get('k', { default: 'd' })).toBe('d')
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map())
    expect(await cache.set('k', 1)).toBeUndefined()
    expect(await cache.setMany({ a: 1, b: 2 })).toEqual(['a', 'b'])
    expect(await cache.add('k', 1)).toBe(false)
    expect(await cache.delete('k')).toBe(false)
    expect(await cache.deleteMany(['a'])).toBeUndefined()
    expect(await cache.touch('k')).toBe(false)
    expect(await cache.has('k')).toBe(false)
    expect(await cache.invalidate('k')).toBe(false)
    expect(await cache.lookup('k')).toEqual({ state: 'unavailable' })
    expect(await cache.getOrSet('k', () => 'computed')).toBe('computed')

    const told = errors.filter(({ alias }) => alias === 'shop')
    expect(new Set(told.map(({ operation }) => operation))).toEqual(
      new Set([
        'get',
        'getMany',
        'set',
        'setMany',
        'add',
        'delete',
        'deleteMany',
        'touch',
        'has',
        'invalidate',
        'lookup',
        'getOrSet',
      ]),
    )
    expect(told.every(({ error }) => CacheError.is(error))).toBe(true)
  })

  it('rejects where there is no answer for it', async () => {
    await using cache = open('miss')
    await proxy.set({ kind: 'refuse' })

    await expect(cache.incr('n', 1, { initial: 1 })).rejects.toEqual(outage)
    await expect(cache.decr('n')).rejects.toEqual(outage)
    await expect(cache.incrVersion('k')).rejects.toEqual(outage)
    await expect(cache.clear()).rejects.toEqual(outage)
  })

  it("rejects and publishes with onFailure 'throw'", async () => {
    await using cache = open('throw')
    await proxy.set({ kind: 'refuse' })
    const compute = (): string => 'computed'

    await expect(cache.get('k')).rejects.toEqual(outage)
    await expect(cache.getMany(['a', 'b'])).rejects.toEqual(outage)
    await expect(cache.set('k', 1)).rejects.toEqual(outage)
    await expect(cache.setMany({ a: 1 })).rejects.toEqual(outage)
    await expect(cache.add('k', 1)).rejects.toEqual(outage)
    await expect(cache.delete('k')).rejects.toEqual(outage)
    await expect(cache.deleteMany(['k'])).rejects.toEqual(outage)
    await expect(cache.touch('k')).rejects.toEqual(outage)
    await expect(cache.has('k')).rejects.toEqual(outage)
    await expect(cache.invalidate('k')).rejects.toEqual(outage)
    await expect(cache.lookup('k')).rejects.toEqual(outage)
    await expect(cache.getOrSet('k', compute)).rejects.toEqual(outage)
    expect(errors.filter(({ alias }) => alias === 'shop').length).toBeGreaterThanOrEqual(12)
  })

  it('rejects for a caller’s mistake all the same', async () => {
    await using cache = open('miss')
    await proxy.set({ kind: 'refuse' })

    await expect(cache.get('')).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(cache.set('k', undefined as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    await expect(cache.set('k', 1, { ttl: '5 minutes' as never })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    await expect(cache.incr('k', 0.5)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})

it('does not store what it computed after a failed read', async () => {
  await using cache = open('miss')
  await cache.get('warm')
  await proxy.set({ kind: 'refuse' })
  const value = await cache.getOrSet('k', async () => {
    await proxy.set({ kind: 'pass' })
    return 'computed'
  })

  expect(value).toBe('computed')
  while ((await cache.lookup('other')).state === 'unavailable') await immediate()
  expect(await cache.get('k')).toBeUndefined()
})

it('returns what it computed where the server fails before the fill', async () => {
  await using cache = open('miss')
  const value = await cache.getOrSet('k', async () => {
    await proxy.set({ kind: 'refuse' })
    return 'computed'
  })

  expect(value).toBe('computed')
  expect(errors.some(({ operation }) => operation === 'fill')).toBe(true)
})

it('returns a value that is too large, stores nothing and says so', async () => {
  for (const maxValueBytes of [1_048_576, 8 * 1_048_576]) {
    errors = []
    const servers = `127.0.0.1:${server.port}`
    await using cache = new Cache(new MemcachedBackend({ servers, maxValueBytes }), {
      onFailure: 'throw',
    })
    const large = 'x'.repeat(1_048_577)

    expect(await cache.getOrSet('large', () => large)).toBe(large)
    expect(await cache.get('large')).toBeUndefined()
    expect(errors).toMatchObject([{ operation: 'fill', error: { code: 'ERR_VALUE_TOO_LARGE' } }])
    expect((await cache.lookup('large')).state).toBe('won')
    await expect(cache.set('large', large)).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' })
  }
})

it('closes what it opened, and rejects after that', async () => {
  const cache = open('miss')
  await cache.get('k')
  await cache.close()

  await expect(cache.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  await expect(cache.getOrSet('k', () => 1)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
})

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a lease whose reply was lost', () => {
  it('keeps nobody of its process waiting once the server is back', async () => {
    await using cache = open('miss')
    await cache.get('warm')
    await proxy.set({ kind: 'half-reply', by: 'rst', times: 1 })
    expect(await cache.getOrSet('k', () => 'first', { waitMs: 60_000 })).toBe('first')
    await expect.poll(() => cache.set('warm', 1).then(() => cache.get('warm'))).toBe(1)

    const values = await Promise.all(
      [1, 2, 3].map(() => cache.getOrSet('k', () => 'second', { waitMs: 60_000 })),
    )
    expect(values).toEqual(['second', 'second', 'second'])
    expect(await cache.get('k')).toBe('second')
  })

  it('is not taken from another process, which may still compute', async () => {
    await using cache = open('miss')
    await using other = open('miss')
    await cache.get('warm')
    let finish = (): void => {}
    const computing = new Promise<void>((resolve) => {
      finish = resolve
    })
    const theirs = other.getOrSet('k', () => computing.then(() => 'theirs'))
    await expect.poll(() => other.lookup('k')).toMatchObject({ state: 'busy' })

    const ours = cache.getOrSet('k', () => 'ours', { waitMs: 60_000 })
    finish()
    expect([await theirs, await ours]).toEqual(['theirs', 'theirs'])
  })
})
