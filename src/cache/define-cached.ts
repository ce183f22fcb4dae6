import { optionError } from '../errors.ts'
import type { Storable } from './backend.ts'
import { type CacheOrGetter, cacheOf } from './call-plan.ts'
import type { Computation, ManyComputation } from './computation.ts'
import { type Call, callsReader, listCalls } from './compute-calls.ts'
import { type CachedCalls, cachedCalls, type MemoizeOptions, type Refused } from './memoize.ts'
import { checkBySchema, readBySchema, type Schema } from './standard-schema.ts'

/** A kind of cached value: where it is, what names it, how it is made and what it looks like. */
export interface Definition<
  Args extends readonly unknown[],
  Input = Storable,
  Value extends Input = Input,
  Output = Value,
  Default = never,
> extends MemoizeOptions<Args, Input, Output, Default> {
  readonly cache: CacheOrGetter
  /** Makes the value of a call that is not cached. */
  readonly compute: (...args: Args) => Value | Promise<Value>
  /**
   * Makes the values of many calls in one run, such as one query: those that `getMany` misses. It
   * gives them in the order of the calls. Without it they are computed call by call.
   */
  readonly computeMany?:
    | ((calls: Args[]) => readonly Value[] | Promise<readonly Value[]>)
    | undefined
  readonly withComputation?: false | undefined
}

/** A {@link Definition} whose function is told the `Computation`, before the arguments. */
export interface DefinitionWithComputation<
  Args extends readonly unknown[],
  Input = Storable,
  Value extends Input = Input,
  Output = Value,
  Default = never,
> extends Omit<
    Definition<Args, Input, Value, Output, Default>,
    'compute' | 'computeMany' | 'withComputation'
  > {
  readonly compute: (computation: Computation, ...args: Args) => Value | Promise<Value>
  /** Where it is told what it is told of one call, each by its key: `computation.of(key)`. */
  readonly computeMany?:
    | ((
        computation: ManyComputation,
        calls: Args[],
      ) => readonly Value[] | Promise<readonly Value[]>)
    | undefined
  readonly withComputation: true
}

/** What is kept: what the schema takes, or without one what the function gives. */
export type Kept<Input, Value> = unknown extends Input ? Value : Input

/** What {@link defineCached} makes: everything that is done with values of one kind. */
export interface Cached<Args extends readonly unknown[], Value, Output = Value, Default = never> {
  /**
   * Returns the value, cached or computed. One round trip for a hit.
   *
   * @throws {@link CacheError} `ERR_KEY_INVALID` for arguments that no key can be made of, and else
   * as `getOrSet` does: `ERR_VALUE_INVALID` where what was computed does not fit the schema.
   */
  get(...args: Args): Promise<Output | Default>
  /**
   * Returns the values of many calls, in their order. What is not cached is computed by
   * `computeMany`, or without one call by call. As many round trips as servers. Rejects with the first
   * failure.
   */
  getMany(calls: Iterable<Readonly<Args>>): Promise<(Output | Default)[]>
  /** Returns the cached value, or `undefined` where there is none that fits. Computes nothing. */
  peek(...args: Args): Promise<Output | undefined>
  /** Computes anew, also where a fresh value is there. */
  fresh(...args: Args): Promise<Output | Default>
  /** Keeps `value` as the value of a call, with the definition's ttl and tags. */
  set(args: Readonly<Args>, value: Value): Promise<void>
  /** Marks the value of a call stale, as the cache's `invalidate` does. */
  invalidate(...args: Args): Promise<boolean>
  /** Removes the value of a call, as the cache's `delete` does. */
  delete(...args: Args): Promise<boolean>
  /** The key of a call, as the cache's methods take it. Throws `ERR_KEY_INVALID`. */
  keyOf(...args: Args): string
}

