import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CacheContext, cacheChannel, computeChannel } from '../../../src/channels.ts'
import { Cache, CacheError, type ManyComputation, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { errorsWhile } from '../../support/published.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function open() {
  const clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  const [cache, other] = [1, 2].map(() => new Cache(backend, { clock, sharesBackend: true }))
  return { backend, clock, cache, other } as {
    backend: MemoryBackend
    clock: FakeClock
    cache: Cache
    other: Cache
  }
}

/** Loads upper-case letters, and notes what it was asked for; it goes on when it is told to. */
function loader() {
  const asked: string[][] = []
  let gate = Promise.resolve()
  let goOn = (): void => {}
  const load = async (keys: string[]): Promise<Map<string, string>> => {
    asked.push([...keys])
    await gate
    return new Map(keys.map((key) => [key, key.toUpperCase()]))
  }
  const close = (): void => {
    gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
  return { asked, load, close, open: () => goOn() }
}

describe('getOrSetMany', () => {
  it('computes what is missing in one run and keeps it, in the order of the keys', async () => {
    const { cache } = open()
    const { asked, load } = loader()
    await cache.set('b', 'cached')

    const values = await cache.getOrSetMany(['c', 'b', 'a', 'b'], load)
    expect([...values]).toEqual([
      ['c', 'C'],
      ['b', 'cached'],
      ['a', 'A'],
    ])
    expect(asked).toEqual([['c', 'a']])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', 'A'],
        ['b', 'cached'],
        ['c', 'C'],
      ]),
    )
    await cache.getOrSetMany(new Set(['a', 'b', 'c']), load)
    expect(asked).toHaveLength(1)
  })

  it('computes nothing for no keys and for hits', async () => {
    const { cache } = open()
    const { asked, load } = loader()
    await cache.set('a', 1)

    expect(await cache.getOrSetMany([], load)).toEqual(new Map())
    expect(await cache.getOrSetMany(['a'], load)).toEqual(new Map([['a', 1]]))
    expect(asked).toEqual([])
  })

  it.each([
    ['a Map', () => new Map([['a', 1]])],
    ['pairs', () => [['a', 1] as const]],
    ['an object', () => ({ a: 1 })],
    ['a generator of pairs', () => pairs()],
  ])('takes %s', async (_, load) => {
    const { cache } = open()

    expect(await cache.getOrSetMany(['a'], load)).toEqual(new Map([['a', 1]]))
    expect(await cache.get('a')).toBe(1)
  })

  it.each(['text', 5, null, undefined, [1, 2], ['ab']])('refuses %j', async (given) => {
    const { cache } = open()

    await expect(cache.getOrSetMany(['a'], () => given as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message: expect.stringContaining(
        'a Map, an iterable of pairs of key and value, or an object',
      ),
    })
    expect((await cache.lookup('a')).state).toBe('won')
  })

  it('leaves out what was left out, keeps nothing for it and ignores what nobody asked for', async () => {
    const { cache } = open()
    const load = () => ({ a: 1, nobody: 2, c: undefined as never, toString: 3 })

    expect(await cache.getOrSetMany(['a', 'b', 'c'], load)).toEqual(new Map([['a', 1]]))
    expect(await cache.has('nobody')).toBe(false)
    expect((await cache.lookup('b')).state).toBe('won')
    expect((await cache.lookup('c')).state).toBe('won')
  })

  it('keeps null as a value', async () => {
    const { cache, clock } = open()
    const options = { ttl: 60, negativeTtl: 5 }
    await cache.getOrSetMany(['a', 'b'], () => ({ a: null, b: 1 }), options)
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map(Object.entries({ a: null, b: 1 })))
    clock.advance(6)

    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['b', 1]]))
  })

  it('publishes one operation with its counts, and one computation', async () => {
    const { cache, clock } = open()
    const options = { ttl: 10, staleWhileRevalidate: 60 }
    await cache.getOrSetMany(['fresh', 'stale'], loader().load, options)
    clock.advance(11)
    await cache.set('fresh', 1)
    const seen: CacheContext[] = []
    let computations = 0
    const count = { asyncEnd: () => void computations++ }
    const listener = { asyncEnd: (context: CacheContext) => void seen.push(context) }
    computeChannel.subscribe(count as never)
    cacheChannel.subscribe(listener as never)
    await cache.getOrSetMany(['fresh', 'stale', 'cold'], loader().load, options)
    computeChannel.unsubscribe(count as never)
    cacheChannel.unsubscribe(listener as never)

    const alias = 'default'
    expect(seen).toEqual([
      { alias, operation: 'fill', keyCount: 1, stored: 1 },
      { alias, operation: 'fill', keyCount: 1, stored: 1 },
      { alias, operation: 'getOrSetMany', keyCount: 3, hits: 1, misses: 2 },
    ])
    expect(computations).toBe(1)
  })

  it('reads 2500 keys and stores them', async () => {
    const { cache } = open()
    const { asked, load } = loader()
    const keys = Array.from({ length: 2500 }, (_, i) => `k${i}`)
    const values = await cache.getOrSetMany(keys, load)

    expect(values.size).toBe(2500)
    expect(asked.map((list) => list.length)).toEqual([2500])
    expect((await cache.getMany(keys)).size).toBe(2500)
  })
})

