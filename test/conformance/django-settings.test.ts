import { expect, it } from 'vitest'
import { CACHE_DEFAULTS, createCaches } from '../../src/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { startMemcached } from '../support/memcached.ts'

const env = {}

it('126: gives the same object for the same alias', () => {
  const caches = createCaches({ default: 'memory://' })

  expect(caches.get('default')).toBe(caches.default)
})

it('128: throws for an alias that does not exist', () => {
  const caches = createCaches({ default: 'memory://' })

  expect(() => caches.get('nonexistent')).toThrow(
    expect.objectContaining({
      code: 'ERR_ALIAS_UNKNOWN',
      message: 'There is no cache alias "nonexistent": it must be one of default.',
    }),
  )
})

it('129: throws for a backend that does not exist', () => {
  expect(() => createCaches({ default: { backend: 'nonexistent' as never } })).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTION_INVALID',
      message: '`backend` is "nonexistent": it must be one of memory, memcached, tiered, null.',
    }),
  )
})

it('130: lists all aliases, none of which connects before it is used', async () => {
  await using caches = createCaches({
    default: 'memory://',
    // Nothing listens there.
    other: 'memcached://127.0.0.1:1',
  })

  expect(caches.names).toEqual(['default', 'other'])
})

it('136, 137: closes all aliases at once, and opens none for it', async () => {
  await using server = await startMemcached()
  await using proxy = await FaultProxy.start({ target: { port: server.port } })
  const caches = createCaches({
    default: `memcached://127.0.0.1:${proxy.port}`,
    near: `tiered://127.0.0.1:${proxy.port}?keyPrefix=b&timeoutMs=900`,
  })
  await caches.default.get('key')
  expect(proxy.counts.connections).toBe(1)

  await caches.close()
  await caches.close()
  await expect.poll(() => proxy.open).toBe(0)
  expect(proxy.counts.connections).toBe(1)
  await expect(caches.near.get('key')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
})

it('131, 132: keeps for 300 seconds by default', () => {
  expect(CACHE_DEFAULTS.ttl).toBe(300)
  expect(createCaches({ default: {} }, { env }).default.settings.ttl).toBe(300)
  expect(createCaches(undefined, { env }).default.settings.ttl).toBe(300)
})

it('133: keeps for ever where the ttl is Infinity', () => {
  expect(createCaches({ default: { ttl: Infinity } }, { env }).default.settings.ttl).toBe(Infinity)
  expect(createCaches({ default: 'memory://?ttl=never' }).default.settings.ttl).toBe(Infinity)
})

it('139, 140: needs an alias called default', () => {
  expect(createCaches({ default: 'memory://', other: 'null://' }).names).toContain('default')
  expect(() => createCaches({ other: 'memory://' } as never)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
  )
})