/**
 * Defines a kind of cached value, once, for all who read, set or invalidate it: their keys, lifetimes
 * and types cannot differ.
 *
 * With a `schema`, of any library that speaks Standard Schema, a cached value that no longer fits, such
 * as one of an older release, is a miss. `compute` gives what the schema takes, callers get what it
 * puts out.
 *
 * @example
 * ```ts
 * import { createCaches, defineCached } from 'reprise'
 *
 * const caches = createCaches()
 * const city = defineCached({
 *   cache: () => caches.default,
 *   key: 'city',
 *   compute: async (id: number) => ({ id, name: `City ${id}` }),
 *   tags: (id) => [`city-${id}`],
 *   ttl: '1h',
 * })
 *
 * const { name } = await city.get(7)
 * const [first, second] = await city.getMany([[1], [2]])
 * await city.set([7], { id: 7, name: 'Berlin' })
 * await city.invalidate(7)
 * console.log(name, first, second)
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function defineCached<
  Args extends readonly unknown[],
  Input,
  Value extends Input,
  Output = Value,
  Default = never,
>(
  definition: DefinitionWithComputation<Args, Input, Value, Output, Default>,
  ...refused: Refused<Value>
): Cached<Args, Kept<Input, Value>, Output, Default>
export function defineCached<
  Args extends readonly unknown[],
  Input,
  Value extends Input,
  Output = Value,
  Default = never,
>(
  definition: Definition<Args, Input, Value, Output, Default>,
  ...refused: Refused<Value>
): Cached<Args, Kept<Input, Value>, Output, Default>
export function defineCached(definition: object): Cached<readonly unknown[], Storable> {
  const { cache, compute, computeMany, schema, withComputation } = given(definition)
  if (typeof cache !== 'function') cacheOf(cache)
  const calls = cachedCalls(cache, 'defineCached', compute, definition, [
    'cache',
    'compute',
    'computeMany',
    'withComputation',
  ])
  const getCalls =
    computeMany === undefined
      ? // All in one turn of the event loop, so that their commands leave in one write.
        (list: readonly Call[]) => Promise.all(list.map((args) => calls.get(args)))
      : callsReader(cache, calls, computeMany, withComputation === true)
  return Object.freeze({
    get: (...args: Call) => calls.get(args),
    getMany: async (list: Iterable<Call>) => getCalls(listCalls(list)),
    peek: (...args: Call) => peek(cache, calls, schema, args),
    fresh: (...args: Call) => calls.fresh(args),
    set: (args: Call, value: Storable) => set(cache, calls, schema, args, value),
    invalidate: (...args: Call) => calls.invalidate(args),
    delete: (...args: Call) => calls.delete(args),
    keyOf: (...args: Call) => calls.keyOf(args),
  })
}

interface Given {
  readonly cache: CacheOrGetter
  readonly compute: unknown
  readonly computeMany: unknown
  readonly withComputation: unknown
  readonly schema: Schema<Storable> | undefined
}

function given(definition: object): Given {
  if (typeof definition === 'object' && definition !== null) return definition as Given
  throw optionError('definition', definition, 'an object with `cache`, `key` and `compute`')
}

async function peek(
  cache: CacheOrGetter,
  calls: CachedCalls,
  schema: Schema<Storable> | undefined,
  args: Call,
): Promise<Storable | undefined> {
  const value = await cacheOf(cache).get(calls.keyOf(args), calls.versionOption)
  if (value === undefined || schema === undefined) return value
  return (await readBySchema(schema, value))?.value
}

async function set(
  cache: CacheOrGetter,
  calls: CachedCalls,
  schema: Schema<Storable> | undefined,
  args: Call,
  value: Storable,
): Promise<void> {
  const [call = []] = listCalls([args])
  const key = calls.keyOf(call)
  const { ttl, tags } = calls.optionsOf(call)
  if (schema !== undefined) await checkBySchema(schema, value, 'The value that was set')
  await cacheOf(cache).set(key, value, { ...calls.versionOption, ttl, tags })
}
