import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const entry = (value: NonNullable<unknown>, clock: FakeClock, ttl = 60) => {
  return { value, createdAtMs: clock.now(), ttl, staleFor: 0 }
}

describe('MemoryBackend', () => {
  it('drops the least recently used to stay within maxBytes', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxBytes: '10kb', clock })
    for (let i = 0; i < 20; i++) await backend.set(`k${i}`, entry('x'.repeat(1000), clock))

    // 1000 bytes, 16 of a string, 6 of the key and 200 of the entry: 8 of them fit.
    expect((await backend.getMany([...Array(20).keys()].map((i) => `k${i}`))).size).toBe(8)
    expect(await backend.get('k11')).toBeUndefined()
    expect((await backend.get('k12'))?.value).toBe('x'.repeat(1000))
  })

  it('declines a value that is larger than all of it, and drops the old one', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxBytes: 10_000, clock })
    await backend.set('k', entry('old', clock))
    await backend.set('other', entry('stays', clock))

    expect(await backend.set('k', entry('x'.repeat(10_000), clock))).toBe(false)
    expect(await backend.get('k')).toBeUndefined()
    expect((await backend.get('other'))?.value).toBe('stays')
    const { token } = await backend.lease('k', 10)
    const filling = token && backend.fill(token, entry('x'.repeat(10_000), clock))
    await expect(filling).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' })
  })

  it('goes by a clock that does not jump', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    await backend.set('k', entry('v', clock, 10))
    clock.jump(3600)
    expect((await backend.get('k'))?.state).toBe('fresh')
    clock.jump(-7200)
    clock.advance(9)
    expect(await backend.get('k')).toMatchObject({ state: 'fresh', ageMs: 9000, ttlLeft: 1 })
    clock.advance(1)
    expect(await backend.get('k')).toBeUndefined()
  })

  it('keeps the stale window of a value that never expires when that is touched', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    await backend.set('k', { ...entry('v', clock, Infinity), staleFor: 60 })

    expect(await backend.touch('k', 10)).toBe(true)
    clock.advance(69)
    expect(await backend.get('k')).toMatchObject({ state: 'stale', staleMs: 59_000 })
    clock.advance(1)
    expect(await backend.get('k')).toBeUndefined()
  })

  it('counts text of digits as the server does', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    await backend.set('k', entry('10', clock))

    expect(await backend.incr('k', -1n)).toBe(9n)
    expect((await backend.get('k'))?.value).toBe('9 ')
    expect(await backend.incr('k', 1n)).toBe(10n)
    expect((await backend.get('k'))?.value).toBe('10')
  })

  it.each([
    ['maxBytes', 0],
    ['maxBytes', 0.5],
    ['maxBytes', '0mb'],
    ['maxBytes', 'much'],
    ['maxEntries', 0],
    ['maxEntries', 1.5],
  ])('refuses %s: %j', (option, value) => {
    expect(() => new MemoryBackend({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it('takes a size with a fraction for whole bytes', async () => {
    expect(new MemoryBackend({ maxBytes: 2048.5 }).usage().maxBytes).toBe(2048)
  })

  it('takes any number of entries where told so', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxEntries: Infinity, clock })
    for (let i = 0; i < 11_000; i++) await backend.set(`k${i}`, entry(1, clock))

    expect(await backend.get('k0')).toBeDefined()
  })

  it('makes no room for entries that it does not have', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxEntries: Number.MAX_SAFE_INTEGER, clock })

    expect(await backend.set('k', entry(1, clock))).toBe(true)
  })
})

describe('the usage of a MemoryBackend', () => {
  it('takes nothing for current where there is nothing', async () => {
    const backend = new MemoryBackend()

    expect(await backend.isCurrent('missing', undefined)).toBe(false)
  })

  it('counts entries and their estimated bytes', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxBytes: '10kb', clock })
    await backend.set('k1', entry('x'.repeat(1000), clock))
    await backend.set('k2', entry('x'.repeat(1000), clock))

    // 1000 bytes, 16 of a string, 4 of the key and 200 of the entry, twice.
    expect(backend.usage()).toEqual({ entries: 2, bytes: 2440, maxBytes: 10_240, evictions: 0 })
    await backend.clear('k')
    expect(backend.usage()).toEqual({ entries: 0, bytes: 0, maxBytes: 10_240, evictions: 0 })
  })

  it('counts the tags and the etag of an entry', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    await backend.set('k', { ...entry(1, clock), tags: new Map([['tag', 'v1']]), etag: '"12"' })

    // 200 of the entry, and 2 for each of the 10 letters of key, tag, version and etag.
    expect(backend.usage().bytes).toBe(220)
  })

  it.each([
    ['bytes', { maxBytes: 2440 }],
    ['entries', { maxEntries: 2 }],
  ])('counts an entry once that was dropped for want of %s', async (_, options) => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ ...options, clock })
    await backend.set('k1', entry('x'.repeat(1000), clock))
    await backend.set('k2', entry('x'.repeat(1000), clock))

    await backend.set('k3', entry('x'.repeat(1000), clock))

    expect(backend.usage()).toMatchObject({ entries: 2, bytes: 2440, evictions: 1 })
    expect(await backend.get('k1')).toBeUndefined()
    expect(backend.usage().evictions).toBe(1)
  })

  it('takes no entry for evicted that was replaced, deleted, cleared or declined', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxBytes: 2440, maxEntries: 2, clock })
    for (const key of ['k1', 'k2']) await backend.set(key, entry(1, clock))

    await backend.set('k1', entry('x'.repeat(1000), clock))
    await backend.incr('k2', 1n)
    await backend.set('k1', entry('x'.repeat(9000), clock))
    await backend.delete('k2')
    await backend.set('k3', entry(1, clock))
    await backend.clear('k')
    await backend.set('k4', entry(1, clock))
    await backend[Symbol.asyncDispose]()

    expect(backend.usage()).toEqual({ entries: 0, bytes: 0, maxBytes: 2440, evictions: 0 })
  })

  it('takes an entry past its time neither for gone nor, when its room is taken, for evicted', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxEntries: 2, clock })
    await backend.set('k1', entry(1, clock, 10))
    await backend.set('k2', entry(1, clock, 10))
    clock.advance(10)

    expect(backend.usage().entries).toBe(2)
    await backend.set('k3', entry(1, clock))
    expect(backend.usage()).toMatchObject({ entries: 2, evictions: 0 })
    expect(await backend.get('k2')).toBeUndefined()
    expect(backend.usage()).toMatchObject({ entries: 1, evictions: 0 })
  })

  it('takes an entry that may still be served stale for evicted', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ maxEntries: 1, clock })
    await backend.set('k1', { ...entry(1, clock, 10), staleFor: 10 })
    clock.advance(19)

    await backend.set('k2', entry(1, clock))

    expect(backend.usage().evictions).toBe(1)
  })
})