describe('overlapping calls', () => {
  it('compute no key twice, and each gets its own copies', async () => {
    const { cache } = open()
    const asked: string[][] = []
    const load = async (keys: string[]) => {
      asked.push(keys)
      await turn()
      return new Map(keys.map((key) => [key, { list: [key] }]))
    }
    const [one, other, single] = await Promise.all([
      cache.getOrSetMany(['a', 'b'], load),
      cache.getOrSetMany(['b', 'c'], load),
      cache.getOrSet('a', () => ({ list: ['single'] })),
    ])

    expect(asked).toEqual([['a', 'b'], ['c']])
    expect(single).toEqual({ list: ['a'] })
    one?.get('b')?.list.push('changed')
    one?.get('a')?.list.push('changed')
    expect(other?.get('b')).toEqual({ list: ['b'] })
    expect(single).toEqual({ list: ['a'] })
    expect(await cache.get('b')).toEqual({ list: ['b'] })
  })

  it('of one key join what is computed alone', async () => {
    const { cache } = open()
    const { asked, load } = loader()
    let runs = 0
    const alone = cache.getOrSet('a', async () => {
      runs++
      await turn()
      return 'alone'
    })
    const many = cache.getOrSetMany(['a', 'b'], load)

    expect([...(await many).values()]).toEqual(['alone', 'B'])
    expect(await alone).toBe('alone')
    expect([runs, asked]).toEqual([1, [['b']]])
  })

  it('compute for themselves what was left out', async () => {
    const { cache } = open()
    const asked: string[][] = []
    const leaving = async (keys: string[]) => {
      asked.push(keys)
      await turn()
      return {}
    }
    const [one, other, single] = await Promise.all([
      cache.getOrSetMany(['a', 'b'], leaving),
      cache.getOrSetMany(['b'], leaving),
      cache.getOrSet('a', () => 'alone'),
    ])

    expect([one?.size, other?.size, single]).toEqual([0, 0, 'alone'])
    expect(asked).toEqual([['a', 'b'], ['b']])
  })

  it('are told of one failure, once', async () => {
    const { cache } = open()
    let runs = 0
    const failing = async (): Promise<Map<string, number>> => {
      runs++
      await turn()
      throw new Error('down')
    }
    const calls = [
      cache.getOrSetMany(['a', 'b'], failing),
      cache.getOrSetMany(['b', 'a'], failing),
      cache.getOrSet('b', () => 1),
    ]

    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { message: 'down' } })
    }
    expect(runs).toBe(1)
    expect((await cache.lookup('a')).state).toBe('won')
    expect((await cache.lookup('b')).state).toBe('won')
  })
})

