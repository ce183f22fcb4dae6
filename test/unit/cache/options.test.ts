import { describe, expect, it } from 'vitest'
import { createAdmin } from '../../../src/admin/index.ts'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { Cache } from '../../../src/cache/cache.ts'
import { createCaches } from '../../../src/caches.ts'
import { MemcachedClient } from '../../../src/client/index.ts'
import { cachePage, cacheSite } from '../../../src/frameworks/express.ts'

/** As a program without types would pass it. */
const wrong = (value: unknown) => value as never

describe('options', () => {
  const cache = new Cache(new MemoryBackend())

  it.each([
    ['set', () => cache.set('k', 1, wrong(60)), 'is 60: it must be an object'],
    ['set', () => cache.set('k', 1, wrong({ timeout: 60 })), 'no option "timeout"'],
    ['get', () => cache.get('k', wrong('default')), 'is "default": it must be an object'],
    ['getOrSet', () => cache.getOrSet('k', () => 1, wrong({ tll: 1 })), 'no option "tll"'],
    ['incr', () => cache.incr('k', 1, wrong({ init: 1 })), 'no option "init"'],
    ['touch', () => cache.touch('k', 1, wrong(2)), 'is 2: it must be an object'],
    ['lookup', () => cache.lookup('k', wrong({ wait: 1 })), 'no option "wait"'],
  ])('of %s are refused where nobody reads them', async (operation, call, message) => {
    const expected = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining(message) }
    await expect(call()).rejects.toMatchObject(expected)
    await expect(call()).rejects.toThrow(`\`${operation}\``)
  })

  it.each([
    [() => cacheSite(wrong(cache)), '`caches` is'],
    [() => cacheSite(createCaches(), wrong({ tll: 5 })), 'no option "tll"'],
    [() => cachePage(createCaches(), wrong(900)), 'is 900: it must be an object'],
    [() => cachePage(wrong({ ttl: 900 })), '`caches` is'],
    [() => createAdmin(createCaches(), wrong({ auth: () => true })), 'no option "auth"'],
    [() => new MemcachedClient(wrong({ servers: 'a', timeout: 5 })), 'no option "timeout"'],
    [() => new MemoryBackend(wrong({ max: 5 })), 'no option "max"'],
    [() => createCaches({ default: wrong({ timeout: 5 }) }), 'no option "timeout"'],
  ])('of what is made once are refused too: %#', (make, message) => {
    const expected = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining(message) }
    expect(make).toThrow(expect.objectContaining(expected))
  })
})
