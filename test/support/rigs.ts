import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { Cache } from '../../src/cache/cache.ts'
import type { CacheOptions } from '../../src/cache/settings.ts'
import type { Clock } from '../../src/clock.ts'
import { systemClock } from '../../src/clock.ts'
import { type Backend, MemcachedBackend, MemoryBackend } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from './memcached.ts'

/** One test's own corner of a real backend. */
export interface Scene {
  readonly backend: Backend
  readonly clock: Clock
  /** Opens a cache over the backend, under a prefix that no other test uses. */
  open(options?: CacheOptions): Cache
  /** Lets time pass: moves the clock, or sleeps where the time is a server's. */
  pass(seconds: number): Promise<void>
}

export interface Rig {
  readonly name: 'memory' | 'memcached'
  it(title: string, run: (scene: Scene) => Promise<void>): void
}

/** Declares the same tests on `memory` and on a real `memcached`. */
export function onEachRig(declare: (rig: Rig) => void): void {
  describe('on memory', () => {
    declare({
      name: 'memory',
      it: (title, run) => {
        it(title, async () => {
          const clock = new FakeClock()
          const pass = async (seconds: number) => {
            clock.advance(seconds)
            // Whoever was woken gets to do what it woke for.
            await new Promise((resolve) => setImmediate(resolve))
          }
          await act(new MemoryBackend({ clock }), clock, pass, run)
        })
      },
    })
  })

  describe('on memcached', () => {
    let server: MemcachedServer
    beforeAll(async () => {
      server = await startMemcached()
    })
    afterAll(() => server.kill())
    declare({
      name: 'memcached',
      it: (title, run) => {
        // All at once, because the seconds that pass here are real.
        it.concurrent(title, async () => {
          const pass = async (seconds: number) => void (await sleep(seconds * 1000))
          await act(new MemcachedBackend(`127.0.0.1:${server.port}`), systemClock, pass, run)
        })
      },
    })
  })
}

async function act(
  backend: Backend,
  clock: Clock,
  pass: Scene['pass'],
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const corner = randomUUID().slice(0, 8)
  const open = ({ keyPrefix = '', ...options }: CacheOptions = {}): Cache => {
    const setup = { ...options, keyPrefix: corner + keyPrefix, clock, sharesBackend: true }
    return new Cache(backend, setup)
  }
  try {
    await run({ backend, clock, open, pass })
  } finally {
    await backend[Symbol.asyncDispose]()
  }
}
