import { describe, expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Counts what an attempt to refresh ahead costs. */
class Counting extends MemoryBackend {
  again = 0

  override leaseAgain(...args: Parameters<MemoryBackend['leaseAgain']>) {
    this.again++
    return super.leaseAgain(...args)
  }
}

function open(random?: () => number) {
  const clock = new FakeClock()
  const backend = new Counting({ clock })
  const setup = random === undefined ? { clock } : { clock, random }
  const caches = [1, 2].map(() => new Cache(backend, { ...setup, sharesBackend: true }))
  const [cache, other] = caches as [Cache, Cache]
  return { backend, clock, cache, other }
}

/** A computation that counts its runs, and goes on when it is told to. */
function gated() {
  let opened = true
  let goOn = (): void => {}
  let gate = Promise.resolve()
  const counter = { runs: 0 }
  const compute = async (): Promise<string> => {
    counter.runs++
    const run = counter.runs
    await gate
    return `v${run}`
  }
  const close = (): void => {
    opened = false
    gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
  const open = (): void => {
    if (!opened) goOn()
  }
  return { counter, compute, close, open }
}

describe('refreshAhead', () => {
  const options = { ttl: 10, refreshAhead: 0.8 }

  it('leaves a value alone before its part of the lifetime is over', async () => {
    const { cache, clock, backend } = open()
    const { counter, compute } = gated()
    await cache.getOrSet('k', compute, options)
    clock.advance(7.9)

    expect(await cache.getOrSet('k', compute, options)).toBe('v1')
    await turn()
    expect([counter.runs, backend.again]).toEqual([1, 0])
  })

  it('refreshes once in the fleet while all are served at once', async () => {
    const { cache, other, clock } = open()
    const { counter, compute, close, open: finish } = gated()
    await cache.getOrSet('k', compute, options)
    clock.advance(8)
    close()
    for (const each of [cache, other, cache, other]) {
      expect(await each.getOrSet('k', compute, options)).toBe('v1')
      await turn()
    }
    expect(counter.runs).toBe(2)
    finish()
    await turn()

    expect(await other.getOrSet('k', compute, options)).toBe('v2')
    clock.advance(7.9)
    expect(await cache.getOrSet('k', compute, options)).toBe('v2')
    await turn()
    expect(counter.runs).toBe(2)
  })

  it('costs a process one attempt for each refresh, however many read', async () => {
    const { backend, cache, other, clock } = open()
    const { counter, compute, close, open: finish } = gated()
    await cache.getOrSet('k', compute, options)
    clock.advance(8)
    close()
    for (let i = 0; i < 50; i++) {
      await Promise.all([cache, other].map((each) => each.getOrSet('k', compute, options)))
    }
    expect(backend.again).toBe(2)
    finish()
    await turn()
    clock.advance(8)
    for (let i = 0; i < 50; i++) {
      await Promise.all([cache, other].map((each) => each.getOrSet('k', compute, options)))
    }

    expect(backend.again).toBe(4)
    expect(counter.runs).toBe(3)
  })

  it('asks for no right while this process computes the key anyway', async () => {
    const { backend, cache, clock } = open()
    const { compute, close, open: finish } = gated()
    await cache.getOrSet('k', compute, options)
    clock.advance(9)
    close()
    const forced = cache.getOrSet('k', compute, { ...options, forceFresh: true })
    await turn()
    expect(backend.again).toBe(1)
    await cache.getOrSet('k', compute, { ...options, waitMs: 0 })
    expect(backend.again).toBe(1)
    finish()

    expect(await forced).toBe('v2')
  })

  it('is tried again when whoever had the right is gone', async () => {
    const { backend, cache, clock } = open()
    const { counter, compute } = gated()
    const long = { ttl: 100, refreshAhead: 0.5, leaseFor: 2 }
    await cache.getOrSet('k', compute, long)
    clock.advance(50)
    const found = backend.peek(':1:k')
    // Asked of the backend, nobody renews it: as if the process had died.
    await (found && backend.leaseAgain(':1:k', found, 2))
    await cache.getOrSet('k', compute, long)
    await turn()
    expect(counter.runs).toBe(1)
    clock.advance(2.1)
    expect(await cache.getOrSet('k', compute, long)).toBe('v1')
    await turn()

    expect(counter.runs).toBe(2)
    expect(await cache.get('k')).toBe('v2')
  })

  it('gives the value that is still fresh where it fails, and backs off', async () => {
    const { cache, clock } = open()
    let failed = 0
    const failing = (): string => {
      failed++
      throw new Error('ahead')
    }
    const backingOff = { ...options, ttl: 100, errorBackoff: 5, leaseFor: 1 }
    await cache.getOrSet('k', () => 'v1', backingOff)
    clock.advance(80)
    for (let i = 0; i < 4; i++) {
      expect(await cache.getOrSet('k', failing, backingOff)).toBe('v1')
      await turn()
      clock.advance(1.1)
    }
    expect(failed).toBe(1)
    clock.advance(1)
    await cache.getOrSet('k', failing, backingOff)
    await turn()

    expect(failed).toBe(2)
  })

  it('refreshes nothing that never ends', async () => {
    const { backend, cache, clock } = open()
    const endless = { ttl: Infinity, refreshAhead: 0.1 }
    await cache.getOrSet('k', () => 'v', endless)
    clock.advance(1e9)
    await cache.getOrSet('k', () => 'v', endless)

    expect(backend.again).toBe(0)
  })
})

describe('jitter', () => {
  it.each([
    [0, 10],
    [0.5, 8],
    [0.999_999, 6.000_004],
  ])('with chance at %d lets a value of 10 s live %d s', async (chance, seconds) => {
    const { cache, clock } = open(() => chance)
    await cache.getOrSet('k', () => 'v', { ttl: 10, jitter: 0.4 })

    clock.advance(seconds - 0.01)
    expect(await cache.get('k')).toBe('v')
    clock.advance(0.02)
    expect(await cache.get('k')).toBeUndefined()
  })

  it('shortens what the computation says as well, and nothing without an end', async () => {
    const { cache, clock } = open(() => 0.5)
    await cache.getOrSet(
      'said',
      (computation) => {
        computation.ttl = 20
        return 'v'
      },
      { jitter: 0.5 },
    )
    await cache.getOrSet('endless', () => 'v', { ttl: Infinity, jitter: 0.5 })
    clock.advance(14.9)
    expect(await cache.get('said')).toBe('v')
    clock.advance(0.2)

    expect(await cache.get('said')).toBeUndefined()
    clock.advance(1e9)
    expect(await cache.get('endless')).toBe('v')
  })

  it('leaves the age as it is', async () => {
    const { cache, clock } = open(() => 0.5)
    await cache.getOrSet(
      'k',
      async () => {
        clock.advance(3)
        return 'v'
      },
      { ttl: 20, jitter: 0.5 },
    )

    expect(await cache.lookup('k')).toMatchObject({ state: 'fresh', ageMs: 3000 })
    clock.advance(11.9)
    expect(await cache.get('k')).toBe('v')
    clock.advance(0.2)
    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('negativeTtl', () => {
  const options = { ttl: 60, negativeTtl: 5 }

  it('is the lifetime of null, and of nothing else', async () => {
    const { cache, clock } = open()
    await cache.getOrSet('nobody', () => null, options)
    for (const value of [0, '', false]) await cache.getOrSet(`k${value}`, () => value, options)
    clock.advance(4.9)
    expect(await cache.get('nobody')).toBeNull()
    clock.advance(0.2)

    expect(await cache.get('nobody')).toBeUndefined()
    expect([...(await cache.getMany(['k0', 'k', 'kfalse'])).values()]).toEqual([0, '', false])
  })

  it('counts for less than what the computation says', async () => {
    const { cache, clock } = open()
    await cache.getOrSet(
      'k',
      (computation) => {
        computation.ttl = 30
        return null
      },
      options,
    )
    clock.advance(29)

    expect(await cache.get('k')).toBeNull()
  })

  it('keeps no null with 0', async () => {
    const { cache } = open()
    await cache.getOrSet('k', () => null, { ttl: 60, negativeTtl: 0 })

    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('forceFresh', () => {
  it('computes though a fresh value is there, and is told of it', async () => {
    const { cache } = open()
    await cache.set('k', 'cached')
    let old: unknown
    const value = await cache.getOrSet(
      'k',
      (computation) => {
        old = computation.old?.value
        return 'forced'
      },
      { forceFresh: true },
    )

    expect([value, old, await cache.get('k')]).toEqual(['forced', 'cached', 'forced'])
  })

  it('shares one computation among forced calls, and joins none of the others', async () => {
    const { cache, clock } = open()
    const { counter, compute, close, open: finish } = gated()
    close()
    const plain = cache.getOrSet('k', compute)
    await turn()
    clock.advance(0.1)
    const forced = [1, 2, 3].map(() => cache.getOrSet('k', compute, { forceFresh: true }))
    await turn()
    finish()
    await turn()
    clock.advance(1)

    expect(await plain).toBe('v1')
    expect(await Promise.all(forced)).toEqual(['v2', 'v2', 'v2'])
    expect(counter.runs).toBe(2)
    expect(await cache.get('k')).toBe('v2')
  })

  it('falls back on the fresh value only where an old one may be given', async () => {
    const { cache } = open()
    await cache.set('k', 'cached')
    const failing = () => Promise.reject(new Error('down'))

    await expect(cache.getOrSet('k', failing, { forceFresh: true })).rejects.toThrow('down')
    const options = { forceFresh: true, staleIfError: 60 }
    expect(await cache.getOrSet('k', failing, options)).toBe('cached')
  })
})
