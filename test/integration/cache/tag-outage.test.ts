import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorMessage } from '../../../src/channels.ts'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { type Published, publishedErrors } from '../../support/published.ts'

// Of two servers one fails, on which the tag is; the values are on the other.
let servers: MemcachedServer[]
let proxy: FaultProxy
let errors: Published<ErrorMessage>
let caches: Cache[]

beforeEach(async () => {
  servers = [await startMemcached(), await startMemcached()]
  proxy = await FaultProxy.start({ target: { port: servers[1]?.port ?? 0 } })
  errors = publishedErrors()
  caches = []
})
afterEach(async () => {
  errors[Symbol.dispose]()
  await proxy.set({ kind: 'pass' })
  await Promise.all(caches.map((cache) => cache.close()))
  await proxy.close()
  await Promise.all(servers.map((server) => server.kill()))
})

interface Process {
  readonly cache: Cache
  /** On the server that fails. */
  readonly tag: string
  /** On the one that does not. */
  readonly key: string
  readonly other: string
}

/** A process of its own. */
function open(onFailure: 'miss' | 'throw' = 'miss'): Process {
  const [sound = '', faulty = ''] = [`127.0.0.1:${servers[0]?.port}`, `127.0.0.1:${proxy.port}`]
  const backend = new MemcachedBackend([sound, faulty])
  const cache = new Cache(backend, { onFailure })
  caches.push(cache)
  const named = (start: string, server: string, keyOf: (name: string) => string): string => {
    for (let i = 0; ; i++)
      if (backend.client.serverOf(keyOf(`${start}${i}`)) === server) return `${start}${i}`
  }
  return {
    cache,
    tag: named('tag', faulty, (name) => `:::t:${name}`),
    key: named('key', sound, (name) => `:1:${name}`),
    other: named('other', sound, (name) => `:1:${name}`),
  }
}

const compute = (): string => 'computed'

describe('where a tag cannot be read', () => {
  it('computes and does not store, and says why', async () => {
    const { cache, key, tag } = open()
    await cache.set(key, 'v', { tags: [tag] })
    expect(await cache.get(key)).toBe('v')
    await proxy.set({ kind: 'refuse' })

    expect(await cache.get(key)).toBeUndefined()
    expect(await cache.getMany([key])).toEqual(new Map())
    expect(await cache.getOrSet(key, compute, { tags: [tag] })).toBe('computed')
    expect(await cache.lookup(key, { tags: [tag] })).toEqual({ state: 'unavailable' })
    expect(await cache.add(key, 'added', { tags: [tag] })).toBe(false)
    expect(errors.messages.length).toBeGreaterThan(4)
    for (const { error } of errors.messages) expect(error).toMatchObject({ code: 'ERR_CONNECTION' })

    await proxy.set({ kind: 'pass' })
    await expect.poll(() => cache.get(key)).toBe('v')
  })

  it('gives up the right to compute that it won without the tag', async () => {
    const { cache, key, tag } = open()
    await cache.set('warm', 'v', { tags: [tag] })
    await proxy.set({ kind: 'refuse' })
    expect(await cache.lookup(key, { tags: [tag] })).toEqual({ state: 'unavailable' })

    await expect.poll(async () => (await cache.lookup(key)).state).toBe('won')
  })

  it('leaves no old value in the place of one that could not be stored', async () => {
    const { cache, key, other, tag } = open()
    await cache.setMany({ [key]: 'old', [other]: 'old' })
    await proxy.set({ kind: 'refuse' })

    await cache.set(key, 'new', { tags: [tag] })
    expect(await cache.setMany({ [other]: 'new' }, { tags: [tag] })).toEqual([other])
    expect(await cache.get(key)).toBeUndefined()
    expect(await cache.get(other)).toBeUndefined()
  })

  it("rejects with onFailure 'throw'", async () => {
    const { cache, key, tag } = open('throw')
    await cache.set(key, 'v', { tags: [tag] })
    await proxy.set({ kind: 'refuse' })
    const outage = { code: 'ERR_CONNECTION' }

    await expect(cache.get(key)).rejects.toMatchObject(outage)
    await expect(cache.getMany([key])).rejects.toMatchObject(outage)
    await expect(cache.getOrSet(key, compute, { tags: [tag] })).rejects.toMatchObject(outage)
    await expect(cache.set(key, 'v', { tags: [tag] })).rejects.toMatchObject(outage)
    await expect(cache.invalidateTags([tag])).rejects.toMatchObject(outage)
  })

  it('makes up for an invalidation that failed, before it reads that server again', async () => {
    for (const mode of ['soft', 'hard'] as const) {
      const { cache, key, tag } = open()
      await cache.set(key, 'v', { tags: [tag] })
      await proxy.set({ kind: 'refuse' })
      expect(await cache.invalidateTags([tag], { mode })).toBe(false)
      await proxy.set({ kind: 'pass' })

      // While the server is still left alone nothing is known, and then that the tag is gone.
      await expect
        .poll(() => cache.set('probe', 1, { tags: [tag] }).then(() => cache.get('probe')))
        .toBe(1)
      expect(await cache.get(key)).toBeUndefined()
      expect(await open().cache.get(key)).toBeUndefined()
    }
  })

  it('rejects a clear of a namespace, whatever `onFailure` says', async () => {
    const { cache } = open()
    const namespace = cache.namespace('n')
    await namespace.set('k', 'v')
    await Promise.all(servers.map((server) => server.kill()))

    await expect(namespace.clear()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })
})
