/**
 * One response on its way out, as the page cache sees it.
 *
 * @module
 */

import type { Clock } from '../clock.ts'
import { parseDuration, type Seconds } from '../units.ts'
import { bodyTag, storedFields } from './announce.ts'
import { parseCacheControl } from './cache-control.ts'
import { type HeadChanges, planHead, type ResponseHead, untouched } from './head-plan.ts'
import {
  type HeaderList,
  headerValue,
  headerValues,
  type PageRequest,
  withHeader,
} from './message.ts'
import type { EndPageEvent } from './page-event.ts'
import type { PageFill } from './page-fill.ts'
import { type PagePolicy, type ResolvedPageOptions, resolveStaleWindow } from './page-options.ts'
import { incompleteReason, unshareableReason } from './storable.ts'
import { coversVary, parseVary } from './vary.ts'

/** What a {@link PageRender} works with. */
export interface RenderParts {
  readonly options: ResolvedPageOptions
  readonly policy: PagePolicy
  readonly request: PageRequest
  readonly clock: Clock
  readonly endEvent: EndPageEvent
  /**
   * For `Cache-Status`: `fwd` of RFC 9211; `bypass` and `method`: the response is sent as it is.
   */
  readonly forward: string
  /** Why nothing will be stored, where that is known already. */
  readonly reason?: string | undefined
  /** The right to store, where this request has it. */
  readonly fill?: PageFill | undefined
  /** Told when a page cache further in takes the page over. */
  readonly onHandOver?: (() => void) | undefined
}

/** What is kept between the head and the end of the body. */
interface Candidate {
  readonly status: number
  readonly headers: HeaderList
  readonly vary: readonly string[]
  readonly ttl: Seconds
  readonly age: Seconds
}

/**
 * A page that the application has to render. Tell it of the head once, before it is sent, and then
 * of how the body ended: others may be waiting for it.
 */
export class PageRender {
  readonly kind = 'render'
  readonly #parts: RenderParts
  #policy: PagePolicy
  #candidate: Candidate | undefined
  #reason: string | undefined

  constructor(parts: RenderParts) {
    this.#parts = parts
    this.#policy = parts.policy
    this.#reason = parts.reason
  }

  /**
   * Whether the handler must not see `If-None-Match` and `If-Modified-Since`: it is to give the
   * whole page, which is then stored, and {@link PageRender.head} makes it a 304 for the client
   * that has it.
   */
  get hidesConditions(): boolean {
    return this.#parts.fill !== undefined
  }

  /**
   * Whether it matters which request headers the handler reads. With a `vary` option it does not:
   * what that was made from cannot be told, nor whether it is enough.
   */
  get noticesReads(): boolean {
    const { fill, options, policy } = this.#parts
    return fill !== undefined && options.unkeyed === 'refuse' && policy.vary === undefined
  }

  /** What the page wants otherwise than its site: what it leaves out stays. */
  override(policy: PagePolicy): void {
    this.#policy = { ...this.#policy, ...policy }
  }

  /** Decides, and says what to put on the response. */
  head(head: ResponseHead): HeadChanges {
    const { options, request, clock, fill, forward, reason } = this.#parts
    const own = this.#policy.ttl
    const ownTtl = own === undefined ? undefined : parseDuration('ttl', own)
    const mayStore = fill !== undefined
    const covered = fill?.covered ?? []
    const parts = { options, request, ownTtl, now: clock.now(), forward, reason, mayStore, covered }
    if (this.#isBypass) return untouched(head, parts)
    const { changes, verdict, headers } = planHead(head, parts)
    if (verdict.verdict !== 'store') this.#settle(verdict.reason, true)
    else if (changes.keepBytes > 0) this.#candidate = { ...verdict, status: head.status, headers }
    else if (mayStore) this.#settle('too-large', true)
    return changes
  }

  /**
   * Tells what the head was in the end. A middleware further out may have added to it after {@link
   * PageRender.head}: a cookie then forbids storing as if it had been there from the start.
   */
  sent(headers: HeaderList): void {
    const candidate = this.#candidate
    if (candidate === undefined) return
    const reason = unshareableReason(headers)
    if (reason !== undefined) this.refuse(reason)
    // A compressor further out varies what it makes of the stored page, for each client anew.
    const known = [...candidate.vary, 'accept-encoding']
    if (this.#parts.options.cookies !== 'ignore') known.push('cookie')
    if (!coversVary(known, parseVary(headers))) this.refuse('late-vary')
  }

  /** Forbids storing, where it was still to come. */
  refuse(reason: string): void {
    if (this.#candidate !== undefined) this.#settle(reason, true)
  }

  /**
   * The body has ended as the handler meant it to. Resolves when the page is stored, or known not
   * to be.
   */
  async end(body: Buffer): Promise<void> {
    const { fill, options, clock, endEvent } = this.#parts
    const candidate = this.#candidate
    if (fill === undefined || candidate === undefined) {
      this.#settle(this.#reason ?? 'no-head', false)
      return
    }
    const incomplete = incompleteReason(candidate.headers, body.length, options.maxBodyBytes)
    if (incomplete !== undefined) {
      this.refuse(incomplete)
      return
    }
    this.#candidate = undefined
    const { status, vary, ttl, age } = candidate
    const tag = headerValue(candidate.headers, 'etag') ?? bodyTag(body)
    const tagged =
      tag === undefined ? candidate.headers : withHeader(candidate.headers, 'ETag', tag)
    const headers = storedFields(tagged, clock.now())
    const page = { status, headers, createdAt: fill.createdAt, age, ttl, body }
    const failure = await fill.store(page, vary, this.#staleWhileRevalidate(headers))
    endEvent(failure === undefined ? 'stored' : 'not-stored', failure)
  }

  /** The response did not end well, or never will. */
  abandon(reason: string): void {
    this.#settle(reason, false)
  }

  /** A page cache further in takes this response over. */
  handOver(): void {
    this.#candidate = undefined
    this.#parts.onHandOver?.()
    void this.#parts.fill?.giveUp(false)
    this.#parts.endEvent('bypass', 'page')
  }

  get #isBypass(): boolean {
    const { forward } = this.#parts
    return forward === 'bypass' || forward === 'method'
  }

  #settle(reason: string, isUnstorable: boolean): void {
    this.#candidate = undefined
    this.#reason ??= reason
    void this.#parts.fill?.giveUp(isUnstorable)
    this.#parts.endEvent(this.#isBypass ? 'bypass' : 'not-stored', this.#reason)
  }

  /** RFC 9111 section 4.2.4: a page may say that it must not be served stale. */
  #staleWhileRevalidate(headers: HeaderList): Seconds {
    const own = this.#policy.staleWhileRevalidate
    if (own !== undefined) return resolveStaleWindow(own)
    const control = parseCacheControl(headerValues(headers, 'cache-control'))
    const isForbidden = control.has('must-revalidate') || control.has('proxy-revalidate')
    return isForbidden ? 0 : this.#parts.options.staleWhileRevalidate
  }
}
