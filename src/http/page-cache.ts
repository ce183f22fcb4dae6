import { LRUCache } from 'lru-cache'
import type { Cache } from '../cache/cache.ts'
import { publishError } from '../channels.ts'
import type { Clock } from '../clock.ts'
import { purgeAddress, removeAddresses } from './address-purge.ts'
import { answerFound, onlyIfCached } from './answer-found.ts'
import { bypassReason } from './fresh.ts'
import { Leader } from './leaders.ts'
import { MAX_REMEMBERED_CHARACTERS } from './learnt.ts'
import type { PageRequest } from './message.ts'
import type { PageHit } from './page-answer.ts'
import { startPageEvent } from './page-event.ts'
import { PageFill } from './page-fill.ts'
import { requestHost } from './page-key.ts'
import {
  type PageOptions,
  type PagePolicy,
  policyTags,
  type ResolvedPageOptions,
  resolvePageOptions,
  varyParts,
} from './page-options.ts'
import { checkPolicy } from './page-policy.ts'
import type { PageTurn } from './page-queue.ts'
import { PageRender } from './page-render.ts'
import { type PageShared, sharedOf } from './page-shared.ts'
import { type PageAddress, pageAddress } from './page-slot.ts'
import { PageQuestion } from './page-verdict.ts'
import { type PurgeModeOptions, purgeMode } from './purge-mode.ts'
import type { RenderParts } from './render-parts.ts'

