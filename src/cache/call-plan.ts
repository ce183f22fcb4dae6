import { CacheError, checkOptions, optionError } from '../errors.ts'
import type { Storable } from './backend.ts'
import type { Cache } from './cache.ts'
import { checkCallName, keyOfCall } from './call-key.ts'
import type { Computation } from './computation.ts'
import type { GetOrSetOptions } from './get-or-set-options.ts'
import { checkKey, type Version } from './keys.ts'
import { GET_OR_SET_OPTIONS, resolvePolicy } from './policy.ts'
import { resolveSettings } from './settings.ts'
import { checkTags } from './tags.ts'

/**
 * How the calls of a function are cached: what `getOrSet` takes, but for what is of one call only, and
 * what the arguments say.
 */
export interface CallOptions<Args extends readonly unknown[]>
  extends Omit<GetOrSetOptions, 'tags' | 'schema' | 'default' | 'forceFresh' | 'signal'> {
  /**
   * A name, to which the arguments are added as {@link callKey} does it; or a function that makes the
   * whole key of them. It must tell apart whatever the value depends on.
   */
  readonly key: string | ((...args: Args) => string)
  /** A list, or a function that makes it of the arguments. */
  readonly tags?: Iterable<string> | ((...args: Args) => Iterable<string>) | undefined
}

/** The cache, or a function that gives it: for one that is not there yet. It is asked at each call. */
export type CacheOrGetter = Cache | (() => Cache)

type Fn = (...args: readonly unknown[]) => unknown

/** What each call of a cached function needs to know. */
export interface CallPlan {
  /** For the methods that take it besides a key. */
  readonly versionOption: { readonly version?: Version }
  /** What all calls have in common. */
  readonly shared: GetOrSetOptions
  /** The tags that are each call's own; `undefined` where there are none. */
  readonly tagsOf: ((seen: readonly unknown[]) => Iterable<string>) | undefined
  /** Throws `ERR_KEY_INVALID`. `seen` is what functions of the caller get, `args` what a name gets. */
  keyOf(args: readonly unknown[], seen: readonly unknown[]): string
  optionsOf(seen: readonly unknown[]): GetOrSetOptions
  /** What `getOrSet` runs on a miss. */
  compute(self: unknown, args: readonly unknown[]): (computation: Computation) => Promise<Storable>
}

const OPTIONS: readonly string[] = [
  'key',
  ...GET_OR_SET_OPTIONS.filter((name) => name !== 'forceFresh' && name !== 'signal'),
]

/**
 * Checks, once, how the calls of `fn` are cached. `what` names the form in messages, and `further` are
 * options of its own.
 */
export function planCalls(
  what: string,
  fn: unknown,
  options: object,
  further: readonly string[] = [],
): CallPlan {
  const run = checkFunction(what === 'defineCached' ? 'compute' : 'fn', fn)
  if (typeof options !== 'object' || options === null) {
    throw optionError('options', options, 'an object with a `key`')
  }
  checkOptions(`the options of \`${what}\``, options, [...OPTIONS, ...further])
  const { key, tags, withComputation = false } = options as Record<string, unknown>
  if (typeof key !== 'function') checkCallName('key', key)
  if (typeof withComputation !== 'boolean') {
    throw optionError('withComputation', withComputation, 'true or false')
  }
  const shared = sharedOptions(options, typeof tags === 'function' ? undefined : tags)
  const tagsOf =
    typeof tags === 'function'
      ? (seen: readonly unknown[]) => (tags as Fn)(...seen) as Iterable<string>
      : undefined
  const { version } = shared
  const owner = run.name === '' ? `What \`${what}\` was given` : `\`${run.name}\``

  return {
    shared,
    tagsOf,
    versionOption: version === undefined ? {} : { version },
    keyOf: (args, seen) =>
      typeof key === 'string' ? keyOfCall(key, args) : checkKey((key as Fn)(...seen) as string),
    optionsOf: (seen) => (tagsOf === undefined ? shared : { ...shared, tags: tagsOf(seen) }),
    compute: (self, args) => {
      if (withComputation) {
        return async (computation) => checkGiven(owner, await run.call(self, computation, ...args))
      }
      // That it takes no argument says that no tags will become known late, which saves a read.
      return async () => checkGiven(owner, await run.call(self, ...args))
    },
  }
}

/** What all calls have in common, checked. The list of tags is taken once: an iterator would end. */
function sharedOptions(options: object, tags: unknown): GetOrSetOptions {
  const given = Object.entries(options).filter(([name, value]) => {
    return OPTIONS.includes(name) && name !== 'key' && name !== 'tags' && value !== undefined
  })
  const names = tags === undefined ? undefined : [...checkTags(tags as Iterable<string>)]
  const shared: GetOrSetOptions = {
    ...Object.fromEntries(given),
    ...(names === undefined ? {} : { tags: names }),
  }
  resolvePolicy(resolveSettings({}), 'getOrSet', shared)
  return Object.freeze(shared)
}

/** Returns what a function gave, or throws `ERR_VALUE_INVALID` for `undefined`. */
export function checkGiven(owner: string, value: unknown): Storable {
  if (value !== undefined) return value as Storable
  const message = `${owner} gave undefined, which is how a miss is told: return null where there is nothing.`
  throw new CacheError('ERR_VALUE_INVALID', message)
}

/** Returns `fn`, or throws `ERR_OPTION_INVALID`. */
export function checkFunction(
  option: string,
  fn: unknown,
): (...args: readonly unknown[]) => unknown {
  if (typeof fn === 'function') return fn as Fn
  throw optionError(option, fn, 'a function')
}

/** Returns the cache, or throws `ERR_OPTION_INVALID`. */
export function cacheOf(cache: CacheOrGetter): Cache {
  const given = typeof cache === 'function' ? cache() : cache
  if (typeof (given as Partial<Cache> | undefined)?.getOrSet === 'function') return given
  throw optionError('cache', given, 'a Cache, or a function that gives one')
}
