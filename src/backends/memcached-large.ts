import { MANIFEST_FLAGS } from '../client/chunks/manifest.ts'
import type { CasToken, MemcachedClient, MetaHit } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import { CacheError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { DEAD, type Item, type ReadItem, readItem } from './memcached-item.ts'

// No client splits what is smaller: the least item that it may be told to make, less its overhead.
const LEAST_SPLIT: Bytes = 704

/**
 * Items that may be too large for one, which a client with `chunked` splits over several: then a
 * manifest sits under the key, whose version stands for the whole.
 *
 * By the everyday calls of the client, which know of parts, where the others go by the `meta…` ones.
 */
export class LargeItems {
  readonly #client: MemcachedClient
  readonly #codec: ValueCodec
  readonly #clock: Clock
  readonly #isChunked: boolean

  constructor(client: MemcachedClient, codec: ValueCodec, clock: Clock, isChunked: boolean) {
    this.#client = client
    this.#codec = codec
    this.#clock = clock
    this.#isChunked = isChunked
  }

  /** Whether the client may split it. */
  takes({ bytes }: Item): boolean {
    return this.#isChunked && bytes.length > LEAST_SPLIT
  }

  /**
   * Puts together what was split. Dead: not all of it is there, or there is another version by now
   * than `hit` tells of. A round trip and one for each MiB.
   */
  async read(key: string, hit: MetaHit): Promise<ReadItem> {
    if (!this.#isChunked) return DEAD
    const whole = await this.#client.gets(key)
    if (whole === undefined || whole.flags === MANIFEST_FLAGS) return DEAD
    const { value, flags, cas } = whole
    const isOther =
      hit.cas !== undefined &&
      (hit.cas.value !== cas.value || hit.cas.connection !== cas.connection)
    return isOther ? DEAD : readItem(this.#codec, key, { ...hit, value, flags }, this.#clock.now())
  }

  async set(key: string, { flags, bytes, ttl }: Item): Promise<void> {
    if (!(await this.#client.set(key, bytes, { flags, ttl }))) throw unavailable()
  }

  add(key: string, { flags, bytes, ttl }: Item): Promise<boolean> {
    return this.#client.add(key, bytes, { flags, ttl })
  }

  /** Stores over the version that was read, and over no other. */
  async replace(key: string, { flags, bytes, ttl }: Item, cas: CasToken): Promise<boolean> {
    const outcome = await this.#client.cas(key, bytes, cas, { flags, ttl })
    if (outcome === 'unavailable') throw unavailable()
    return outcome === 'stored'
  }
}

/** Of a client that hides outages, which was handed in. */
function unavailable(): CacheError {
  return new CacheError('ERR_CONNECTION', 'The server of a large value did not take it.', {
    applied: 'unknown',
  })
}
