import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'

/** Characters of keys, in all. A flood of addresses forgets the oldest, and costs their pages nothing. */
const MAX_CHARACTERS = 4_000_000

/** A variant's key ends in a digest: so much of it tells them apart. */
const ID_CHARACTERS = 43

/** What this process has stored beside each other, each until it is over. */
type Known = Map<string, Milliseconds>

/**
 * How many variants each address has (`base`: with its nonce, so that a purge starts anew), as far as this process has stored them: a header that is
 * different in each request must not fill the cache.
 */
export class Variants {
  readonly #clock: Clock
  readonly #byBase = new LRUCache<string, Known>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (known, base) => base.length + (known.size + 1) * ID_CHARACTERS,
  })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a key would be one more than `max` under `base`. Not asked for it while there is room. */
  isFull(base: string, key: () => string, max: number): boolean {
    const known = this.#byBase.get(base)
    if (known === undefined || known.size < max || known.has(idOf(key()))) return false
    const now = this.#clock.monotonic()
    for (const [each, until] of known) if (until <= now) known.delete(each)
    return known.size >= max
  }

  /** Counts `key` for as long as it is kept; `false`: there is no room for it. */
  admit(base: string, key: string, max: number, keptFor: Seconds): boolean {
    if (this.isFull(base, () => key, max)) return false
    const known = this.#byBase.get(base) ?? new Map()
    known.set(idOf(key), this.#clock.monotonic() + keptFor * 1000)
    // Anew, because it has grown.
    this.#byBase.set(base, known)
    return true
  }

  /** How many addresses are known. */
  get size(): number {
    return this.#byBase.size
  }
}

function idOf(key: string): string {
  return key.slice(-ID_CHARACTERS)
}
