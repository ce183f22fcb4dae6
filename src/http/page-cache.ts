import { LRUCache } from 'lru-cache'
import type { Cache } from '../cache/cache.ts'
import { publishError } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { parseDuration } from '../units.ts'
import { bypassReason, fresh } from './fresh.ts'
import { MAX_REMEMBERED_CHARACTERS } from './learnt.ts'
import { hasAuthorization, hasCookie, type PageRequest } from './message.ts'
import { type PageHit, pageAnswer } from './page-answer.ts'
import { startPageEvent } from './page-event.ts'
import { PageFill } from './page-fill.ts'
import { addressKeys } from './page-key.ts'
import {
  type PageOptions,
  type PagePolicy,
  type ResolvedPageOptions,
  resolvePageOptions,
  resolveStaleWindow,
  varyParts,
} from './page-options.ts'
import type { PageTurn } from './page-queue.ts'
import { PageRender, type RenderParts } from './page-render.ts'
import { type PageShared, sharedOf } from './page-shared.ts'
import { type PageAddress, pageAddress } from './page-slot.ts'

/**
 * Whole pages in a `Cache`: what `cacheSite` and `cachePage` of every framework are built on.
 *
 * {@link PageCache.open} gives the page, or the right to render it. It never rejects: what the
 * cache cannot do is published on `reprise:error`, and the page is rendered.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { PageCache, respond } from 'reprise/http'
 *
 * const caches = createCaches()
 * const pages = new PageCache(caches.default, { ttl: 60 })
 * const handler = (request: Request) => respond(pages, request, () => new Response('Hello'))
 * console.log((await handler(new Request('http://localhost/'))).status)
 * ```
 */
export class PageCache {
  readonly options: ResolvedPageOptions
  readonly #cache: Cache
  readonly #clock: Clock
  readonly #shared: PageShared
  readonly #takenOver = new LRUCache<string, true>({
    maxSize: MAX_REMEMBERED_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  })

  constructor(cache: Cache, options: PageOptions = {}) {
    this.options = resolvePageOptions(options)
    this.#cache = cache
    this.#clock = cache.clock
    this.#shared = sharedOf(cache)
  }

  /**
   * Answers a request from the cache, or says that it has to be rendered, and whether that may be
   * stored.
   *
   * One round trip for a hit: one command for a page that does not vary, two in one write for one
   * that does, once this process has seen it. A request for a cold page that somebody else renders
   * waits for that, up to `waitMs`.
   */
  async open(request: PageRequest, policy: PagePolicy = {}): Promise<PageHit | PageRender> {
    const endEvent = startPageEvent(this.#cache.alias, request.method)
    const parts = { options: this.options, policy, request, clock: this.#clock, endEvent }
    try {
      return await this.#open({ ...parts, forward: 'bypass' })
    } catch (error) {
      publishError({ error, operation: 'page', alias: this.#cache.alias })
      return new PageRender({ ...parts, policy: {}, forward: 'bypass', reason: 'error' })
    }
  }

  /**
   * Removes a page with all its variants, also those that are being rendered. Returns whether there
   * was one.
   *
   * `url` is absolute, with the query it was asked with; where `origin` is set, a path will do. It
   * is removed for http and https alike. One round trip.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, before anything is sent.
   */
  async purge(url: string): Promise<boolean> {
    const { keyPrefix, origin } = this.options
    const keys = addressKeys(keyPrefix, url, origin === 'request' ? undefined : origin)
    const removed = await Promise.all(keys.map((key) => this.#cache.delete(key)))
    return removed.includes(true)
  }

  /**
   * Whether a page lies under the same key in both, so that one of them can do the work of the
   * other.
   */
  sharesKeysWith(other: PageCache): boolean {
    const { keyPrefix, cookies, origin } = this.options
    const theirs = other.options
    return (
      this.#cache === other.#cache &&
      keyPrefix === theirs.keyPrefix &&
      origin === theirs.origin &&
      JSON.stringify(cookies) === JSON.stringify(theirs.cookies)
    )
  }

  async #open(parts: RenderParts): Promise<PageHit | PageRender> {
    const { policy, request } = parts
    checkPolicy(policy)
    const reason = bypassReason(request, this.options.cookies)
    if (reason === 'method') return new PageRender({ ...parts, forward: 'method', reason })
    if (reason !== undefined) return new PageRender({ ...parts, reason })
    const address = pageAddress(request, this.options, varyParts(policy.vary))
    if (this.#takenOver.has(address.base)) return new PageRender({ ...parts, reason: 'page' })
    const isAuthorized = hasAuthorization(request)
    const group = isAuthorized ? `${address.base} authorized` : address.base
    const { reader, queue } = this.#shared
    // A part is cut from a page that is there as a whole. A handler that is asked for one may give it
    // itself, so its answer is none to keep, nor to wait for.
    const isPart = request.header('range') !== undefined
    const turn =
      request.method === 'HEAD' || isPart
        ? await reader.peek(address)
        : await queue.find(address, group, this.options.waitMs)
    if (isPart && turn.kind !== 'hit') return new PageRender({ ...parts, reason: 'range' })
    switch (turn.kind) {
      case 'hit':
        return this.#answer(turn, isAuthorized, parts)
      case 'lead':
        return this.#lead(turn, address, group, parts)
      case 'busy':
        return new PageRender({ ...parts, forward: turn.why, reason: 'busy' })
      case 'absent':
        return new PageRender({ ...parts, forward: turn.why })
      case 'unavailable':
        return new PageRender({ ...parts, forward: 'miss', reason: 'backend-error' })
    }
  }

  #answer(
    { page, state }: Extract<PageTurn, { kind: 'hit' }>,
    isAuthorized: boolean,
    parts: RenderParts,
  ): PageHit | PageRender {
    const now = this.#clock.now()
    const verdict = fresh({
      ...page,
      state,
      isAuthorized,
      coversAuthorization: page.vary.includes('authorization'),
      ignoresCookie: this.options.cookies === 'ignore' && hasCookie(parts.request),
      coversCookie: page.vary.includes('cookie'),
      now,
    })
    if (!verdict.use)
      return new PageRender({ ...parts, forward: 'request', reason: verdict.reason })
    const { age, ttl } = verdict
    const { cacheStatus } = this.options
    const hit = pageAnswer(parts.request, page, age, ttl, { cacheStatus, now })
    parts.endEvent(hit.status === 304 ? 'revalidated' : state === 'stale' ? 'stale' : 'hit')
    return hit
  }

  #lead(
    { slot, lease, leader, why }: Extract<PageTurn, { kind: 'lead' }>,
    address: PageAddress,
    group: string,
    parts: RenderParts,
  ): PageRender {
    const request = parts.request.snapshot()
    const fill = new PageFill({
      cache: this.#cache,
      learnt: this.#shared.learnt,
      address: address.of(request),
      slot,
      lease,
      leader,
      group,
    })
    const onHandOver = () => {
      this.#takenOver.set(address.base, true)
    }
    return new PageRender({ ...parts, request, forward: why, fill, onHandOver })
  }
}

/** A wrong policy is told of here, not when the response is about to be sent. */
function checkPolicy({ ttl, staleWhileRevalidate }: PagePolicy): void {
  if (ttl !== undefined) parseDuration('ttl', ttl)
  if (staleWhileRevalidate !== undefined) resolveStaleWindow(staleWhileRevalidate)
}
