import { describe, expect, it } from 'vitest'
import { Cache, type Computation, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { errorsWhile } from '../../support/published.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function open() {
  const clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  const cache = new Cache(backend, { clock })
  const pass = async (seconds: number) => {
    await turn()
    clock.advance(seconds)
    await turn()
  }
  return { backend, cache, clock, pass }
}

/** Answers for tags when it is told to. */
class SlowTags extends MemoryBackend {
  goOn = (): void => {}
  readonly #gate = new Promise<void>((resolve) => {
    this.goOn = resolve
  })

  override async getMany(...args: Parameters<MemoryBackend['getMany']>) {
    await this.#gate
    return super.getMany(...args)
  }
}

/** A computation that ends when it is told to, and what it was told. */
function slow<T>(value: T) {
  let finish = (): void => {}
  const gate = new Promise<void>((resolve) => {
    finish = resolve
  })
  const told: { runs: number; signal: AbortSignal | undefined } = { runs: 0, signal: undefined }
  const compute = async ({ signal }: Computation): Promise<T> => {
    told.runs++
    told.signal = signal
    await gate
    return value
  }
  return { compute, told, finish: () => finish() }
}

/** Whether a promise is still open. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOpen = true
  const settle = () => {
    isOpen = false
  }
  promise.then(settle, settle)
  await turn()
  return isOpen
}

describe('a soft timeout', () => {
  const options = { ttl: 1, staleIfError: 60, softTimeoutMs: 100 }

  it.each([
    ['staleIfError', options],
    ['staleWhileRevalidate', { ttl: 1, staleWhileRevalidate: 60, softTimeoutMs: 100 }],
  ])('gives the old value under %s, and lets the computation fill', async (_, options) => {
    const { cache, pass } = open()
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const { compute, told, finish } = slow('new')
    const calling = cache.getOrSet('k', compute, options)
    await pass(0.09)
    expect(await isPending(calling)).toBe(true)
    await pass(0.01)

    expect(await calling).toBe('old')
    expect(told.signal?.aborted).toBe(false)
    finish()
    await turn()
    expect(await cache.get('k')).toBe('new')
    expect(told.runs).toBe(1)
  })

  it('gives the new value where it comes in time', async () => {
    const { cache, pass } = open()
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const { compute, finish } = slow('new')
    const calling = cache.getOrSet('k', compute, options)
    await pass(0.05)
    finish()

    expect(await calling).toBe('new')
  })

  it('lets those wait who have no old value', async () => {
    const { cache, pass } = open()
    const { compute, finish } = slow('new')
    const calling = cache.getOrSet('k', compute, options)
    await pass(10)
    expect(await isPending(calling)).toBe(true)
    finish()

    expect(await calling).toBe('new')
  })

  it('counts for each later caller, who joins the computation', async () => {
    const { cache, pass } = open()
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const { compute, told, finish } = slow('new')
    const first = cache.getOrSet('k', compute, options)
    await pass(0.1)
    const second = cache.getOrSet('k', compute, options)
    const third = cache.getOrSet('k', compute, { ttl: 60 })
    await pass(0.1)
    finish()

    expect(await first).toBe('old')
    expect(await second).toBe('old')
    expect(await third).toBe('new')
    expect(told.runs).toBe(1)
  })

  it('bounds the wait for another process as well', async () => {
    const { backend, cache, clock, pass } = open()
    const other = new Cache(backend, { clock })
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const { compute, finish } = slow('new')
    const theirs = other.getOrSet('k', compute)
    await turn()
    const ours = cache.getOrSet('k', compute, options)
    for (let i = 0; i < 20; i++) await pass(0.005)

    expect(await ours).toBe('old')
    finish()
    expect(await theirs).toBe('new')
  })

  it('publishes what fails after it', async () => {
    const { cache, pass } = open()
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const errors = await errorsWhile(async () => {
      let fail = (_: Error): void => {}
      const failing = () =>
        new Promise<string>((_, reject) => {
          fail = reject
        })
      const calling = cache.getOrSet('k', failing, options)
      await pass(0.1)
      expect(await calling).toBe('old')
      fail(new Error('late failure'))
      await turn()
    })

    expect(errors).toMatchObject([{ operation: 'refresh', error: { message: 'late failure' } }])
  })

  it('gives an old value under staleWhileRevalidate alone without a wait', async () => {
    const { cache, pass } = open()
    const swr = { ttl: 1, staleWhileRevalidate: 60 }
    await cache.getOrSet('k', () => 'old', swr)
    await pass(2)
    const calling = cache.getOrSet('k', slow('new').compute, swr)

    expect(await isPending(calling)).toBe(false)
  })

  it('gives an old value that the computation does not see changed', async () => {
    const { cache, pass } = open()
    await cache.getOrSet('k', () => ({ list: [1] }), options)
    await pass(2)
    let goOn = (): void => {}
    const calling = cache.getOrSet(
      'k',
      async (computation) => {
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
        return computation.notModified()
      },
      options,
    )
    await pass(0.1)
    const old = (await calling) as { list: number[] }
    old.list.push(2)
    goOn()
    await turn()

    expect(await cache.get('k')).toEqual({ list: [1] })
  })

  it('is not needed for that by who gets it at once', async () => {
    const { cache, pass } = open()
    const swr = { ttl: 1, staleWhileRevalidate: 60 }
    await cache.getOrSet('k', () => ({ list: [1] }), swr)
    await pass(2)
    const old = await cache.getOrSet(
      'k',
      async (computation): Promise<{ list: number[] }> => {
        await turn()
        return computation.notModified()
      },
      swr,
    )
    old.list.push(2)
    await turn()
    await turn()

    expect(await cache.lookup('k')).toMatchObject({ state: 'fresh', value: { list: [1] } })
  })
})

describe('a hard timeout', () => {
  const options = { ttl: 60, hardTimeoutMs: 200 }
  const timeout = {
    code: 'ERR_TIMEOUT',
    applied: 'unknown',
    message: '`getOrSet`: the computation of ":1:k" took longer than 200 ms, its `hardTimeoutMs`.',
  }

  it('rejects, aborts the signal with the same reason and drops what comes later', async () => {
    const { cache, pass } = open()
    const { compute, told, finish } = slow('too late')
    const calling = cache.getOrSet('k', compute, options)
    const rejecting = expect(calling).rejects.toMatchObject(timeout)
    await pass(0.19)
    expect(told.signal?.aborted).toBe(false)
    await pass(0.01)
    await rejecting

    expect(told.signal?.reason).toMatchObject(timeout)
    finish()
    await turn()
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.getOrSet('k', () => 'next')).toBe('next')
  })

  it('gives the key on at once', async () => {
    const { cache, pass } = open()
    const { compute } = slow('never')
    const calling = cache.getOrSet('k', compute, options)
    calling.catch(() => {})
    await pass(0.2)

    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('gives the old value, says so and backs off', async () => {
    const { cache, pass } = open()
    const both = { ...options, ttl: 1, staleIfError: 60 }
    await cache.getOrSet('k', () => 'old', both)
    await pass(2)
    const { compute, told } = slow('new')
    const errors = await errorsWhile(async () => {
      const calling = cache.getOrSet('k', compute, both)
      await pass(0.2)
      expect(await calling).toBe('old')
    })

    expect(errors).toMatchObject([{ operation: 'getOrSet', error: timeout }])
    expect(await cache.getOrSet('k', compute, both)).toBe('old')
    expect(told.runs).toBe(1)
  })

  it('gives the default', async () => {
    const { cache, pass } = open()
    const calling = cache.getOrSet('k', slow('new').compute, { ...options, default: 'd' })
    await pass(0.2)

    expect(await calling).toBe('d')
  })

  it('ends a refresh in the background', async () => {
    const { cache, pass } = open()
    const both = { ttl: 1, staleWhileRevalidate: 60, hardTimeoutMs: 200 }
    await cache.getOrSet('k', () => 'old', both)
    await pass(2)
    const { compute, told, finish } = slow('too late')
    const errors = await errorsWhile(async () => {
      expect(await cache.getOrSet('k', compute, both)).toBe('old')
      await pass(0.2)
      finish()
      await turn()
    })

    expect(told.signal?.reason).toMatchObject(timeout)
    expect(errors).toMatchObject([{ operation: 'refresh', error: timeout }])
    expect(await cache.get('k', { allowStale: true })).toBe('old')
  })

  it('ends what goes on after a soft one', async () => {
    const { cache, pass } = open()
    const both = { ttl: 1, staleIfError: 60, softTimeoutMs: 50, hardTimeoutMs: 200 }
    await cache.getOrSet('k', () => 'old', both)
    await pass(2)
    const { compute, told } = slow('new')
    const calling = cache.getOrSet('k', compute, both)
    await pass(0.05)
    expect(await calling).toBe('old')
    await pass(0.14)
    expect(told.signal?.aborted).toBe(false)
    await pass(0.02)

    expect(told.signal?.reason).toMatchObject(timeout)
  })

  it('of one caller ends no computation that another one waits for', async () => {
    const { cache, pass } = open()
    const { compute, told, finish } = slow('v')
    const patient = cache.getOrSet('k', compute, { ttl: 60 })
    await turn()
    const hasty = cache.getOrSet('k', compute, options)
    const rejecting = expect(hasty).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await pass(0.2)
    await rejecting

    expect(told.signal?.aborted).toBe(false)
    finish()
    expect(await patient).toBe('v')
    expect(await cache.get('k')).toBe('v')
    expect(told.runs).toBe(1)
  })
})

describe('a caller’s signal', () => {
  it('refuses at once where it is aborted already', async () => {
    const { cache } = open()
    const { compute, told } = slow('v')
    await cache.set('cached', 'v')
    const signal = AbortSignal.abort(new Error('gone'))

    await expect(cache.getOrSet('k', compute, { signal })).rejects.toThrow('gone')
    await expect(cache.getOrSet('cached', compute, { signal })).rejects.toThrow('gone')
    expect(told.runs).toBe(0)
  })

  it('ends the waiting of its caller alone', async () => {
    const { cache } = open()
    const { compute, told, finish } = slow('v')
    const [one, other] = [new AbortController(), new AbortController()]
    const calls = [
      cache.getOrSet('k', compute, { signal: one.signal }),
      cache.getOrSet('k', compute, { signal: other.signal }),
      cache.getOrSet('k', compute),
    ]
    await turn()
    one.abort(new Error('enough'))
    await expect(calls[0]).rejects.toThrow('enough')
    expect(told.signal?.aborted).toBe(false)
    finish()

    expect(await Promise.all(calls.slice(1))).toEqual(['v', 'v'])
    expect(await cache.get('k')).toBe('v')
  })

  it('of the last one ends the computation, and the next caller starts anew', async () => {
    const { cache } = open()
    const { compute, told, finish } = slow('dropped')
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => cache.getOrSet('k', compute, { signal }))
    await turn()
    for (const [i, controller] of controllers.entries()) controller.abort(`left ${i}`)
    const next = cache.getOrSet('k', () => 'next')

    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: 'left 0' },
      { reason: 'left 1' },
    ])
    expect(told.signal?.reason).toBe('left 1')
    finish()
    expect(await next).toBe('next')
    expect(await cache.get('k')).toBe('next')
  })

  it('ends no refresh in the background', async () => {
    const { cache, pass } = open()
    const options = { ttl: 1, staleWhileRevalidate: 60 }
    await cache.getOrSet('k', () => 'old', options)
    await pass(2)
    const { compute, told, finish } = slow('new')
    const controller = new AbortController()
    expect(await cache.getOrSet('k', compute, { ...options, signal: controller.signal })).toBe(
      'old',
    )
    await turn()
    controller.abort()
    finish()
    await turn()

    expect(told.signal?.aborted).toBe(false)
    expect(await cache.get('k')).toBe('new')
  })

  it('ends no computation that callers with other options wait for', async () => {
    const { cache } = open()
    const { compute, told, finish } = slow('v')
    const controller = new AbortController()
    const leaving = cache.getOrSet('k', compute, { signal: controller.signal })
    await turn()
    const staying = cache.getOrSet('k', compute, { staleIfError: 60 })
    await turn()
    controller.abort()
    await expect(leaving).rejects.toThrow('aborted')
    finish()

    expect(await staying).toBe('v')
    expect(told).toMatchObject({ runs: 1, signal: { aborted: false } })
  })

  it('starts no computation when it aborts while the key is read', async () => {
    const { cache } = open()
    const { compute, told } = slow('v')
    const controller = new AbortController()
    const calling = cache.getOrSet('k', compute, { signal: controller.signal })
    controller.abort()
    await expect(calling).rejects.toThrow('aborted')
    await turn()

    expect(told.runs).toBe(0)
    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('starts no computation when it aborts while tags are made ready', async () => {
    const clock = new FakeClock()
    const backend = new SlowTags({ clock })
    const cache = new Cache(backend, { clock })
    const { compute, told } = slow('v')
    const controller = new AbortController()
    const calling = cache.getOrSet('k', compute, { signal: controller.signal })
    await turn()
    controller.abort()
    await expect(calling).rejects.toThrow('aborted')
    backend.goOn()
    await turn()

    expect(told.runs).toBe(0)
    expect((await cache.lookup('k')).state).toBe('won')
  })

  it('may be that of many calls, without a warning', async () => {
    const { cache } = open()
    const warnings: Error[] = []
    const note = (warning: Error) => void warnings.push(warning)
    process.on('warning', note)
    const controller = new AbortController()
    const { signal } = controller
    const calls = Array.from({ length: 30 }, (_, i) => {
      return cache.getOrSet(`k${i}`, slow('v').compute, { signal })
    })
    await turn()
    controller.abort()
    await Promise.allSettled(calls)
    await turn()
    process.off('warning', note)

    expect(warnings).toEqual([])
  })
})
