import { copyValue } from '../codec/copy.ts'
import { checkValue } from '../codec/values.ts'
import { CacheError, optionError, shown } from '../errors.ts'
import { type Duration, type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import type { Found, Storable } from './backend.ts'
import type { LeaseFillOptions } from './fill-options.ts'
import type { Policy } from './policy.ts'
import { checkBySchema } from './standard-schema.ts'
import { checkTags } from './tags.ts'

/** The value that a computation replaces. */
export interface OldValue {
  /** A copy. */
  readonly value: unknown
  readonly etag: string | undefined
  /** Time since its computation started; `undefined` where the stored form does not tell. */
  readonly ageMs: Milliseconds | undefined
}

/** What a computation of `getOrSet` is told, and may say about its result. */
export interface Computation {
  /**
   * Aborts when the cache is closed, after `hardTimeoutMs`, when nobody waits any longer, and for a
   * refresh in the background also when its result could not be stored any more.
   */
  readonly signal: AbortSignal
  /** Lifetime of the result, as the call has it. Set it where the result itself tells. */
  ttl: Duration
  /**
   * Tags of the result, as the call has them. Add those that only the result tells: it is stored
   * unless some tag of the alias was invalidated meanwhile.
   */
  readonly tags: string[]
  /** What the origin calls this state of the result; the next computation finds it in `old`. */
  etag: string | undefined
  /** The value that the result replaces, where one is at hand: stale, or fresh but soon due. */
  readonly old: OldValue | undefined
  /** Keeps the result from being stored. It is returned all the same. */
  skip(): void
  /**
   * Says that the old value is still right: `return computation.notModified()`. It is the result, with
   * a whole lifetime before it, and its etag where no other is set. Fits where any value does.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID` where there is no `old`.
   */
  notModified(): never
}

/** What a computation of `getOrSetMany` is told, and may say about its results. */
export interface ManyComputation {
  /** As that of a {@link Computation}: it aborts when nobody waits for any of the keys. */
  readonly signal: AbortSignal
  /** Lifetime of all results that {@link ManyComputation.of} gives no other. */
  ttl: Duration
  /** Tags of all results. */
  readonly tags: string[]
  /** Keeps all results from being stored. */
  skip(): void
  /**
   * What concerns one key alone: its `ttl`, `tags`, `etag`, `old`, `skip()` and `notModified()`.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID` where it is none of the keys.
   */
  of(key: string): Computation
}

/** Makes the value of a key. */
export type Compute<T> = (computation: Computation) => T | Promise<T>

/** What a {@link ComputeMany} gives: a map, pairs, or an object. A key left out has no value. */
export type ManyResult<T> =
  | ReadonlyMap<string, T>
  | Iterable<readonly [key: string, value: T]>
  | Readonly<Record<string, T>>

/** Makes the values of many keys. */
export type ComputeMany<T> = (
  keys: string[],
  computation: ManyComputation,
) => ManyResult<T> | Promise<ManyResult<T>>

/** What came of a computation. */
export interface Computed {
  readonly value: Storable
  /** What the schema made of `value`, or `value` itself: what callers get. */
  readonly output: Storable
  /** `undefined`: it is not to be stored. */
  readonly fill: LeaseFillOptions | undefined
}

/** A computation under way: what it is told, and what it has said so far. */
export class ComputationState implements Computation {
  readonly signal: AbortSignal
  ttl: Duration
  readonly tags: string[]
  etag: string | undefined
  readonly #policy: Policy
  readonly #found: Found | undefined
  #old: OldValue | undefined
  #isSkipped = false
  #isNotModified = false

  constructor(policy: Policy, found: Found | undefined, signal: AbortSignal) {
    this.#policy = policy
    this.#found = found
    this.signal = signal
    this.ttl = policy.ttl
    this.tags = [...policy.tags]
  }

  get old(): OldValue | undefined {
    const found = this.#found
    if (found === undefined) return undefined
    const { etag, ageMs } = found
    // Copied only for who asks: most do not.
    this.#old ??= { value: copyValue(found.value).value, etag, ageMs }
    return this.#old
  }

  // Functions of their own, as who takes the context apart calls them without it.
  readonly skip = (): void => {
    this.#isSkipped = true
  }

  readonly notModified = (): never => {
    if (this.#found === undefined) {
      const message =
        '`notModified` was called where there is no old value: ask for `computation.old` first.'
      throw new CacheError('ERR_VALUE_INVALID', message)
    }
    this.#isNotModified = true
    return this.old?.value as never
  }

  /** Whether `notModified` was called: what was returned does not matter then. */
  get isNotModified(): boolean {
    return this.#isNotModified
  }

  /**
   * Checks what was computed, and tells how it is kept. Rejects with what is wrong with it, in the
   * same way whether it is to be stored or not.
   */
  async resultOf(returned: unknown, key: string, random: () => number): Promise<Computed> {
    const value = this.#isNotModified ? this.#found?.value : returned
    if (value === undefined) {
      const message = `What was computed for ${shown(key)} is undefined, which is a miss: give null to keep that there is nothing.`
      throw new CacheError('ERR_VALUE_INVALID', message)
    }
    checkValue(value)
    const fill = this.#fillOf(value, random)
    const { schema } = this.#policy
    if (schema === undefined) return { value: value as Storable, output: value as Storable, fill }
    const origin = `What was computed for ${shown(key)}`
    const output = await checkBySchema(schema, value as Storable, origin)
    if (output !== value) checkValue(output)
    return { value: value as Storable, output, fill }
  }

  #fillOf(value: unknown, random: () => number): LeaseFillOptions | undefined {
    const ttl = jittered(this.#lifetimeOf(value), this.#policy.jitter, random)
    const etag = this.etag ?? (this.#isNotModified ? this.#found?.etag : undefined)
    if (etag !== undefined && typeof etag !== 'string') throw optionError('etag', etag, 'a string')
    const tags = checkTags(this.tags)
    const { staleWhileRevalidate, staleIfError } = this.#policy
    return this.#isSkipped ? undefined : { ttl, staleWhileRevalidate, staleIfError, tags, etag }
  }

  #lifetimeOf(value: unknown): Seconds {
    const { ttl, negativeTtl } = this.#policy
    // What the computation says itself counts for more than what the call says for all nulls.
    if (value === null && negativeTtl !== undefined && this.ttl === ttl) return negativeTtl
    return parseDuration('ttl', this.ttl)
  }
}

/** A lifetime, shortened at random by up to a part of it. */
function jittered(ttl: Seconds, jitter: number, random: () => number): Seconds {
  return jitter === 0 || ttl === Infinity ? ttl : ttl * (1 - jitter * random())
}
