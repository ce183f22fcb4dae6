import type { Caches } from '../caches.ts'
import { checkOptions, optionError } from '../errors.ts'
import { PageCache } from './page-cache.ts'
import { checkHoles, type PageHoles, type PageHoleValues } from './page-holes.ts'
import { PAGE_DEFAULTS, type PageOptions, type PagePolicy, type VaryOn } from './page-options.ts'
import { checkPageTags } from './page-tags.ts'

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
  /**
   * Tags of the page, by which `purgeTags` finds it: a list, or a function of the request, which is
   * asked before a page is rendered and not for a hit. Those of a site and of a page inside of it
   * count together.
   */
  readonly tags?: readonly string[] | ((request: Request) => readonly string[])
  /**
   * Parts of a page that are rendered for each request, by their names: `pageHole('greeting')` below the
   * handler stands for what `greeting` gives, which is not stored. It is called with the request, for a
   * hit too, and with the values that `pageHole` was given; all holes of a page at once. One that throws
   * is empty, and its error published on `reprise:error`. An answer with a hole goes out as `private,
   * no-cache`.
   */
  readonly holes?: MountedHoles<Request>
}

/** What renders each hole, by the names of the holes. */
export type MountedHoles<Request> = Readonly<
  Record<string, (request: Request, values: PageHoleValues) => string | Promise<string>>
>

export const MOUNT_DEFAULTS: typeof PAGE_DEFAULTS & { readonly alias: string } = Object.freeze({
  ...PAGE_DEFAULTS,
  alias: 'default',
})

const OPTIONS = ['holes', 'name', 'tags', 'vary', ...Object.keys(MOUNT_DEFAULTS)]

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
  const { alias = MOUNT_DEFAULTS.alias, holes, tags, vary, ...pageOptions } = options
  const pages = new PageCache(caches.get(alias), pageOptions)
  checkPolicyTags(tags)
  checkHoles(holes)
  return {
    pages,
    policy: (request) => ({
      ...(vary === undefined ? {} : { vary: () => vary(request) }),
      ...(tags === undefined ? {} : { tags: asked(tags, request) }),
      ...(holes === undefined ? {} : { holes: holesFor(holes, request) }),
    }),
  }
}

function holesFor<Request>(holes: MountedHoles<Request>, request: Request): PageHoles {
  const bound = Object.entries(holes).map(([name, hole]) => [
    name,
    (values: PageHoleValues) => hole(request, values),
  ])
  return Object.fromEntries(bound)
}

function asked<Request>(
  tags: NonNullable<MountOptions<Request>['tags']>,
  request: Request,
): NonNullable<PagePolicy['tags']> {
  return typeof tags === 'function' ? () => tags(request) : tags
}

/** A wrong list is told of when the site is made, not when a page is rendered. */
function checkPolicyTags(tags: unknown): void {
  if (tags === undefined || typeof tags === 'function') return
  if (!Array.isArray(tags)) throw optionError('tags', tags, 'a list of tags, or a function')
  checkPageTags(tags)
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
  const { name, ttl, staleWhileRevalidate, staleIfError } = options
  const site = mountSite(caches, options)
  const own: PagePolicy = {
    ...(name === undefined ? {} : { name }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(staleWhileRevalidate === undefined ? {} : { staleWhileRevalidate }),
    ...(staleIfError === undefined ? {} : { staleIfError }),
  }
  return { pages: site.pages, policy: (request) => ({ ...own, ...site.policy(request) }) }
}
