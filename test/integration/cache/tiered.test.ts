import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedBackend } from '../../../src/backends/memcached.ts'
import { TieredBackend, type TieredOptions } from '../../../src/backends/tiered.ts'
import { Cache } from '../../../src/cache/cache.ts'
import type { CustomCodec } from '../../../src/codec/codec-options.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

const MIB = 2 ** 20
// Room for a value of 1 MiB and its header.
const ITEM_LIMIT = ['-I', '2m']

let server: MemcachedServer
let proxy: FaultProxy
let decoded = 0
beforeEach(async () => {
  server = await startMemcached(ITEM_LIMIT)
  proxy = await FaultProxy.start({ target: { port: server.port } })
  decoded = 0
})
afterEach(async () => {
  await proxy.close()
  await server.kill()
})

const codec: CustomCodec = {
  name: 'counted',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => {
    decoded++
    return JSON.parse(bytes.toString('utf8')) as unknown
  },
}
/** A process of its own, as far as its caches know. */
const open = (options: TieredOptions = {}): Cache => {
  const servers = `127.0.0.1:${proxy.port}`
  const far = new MemcachedBackend({ servers, maxValueBytes: 2 * MIB }, { codec })
  return new Cache(new TieredBackend(far, options), { keyPrefix: 'shop' })
}
const moved = async (run: () => Promise<unknown>): Promise<number> => {
  proxy.resetCounts()
  await run()
  return proxy.counts.bytesSent + proxy.counts.bytesReceived
}

describe('a tier that asks', () => {
  // 8192 lines of 128 bytes: with its punctuation above 1 MiB as JSON.
  const large = { lines: Array.from({ length: 8192 }, (_, i) => `${i}`.padEnd(128, '.')) }
  const compute = (): typeof large => large

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['get', (cache) => cache.get('k')],
    ['getOrSet', (cache) => cache.getOrSet('k', compute)],
    ['getMany', async (cache) => (await cache.getMany(['k'])).get('k')],
  ])(
    'moves less than 200 bytes for 1 MiB that %s reads again, and decodes nothing',
    async (_name, read) => {
      await using cache = open()
      await cache.getOrSet('k', compute)
      const first = await moved(() => cache.get('k'))
      expect(first).toBeGreaterThan(MIB)
      expect(decoded).toBe(1)

      let value: unknown
      const again = await moved(async () => {
        value = await read(cache)
      })
      expect(value).toEqual(large)
      expect(again).toBeGreaterThan(0)
      expect(again).toBeLessThan(200)
      expect(proxy.counts.reads).toBe(1)
      expect(decoded).toBe(1)
    },
  )

  it('sees at once what another process changed', async () => {
    await using one = open()
    await using other = open()
    const text = (letter: string): string => letter.repeat(5000)
    await one.set('k', text('a'))
    await one.get('k')

    await other.set('k', text('b'))
    expect(await one.get('k')).toBe(text('b'))
    await other.invalidate('k')
    expect(await one.get('k')).toBeUndefined()
    await other.set('k', text('c'))
    expect(await one.get('k')).toBe(text('c'))
    await other.delete('k')
    expect(await one.get('k')).toBeUndefined()
  })

  it('reads again what it has from before a restart, whose CAS may be the same', async () => {
    await using cache = open()
    await cache.set('k', 'old'.repeat(2000))
    await cache.get('k')
    await server.kill()
    server = await startMemcached(ITEM_LIMIT, { port: server.port })
    await using other = open()
    await other.set('k', 'new'.repeat(2000))

    // The same version as the old one had: a server counts from 1.
    await expect.poll(() => cache.get('k')).toBe('new'.repeat(2000))
  })

  it('asks about the value and about its tags in one trip', async () => {
    await using one = open()
    await using other = open()
    const options = { tags: ['a', 'b', 'c'] }
    await one.getOrSet('k', compute, options)
    await one.getOrSet('k', compute, options)

    const again = await moved(() => one.getOrSet('k', compute, options))
    expect(again).toBeLessThan(400)
    expect(proxy.counts.reads).toBe(1)
    await other.invalidateTags(['b'])
    expect(await one.get('k')).toBeUndefined()
    expect(await one.getOrSet('k', () => 'computed', options)).toBe('computed')
  })

  it('answers nothing while the server does not', async () => {
    await using cache = open()
    await cache.set('k', 'x'.repeat(5000))
    await cache.get('k')
    await proxy.set({ kind: 'refuse' })

    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('a tier that trusts', () => {
  it('moves nothing for so long, and sees its own changes at once', async () => {
    await using cache = open({ trustFor: 60 })
    await cache.set('k', 'v')
    await cache.get('k')

    expect(await moved(() => cache.get('k'))).toBe(0)
    expect(await moved(() => cache.getOrSet('k', () => 'computed'))).toBe(0)
    expect(await moved(() => cache.getMany(['k']))).toBe(0)
    await cache.set('k', 'w')
    expect(await cache.get('k')).toBe('w')
    await cache.delete('k')
    expect(await cache.get('k')).toBeUndefined()
  })

  it('shows another process’s change when the time is over', async () => {
    await using cache = open({ trustFor: 0.2 })
    await using other = open()
    await cache.set('k', 'old')
    await cache.get('k')
    await other.set('k', 'new')

    expect(await cache.get('k')).toBe('old')
    await expect.poll(() => cache.get('k')).toBe('new')
  })
})
