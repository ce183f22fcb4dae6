import { beforeEach, describe, expect, it } from 'vitest'
import { TagReads } from '../../../src/cache/tag-reads.ts'
import { MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

let backend: MemoryBackend
let reads: TagReads
beforeEach(() => {
  const clock = new FakeClock()
  backend = new MemoryBackend({ clock })
  reads = TagReads.of(backend, clock)
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('reading tags', () => {
  it('shares what is asked for again before it is answered', async () => {
    const first = reads.read(['a', 'b'])

    expect(reads.read(['b'])).toBe(first)
    expect(reads.read(['b', 'a'])).toBe(first)
    await first
    expect(reads.read(['a'])).not.toBe(first)
  })

  it('shares nothing from before an invalidation', () => {
    const first = reads.read(['a'])
    reads.forget()

    expect(reads.read(['a'])).not.toBe(first)
  })

  it('joins what others ask for with what it asks for alone', async () => {
    await reads.make(['a', 'b'])
    await turn()
    void reads.read(['a'])
    const { versions, failure } = await reads.read(['a', 'b', 'missing'])

    expect(failure).toBeUndefined()
    expect([...versions.keys()].toSorted()).toEqual(['a', 'b', 'missing'])
    expect(versions.get('a')).toMatch(/^\d{1,16}$/)
    expect(versions.get('missing')).toBeUndefined()
    expect(versions.has('missing')).toBe(true)
  })

  it('is one for all caches over a backend', () => {
    expect(TagReads.of(backend, new FakeClock())).toBe(reads)
    expect(TagReads.of(new MemoryBackend(), new FakeClock())).not.toBe(reads)
  })
})

describe('making tags', () => {
  it('keeps the version that another has given', async () => {
    const { versions } = await reads.make(['a'])
    await turn()

    expect((await reads.make(['a'])).versions.get('a')).toBe(versions.get('a'))
    expect((await reads.readOrMake(['a', 'new'])).versions.get('a')).toBe(versions.get('a'))
  })

  it('keeps a tag for a year', async () => {
    await reads.make(['a'])

    expect(backend.peek('a')).toMatchObject({ state: 'fresh', value: expect.any(Number) })
    expect((await backend.get('a'))?.ttlLeft).toBe(31_536_000)
  })
})
