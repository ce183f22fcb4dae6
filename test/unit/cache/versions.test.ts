import { expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

it.each([
  ['by nothing', 0, {}],
  ['where the keys have no version', 1, { keyFunction: (key: string) => key }],
])('keeps a value whose version is raised %s', async (_, delta, options) => {
  const cache = new Cache(new MemoryBackend(), options)
  await cache.set('k', 'v')

  expect(await cache.incrVersion('k', delta)).toBe(1 + delta)
  expect(await cache.get('k', { version: 1 + delta })).toBe('v')
})

it('moves a value with just the lifetime that it has left', async () => {
  const clock = new FakeClock()
  const cache = new Cache(new MemoryBackend({ clock }), { clock })
  await cache.set('k', 'v', { ttl: 10 })
  clock.advance(6)
  await cache.incrVersion('k')

  clock.advance(3.9)
  expect(await cache.get('k', { version: 2 })).toBe('v')
  clock.advance(0.1)
  expect(await cache.get('k', { version: 2 })).toBeUndefined()
})
