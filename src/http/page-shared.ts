import type { Cache } from '../cache/cache.ts'
import { Leaders } from './leaders.ts'
import { Learnt } from './learnt.ts'
import { PageQueue } from './page-queue.ts'
import { PageReader } from './page-read.ts'
import { Variants } from './variants.ts'

/** What all page caches on one `Cache` share in this process. */
export interface PageShared {
  readonly learnt: Learnt
  readonly reader: PageReader
  readonly queue: PageQueue
  readonly variants: Variants
}

const sharedByCache = new WeakMap<Cache, PageShared>()

export function sharedOf(cache: Cache): PageShared {
  const known = sharedByCache.get(cache)
  if (known !== undefined) return known
  const learnt = new Learnt(cache.clock)
  const reader = new PageReader(cache, learnt)
  const queue = new PageQueue(reader, new Leaders(cache.clock), learnt, cache.clock)
  const shared = { learnt, reader, queue, variants: new Variants(cache.clock) }
  sharedByCache.set(cache, shared)
  return shared
}