describe('keys of other processes', () => {
  it('are waited for', async () => {
    const { cache, other, clock } = open()
    const { asked, load, close, open: finish } = loader()
    close()
    const theirs = other.getOrSetMany(['a'], load)
    await turn()
    const ours = cache.getOrSetMany(['a', 'b'], load)
    await turn()
    expect(asked).toEqual([['a'], ['b']])
    finish()
    await turn()
    clock.advance(1)

    expect([...(await ours).entries()]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ])
    await theirs
    expect(asked).toHaveLength(2)
  })

  it('are computed in a second run, and not stored, where they take too long', async () => {
    const { cache, other, clock } = open()
    const { asked, load, close } = loader()
    close()
    void other.getOrSetMany(['a', 'b'], load)
    await turn()
    const mine = loader()
    const ours = cache.getOrSetMany(['a', 'b', 'c'], mine.load, { waitMs: 500 })
    for (let i = 0; i < 10; i++) {
      await turn()
      clock.advance(0.1)
    }

    expect((await ours).size).toBe(3)
    expect(asked).toEqual([['a', 'b']])
    expect(mine.asked).toEqual([['c'], ['a', 'b']])
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.get('c')).toBe('C')
  })
})

describe('a key that is won late', () => {
  async function passing(clock: FakeClock, seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 20; i++) {
      await turn()
      clock.advance(0.05)
    }
    await turn()
  }

  async function leasesOf(cache: Cache, keys: string[]) {
    const reads = await Promise.all(keys.map((key) => cache.lookup(key)))
    return reads.map((read) => {
      if (read.state !== 'won') throw new Error(`It is ${read.state}.`)
      return read.lease
    })
  }

  it('keeps nobody waiting for it while its winner waits for another one', async () => {
    const { cache, other, clock } = open()
    const [a, b] = await leasesOf(other, ['a', 'b'])
    const { asked, load } = loader()
    const ours = cache.getOrSetMany(['a', 'b'], load, { waitMs: 60_000 })
    await passing(clock, 0.5)
    await a?.release()
    await passing(clock, 0.5)
    // Were it not computed yet, two such calls would wait for each other.
    expect(asked).toEqual([['a']])
    expect(await other.get('a')).toBe('A')
    await b?.release()
    await passing(clock, 0.5)

    expect([...(await ours).values()]).toEqual(['A', 'B'])
    expect(asked).toEqual([['a'], ['b']])
  })

  it('is computed along with those that are won, or given up, at about the same time', async () => {
    const { cache, other, clock } = open()
    const [a, b] = await leasesOf(other, ['a', 'b', 'c'])
    const { asked, load } = loader()
    const ours = cache.getOrSetMany(['a', 'b', 'c'], load, { waitMs: 1000 })
    await passing(clock, 0.9)
    await Promise.all([a?.release(), b?.release()])
    await passing(clock, 0.5)

    expect((await ours).size).toBe(3)
    expect(asked).toEqual([['a', 'b', 'c']])
    expect((await cache.getMany(['a', 'b', 'c'])).size).toBe(2)
  })
})

describe('old values', () => {
  const swr = { ttl: 10, staleWhileRevalidate: 60 }

  it('are given at once and refreshed in one run, where nothing else is to be computed', async () => {
    const { cache, clock } = open()
    const { asked, load, close, open: finish } = loader()
    await cache.setMany({ fresh: 'F' }, { ttl: 600 })
    await cache.getOrSetMany(['a', 'b'], (keys) => keys.map((key) => [key, 'old'] as const), swr)
    clock.advance(11)
    close()
    const values = await cache.getOrSetMany(['a', 'fresh', 'b'], load, swr)
    await turn()

    expect([...values.values()]).toEqual(['old', 'F', 'old'])
    expect(asked).toEqual([['a', 'b']])
    finish()
    await turn()
    expect(await cache.getMany(['a', 'b'])).toEqual(
      new Map([
        ['a', 'A'],
        ['b', 'B'],
      ]),
    )
  })

  it('are refreshed along with what is waited for anyway', async () => {
    const { cache, clock } = open()
    const { asked, load } = loader()
    await cache.getOrSetMany(['a'], () => ({ a: 'old' }), swr)
    clock.advance(11)

    expect([...(await cache.getOrSetMany(['a', 'cold'], load, swr)).values()]).toEqual([
      'A',
      'COLD',
    ])
    expect(asked).toEqual([['a', 'cold']])
  })

  it('stand in for a failed run, which is published once', async () => {
    const { cache, clock } = open()
    const options = { ttl: 10, staleIfError: 60 }
    await cache.getOrSetMany(['a', 'b'], () => ({ a: 1, b: 2 }), options)
    clock.advance(11)
    let runs = 0
    const failing = (): never => {
      runs++
      throw new Error('many down')
    }
    const errors = await errorsWhile(async () => {
      expect(await cache.getOrSetMany(['a', 'b'], failing, options)).toEqual(
        new Map(Object.entries({ a: 1, b: 2 })),
      )
    })

    expect(errors).toMatchObject([{ operation: 'getOrSetMany', error: { message: 'many down' } }])
    expect(await cache.getOrSetMany(['a', 'b'], failing, options)).toHaveProperty('size', 2)
    expect(runs).toBe(1)
    await expect(cache.getOrSetMany(['a', 'cold'], failing, options)).rejects.toThrow('many down')
  })

  it('are given ahead of their end while one run refreshes them', async () => {
    const { cache, clock } = open()
    const { asked, load } = loader()
    const options = { ttl: 10, refreshAhead: 0.8 }
    await cache.getOrSetMany(['a', 'b'], () => ({ a: 1, b: 2 }), options)
    clock.advance(9)

    expect([...(await cache.getOrSetMany(['a', 'b'], load, options)).values()]).toEqual([1, 2])
    await turn()
    expect(asked).toEqual([['a', 'b']])
    expect(await cache.get('a')).toBe('A')
  })
})

