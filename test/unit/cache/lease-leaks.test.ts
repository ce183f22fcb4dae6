import { expect, it } from 'vitest'
import type { Schema } from '../../../src/cache/standard-schema.ts'
import {
  Cache,
  CacheError,
  type Computation,
  type ManyComputation,
  MemoryBackend,
  type Storable,
} from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'

// More of them: LEAK_SEEDS=4,5,6 npx vitest run test/unit/cache/lease-leaks.test.ts
const SEEDS = (process.env.LEAK_SEEDS ?? '1,2,3,4,5,6').split(',').map(Number)

const KEYS = ['a', 'b', 'c', 'd']
const TAGS = ['red', 'blue']
const WAIT_MS = 60_000
/** No lease ends by itself while a run lasts. */
const LEASE_FOR = 10_000

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Each call takes a while, and some fail, but none that ends a lease: such a lease ends by itself. */
class Wayward extends MemoryBackend {
  readonly #clock: FakeClock
  readonly #random: () => number

  constructor(clock: FakeClock, random: () => number) {
    super({ clock, maxBytes: 200_000 })
    this.#clock = clock
    this.#random = random
  }

  override async lease(...args: Parameters<MemoryBackend['lease']>) {
    await this.#travel(true)
    const read = await super.lease(...args)
    await this.#travel(false)
    return read
  }

  override async leaseAgain(...args: Parameters<MemoryBackend['leaseAgain']>) {
    await this.#travel(true)
    const read = await super.leaseAgain(...args)
    await this.#travel(false)
    return read
  }

  override async getMany(...args: Parameters<MemoryBackend['getMany']>) {
    await this.#travel(true)
    return super.getMany(...args)
  }

  override async fill(...args: Parameters<MemoryBackend['fill']>) {
    await this.#travel(true)
    return super.fill(...args)
  }

  override async release(...args: Parameters<MemoryBackend['release']>) {
    await this.#travel(false)
    return super.release(...args)
  }

  override async backOff(...args: Parameters<MemoryBackend['backOff']>) {
    await this.#travel(false)
    return super.backOff(...args)
  }

  override async renew(...args: Parameters<MemoryBackend['renew']>) {
    await this.#travel(true)
    return super.renew(...args)
  }

  async #travel(mayFail: boolean): Promise<void> {
    if (this.#random() < 0.7) await this.#clock.sleep(this.#random() * 4)
    if (mayFail && this.#random() < 0.03) {
      throw new CacheError('ERR_CONNECTION', 'The network is down.', { applied: 'no' })
    }
  }
}

interface Player {
  readonly cache: Cache
  /** Whether to write as well, which cancels leases. */
  readonly writes: boolean
  readonly clock: FakeClock
  readonly random: () => number
}

