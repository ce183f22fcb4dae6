import type { Storable } from '../cache/backend.ts'
import type { Cache } from '../cache/cache.ts'
import type { GetOrSetOptions } from '../cache/get-or-set-options.ts'
import { type FragmentContext, fragmentChannel, traced } from '../channels.ts'
import { CacheError, shown } from '../errors.ts'
import type { Duration } from '../units.ts'
import { fragmentKey } from './key.ts'
import { type FragmentSource, fragmentCache } from './source.ts'
import { fragmentTtl } from './ttl.ts'

/** How one {@link fragment} is named and how long it is kept. */
export interface FragmentOptions extends Omit<GetOrSetOptions, 'ttl'> {
  /**
   * Lifetime: seconds, or a string such as `'15m'`. `null` or `Infinity`: for ever. 0 or less:
   * rendered each time. Without it, the ttl of the cache's alias.
   */
  readonly ttl?: Duration | null
  /** What the fragment depends on, as {@link fragmentKey} takes it. */
  readonly varyOn?: readonly unknown[]
  /** The alias to keep it in. Without it `fragments` where there is one, else `default`. */
  readonly using?: string
}

/**
 * Returns the fragment `name`, from the cache or from `render`: for tagged templates, plain
 * functions, and every engine without a tag of its own.
 *
 * A hit does not run `render` and takes one round trip. Overlapping calls for one fragment share
 * one run, in the process and across the fleet. An empty text is kept like any other. What
 * `render` throws reaches the caller, and nothing is kept.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { fragment } from 'reprise/fragments'
 *
 * const caches = createCaches({ default: 'memory://' })
 * const html = await fragment(caches, 'greeting', { ttl: '15m', varyOn: ['en'] }, () => '<p>Hello</p>')
 * ```
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID`, `ERR_OPTION_INVALID` or `ERR_ALIAS_UNKNOWN`, before
 * anything is sent or rendered; `ERR_VALUE_INVALID` where `render` returns something but text.
 */
export async function fragment(
  source: FragmentSource,
  name: string,
  options: FragmentOptions,
  render: () => string | Promise<string>,
): Promise<string> {
  const { ttl, varyOn, using, ...rest } = options
  const cache = fragmentCache(source, using)
  const key = fragmentKey(name, varyOn)
  const seconds = ttl === undefined ? undefined : fragmentTtl(ttl)
  return traced(
    fragmentChannel,
    (): FragmentContext => ({ alias: cache.alias, name }),
    async (context) => {
      if (seconds !== undefined && seconds <= 0) {
        if (context !== undefined) context.result = 'not-stored'
        return checkText(name, await render())
      }
      return readOrRender(
        cache,
        key,
        name,
        { ...rest, ...(seconds !== undefined && { ttl: seconds }) },
        render,
        context,
      )
    },
  )
}

async function readOrRender(
  cache: Cache,
  key: string,
  name: string,
  options: GetOrSetOptions,
  render: () => string | Promise<string>,
  context: FragmentContext | undefined,
): Promise<string> {
  let rendered: string | undefined
  const compute = async (): Promise<string> => {
    rendered = checkText(name, await render())
    return rendered
  }
  const text: unknown = await cache.getOrSet<Storable>(key, compute, options)
  // Compared, because what runs in the background for a stale hit is not what this call returns.
  if (context !== undefined) context.result = text === rendered ? 'stored' : 'hit'
  if (typeof text === 'string') return text
  // Somebody else's value under the key of a fragment. It is left alone.
  if (context !== undefined) context.result = 'not-stored'
  return compute()
}

function checkText(name: string, text: unknown): string {
  if (typeof text === 'string') return text
  const message = `The fragment ${shown(name)} is of type ${typeof text}: it must be text.`
  throw new CacheError('ERR_VALUE_INVALID', message)
}