describe('what a run may say', () => {
  it('of all keys and of one', async () => {
    const { cache, clock } = open()
    const load = (keys: string[], computation: ManyComputation) => {
      computation.ttl = 10
      computation.tags.push('all')
      if (keys.includes('b')) {
        computation.of('b').ttl = '20s'
        computation.of('b').tags.push('b')
        computation.of('c').skip()
      }
      return new Map(keys.map((key) => [key, key]))
    }
    expect((await cache.getOrSetMany(['a', 'b', 'c'], load)).size).toBe(3)
    expect(await cache.has('c')).toBe(false)
    clock.advance(11)
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['b', 'b']]))
    await cache.invalidateTags(['b'])
    expect(await cache.has('b')).toBe(false)
    await cache.getOrSetMany(['a'], load)
    await cache.invalidateTags(['all'])

    expect(await cache.has('a')).toBe(false)
  })

  it('that nothing is kept', async () => {
    const { cache } = open()
    await cache.getOrSetMany(['a', 'b'], (keys, { skip }) => {
      skip()
      return keys.map((key) => [key, 1] as const)
    })

    expect((await cache.getMany(['a', 'b'])).size).toBe(0)
  })

  it('that a value is not modified, though it is left out', async () => {
    const { cache, clock } = open()
    const options = { ttl: 10, staleIfError: 60 }
    await cache.getOrSetMany(['a', 'b'], () => ({ a: 'old', b: 'old' }), options)
    clock.advance(11)
    const values = await cache.getOrSetMany(
      ['a', 'b'],
      (_keys, computation): Record<string, string> => {
        void (computation.of('a').notModified() as string)
        return { b: 'new' }
      },
      options,
    )

    expect([...values.values()]).toEqual(['old', 'new'])
    expect(await cache.get('a')).toBe('old')
  })

  it('nothing of a key that it does not compute', async () => {
    const { cache } = open()
    const calling = cache.getOrSetMany(['a'], (_, computation) => {
      computation.of('b')
      return { a: 1 }
    })

    await expect(calling).rejects.toThrow(
      '`key` is "b": it must be one of the keys that are computed.',
    )
  })
})

describe('what is wrong with one value', () => {
  it('rejects the call, and the others are kept', async () => {
    const { cache } = open()
    const calling = cache.getOrSetMany(['a', 'b'], () => ({ a: 1, b: (() => 2) as never }))

    await expect(calling).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
    expect(await cache.get('a')).toBe(1)
    expect((await cache.lookup('b')).state).toBe('won')
  })

  it('is told by the schema, which makes a cached value a miss too', async () => {
    const { cache } = open()
    const schema = z.number()
    await cache.set('a', 'text')

    expect(await cache.getOrSetMany(['a'], () => ({ a: 1 }), { schema })).toEqual(
      new Map([['a', 1]]),
    )
    const calling = cache.getOrSetMany(['b'], () => ({ b: 'text' as never }), { schema })
    await expect(calling).rejects.toThrow('does not fit its schema')
  })
})

