import { setTimeout as sleep } from 'node:timers/promises'
import Keyv from 'keyv'
import { expect, it } from 'vitest'
import { KeyvBackend } from '../../../src/backends/keyv.ts'
import {
  type Backend,
  Cache,
  type LeaseToken,
  MemcachedBackend,
  MemoryBackend,
  TieredBackend,
} from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { History, type Version } from '../../support/history.ts'
import { freePort, startMemcached } from '../../support/memcached.ts'
import { harmNetwork } from '../../support/network-harm.ts'

const KEYS = ['a', 'b', 'ключ', 'x'.repeat(300)]
// More of them: HISTORY_SEEDS=4,5,6 npx vitest run test/integration/cache/history.test.ts
const SEEDS = (process.env.HISTORY_SEEDS ?? '1,2,3').split(',').map(Number)

// With near copies of everything, each read asks whether its copy is current: no law is looser for it.
const OVER_MEMCACHED = {
  memcached: (far: MemcachedBackend): Backend => far,
  tiered: (far: MemcachedBackend): Backend => new TieredBackend(far, { minBytes: 1 }),
}
const IN_PROCESS = {
  memory: (): Backend => new MemoryBackend(),
  keyv: (): Backend => new KeyvBackend(new Keyv()),
}

function onEach<T>(kinds: Record<string, T>): [name: string, seed: number, make: T][] {
  return Object.entries(kinds).flatMap(([name, make]) =>
    SEEDS.map((seed): [string, number, T] => [name, seed, make]),
  )
}

interface Run {
  readonly seed: number
  readonly caches: readonly Cache[]
  /** Whether to call `clear`, too, which is not replayed if it fails. */
  readonly clears?: boolean
  readonly forMs?: number
}

/** Lets each cache, as a process of its own, do random things to the same keys at the same time. */
async function play({ seed, caches, clears = false, forMs = 400 }: Run): Promise<History> {
  const history = new History()
  const until = performance.now() + forMs
  const workers = caches.flatMap((cache, process) =>
    [0, 1, 2].map((worker) => {
      const random = seededRandom(seed * 1000 + process * 10 + worker)
      return work({ history, cache, process, random, until, clears })
    }),
  )
  const settled = Promise.all(workers).then(() => 'settled')
  // Less than a call waits for others: whoever waits to the end waits for what nobody computes.
  const late = sleep(20_000, 'a promise does not settle', { ref: false })
  expect(await Promise.race([settled, late])).toBe('settled')
  return history
}

/**
 * Waits until nobody holds a lease: who refreshes in the background may still do. Not so long that
 * one that was forgotten could end by itself.
 */
async function expectNoLeases(backend: Backend): Promise<void> {
  const isFree = async (key: string): Promise<boolean> => {
    const read = await backend.lease(`:1:${key}`, 10)
    const { found } = read
    const again = found?.state === 'fresh' ? await backend.leaseAgain(`:1:${key}`, found, 10) : read
    if (again === 'changed' || again.token === undefined) return false
    await backend.release(again.token)
    return true
  }
  const until = performance.now() + 5000
  for (const key of KEYS) {
    while (!(await isFree(key))) {
      if (performance.now() > until) throw new Error(`Somebody still has the lease on ${key}.`)
      await sleep(5)
    }
  }
}

interface Worker {
  readonly history: History
  readonly cache: Cache
  readonly process: number
  readonly random: () => number
  readonly until: number
  readonly clears: boolean
}

async function work({ history, cache, process, random, until, clears }: Worker): Promise<void> {
  const pause = (most: number) => sleep(Math.floor(random() * most))
  const step = async (): Promise<void> => {
    const key = KEYS[Math.floor(random() * KEYS.length)] ?? ''
    const dice = random()
    const flag = random() < 0.5
    if (dice < 0.5) {
      const ttl = random() < 0.3 ? 0.02 : 300
      const options = { ttl, waitMs: 25_000, staleWhileRevalidate: flag ? 300 : 0 }
      const slowly = () => pause(12)
      const variant = random()
      if (variant < 0.15) {
        await history.readOrComputeMany(process, flag, slowly, (compute) =>
          cache.getOrSetMany(KEYS, compute, options),
        )
      } else if (variant < 0.2) {
        const forced = { ...options, staleWhileRevalidate: 0, forceFresh: true }
        const run = (compute: () => Promise<Version>) => cache.getOrSet(key, compute, forced)
        await history.readOrCompute(key, process, false, slowly, run, 'getOrSet with forceFresh')
      } else if (variant < 0.4) {
        const soft = { ttl, waitMs: 25_000, staleIfError: 300, softTimeoutMs: 6, refreshAhead: 0.5 }
        const run = (compute: () => Promise<Version>) => cache.getOrSet(key, compute, soft)
        await history.readOrCompute(key, process, true, slowly, run, 'getOrSet with softTimeoutMs')
      } else {
        await history.readOrCompute(key, process, flag, slowly, (compute) =>
          cache.getOrSet(key, compute, options),
        )
      }
    } else if (dice < 0.7) {
      await history.read(key, process, flag, async () => {
        if (random() < 0.5) return cache.get(key, { allowStale: flag })
        return (await cache.getMany(KEYS, { allowStale: flag })).get(key)
      })
    } else if (dice < 0.73) {
      await history.touch(key, () => cache.touch(key, 300))
    } else if (dice < 0.76) {
      // Where it stores nothing, it wrote nothing.
      await history.write(key, 'add', process, (value) => cache.add(key, value))
    } else if (dice < 0.8) {
      const set = (value: Version) =>
        flag ? cache.set(key, value) : cache.setMany(new Map([[key, value]]))
      await history.write(key, 'set', process, set)
    } else if (dice < 0.805 && clears) {
      const clear = KEYS.reduce(
        (run, each) => () => history.write(each, 'clear', process, run),
        () => cache.clear(),
      )
      await clear()
    } else if (dice < 0.88) {
      await history.write(key, 'mark', process, () => cache.invalidate(key))
    } else {
      history.change(key)
      const remove = () => (flag ? cache.delete(key) : cache.deleteMany([key]))
      await history.write(key, 'delete', process, remove)
    }
  }
  while (performance.now() < until) {
    // An outage that is told is an answer, too.
    const wasTold = await step().then(
      () => false,
      (error: { code?: string }) => /^ERR_/.test(error.code ?? '') || Promise.reject(error),
    )
    if (wasTold || random() < 0.5) await pause(3)
  }
}

