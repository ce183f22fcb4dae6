import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Keyv from 'keyv'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { KeyvBackend } from '../../src/backends/keyv.ts'
import { Cache } from '../../src/cache/cache.ts'
import type { CacheOptions } from '../../src/cache/settings.ts'
import type { Clock } from '../../src/clock.ts'
import { systemClock } from '../../src/clock.ts'
import { type Backend, MemcachedBackend, MemoryBackend, TieredBackend } from '../../src/index.ts'
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
  readonly name: 'memory' | 'keyv' | 'memcached' | 'tiered'
  it(title: string, run: (scene: Scene) => Promise<void>): void
}

/** Declares the same tests on every backend that keeps values; Memcached is a real one. */
export function onEachRig(declare: (rig: Rig) => void): void {
  inProcess('memory', (clock) => new MemoryBackend({ clock }), declare)
  inProcess('keyv', (clock) => new KeyvBackend(new Keyv(), { clock }), declare)
  onServer('memcached', (far) => far, declare)
  // All values are kept near, however small.
  onServer('tiered', (far) => new TieredBackend(far, { minBytes: 1 }), declare)
}

function inProcess(
  name: Rig['name'],
  open: (clock: FakeClock) => Backend,
  declare: (rig: Rig) => void,
): void {
  describe(`on ${name}`, () => {
    declare({
      name,
      it: (title, run) => {
        it(title, async () => {
          const clock = new FakeClock()
          const pass = async (seconds: number) => {
            clock.advance(seconds)
            // Whoever was woken gets to do what it woke for.
            await new Promise((resolve) => setImmediate(resolve))
          }
          await act(open(clock), clock, pass, run)
        })
      },
    })
  })
}

function onServer(
  name: Rig['name'],
  open: (far: MemcachedBackend) => Backend,
  declare: (rig: Rig) => void,
): void {
  describe(`on ${name}`, () => {
    let server: MemcachedServer
    beforeAll(async () => {
      server = await startMemcached()
    })
    afterAll(() => server.kill())
    declare({
      name,
      it: (title, run) => {
        // All at once, because the seconds that pass here are real.
        it.concurrent(title, async () => {
          const pass = async (seconds: number) => void (await sleep(seconds * 1000))
          const backend = open(new MemcachedBackend(`127.0.0.1:${server.port}`))
          await act(backend, systemClock, pass, run)
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