async function play({ cache, writes, clock, random }: Player): Promise<void> {
  const isIt = (part: number) => random() < part
  const oneOf = <T>(...list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const pause = (most: number) => clock.sleep(random() * most)
  const key = oneOf(...KEYS)

  const fits: Schema<Storable> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => {
        const issues = [{ message: 'It does not fit.' }]
        return isIt(0.2) ? { issues } : { value: value as Storable }
      },
    },
  }
  const optional = <K extends string, V>(name: K, part: number, value: () => V) => {
    return (isIt(part) ? { [name]: value() } : {}) as { [name in K]?: V }
  }
  const aborting = (): AbortSignal => {
    const controller = new AbortController()
    void pause(20).then(() => controller.abort(new Error('gone')))
    return controller.signal
  }
  const options = () => ({
    ttl: oneOf(300, 0.02, 0.02, 0),
    waitMs: oneOf(WAIT_MS, WAIT_MS, 30, 0),
    errorBackoff: oneOf(0, 0.05),
    ...optional('tags', 0.3, () => [oneOf(...TAGS)]),
    ...optional('staleWhileRevalidate', 0.4, () => oneOf(0.05, 300)),
    ...optional('staleIfError', 0.4, () => oneOf(0.05, 300)),
    ...optional('softTimeoutMs', 0.3, () => oneOf(0, 6)),
    ...optional('hardTimeoutMs', 0.2, () => oneOf(3, 15)),
    ...optional('refreshAhead', 0.3, () => 0.5),
    ...optional('forceFresh', 0.15, () => true),
    ...optional('schema', 0.1, () => fits),
    ...optional('signal', 0.2, aborting),
  })
  const result = async (one: Computation): Promise<unknown> => {
    if (isIt(0.8)) await pause(12)
    if (isIt(0.1)) one.tags.push(oneOf(...TAGS))
    if (isIt(0.1)) one.skip()
    if (isIt(0.1) && one.old !== undefined) return one.notModified()
    if (isIt(0.1)) throw new Error('The database is down.')
    // No value, and one that is too large to be kept.
    return oneOf<unknown>(1, 1, 'text', 'text', null, { v: 1 }, () => {}, 'x'.repeat(200_000))
  }

  const dice = random() * (writes ? 1 : 0.75)
  if (dice < 0.4) {
    const compute = isIt(0.5)
      ? (computation: Computation) => result(computation) as Promise<string>
      : async () => pause(12).then(() => 'short')
    await cache.getOrSet(key, compute, options())
  } else if (dice < 0.7) {
    const compute = async (keys: string[], many: ManyComputation) => {
      if (isIt(0.2)) many.tags.push(oneOf(...TAGS))
      if (isIt(0.1)) many.skip()
      if (isIt(0.05)) return 'no list' as never
      const values = new Map<string, string>()
      for (const each of keys) {
        const value = await result(many.of(each))
        if (isIt(0.8)) values.set(each, value as string)
      }
      return values
    }
    const some = KEYS.filter(() => isIt(0.7))
    await cache.getOrSetMany(some, compute, options())
  } else if (dice < 0.8) {
    const found = await cache.lookup(key, {
      waitMs: oneOf(0, WAIT_MS),
      ...optional('tags', 0.3, () => [oneOf(...TAGS)]),
      ...optional('lateTags', 0.3, () => true),
    })
    const lease = 'lease' in found ? found.lease : undefined
    await pause(5)
    if (isIt(0.6)) await lease?.fill(1, { ttl: oneOf(300, 0.01, 0), tags: [oneOf(...TAGS)] })
    else if (isIt(0.5)) await lease?.release()
    else await lease?.backOff(0.05)
  } else if (dice < 0.83) await cache.set(key, 'set')
  else if (dice < 0.86) await cache.add(key, 'added')
  else if (dice < 0.9) await cache.delete(key)
  else if (dice < 0.94) await cache.invalidate(key)
  else if (dice < 0.96) await cache.expire(key)
  else if (dice < 0.97) await cache.touch(key, 300)
  else if (dice < 0.98) await cache.clear()
  else await cache.invalidateTags([oneOf(...TAGS)], { mode: oneOf('soft', 'hard') as 'hard' })
}

/** Runs until everything has settled, and tells how long the slowest call took by the clock. */
async function run(seed: number) {
  const clock = new FakeClock()
  const random = seededRandom(seed)
  const backend = new Wayward(clock, random)
  const caches = [1, 2, 3].map(() => {
    return new Cache(backend, { clock, sharesBackend: true, leaseFor: LEASE_FOR })
  })
  let slowestMs = 0
  const players = caches.flatMap((cache) =>
    [1, 2, 3].map(async () => {
      for (let step = 0; step < 40; step++) {
        const startedMs = clock.monotonic()
        // What a call says of what it was given is not what is looked at here.
        await play({ cache, writes: seed % 2 === 0, clock, random }).catch(() => {})
        slowestMs = Math.max(slowestMs, clock.monotonic() - startedMs)
        if (random() < 0.3) await clock.sleep(random() * 10)
      }
    }),
  )
  let isOver = false
  const over = Promise.all(players).then(() => {
    isOver = true
  })
  while (!isOver && clock.monotonic() < LEASE_FOR * 500) {
    for (let i = 0; i < 3; i++) await turn()
    clock.advance(0.002)
  }
  await over
  // Refreshes and back-offs that are still under way.
  for (let i = 0; i < 200; i++) {
    await turn()
    clock.advance(0.002)
  }
  return { clock, backend, slowestMs }
}

it.each(SEEDS)('holds no lease, and keeps nobody waiting, seed %i', async (seed) => {
  const { clock, backend, slowestMs } = await run(seed)

  expect(slowestMs).toBeLessThan(WAIT_MS / 10)
  const isFree = new Map<string, unknown>()
  for (const key of KEYS) {
    const whole = `:1:${key}`
    const read = await MemoryBackend.prototype.lease.call(backend, whole, 1)
    const again =
      read.token === undefined && read.found !== undefined
        ? await MemoryBackend.prototype.leaseAgain.call(backend, whole, read.found, 1)
        : read
    isFree.set(key, again !== 'changed' && again.token !== undefined)
  }
  expect(isFree).toEqual(new Map(KEYS.map((key) => [key, true])))
  // Nor does anybody renew one, or ask for one again.
  for (let i = 0; i < 3; i++) {
    clock.advance(LEASE_FOR)
    await turn()
  }
  expect(clock.sleepers).toBe(0)
})