it.each(onEach(OVER_MEMCACHED))(
  'keeps its laws on %s with processes at random, seed %i',
  async (_, seed, over) => {
    await using server = await startMemcached()
    const backends = [0, 1, 2].map(() => over(new MemcachedBackend(`127.0.0.1:${server.port}`)))
    const caches = backends.map((backend) => new Cache(backend))
    const history = await play({ seed, caches, clears: true })
    for (const backend of backends) await expectNoLeases(backend)
    await Promise.all(caches.map((cache) => cache.close()))

    expect(history.faults()).toEqual([])
    expect(history.answers).toBeGreaterThan(20)
  },
)

it.each(onEach(IN_PROCESS))(
  'keeps its laws on %s with caches at random, seed %i',
  async (_, seed, open) => {
    await using backend = open()
    const caches = [0, 1, 2].map(() => new Cache(backend, { sharesBackend: true }))
    const history = await play({ seed, caches, clears: true, forMs: 800 })
    await expectNoLeases(backend)

    expect(history.faults()).toEqual([])
    expect(history.answers).toBeGreaterThan(20)
  },
)

it.each(onEach(OVER_MEMCACHED))(
  'gives no old value on %s for all the network does, seed %i',
  async (_, seed, over) => {
    const port = await freePort()
    let server = await startMemcached([], { port })
    const random = seededRandom(seed)
    const proxies = await Promise.all(
      [0, 1, 2].map((i) => FaultProxy.start({ target: { port }, seed: seed + i })),
    )
    const caches = proxies.map((proxy) => {
      const servers = `127.0.0.1:${proxy.port}`
      const backend = new MemcachedBackend({ servers, timeoutMs: 100, random: seededRandom(seed) })
      return new Cache(over(backend), { onFailure: 'throw', leaseFor: 1 })
    })
    let isOver = false
    const restart = async (): Promise<void> => {
      await sleep(400)
      await server.kill()
      server = await startMemcached([], { port })
    }
    const harming = Promise.all([
      harmNetwork({ proxies, random, longestMs: 40, pauseMs: 30, isOver: () => isOver }),
      restart(),
    ])
    try {
      const history = await play({ seed, caches, forMs: 1000 })

      expect(history.faults({ leasesMayBeLost: true })).toEqual([])
      expect(history.answers).toBeGreaterThan(20)
    } finally {
      isOver = true
      await harming
      await Promise.all(caches.map((cache) => cache.close()))
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await server.kill()
    }
  },
)

/** Stores what was computed, whatever happened to the key meanwhile. */
class Careless extends MemoryBackend {
  override async fill(token: LeaseToken, entry: Parameters<MemoryBackend['fill']>[1]) {
    await this.release(token)
    return this.set(token.key, entry)
  }
}

/** Gives everybody the right to compute. */
class Generous extends MemoryBackend {
  override async lease(key: string, leaseFor: number) {
    const read = await super.lease(key, leaseFor)
    return read.found?.state === 'fresh' ? read : { ...read, token: read.token ?? { key } }
  }
}

it.each([
  ['an old value', Careless, /a value that knows of nothing after/],
  ['two computations of a key at a time', Generous, /at a time/],
])('would notice %s', async (_, Backend, complaint) => {
  await using backend = new Backend()
  const caches = [0, 1, 2].map(() => new Cache(backend, { sharesBackend: true }))
  const history = await play({ seed: 1, caches })

  expect(history.faults().join('\n')).toMatch(complaint)
})
