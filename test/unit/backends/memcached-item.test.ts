import { describe, expect, it } from 'vitest'
import { computedItemOf, itemOf, readItem } from '../../../src/backends/memcached-item.ts'
import { ValueCodec } from '../../../src/codec/value-codec.ts'

const codec = new ValueCodec()
const NOW = 1_767_225_600_000
const LONG = 'x'.repeat(300)

const entry = (value: NonNullable<unknown>, ttl: number, staleFor = 0, ageMs = 0) => {
  return { value, ttl, staleFor, createdAtMs: NOW - ageMs }
}
const hit = (flags: number, value: Buffer, rest: { stale?: boolean; ttl?: number } = {}) => ({
  kind: 'hit' as const,
  value,
  flags,
  cas: undefined,
  size: undefined,
  hitBefore: undefined,
  lastAccess: undefined,
  won: false,
  busy: false,
  stale: rest.stale ?? false,
  ttl: rest.ttl,
})

describe('items written', () => {
  it.each([
    ['text for whole seconds', itemOf(codec, 'k', entry('v', 60), NOW), 16, 60],
    ['text for ever', itemOf(codec, 'k', entry('v', Infinity), NOW), 16, Infinity],
    ['an age in raw form', itemOf(codec, 'k', entry('v', 60, 0, 500), NOW), 16, 59.5],
    ['half a second', itemOf(codec, 'k', entry('v', 0.5), NOW), 256, 2],
    ['a stale window', itemOf(codec, 'k', entry('v', 60, 30), NOW), 256, 91],
    ['an endless stale window', itemOf(codec, 'k', entry('v', 60, Infinity), NOW), 256, Infinity],
    ['an age', itemOf(codec, 'k', entry('v', 60, 30, 10_500), NOW), 256, 81],
    ['a time that has passed', itemOf(codec, 'k', entry('v', 1.5, 0, 1500), NOW), 256, 0],
    ['a hashed key', itemOf(codec, LONG, entry('v', 60), NOW), 256, 61],
    ['no bytes', itemOf(codec, 'k', entry(Buffer.alloc(0), 60), NOW), 256, 61],
    ['what was computed', computedItemOf(codec, 'k', entry('v', 60), NOW), 256, 61],
    ['a number that was computed', computedItemOf(codec, 'k', entry(5, 60, 0, 500), NOW), 2, 59.5],
    ['a number with a stale window', computedItemOf(codec, 'k', entry(5, 60, 30), NOW), 256, 91],
  ])('%s', (_name, { flags, ttl }, expectedFlags, expectedTtl) => {
    expect({ flags, ttl }).toEqual({ flags: expectedFlags, ttl: expectedTtl })
  })
})

describe('items read', () => {
  it('misses an entry of another key with the same digest', () => {
    const { flags, bytes } = itemOf(codec, LONG, entry('v', 60), NOW)

    expect(readItem(codec, LONG, hit(flags, bytes), NOW).kind).toBe('found')
    expect(readItem(codec, `${LONG}y`, hit(flags, bytes), NOW).kind).toBe('dead')
    expect(readItem(codec, LONG, hit(16, Buffer.from('v')), NOW).kind).toBe('dead')
    const unnamed = computedItemOf(codec, 'k', entry('v', 60), NOW)
    expect(readItem(codec, LONG, hit(256, unnamed.bytes), NOW).kind).toBe('dead')
  })

  it('goes by the header, not by the server', () => {
    const { bytes } = itemOf(codec, 'k', entry('v', 1, 2), NOW)
    const at = (ms: number) => {
      const item = readItem(codec, 'k', hit(256, bytes), NOW + ms)
      return item.kind === 'found' ? item.found : item.kind
    }

    expect(at(999)).toEqual({ value: 'v', state: 'fresh', ageMs: 999, ttlLeft: 0.001, staleMs: 0 })
    expect(at(1000)).toEqual({ value: 'v', state: 'stale', ageMs: 1000, ttlLeft: 0, staleMs: 0 })
    expect(at(2999)).toMatchObject({ state: 'stale', staleMs: 1999 })
    expect(at(3000)).toBe('dead')
    // Another machine's clock may be ahead.
    expect(at(-5000)).toMatchObject({ state: 'fresh', ageMs: 0, ttlLeft: 1 })
  })

  it('tells what was marked stale', () => {
    const { bytes } = itemOf(codec, 'k', entry('v', 60.5), NOW)

    expect(readItem(codec, 'k', hit(256, bytes, { stale: true }), NOW)).toMatchObject({
      found: { state: 'stale', staleMs: undefined },
    })
    expect(readItem(codec, 'k', hit(16, Buffer.from('v'), { stale: true }), NOW)).toMatchObject({
      found: { state: 'stale', ageMs: undefined, staleMs: undefined },
    })
  })

  it('tells a placeholder from a cancelled one and from an empty text', () => {
    expect(readItem(codec, 'k', hit(0, Buffer.alloc(0)), NOW)).toEqual({ kind: 'placeholder' })
    expect(readItem(codec, 'k', hit(0, Buffer.alloc(0), { stale: true }), NOW)).toEqual({
      kind: 'dead',
      isOver: false,
    })
    expect(readItem(codec, 'k', hit(16, Buffer.alloc(0), { ttl: 5 }), NOW)).toMatchObject({
      found: { value: '', state: 'fresh', ttlLeft: 5 },
    })
  })
})
