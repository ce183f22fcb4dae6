import type { Caches } from '../caches.ts'
import { checkOptions, optionError } from '../errors.ts'
import { PageCache } from './page-cache.ts'
import { PAGE_DEFAULTS, type PageOptions, type PagePolicy, type VaryOn } from './page-options.ts'

/** How pages are cached where a framework mounts it: {@link PageOptions}, and which cache. */
export interface MountOptions<Request> extends PageOptions {
  /**
   * The alias of the cache that keeps the pages.
   *
   * @default 'default'
   */
  readonly alias?: string
  /**
   * What else a page depends on, such as the language that the application chose. Part of its key.
   */
  readonly vary?: (request: Request) => VaryOn
}

export const MOUNT_DEFAULTS: Readonly<Required<PageOptions> & { readonly alias: string }> =
  Object.freeze({ ...PAGE_DEFAULTS, alias: 'default' })

const OPTIONS = ['vary', ...Object.keys(MOUNT_DEFAULTS)]

/** A page cache as a framework mounts it: with what is to be told to `open` for each request. */
export interface Mounted<Request> {
  readonly pages: PageCache
  policy(request: Request): PagePolicy
}

/**
 * For a whole site: its `ttl` is for pages that say nothing of themselves.
 *
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function mountSite<Request>(
  caches: Caches,
  options: MountOptions<Request>,
): Mounted<Request> {
  checkCaches(caches)
  checkOptions('the options of a cached site or page', options, OPTIONS)
  const { alias = MOUNT_DEFAULTS.alias, vary, ...pageOptions } = options
  const pages = new PageCache(caches.get(alias), pageOptions)
  return { pages, policy: (request) => (vary === undefined ? {} : { vary: () => vary(request) }) }
}

/** A `Cache` has a `get` too, which would be asked for a page under the name of the alias. */
function checkCaches(caches: Caches): void {
  if (typeof caches?.get === 'function' && Array.isArray(caches.names)) return
  throw optionError('caches', caches, 'what `createCaches` returned')
}

/**
 * For one page: its `ttl`, where given, beats what the page says of itself.
 *
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function mountPage<Request>(
  caches: Caches,
  options: MountOptions<Request>,
): Mounted<Request> {
  const { ttl, staleWhileRevalidate } = options
  const site = mountSite(caches, options)
  const own: PagePolicy = {
    ...(ttl === undefined ? {} : { ttl }),
    ...(staleWhileRevalidate === undefined ? {} : { staleWhileRevalidate }),
  }
  return { pages: site.pages, policy: (request) => ({ ...own, ...site.policy(request) }) }
}

/** Where {@link purgePage} looks: as the site or page that was mounted. */
export type PurgeOptions = Pick<MountOptions<never>, 'alias' | 'keyPrefix' | 'origin'>

/**
 * Removes a page with all its variants, also those that are being rendered. Returns whether there
 * was one.
 *
 * `url` is absolute, with the query it was asked with, and is removed for http and https alike;
 * where the pages have a fixed `origin`, a path will do. Give `alias`, `keyPrefix` and `origin` as
 * they were mounted with. One round trip.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { purgePage } from 'reprise/http'
 *
 * const caches = createCaches()
 * await purgePage(caches, 'https://atlas.example/cities')
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`, before anything is sent.
 */
export async function purgePage(
  caches: Caches,
  url: string,
  options: PurgeOptions = {},
): Promise<boolean> {
  return mountSite(caches, options).pages.purge(url)
}
