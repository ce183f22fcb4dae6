import { describe, expect, it } from 'vitest'
import { Cache, CacheError, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { errorsWhile } from '../../support/published.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function open(): { cache: Cache; clock: FakeClock } {
  const clock = new FakeClock()
  return { cache: new Cache(new MemoryBackend({ clock }), { clock }), clock }
}

describe('a failing computation', () => {
  it('rejects for 500 callers within one turn, after one call', async () => {
    const { cache } = open()
    let computed = 0
    let fail = (): void => {}
    const failing = async (): Promise<string> => {
      computed++
      await new Promise<void>((resolve) => {
        fail = resolve
      })
      throw new Error('down')
    }
    const rejections: unknown[] = []
    for (let i = 0; i < 500; i++) {
      cache.getOrSet('k', failing).catch((error: unknown) => rejections.push(error))
    }
    await turn()
    expect(rejections).toEqual([])
    fail()
    await turn()

    expect(computed).toBe(1)
    expect(rejections).toHaveLength(500)
    expect(new Set(rejections).size).toBe(1)
    expect(rejections[0]).toMatchObject({ message: 'down' })
  })

  it('is shared by callers with other options too', async () => {
    const { cache } = open()
    let computed = 0
    const failing = async (): Promise<string> => {
      computed++
      await turn()
      throw new Error('down')
    }
    const calls = [
      cache.getOrSet('k', failing, { ttl: 60 }),
      cache.getOrSet('k', failing, { ttl: 60, staleWhileRevalidate: 60 }),
      cache.getOrSet('k', failing, { ttl: 60, hardTimeoutMs: 5000 }),
      cache.getOrSetMany(['k', 'other'], () => new Map([['other', 'v']])),
    ]

    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { message: 'down' } })
    }
    expect(computed).toBe(1)
  })

  it('is the same whether it throws at once or rejects', async () => {
    const { cache } = open()
    const thrown = cache.getOrSet('k', () => {
      throw new Error('at once')
    })

    await expect(thrown).rejects.toThrow('at once')
    await expect(cache.getOrSet('k', () => Promise.reject(new Error('later')))).rejects.toThrow(
      'later',
    )
    expect(await cache.getOrSet('k', () => 'recovered')).toBe('recovered')
  })

  it('rejects with what is no error as well', async () => {
    const { cache } = open()

    await expect(cache.getOrSet('k', () => Promise.reject(undefined))).rejects.toBeUndefined()
  })

  it('says which key’s computation gave undefined, and what to give instead', async () => {
    const { cache } = open()

    await expect(cache.getOrSet('k', async () => undefined as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
      message:
        'What was computed for ":1:k" is undefined, which is a miss: give null to keep that there is nothing.',
    })
  })

  it('gives the default, which is not stored, and publishes why, once', async () => {
    const { cache } = open()
    const failing = async (): Promise<string> => {
      await turn()
      throw new Error('defaulted')
    }
    const errors = await errorsWhile(async () => {
      const calls = [1, 2, 3].map((n) => cache.getOrSet('k', failing, { default: n }))
      expect(await Promise.all(calls)).toEqual([1, 2, 3])
    })

    expect(errors).toMatchObject([{ operation: 'getOrSet', error: { message: 'defaulted' } }])
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.getOrSet('k', failing, { default: null })).toBeNull()
  })

  it('gives no default for what the caller did wrong', async () => {
    const { cache } = open()

    await expect(cache.getOrSet('', () => 1, { default: 2 })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
    })
  })
})

