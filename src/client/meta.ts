import { CacheError } from '../errors.ts'
import {
  type CasToken,
  type MetaCommand,
  metaArithmetic,
  metaDelete,
  metaGet,
  metaSet,
} from '../protocol/command.ts'
import { type WireKey, wireKey } from '../protocol/key.ts'
import type { Seconds } from '../units.ts'
import {
  type MetaArithmeticReply,
  type MetaDeleteReply,
  type MetaGetReply,
  type MetaSetReply,
  readArithmetic,
  readDelete,
  readGet,
  readItem,
  readSet,
} from './answers.ts'
import type { Item } from './item.ts'
import type { ResolvedMemcachedOptions } from './options.ts'
import type { CallOptions, Router } from './router.ts'
import { wireTtl } from './ttl.ts'
import { ownBytes } from './values.ts'

/** What to read, and what the reading does. Nothing is returned that is not asked for. */
export interface MetaGetOptions extends CallOptions {
  readonly value?: boolean | undefined
  readonly flags?: boolean | undefined
  readonly cas?: boolean | undefined
  readonly ttl?: boolean | undefined
  readonly size?: boolean | undefined
  /** On a miss, makes an empty item that lives so long and answers `won` to this caller (`N`). */
  readonly vivify?: Seconds | undefined
  /** Gives the item so long to live from now (`T`). */
  readonly touch?: Seconds | undefined
  /** Does not count as a use of the item (`u`). */
  readonly noBump?: boolean | undefined
}

export interface MetaSetOptions extends CallOptions {
  /** Client flags, 0 to 2^32 - 1. */
  readonly flags?: number | undefined
  /** Default: the client's `ttl`. `Infinity`: never expires. 0 or less: gone at once. */
  readonly ttl?: Seconds | undefined
  readonly mode?: 'set' | 'add' | 'replace' | undefined
  /** Stores only over this version. Void, so `'exists'`, once its connection has ended. */
  readonly compareCas?: CasToken | undefined
  readonly returnCas?: boolean | undefined
  readonly invalidate?: boolean | undefined
}

export interface MetaDeleteOptions extends CallOptions {
  /** Deletes only this version. Void, so `'exists'`, once its connection has ended. */
  readonly compareCas?: CasToken | undefined
  /** Marks the item stale instead: the next reader wins, the others get the stale value (`I`). */
  readonly invalidate?: boolean | undefined
  /** With `invalidate`: how long the stale item is kept. Default: as long as it had left. */
  readonly ttl?: Seconds | undefined
}

export interface MetaArithmeticOptions extends CallOptions {
  /** 0 to 2^64 - 1. `incr` wraps around at 2^64, `decr` stops at 0. */
  readonly delta: bigint
  readonly mode: 'incr' | 'decr'
  /** Stored, and returned unchanged, where the key is missing. */
  readonly initial?: bigint | undefined
  /** Of an item made from `initial`. Default: the client's `ttl`. An existing one keeps its own. */
  readonly ttl?: Seconds | undefined
}

/** The meta commands over a {@link Router}: options checked and converted, answers read. */
export class MetaCommands {
  readonly #router: Router
  readonly #options: ResolvedMemcachedOptions

  constructor(router: Router, options: ResolvedMemcachedOptions) {
    this.#router = router
    this.#options = options
  }

  /** The value and its flags: a hit's shortest way. */
  item(operation: string, key: string): Promise<Item | undefined> {
    return this.#router.send({
      operation,
      key,
      routeKey: undefined,
      command: getItem,
      read: readItem,
      replayed: false,
    })
  }

  get(operation: string, key: string, options: MetaGetOptions): Promise<MetaGetReply> {
    const { vivify, touch } = options
    const plain = vivify === undefined && touch === undefined
    return this.#router.send({
      operation,
      key,
      routeKey: options.routeKey,
      command: (wire) =>
        metaGet(
          wire,
          plain ? options : { ...options, vivify: this.#ttl(vivify), touch: this.#ttl(touch) },
        ),
      read: readGet,
      replayed: options.touch !== undefined,
    })
  }

  set(
    operation: string,
    key: string,
    value: Uint8Array,
    options: MetaSetOptions,
  ): Promise<MetaSetReply> {
    if (value instanceof Uint8Array && value.length > this.#options.maxValueBytes)
      return this.#refuse(key, value, options)
    return this.#router.send({
      operation,
      key,
      routeKey: options.routeKey,
      command: (wire) =>
        metaSet(wire, ownBytes(value), { ...options, ttl: this.#newTtl(options.ttl) }),
      read: readSet,
      replayed: overwrites(options),
    })
  }

  delete(operation: string, key: string, options: MetaDeleteOptions): Promise<MetaDeleteReply> {
    return this.#router.send({
      operation,
      key,
      routeKey: options.routeKey,
      command: (wire) => metaDelete(wire, { ...options, ttl: this.#ttl(options.ttl) }),
      read: readDelete,
      // Who meant one version only must not take another with it.
      replayed: options.compareCas === undefined,
    })
  }

  arithmetic(
    operation: string,
    key: string,
    options: MetaArithmeticOptions,
  ): Promise<MetaArithmeticReply> {
    return this.#router.send({
      operation,
      key,
      routeKey: options.routeKey,
      command: (wire) => metaArithmetic(wire, { ...options, ttl: this.#newTtl(options.ttl) }),
      read: readArithmetic,
      replayed: false,
    })
  }

  #ttl(ttl: Seconds | undefined): Seconds | undefined {
    return ttl === undefined ? undefined : wireTtl(ttl, this.#options.clock)
  }

  #newTtl(ttl: Seconds | undefined): Seconds {
    return wireTtl(ttl ?? this.#options.ttl, this.#options.clock)
  }

  // The server deletes the old value when it refuses a larger one; who refuses here does the same,
  // or the old value would outlive the attempt to replace it.
  async #refuse(key: string, value: Uint8Array, options: MetaSetOptions): Promise<never> {
    const wire = wireKey(key)
    if (overwrites(options)) await this.#router.serverOf(options.routeKey ?? key).discard(wire)
    throw new CacheError(
      'ERR_VALUE_TOO_LARGE',
      `A value of ${value.length} bytes was not sent: \`maxValueBytes\` is ${this.#options.maxValueBytes}.`,
    )
  }
}

const VALUE_AND_FLAGS = Object.freeze({ value: true, flags: true })

function getItem(wire: WireKey): MetaCommand {
  return metaGet(wire, VALUE_AND_FLAGS)
}

// `add` leaves what is there, and so does a failed compare: neither leaves a value that the caller
// meant to be gone.
function overwrites(options: MetaSetOptions): boolean {
  return options.mode !== 'add' && options.compareCas === undefined
}
