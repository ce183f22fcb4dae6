import { describe, expect, it } from 'vitest'
import { Cache, type Computation, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function open() {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

describe('a computation', () => {
  it('is refused what cannot be kept also where it is not to be kept', async () => {
    const { cache } = open()
    const skipping = cache.getOrSet('k', (computation) => {
      computation.skip()
      return () => 'a function'
    })

    await expect(skipping).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
  })

  it('aborts no signal once it has ended', async () => {
    const { cache } = open()
    const signal = await signalOf(cache)
    await cache.close()

    expect(signal?.aborted).toBe(false)
  })

  it('starts with an aborted signal where the cache was closed while it waited', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    const [cache, other] = [1, 2].map(() => new Cache(backend, { clock, sharesBackend: true }))
    await other?.lookup('k')
    const waiting = cache && signalOf(cache)
    await cache?.close()
    while (clock.sleepers < 2) await turn()
    clock.advance(3)

    expect((await waiting)?.aborted).toBe(true)
  })

  it('may be taken apart', async () => {
    const { cache } = open()
    const value = await cache.getOrSet('k', ({ skip, tags, signal, ttl, old }) => {
      skip()
      tags.push('late')
      return [signal.aborted, ttl, old === undefined]
    })

    expect(value).toEqual([false, 300, true])
    expect(await cache.get('k')).toBeUndefined()
  })

  it('is told the lifetime and the tags of the call', async () => {
    const { cache } = open()
    const options = { ttl: '1m', tags: new Set(['a', 'b']) } as const
    const told = await cache.getOrSet('k', ({ ttl, tags }) => [ttl, tags], options)

    expect(told).toEqual([60, ['a', 'b']])
    await cache.invalidateTags(['b'])
    expect(await cache.get('k')).toBeUndefined()
  })

  it('adds tags that only its result tells', async () => {
    const { cache } = open()
    const compute = (computation: Computation) => {
      computation.tags.push('late')
      return 'v'
    }
    await cache.getOrSet('k', compute, { tags: ['early'] })
    expect(await cache.get('k')).toBe('v')
    await cache.invalidateTags(['late'])

    expect(await cache.get('k')).toBeUndefined()
  })

  it('is not stored with late tags where a tag was invalidated meanwhile', async () => {
    const { cache } = open()
    const value = await cache.getOrSet('k', async (computation) => {
      await cache.invalidateTags(['any'])
      computation.tags.push('late')
      return 'v'
    })

    expect(value).toBe('v')
    expect(await cache.get('k')).toBeUndefined()
  })

  it.each([
    ['ttl', { ttl: 'soon' }],
    ['etag', { etag: 7 }],
    ['tags', { tags: [''] }],
  ])('is refused a %s that is none', async (option, said) => {
    const { cache } = open()
    const calling = cache.getOrSet('k', (computation) => {
      const { tags = [], ...rest } = said as { tags?: string[] }
      computation.tags.push(...tags)
      Object.assign(computation, rest)
      return 'v'
    })

    await expect(calling).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining(`\`${option}\` is `),
    })
    expect((await cache.lookup('k')).state).toBe('won')
  })
})

describe('the old value', () => {
  const options = { ttl: 10, staleIfError: 60 }

  it('is a copy, with its etag and age', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('k', tagged({ list: [1] }, '"one"'), options)
    clock.advance(12)
    let old: Computation['old']
    const failing = (computation: Computation): never => {
      old = computation.old
      const value = old?.value as { list: number[] } | undefined
      value?.list.push(2)
      throw new Error('down')
    }

    expect(await cache.getOrSet('k', failing, options)).toEqual({ list: [1] })
    expect(old).toEqual({ value: { list: [1, 2] }, etag: '"one"', ageMs: 12_000 })
  })

  it('is not there on a cold miss', async () => {
    const { cache } = open()

    expect(await cache.getOrSet('k', ({ old }) => old === undefined)).toBe(true)
  })

  it('gets a new lifetime where it is not modified, and keeps its etag', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('k', tagged({ n: 1 }, '"one"'), options)
    clock.advance(12)
    const seen: unknown[] = []
    const compute = (computation: Computation): { n: number } => {
      seen.push(computation.old?.etag)
      return computation.notModified()
    }

    expect(await cache.getOrSet('k', compute, options)).toEqual({ n: 1 })
    expect(await cache.lookup('k')).toMatchObject({ state: 'fresh', ageMs: 0 })
    clock.advance(9.9)
    expect(await cache.get('k')).toEqual({ n: 1 })
    clock.advance(2)
    await cache.getOrSet('k', compute, options)
    expect(seen).toEqual(['"one"', '"one"'])
  })

  it('is what is kept, whatever is returned or changed besides', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('k', () => ({ n: 1 }), options)
    clock.advance(12)
    const value = await cache.getOrSet(
      'k',
      (computation): { n: number } => {
        const old = computation.notModified() as { n: number }
        old.n = 2
        return { n: 3 }
      },
      options,
    )

    expect(value).toEqual({ n: 1 })
    expect(await cache.get('k')).toEqual({ n: 1 })
  })

  it('cannot be unmodified where there is none', async () => {
    const { cache } = open()
    const calling = cache.getOrSet('k', (computation): string => computation.notModified())

    await expect(calling).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message: expect.stringContaining('no old value'),
    })
  })
})

function tagged<T>(value: T, etag: string): (computation: Computation) => T {
  return (computation) => {
    computation.etag = etag
    return value
  }
}

async function signalOf(cache: Cache): Promise<AbortSignal | undefined> {
  let signal: AbortSignal | undefined
  await cache.getOrSet('k', (computation) => {
    signal = computation.signal
    return 1
  })
  return signal
}