describe('a failure that an old value makes good', () => {
  const options = { ttl: 1, staleIfError: 60, errorBackoff: 5 }

  it('is not tried again before the back-off is over, counted from the failure', async () => {
    const { cache, clock } = open()
    let computed = 0
    const failing = (): string => {
      computed++
      throw new Error('down')
    }
    await cache.getOrSet('k', () => 'old', options)
    // An hour later, as it were: what counts is when it failed.
    clock.advance(40)
    const values = []
    for (let i = 0; i < 5; i++) values.push(await cache.getOrSet('k', failing, options))
    expect(values).toEqual(['old', 'old', 'old', 'old', 'old'])
    expect(computed).toBe(1)

    clock.advance(4.9)
    expect(await cache.getOrSet('k', failing, options)).toBe('old')
    expect(computed).toBe(1)
    clock.advance(0.2)
    expect(await cache.getOrSet('k', failing, options)).toBe('old')
    expect(computed).toBe(2)
    clock.advance(5.1)
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
  })

  it('is backed off from by a refresh in the background too', async () => {
    const { cache, clock } = open()
    const swr = { ttl: 1, staleWhileRevalidate: 60, errorBackoff: 5 }
    let computed = 0
    const failing = async (): Promise<string> => {
      computed++
      throw new Error('background')
    }
    await cache.getOrSet('k', () => 'old', swr)
    clock.advance(2)
    const errors = await errorsWhile(async () => {
      for (let i = 0; i < 5; i++) {
        expect(await cache.getOrSet('k', failing, swr)).toBe('old')
        await turn()
      }
    })

    expect(computed).toBe(1)
    expect(errors).toMatchObject([{ operation: 'refresh', error: { message: 'background' } }])
    clock.advance(5)
    expect(await cache.getOrSet('k', () => 'new', swr)).toBe('old')
    await turn()
    expect(await cache.getOrSet('k', failing, swr)).toBe('new')
  })

  it('is tried again at once with a back-off of 0', async () => {
    const { cache, clock } = open()
    const eager = { ...options, errorBackoff: 0 }
    await cache.getOrSet('k', () => 'old', eager)
    clock.advance(2)
    await cache.getOrSet('k', () => Promise.reject(new Error('down')), eager)

    expect(await cache.getOrSet('k', () => 'new', eager)).toBe('new')
  })

  it('is everybody’s until the back-off ends, also of who takes no old value', async () => {
    const { cache, clock } = open()
    let computed = 0
    const failing = (): string => {
      computed++
      throw new Error(`down ${computed}`)
    }
    await cache.getOrSet('k', () => 'old', options)
    clock.advance(2)
    await cache.getOrSet('k', failing, options)

    await expect(cache.getOrSet('k', failing)).rejects.toThrow('down 1')
    expect(await cache.getOrSet('k', failing, { default: 'd' })).toBe('d')
    expect(computed).toBe(1)
    clock.advance(5)
    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
  })

  it('lets one process after the other try that knows of no failure', async () => {
    const clock = new FakeClock()
    const backend = new MemoryBackend({ clock })
    const [cache, other] = [1, 2].map(() => new Cache(backend, { clock })) as [Cache, Cache]
    let computed = 0
    const failing = (): string => {
      computed++
      throw new Error(`down ${computed}`)
    }
    await cache.getOrSet('k', () => 'old', options)
    clock.advance(2)
    await cache.getOrSet('k', failing, options)

    await expect(other.getOrSet('k', failing)).rejects.toThrow('down 2')
    await expect(other.getOrSet('k', failing)).rejects.toThrow('down 2')
    expect(computed).toBe(2)
    expect(await other.getOrSet('k', failing, options)).toBe('old')
    expect(computed).toBe(2)
  })

  it('is over when the key is written', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('k', () => 'old', options)
    clock.advance(2)
    await cache.getOrSet('k', () => Promise.reject(new Error('down')), options)
    await cache.delete('k')

    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
  })
})

/** Fails, or hangs, where it is told to. */
class Broken extends MemoryBackend {
  broken: 'no' | 'fails' | 'hangs' = 'no'

  override async fill(...args: Parameters<MemoryBackend['fill']>): Promise<boolean> {
    await this.#break()
    return super.fill(...args)
  }

  override async release(...args: Parameters<MemoryBackend['release']>): Promise<void> {
    await this.#break()
    return super.release(...args)
  }

  override async backOff(...args: Parameters<MemoryBackend['backOff']>): Promise<void> {
    await this.#break()
    return super.backOff(...args)
  }

  async #break(): Promise<void> {
    if (this.broken === 'fails') throw new CacheError('ERR_CONNECTION', 'The store is gone.')
    if (this.broken === 'hangs') await new Promise(() => {})
  }
}

describe('a store that breaks', () => {
  function openBroken(onFailure: 'miss' | 'throw' = 'throw') {
    const clock = new FakeClock()
    const backend = new Broken({ clock })
    return { backend, clock, cache: new Cache(backend, { clock, onFailure }) }
  }

  it('fails no call whose value is computed', async () => {
    const { backend, cache } = openBroken()
    const errors = await errorsWhile(async () => {
      const value = await cache.getOrSet('k', () => {
        backend.broken = 'fails'
        return 'computed'
      })
      expect(value).toBe('computed')
    })

    expect(errors.map(({ operation }) => operation)).toContain('fill')
  })

  it('keeps no caller longer than the timeouts of the computation', async () => {
    const { backend, cache, clock } = openBroken()
    const compute = () => {
      backend.broken = 'hangs'
      return 'computed'
    }
    const calling = cache.getOrSet('k', compute, { hardTimeoutMs: 200 })
    await turn()
    clock.advance(0.2)

    expect(await calling).toBe('computed')
  })

  it('keeps nobody waiting for its own failure', async () => {
    const { backend, cache } = openBroken()
    const failing = () => {
      backend.broken = 'hangs'
      return Promise.reject(new Error('down'))
    }

    await expect(cache.getOrSet('k', failing)).rejects.toThrow('down')
  })

  it('makes no refresh in the background reject unheard', async () => {
    const { backend, cache, clock } = openBroken()
    const swr = { ttl: 1, staleWhileRevalidate: 60 }
    await cache.getOrSet('k', () => 'old', swr)
    clock.advance(2)
    const errors = await errorsWhile(async () => {
      const value = await cache.getOrSet(
        'k',
        () => {
          backend.broken = 'fails'
          return 'new'
        },
        swr,
      )
      expect(value).toBe('old')
      // An unhandled rejection would fail the run.
      await turn()
    })

    expect(errors).toMatchObject([
      { operation: 'release', error: { code: 'ERR_CONNECTION' } },
      { operation: 'fill', error: { code: 'ERR_CONNECTION' } },
    ])
  })
})
