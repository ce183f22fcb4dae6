import type { Caches } from '../caches.ts'
import { type MountOptions, mountSite } from './mount.ts'
import type { PurgeModeOptions } from './purge-mode.ts'

/** Where {@link purgePage} looks, as the site or page was mounted, and what it does there. */
export interface PurgeOptions
  extends PurgeModeOptions,
    Pick<MountOptions<never>, 'alias' | 'keyPrefix' | 'origin' | 'query'> {}

/** Which cache {@link purgeTags} looks in, and what it does there. */
export interface PurgeTagsOptions extends PurgeModeOptions, Pick<MountOptions<never>, 'alias'> {}

/**
 * Removes a page with all its variants, also those that are being rendered: none that was begun
 * before is stored after. With `mode: 'soft'` the old one is served once more while one request
 * renders it anew. Returns whether there was one.
 *
 * `url` is absolute, with the query it was asked with, and is removed for http and https alike;
 * where the pages have a fixed `origin`, a path will do. Give `alias`, `keyPrefix`, `origin` and
 * `query` as they were mounted with. One round trip.
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
  const { mode, ...where } = options
  return mountSite(caches, where).pages.purge(url, mode === undefined ? {} : { mode })
}

/**
 * Removes every page that has one of `tags`, also those that are being rendered, and every other
 * value of that cache with one of them. With `mode: 'soft'` what is there is served once more while
 * one request computes it anew. Two round trips, however many there are.
 *
 * Returns whether that is certain. `false`: a server failed; Memcached's client deletes the tag
 * there before it reads that server again.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { purgeTags } from 'reprise/http'
 *
 * const caches = createCaches()
 * await purgeTags(caches, ['city:3'], { mode: 'soft' })
 * ```
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`, before anything is sent.
 */
export async function purgeTags(
  caches: Caches,
  tags: Iterable<string>,
  options: PurgeTagsOptions = {},
): Promise<boolean> {
  const { mode, ...where } = options
  return mountSite(caches, where).pages.purgeTags(tags, mode === undefined ? {} : { mode })
}