type Opened = PageHit | PageRender

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
    const opened = await this.openShared(request, policy)
    if (opened.kind !== 'hit') return opened
    return { ...opened, headers: [...opened.headers], body: Buffer.from(opened.body) }
  }

  /**
   * As {@link PageCache.open}, without a copy: body and headers of a hit are the cache's own, to be
   * sent and nothing else. Without a promise where the answer is in this process, or past the cache:
   * on Node 20 a chain of them costs as much as all else that is done for a hit (bench/pages).
   *
   * @internal
   */
  openShared(request: PageRequest, policy: PagePolicy = {}): Opened | Promise<Opened> {
    const name = policy.name ?? this.options.name
    const endEvent = startPageEvent(this.#cache.alias, request.method, name)
    const forward = 'bypass'
    const parts = { options: this.options, policy, request, clock: this.#clock, endEvent, forward }
    try {
      const opened = this.#open(parts)
      return opened instanceof Promise
        ? opened.catch((error: unknown) => this.#failed(parts, error))
        : opened
    } catch (error) {
      return this.#failed(parts, error)
    }
  }

  #failed(parts: RenderParts, error: unknown): PageRender {
    publishError({ error, operation: 'page', alias: this.#cache.alias })
    // What else there is of it may be wrong; the handler still counts on its holes.
    const { holes } = parts.policy
    const policy = holes === undefined ? {} : { holes }
    return new PageRender({ ...parts, policy, reason: 'error' })
  }

  /**
   * Removes a page with all its variants, also those that are being rendered. With `mode: 'soft'` what
   * is there is served once more while one request renders it anew. Returns whether there was one.
   *
   * `url` is absolute, with the query it was asked with; where `origin` is set, a path will do. It
   * is removed for http and https alike. One round trip.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, before anything is sent.
   */
  async purge(url: string, options: PurgeModeOptions = {}): Promise<boolean> {
    return purgeAddress(this.#cache, this.options, url, options)
  }

  /**
   * Removes every page that has one of `tags`, also those that are being rendered, and every other
   * value of the cache with one of them. With `mode: 'soft'` what is there is served once more while
   * one request renders it anew. Two round trips, however many pages there are.
   *
   * Returns whether that is certain: see {@link Cache.invalidateTags}.
   *
   * @throws {@link CacheError} `ERR_OPTION_INVALID`, before anything is sent.
   */
  async purgeTags(tags: Iterable<string>, options: PurgeModeOptions = {}): Promise<boolean> {
    return this.#cache.invalidateTags(tags, { mode: purgeMode(options) })
  }

  /**
   * Whether a page lies under the same key in both, so that one of them can do the work of the
   * other.
   */
  sharesKeysWith(other: PageCache): boolean {
    return this.#cache === other.#cache && keyOf(this.options) === keyOf(other.options)
  }

  #open(parts: RenderParts): Opened | Promise<Opened> {
    const { policy, request } = parts
    checkPolicy(policy)
    const reason = bypassReason(request, this.options.cookies, this.options.mode)
    if (reason === 'method') {
      const { options } = this
      const invalidate = options.invalidatesOnUnsafe
        ? (urls: readonly string[]) => removeAddresses(this.#cache, options, urls)
        : undefined
      return new PageRender({ ...parts, forward: 'method', reason, invalidate })
    }
    if (reason !== undefined) return new PageRender({ ...parts, reason })
    if (!this.options.allowsHost(requestHost(request))) {
      return new PageRender({ ...parts, reason: 'host' })
    }
    const address = pageAddress(request, this.options, varyParts(policy.vary))
    if (this.#takenOver.size > 0 && this.#takenOver.has(address.base)) {
      return new PageRender({ ...parts, reason: 'page' })
    }
    const question = new PageQuestion(request, this.options, policy.holes)
    const { reader } = this.#shared
    const page = reader.readAtOnce(address)
    const hit = page && answerFound({ page, state: 'fresh' }, question, parts)
    if (hit !== undefined) return hit
    return question.directives.onlyIfCached
      ? onlyIfCached(reader, address, question, parts)
      : this.#find(address, question, parts)
  }

  async #find(address: PageAddress, question: PageQuestion, parts: RenderParts): Promise<Opened> {
    const { isAuthorized, directives } = question
    const { reader, queue } = this.#shared
    const group = isAuthorized ? `${address.base} authorized` : address.base
    // A part is cut from a page that is there as a whole. A handler that is asked for one may give it
    // itself, so its answer is none to keep, nor to wait for.
    const isPart = parts.request.header('range') !== undefined
    const peeks = parts.request.method === 'HEAD' || isPart || directives.noStore
    const isOneTooMany = () => this.#isOneTooMany(address)
    let turn: PageTurn | undefined
    if (peeks || isOneTooMany()) turn = await reader.peek(address)
    // What this process knew may have been purged meanwhile.
    if (!peeks && turn?.kind === 'absent') {
      if (turn.why === 'vary-miss' && isOneTooMany()) {
        return new PageRender({ ...parts, forward: turn.why, reason: 'variants' })
      }
      turn = undefined
    }
    turn ??= await queue.find(address, group, this.options.waitMs, (page) =>
      question.waitsFor(page, this.#clock.now()),
    )
    if (isPart && turn.kind !== 'hit') return new PageRender({ ...parts, reason: 'range' })
    switch (turn.kind) {
      case 'hit':
        return (
          answerFound(turn, question, parts) ??
          this.#renderAnew(turn, question, peeks, address, group, parts)
        )
      case 'lead':
        return this.#lead(turn, question, address, group, parts)
      case 'busy':
        return new PageRender({ ...parts, forward: turn.why, reason: 'busy' })
      case 'absent': {
        const why = directives.noStore ? { reason: 'no-store' } : {}
        return new PageRender({ ...parts, forward: turn.why, ...why })
      }
      case 'unavailable':
        return new PageRender({ ...parts, forward: 'miss', reason: 'backend-error' })
    }
  }

  /** Whether this request asks for a variant of which there are enough. */
  #isOneTooMany(address: PageAddress): boolean {
    const { learnt, variants } = this.#shared
    const tag = learnt.tag(address.base)
    if (tag === undefined) return false
    const key = () => address.slot(tag).key
    return variants.isFull(address.base + tag.nonce, key, this.options.maxVariants)
  }

  /** What was found is no answer, and nobody has given this request the right to store another. */
  async #renderAnew(
    { page, state, slot }: Extract<PageTurn, { kind: 'hit' }>,
    question: PageQuestion,
    storesNothing: boolean,
    address: PageAddress,
    group: string,
    parts: RenderParts,
  ): Promise<Opened> {
    const verdict = question.judge(page, state, this.#clock.now())
    const reason = verdict.use ? undefined : verdict.reason
    const old = question.oldOf(page, verdict)
    if (storesNothing || old === undefined) {
      return new PageRender({ ...parts, forward: 'request', reason })
    }
    // A fresh page that this request does not want, or one that each request has to ask for.
    const lease = state === 'fresh' ? await this.#shared.reader.replace(slot) : undefined
    if (lease !== undefined) {
      const why = page.ttl > 0 ? 'request' : 'stale'
      const turn = { kind: 'lead', slot, lease, leader: new Leader(), why, old: page } as const
      return this.#lead(turn, question, address, group, parts)
    }
    const request = parts.request.snapshot()
    const why = old.isUnwanted
      ? { forward: 'request', reason }
      : { forward: 'stale', reason: 'busy' }
    return new PageRender({ ...parts, request, ...why, old })
  }

  async #lead(
    { slot, lease, leader, why, old }: Extract<PageTurn, { kind: 'lead' }>,
    question: PageQuestion,
    address: PageAddress,
    group: string,
    parts: RenderParts,
  ): Promise<Opened> {
    const request = parts.request.snapshot()
    const fill = new PageFill({
      cache: this.#cache,
      learnt: this.#shared.learnt,
      address: address.of(request),
      slot,
      lease,
      leader,
      group,
      variants: this.#shared.variants,
      maxVariants: this.options.maxVariants,
    })
    try {
      const wantsStale = question.directives.maxStale !== undefined
      const found = old && ({ page: old, state: 'stale' } as const)
      const hit = wantsStale && found ? answerFound(found, question, parts) : undefined
      if (hit !== undefined) {
        void fill.giveUp(false)
        return hit
      }
      const verdict = found && question.judge(found.page, 'stale', this.#clock.now())
      const tags = policyTags(parts.policy.tags)
      // Now, since what is invalidated from here on has not been seen by this rendering.
      await lease.prepare({ lateTags: true, tags })
      const onHandOver = () => {
        this.#takenOver.set(address.base, true)
      }
      const kept = found && verdict && question.oldOf(found.page, verdict)
      return new PageRender({ ...parts, request, forward: why, fill, tags, old: kept, onHandOver })
    } catch (error) {
      void fill.giveUp(false)
      throw error
    }
  }
}

/** What decides under which keys a page lies, which pages at all, and by whose word. */
function keyOf({ keyPrefix, cookies, origin, query, hosts, mode }: ResolvedPageOptions): string {
  return JSON.stringify([keyPrefix, cookies, origin, query, hosts, mode])
}
