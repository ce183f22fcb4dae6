import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { freezeWhole } from '../../../src/backends/memory-share.ts'
import type { Storable } from '../../../src/cache/backend.ts'

const entry = (value: Storable) => {
  return { value, createdAtMs: Date.now(), ttl: 60, staleFor: 0 }
}

describe('a MemoryBackend that shares', () => {
  it('hands out one frozen copy, and leaves the caller’s own object alone', async () => {
    const backend = new MemoryBackend({ share: true })
    const own = { list: [{ deep: 1 }] }
    await backend.set('k', entry(own))
    own.list.push({ deep: 2 })

    const found = (await backend.get('k'))?.value as typeof own
    expect(found).toEqual({ list: [{ deep: 1 }] })
    expect((await backend.lease('k', 10)).found?.value).toBe(found)
    expect(backend.peek('k')?.value).toBe(found)
    expect((await backend.getMany(['k'])).get('k')?.value).toBe(found)
    expect(() => found.list.push({ deep: 3 })).toThrow(TypeError)
    expect(Object.isFrozen(found.list[0])).toBe(true)
    expect(Object.isFrozen(own)).toBe(false)
  })

  it('shares what is added, filled in or set with others as well', async () => {
    const backend = new MemoryBackend({ share: true })
    await backend.add('add', entry({ a: 1 }))
    await backend.setMany(new Map([['setMany', entry({ a: 1 })]]), () => {})
    const { token } = await backend.lease('fill', 10)
    if (token !== undefined) await backend.fill(token, entry({ a: 1 }))

    for (const key of ['add', 'setMany', 'fill']) {
      const [one, other] = [backend.peek(key)?.value, backend.peek(key)?.value]
      expect(one).toEqual({ a: 1 })
      expect(other).toBe(one)
    }
  })

  it.each([
    ['a Map', { map: new Map([['a', 1]]) }],
    ['a Date', [new Date(0)]],
    ['bytes', { bytes: Buffer.from('abc') }],
    ['a Set', new Set([1])],
  ])('copies a value with %s in it', async (_, value) => {
    const backend = new MemoryBackend({ share: true })
    await backend.set('k', entry(value))
    const [one, other] = [backend.peek('k')?.value, backend.peek('k')?.value]

    expect(one).toEqual(value)
    expect(other).not.toBe(one)
    expect(Object.isFrozen(other)).toBe(false)
  })

  it('goes on counting', async () => {
    const backend = new MemoryBackend({ share: true })
    await backend.set('k', entry(1))

    expect(await backend.incr('k', 1n)).toBe(2n)
    expect(backend.peek('k')?.value).toBe(2)
  })

  it('refuses `share` that is neither true nor false', () => {
    expect(() => new MemoryBackend({ share: 'yes' as unknown as boolean })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})

describe('freezeWhole', () => {
  it('tells whether nobody can change anything of it', () => {
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic

    expect(freezeWhole({ a: [1, { b: null }], c: 'text', d: undefined })).toBe(true)
    expect(freezeWhole(Object.assign(Object.create(null), { a: 1 }))).toBe(true)
    expect(freezeWhole(cyclic)).toBe(true)
    expect(freezeWhole({ a: new Map() })).toBe(false)
    expect(freezeWhole([/x/g])).toBe(false)
    expect(freezeWhole({ at: new URL('http://a/') })).toBe(false)
  })
})
