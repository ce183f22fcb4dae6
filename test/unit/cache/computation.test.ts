import { expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

it('refuses a result that cannot be kept also where it is not to be kept', async () => {
  const cache = new Cache(new MemoryBackend())
  const skipping = cache.getOrSet('k', (computation) => {
    computation.skip()
    return () => 'a function'
  })

  await expect(skipping).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
})

it('aborts no signal of a computation that has ended', async () => {
  const cache = new Cache(new MemoryBackend())
  const signal = await signalOf(cache)
  await cache.close()

  expect(signal?.aborted).toBe(false)
})

it('starts a computation that was waiting with an aborted signal once the cache is closed', async () => {
  const clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  const [cache, other] = [1, 2].map(() => new Cache(backend, { clock, sharesBackend: true }))
  await other?.lookup('k')
  const waiting = cache && signalOf(cache)
  await cache?.close()
  while (clock.sleepers < 2) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(3)

  expect((await waiting)?.aborted).toBe(true)
})

async function signalOf(cache: Cache): Promise<AbortSignal | undefined> {
  let signal: AbortSignal | undefined
  await cache.getOrSet('k', (computation) => {
    signal = computation.signal
    return 1
  })
  return signal
}
