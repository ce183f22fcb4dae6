import type { Storable } from './backend.ts'
import {
  type CacheOrGetter,
  type CallOptions,
  type CallPlan,
  cacheOf,
  planCalls,
} from './call-plan.ts'
import type { Computation } from './computation.ts'
import type { GetOrSetOptions } from './get-or-set-options.ts'
import type { Schema } from './standard-schema.ts'

/** How `memoize` caches the calls of a function. */
export interface MemoizeOptions<
  Args extends readonly unknown[],
  Input = Storable,
  Output = Input,
  Default = never,
> extends CallOptions<Args> {
  /**
   * What values must look like: the function gives what it takes, and callers get what it puts out. A
   * cached value that does not fit is a miss.
   */
  readonly schema?: Schema<Output, Input> | undefined
  /** Returned where the function fails and there is no old value to give. Never stored. */
  readonly default?: Default | undefined
  /**
   * Gives the function the `Computation` before its arguments: the signal, `skip()`, and the lifetime
   * and tags that only the result tells.
   *
   * @default false
   */
  readonly withComputation?: boolean | undefined
}

/** A function whose calls are cached. Its properties do to one call's entry what their names say. */
export interface Memoized<Args extends readonly unknown[], Value> {
  /**
   * Returns the cached value of this call, or computes it. A promise also of a function that is not
   * async.
   *
   * @throws {@link CacheError} `ERR_KEY_INVALID` for arguments that no key can be made of, and else
   * as `getOrSet` does: `ERR_VALUE_INVALID` where the function gives `undefined`.
   */
  (...args: Args): Promise<Value>
  /** The key of this call, as the cache's methods take it. Throws `ERR_KEY_INVALID`. */
  keyOf(...args: Args): string
  /** Computes anew, also where a fresh value is there. */
  fresh(...args: Args): Promise<Value>
  /** Marks the value stale, as the cache's `invalidate` does. */
  invalidate(...args: Args): Promise<boolean>
  /** Removes the value, as the cache's `delete` does. */
  delete(...args: Args): Promise<boolean>
}

/**
 * A last argument that nobody gives: it refuses functions that may give `undefined`. As a constraint
 * `Value extends Storable` would let async ones pass, because to the compiler a promise is a value.
 */
export type Refused<Value> = unknown extends Value
  ? []
  : undefined extends Value
    ? [returnNullInsteadOfUndefined: never]
    : []

/** `memoize` of a `Cache`. */
export interface Memoize {
  /**
   * Returns `fn` with its calls cached, each under a key of its arguments: `rates("eur",5)` where
   * `key` is `'rates'`.
   *
   * @example
   * ```ts
   * import { createCaches } from 'reprise'
   *
   * const { default: cache } = createCaches()
   * const rates = cache.memoize(async (currency: string) => ({ [currency]: 1.09 }), {
   *   key: 'rates',
   *   tags: (currency) => [`rates-${currency}`],
   *   ttl: '1m',
   * })
   *
   * console.log(await rates('eur'))
   * await rates.invalidate('eur')
   * ```
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`.
   */
  <Args extends readonly unknown[], Input, Value extends Input, Output = Value, Default = never>(
    fn: (...args: Args) => Value | Promise<Value>,
    options: MemoizeOptions<Args, Input, Output, Default> & { readonly withComputation?: false },
    ...refused: Refused<Value>
  ): Memoized<Args, Output | Default>
  /** The same for a function that is told the `Computation`, before its arguments. */
  <Args extends readonly unknown[], Input, Value extends Input, Output = Value, Default = never>(
    fn: (computation: Computation, ...args: Args) => Value | Promise<Value>,
    options: MemoizeOptions<Args, Input, Output, Default> & { readonly withComputation: true },
    ...refused: Refused<Value>
  ): Memoized<Args, Output | Default>
}

type Args = readonly unknown[]

/** Caches the calls of `fn`. The types are those of `Cache.memoize`. */
export function memoize(
  cache: CacheOrGetter,
  fn: unknown,
  options: object,
): Memoized<Args, Storable> {
  const calls = cachedCalls(cache, 'memoize', fn, options, ['withComputation'])
  const memoized = (...args: Args): Promise<Storable> => calls.get(args)
  return named(memoized, fn as (...args: never) => unknown, {
    keyOf: (...args: Args) => calls.keyOf(args),
    fresh: (...args: Args) => calls.fresh(args),
    invalidate: (...args: Args) => calls.invalidate(args),
    delete: (...args: Args) => calls.delete(args),
  })
}

/** What can be done with the entry of one call. */
export interface CachedCalls extends Omit<CallPlan, 'keyOf' | 'compute'> {
  keyOf(args: Args): string
  get(args: Args): Promise<Storable>
  fresh(args: Args): Promise<Storable>
  invalidate(args: Args): Promise<boolean>
  delete(args: Args): Promise<boolean>
}

/** Plans the calls of `fn`. What is wrong with arguments is a rejection. */
export function cachedCalls(
  cache: CacheOrGetter,
  what: string,
  fn: unknown,
  options: object,
  further: readonly string[],
): CachedCalls {
  const plan = planCalls(what, fn, options, further)
  const keyOf = (args: Args): string => plan.keyOf(args, args)
  const compute = (args: Args, options: GetOrSetOptions): Promise<Storable> => {
    return cacheOf(cache).getOrSet(keyOf(args), plan.compute(undefined, args), options)
  }
  return {
    ...plan,
    keyOf,
    get: (args) => attempt(() => compute(args, plan.optionsOf(args))),
    fresh: async (args) => compute(args, { ...plan.optionsOf(args), forceFresh: true }),
    invalidate: async (args) => cacheOf(cache).invalidate(keyOf(args), plan.versionOption),
    delete: async (args) => cacheOf(cache).delete(keyOf(args), plan.versionOption),
  }
}

/** As an async function does, without the promises of its own that each hit would wait for. */
function attempt<T>(run: () => Promise<T>): Promise<T> {
  try {
    return run()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Gives a function the name and the length of what it stands for, and properties. */
export function named<Wrapped extends object, More extends object>(
  wrapped: Wrapped,
  original: (...args: never) => unknown,
  more: More,
): Wrapped & More {
  Object.defineProperties(wrapped, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  })
  return Object.assign(wrapped, more)
}
