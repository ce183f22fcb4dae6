import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

/**
 * A clock that moves when it is told to.
 *
 * It does not move a real Memcached server's clock, nor the deadlines of a socket.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { FakeClock } from 'reprise/testing'
 *
 * const clock = new FakeClock()
 * const caches = createCaches({ default: 'memory://' }, { clock })
 * await caches.default.set('k', 'v', { ttl: 10 })
 * clock.advance(10)
 * console.log(await caches.default.get('k')) // undefined
 * ```
 */
export class FakeClock implements Clock {
  #now: Milliseconds
  #monotonic: Milliseconds = 0
  #sleepers: { readonly until: Milliseconds; readonly wake: () => void }[] = []

  /** `startMs` is the wall-clock time since the epoch; it stands still there. */
  constructor(startMs: Milliseconds = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
  }

  now(): Milliseconds {
    return this.#now
  }

  monotonic(): Milliseconds {
    return this.#monotonic
  }

  /** Resolves once {@link FakeClock.advance} has moved the clock `ms` on. */
  sleep(ms: Milliseconds): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ until: this.#monotonic + ms, wake })
    })
  }

  /** How many sleepers there are: a test waits for one before it moves the clock. */
  get sleepers(): number {
    return this.#sleepers.length
  }

  /** Moves both times on and wakes, in order, whoever slept until then. */
  advance(seconds: Seconds): void {
    this.#now += seconds * 1000
    this.#monotonic += seconds * 1000
    const due = this.#sleepers.filter(({ until }) => until <= this.#monotonic)
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#monotonic)
    for (const { wake } of due.sort((a, b) => a.until - b.until)) wake()
  }

  /** Moves the wall-clock time alone, forwards or back, as when somebody sets a machine's clock. */
  jump(seconds: Seconds): void {
    this.#now += seconds * 1000
  }
}
