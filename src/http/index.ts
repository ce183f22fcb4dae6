/**
 * `reprise/http`: the page cache without a framework, and the HTTP it is made of.
 *
 * @module
 */

export {
  type CacheControlDirectives,
  parseCacheControl,
  patchCacheControl,
} from './cache-control.ts'
export {
  type ConditionalAnswer,
  type Conditions,
  evaluateConditions,
  type Validators,
} from './conditional.ts'
export type { Coding } from './encodings.ts'
export type { CookieRule } from './fresh.ts'
export type { HeadChanges, ResponseHead } from './head-plan.ts'
export { formatHttpDate, parseHttpDate } from './http-date.ts'
export type { PageHttpOptions } from './http-options.ts'
export type { PageKeyOptions } from './key-options.ts'
export type { HeaderList, PageRequest } from './message.ts'
export type { MountedHoles, MountOptions } from './mount.ts'
export type { PageHit } from './page-answer.ts'
export { PageCache } from './page-cache.ts'
export { noPageCache, pageHole, pageTags, pageTtl } from './page-context.ts'
export type { PageHoles, PageHoleValues } from './page-holes.ts'
export { PAGE_DEFAULTS, type PageOptions, type PagePolicy, type VaryOn } from './page-options.ts'
export type { PageRender } from './page-render.ts'
export {
  type PrewarmOptions,
  type PrewarmResult,
  type PrewarmSite,
  prewarm,
} from './prewarm.ts'
export { type PurgeOptions, type PurgeTagsOptions, purgePage, purgeTags } from './purge.ts'
export type { PurgeModeOptions } from './purge-mode.ts'
export { type QueryRule, TRACKING_PARAMETERS } from './query.ts'
export { type Storable, storable } from './storable.ts'
export { hasVary, patchVary } from './vary.ts'
export { respond } from './web.ts'
