import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { History } from '../../support/history.ts'

/** A cache for each process, and what they do to one key. */
function open(backend: MemoryBackend) {
  const history = new History()
  const caches = [0, 1, 2].map(() => new Cache(backend, { sharesBackend: true }))
  const cacheOf = (process: number): Cache => {
    const cache = caches[process]
    if (cache === undefined) throw new Error(`There is no process ${process}.`)
    return cache
  }
  return {
    history,
    compute: (process: number) => {
      const run = (compute: () => Promise<{ key: string; id: number; version: number }>) =>
        cacheOf(process).getOrSet('a', compute)
      return history.readOrCompute('a', process, false, () => sleep(20), run)
    },
    remove: (process: number) => {
      return history.write('a', 'delete', process, () => cacheOf(process).delete('a'))
    },
    mark: (process: number) => {
      return history.write('a', 'mark', process, () => cacheOf(process).invalidate('a'))
    },
    clear: (process: number) => {
      return history.write('a', 'clear', process, () => cacheOf(process).clear())
    },
  }
}

/** Answers who asks for a lease first only when it is told to. */
class Late extends MemoryBackend {
  answer = (): void => {}
  #isFirst = true

  override async lease(key: string, leaseFor: number) {
    const isFirst = this.#isFirst
    this.#isFirst = false
    const read = await super.lease(key, leaseFor)
    if (isFirst) {
      await new Promise<void>((resolve) => {
        this.answer = resolve
      })
    }
    return read
  }
}

it('accuses nobody whose right to compute was cancelled before it heard of it', async () => {
  await using backend = new Late()
  const { history, compute, remove } = open(backend)
  const hearingLate = compute(0)
  await remove(2)
  const winning = compute(1)
  await sleep(5)
  backend.answer()
  await Promise.all([hearingLate, winning])

  expect(history.faults()).toEqual([])
})

/** Clears only when it is told to. */
class Slow extends MemoryBackend {
  clearNow = (): void => {}

  override async clear(prefix: string) {
    await new Promise<void>((resolve) => {
      this.clearNow = resolve
    })
    return super.clear(prefix)
  }
}

it('accuses nobody who shares a run of before a `clear` that is not over', async () => {
  await using backend = new Slow()
  const { history, compute, clear, mark } = open(backend)
  const first = compute(0)
  const clearing = clear(0)
  await sleep(5)
  await mark(1)
  const sharing = compute(0)
  await Promise.all([first, sharing])
  backend.clearNow()
  await clearing

  expect(history.faults()).toEqual([])
})
