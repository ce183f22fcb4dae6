import { optionError } from '../errors.ts'
import type { Storable } from './backend.ts'
import { type CacheOrGetter, type CallOptions, cacheOf, planCalls } from './call-plan.ts'
import { named } from './memoize.ts'

/** How {@link memoized} caches the calls of a method. */
export interface MemoizedOptions<This, Args extends readonly unknown[]>
  extends Omit<CallOptions<Args>, 'key' | 'tags'> {
  /**
   * A name such as `'Rates.load'`, to which the arguments are added as {@link callKey} does it: all
   * instances share the values. Or a function that makes the whole key of the instance and the
   * arguments, where the value depends on the instance.
   */
  readonly key: string | ((instance: This, ...args: Args) => string)
  /** A list, or a function that makes it of the instance and the arguments. */
  readonly tags?:
    | Iterable<string>
    | ((instance: This, ...args: Args) => Iterable<string>)
    | undefined
}

/** The same, where nothing depends on the instance or the arguments by a function. */
export interface NamedMethodOptions extends MemoizedOptions<never, never> {
  readonly key: string
  readonly tags?: Iterable<string> | undefined
}

/** A method that can be cached. */
export type AsyncMethod<This, Args extends readonly unknown[], Value> = (
  this: This,
  ...args: Args
) => Promise<Value>

/** A decorator of a method that takes `Args`, of instances or, static, of the class. */
export interface MethodMemoizer<This, Args extends readonly unknown[]> {
  <Value extends Storable>(
    method: AsyncMethod<This, Args, Value>,
    context: ClassMethodDecoratorContext<This, AsyncMethod<This, Args, Value>>,
  ): AsyncMethod<This, Args, Value>
  /** As TypeScript calls it with `experimentalDecorators`. */
  <Value extends Storable>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<AsyncMethod<This, Args, Value>>,
  ): TypedPropertyDescriptor<AsyncMethod<This, Args, Value>>
}

/** A decorator of any async method. */
export interface AnyMethodMemoizer {
  <This, Args extends readonly unknown[], Value extends Storable>(
    method: AsyncMethod<This, Args, Value>,
    context: ClassMethodDecoratorContext<This, AsyncMethod<This, Args, Value>>,
  ): AsyncMethod<This, Args, Value>
  /** As TypeScript calls it with `experimentalDecorators`. */
  <This, Args extends readonly unknown[], Value extends Storable>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<AsyncMethod<This, Args, Value>>,
  ): TypedPropertyDescriptor<AsyncMethod<This, Args, Value>>
}

/**
 * A decorator that caches the calls of an async method: of instances, static or private. Works as a
 * standard decorator and with `experimentalDecorators`.
 *
 * `cache` may be a function, for a cache that is not there yet when the class is defined; it is asked
 * at each call. One call's entry is named by {@link callKey}, or by your own `key`.
 *
 * @example
 * ```ts
 * import { createCaches, memoized } from 'reprise'
 *
 * const caches = createCaches()
 *
 * class Orders {
 *   readonly shop: string
 *
 *   constructor(shop: string) {
 *     this.shop = shop
 *   }
 *
 *   @memoized(() => caches.default, {
 *     key: (orders: Orders, user: number) => `orders:${orders.shop}:${user}`,
 *     ttl: '1m',
 *   })
 *   async of(user: number): Promise<string[]> {
 *     return [`the orders of ${user} in ${this.shop}`]
 *   }
 *
 *   @memoized(() => caches.default, { key: 'Orders.states', ttl: '1h' })
 *   static async states(): Promise<string[]> {
 *     return ['open', 'sent']
 *   }
 * }
 *
 * await new Orders('north').of(7)
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, when the class is defined.
 */
export function memoized(cache: CacheOrGetter, options: NamedMethodOptions): AnyMethodMemoizer
export function memoized<This, Args extends readonly unknown[]>(
  cache: CacheOrGetter,
  options: MemoizedOptions<This, Args>,
): MethodMemoizer<This, Args>
export function memoized(cache: CacheOrGetter, options: MemoizedOptions<never, never>): unknown {
  if (typeof cache !== 'function') cacheOf(cache)
  return (
    target: unknown,
    context: ClassMethodDecoratorContext | string | symbol,
    descriptor?: PropertyDescriptor,
  ): unknown => {
    if (typeof context !== 'object') {
      return { ...descriptor, value: cachedMethod(cache, descriptor?.value, options) }
    }
    if (context.kind === 'method') return cachedMethod(cache, target, options)
    throw optionError('memoized', `on a ${context.kind}`, 'on a method')
  }
}

function cachedMethod(
  cache: CacheOrGetter,
  method: unknown,
  options: object,
): AsyncMethod<unknown, readonly unknown[], Storable> {
  const plan = planCalls('memoized', method, options)
  const cached = async function (this: unknown, ...args: readonly unknown[]): Promise<Storable> {
    // To the functions among the options the instance is one argument more.
    const seen = [this, ...args]
    const key = plan.keyOf(args, seen)
    return cacheOf(cache).getOrSet(key, plan.compute(this, args), plan.optionsOf(seen))
  }
  return named(cached, method as (...args: never) => unknown, {})
}