describe('timeouts and signals', () => {
  it('end a run that takes too long, and give its keys on', async () => {
    const { cache, clock } = open()
    let signal: AbortSignal | undefined
    const calling = cache.getOrSetMany(
      ['a', 'b'],
      (_, computation) => {
        signal = computation.signal
        return new Promise<never>(() => {})
      },
      { hardTimeoutMs: 100 },
    )
    const rejecting = expect(calling).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await turn()
    clock.advance(0.1)
    await rejecting

    expect(signal?.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect((await cache.lookup('a')).state).toBe('won')
    expect((await cache.lookup('b')).state).toBe('won')
  })

  it('let who leaves go at once, and the run go on for keys that others wait for', async () => {
    const { cache } = open()
    const { asked, load, close, open: finish } = loader()
    close()
    const controller = new AbortController()
    const leaving = cache.getOrSetMany(['a', 'b'], load, { signal: controller.signal })
    await turn()
    const staying = cache.getOrSet('b', () => 'own')
    await turn()
    controller.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    finish()

    expect(await staying).toBe('B')
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map([['b', 'B']]))
    expect(asked).toEqual([['a', 'b']])
  })

  it('end a run that nobody waits for', async () => {
    const { cache } = open()
    const controller = new AbortController()
    let signal: AbortSignal | undefined
    const calling = cache.getOrSetMany(
      ['a', 'b'],
      (_, computation) => {
        signal = computation.signal
        return new Promise<never>(() => {})
      },
      { signal: controller.signal },
    )
    await turn()
    controller.abort('gone')
    await expect(calling).rejects.toBe('gone')

    expect(signal?.reason).toBe('gone')
    expect((await cache.lookup('a')).state).toBe('won')
  })
})

describe('who leaves while keys are read', () => {
  class Slow extends MemoryBackend {
    goOn = (): void => {}
    readonly #gate = new Promise<void>((resolve) => {
      this.goOn = resolve
    })

    override async lease(...args: Parameters<MemoryBackend['lease']>) {
      const [key] = args
      if (key.endsWith('slow')) await this.#gate
      return super.lease(...args)
    }
  }

  it('reads no further, and leaves the run to those who joined it', async () => {
    const backend = new Slow()
    const cache = new Cache(backend)
    const { asked, load } = loader()
    const controller = new AbortController()
    const keys = ['a', 'slow', ...Array.from({ length: 1500 }, (_, i) => `k${i}`)]
    const leaving = cache.getOrSetMany(keys, load, { signal: controller.signal })
    await turn()
    const joining = cache.getOrSet('a', () => 'own')
    await turn()
    controller.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    backend.goOn()

    expect(await joining).toBe('A')
    expect(asked).toEqual([['a']])
    expect((await cache.lookup('slow')).state).toBe('won')
  })
})

describe('an outage', () => {
  class Sick extends MemoryBackend {
    override lease(...args: Parameters<MemoryBackend['lease']>) {
      const [key] = args
      if (key.endsWith('sick')) return Promise.reject(new CacheError('ERR_CONNECTION', 'No way.'))
      return super.lease(...args)
    }
  }

  it('of some keys makes them computed in the same run, and not stored', async () => {
    const cache = new Cache(new Sick())
    const { asked, load } = loader()

    expect((await cache.getOrSetMany(['a', 'sick', 'b'], load)).size).toBe(3)
    expect(asked).toEqual([['a', 'sick', 'b']])
    expect((await cache.getMany(['a', 'sick', 'b'])).size).toBe(2)
  })

  it('rejects where the settings say so, and blocks no key', async () => {
    const cache = new Cache(new Sick(), { onFailure: 'throw' })
    const { load } = loader()

    await expect(cache.getOrSetMany(['a', 'sick'], load)).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
    })
    await turn()
    expect(await cache.getOrSet('a', () => 'own', { waitMs: 0 })).toBe('A')
  })
})

function* pairs(): Generator<[string, number]> {
  yield ['a', 1]
}
