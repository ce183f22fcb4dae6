import { describe, expect, it } from 'vitest'
import { Bounded } from '../../../src/client/figures/bounded.ts'
import { merged } from '../../../src/client/figures/merged.ts'
import { readAhead } from '../../../src/client/figures/read-ahead.ts'

describe('Bounded', () => {
  it('passes items on, and ends as its source does', async () => {
    const bounded = new Bounded([], () => numbers(3))

    expect(await all(bounded)).toEqual([0, 1, 2])
    expect(await bounded.next()).toEqual({ done: true, value: undefined })
  })

  it('ends at once where it is returned while its source waits', async () => {
    const bounded = new Bounded([], silence)
    const next = bounded.next()

    expect(await bounded.return()).toEqual({ done: true, value: undefined })

    expect(await next).toEqual({ done: true, value: undefined })
    expect(await bounded.next()).toEqual({ done: true, value: undefined })
  })

  it('ends with the reason of any signal, and listens to none after that', async () => {
    const first = new AbortController()
    const second = new AbortController()
    const reason = new Error('enough')
    const bounded = new Bounded([first.signal, undefined, second.signal], silence)
    const next = bounded.next()

    second.abort(reason)

    await expect(next).rejects.toBe(reason)
    first.abort(new Error('more than enough'))
    expect(await bounded.next()).toEqual({ done: true, value: undefined })
  })

  it('ends where a signal was aborted before it began', async () => {
    const reason = new Error('enough')
    const bounded = new Bounded([AbortSignal.abort(reason)], silence)

    await expect(bounded.next()).rejects.toBe(reason)
  })

  it('throws what its source throws', async () => {
    const bounded = new Bounded([], async function* () {
      yield 1
      throw new Error('broken')
    })

    expect(await bounded.next()).toEqual({ done: false, value: 1 })
    await expect(bounded.next()).rejects.toThrow('broken')
  })

  it('is ended by `await using` and by `throw`', async () => {
    let bounded: Bounded<number>
    {
      await using used = new Bounded([], () => numbers(3))
      bounded = used
      await used.next()
    }
    expect(await bounded.next()).toEqual({ done: true, value: undefined })

    const other = new Bounded([], () => numbers(3))
    await expect(other.throw(new Error('thrown'))).rejects.toThrow('thrown')
    expect(await other.next()).toEqual({ done: true, value: undefined })
  })
})

describe('merged', () => {
  it('gives the items of all sources, of each in its order', async () => {
    const items = await all(merged([numbers(3), numbers(2, 10), numbers(0)]))

    expect(items.filter((item) => item < 10)).toEqual([0, 1, 2])
    expect(items.filter((item) => item >= 10)).toEqual([10, 11])
  })

  it('runs no source ahead by more than one item', async () => {
    let made = 0
    async function* eager(): AsyncGenerator<number, void, undefined> {
      for (;;) yield made++
    }
    const items = merged([eager()])

    for (let i = 0; i < 5; i++) {
      await items.next()
      await new Promise(setImmediate)
    }

    expect(made).toBe(5)
  })

  it('ends with the first error', async () => {
    async function* broken(): AsyncGenerator<number, void, undefined> {
      yield 1
      throw new Error('broken')
    }

    await expect(all(merged([broken(), numbers(1000)]))).rejects.toThrow('broken')
  })
})

describe('readAhead', () => {
  it('gives all of its source, in order', async () => {
    const batches = readAhead(inBatches(10), 100, tooSlow)

    expect((await allOf(batches)).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('lets its source wait for nothing', async () => {
    let made = 0
    const batches = readAhead(
      counted(20, () => made++),
      100,
      tooSlow,
    )
    await batches.next()

    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)

    expect(made).toBe(20)
  })

  it('gives what it holds before it says that there was too much', async () => {
    let made = 0
    let left = false
    const source = counted(1000, () => made++)
    const batches = readAhead(
      withEnd(source, () => {
        left = true
      }),
      5,
      tooSlow,
    )
    await batches.next()
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    expect(left).toBe(true)
    expect(made).toBeLessThan(10)

    const seen: number[] = []
    const reading = (async () => {
      for await (const batch of batches) seen.push(...batch)
    })()

    await expect(reading).rejects.toThrow('too slow')
    expect(seen).toHaveLength(made - 1)
  })

  it('throws what its source throws, after what came before', async () => {
    async function* broken(): AsyncGenerator<readonly number[], void, undefined> {
      yield [1, 2]
      throw new Error('broken')
    }
    const batches = readAhead(broken(), 10, tooSlow)

    expect(await batches.next()).toEqual({ done: false, value: [1, 2] })
    await expect(batches.next()).rejects.toThrow('broken')
  })
})

const tooSlow = () => new Error('too slow')

async function* inBatches(count: number): AsyncGenerator<readonly number[], void, undefined> {
  for (let i = 0; i < count; i += 3) {
    yield Array.from({ length: Math.min(3, count - i) }, (_, n) => i + n)
  }
}

async function* counted(
  count: number,
  make: () => number,
): AsyncGenerator<readonly number[], void, undefined> {
  for (let i = 0; i < count; i++) yield [make()]
}

async function* withEnd<T>(
  source: AsyncGenerator<T, void, undefined>,
  end: () => void,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* source
  } finally {
    end()
  }
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const item of items) seen.push(item)
  return seen
}

async function* numbers(count: number, from = 0): AsyncGenerator<number, void, undefined> {
  for (let i = from; i < from + count; i++) yield i
}

/** Waits until `signal` is aborted, and throws its reason. */
async function* silence(signal: AbortSignal): AsyncGenerator<number, void, undefined> {
  signal.throwIfAborted()
  await new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  yield 0
}

async function all(items: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = []
  for await (const item of items) seen.push(item)
  return seen
}
