/**
 * One response on its way out, as the page cache sees it.
 *
 * @module
 */

import { type Milliseconds, parseDuration, type Seconds } from '../units.ts'
import { bodyTag, storedFields } from './announce.ts'
import { makeCodings } from './encodings.ts'
import {
  type HeadChanges,
  type PlanParts,
  planHead,
  type ResponseHead,
  untouched,
} from './head-plan.ts'
import { type HeaderList, headerValue, withHeader } from './message.ts'
import { PageScope } from './page-context.ts'
import type { StoredPage } from './page-entry.ts'
import { type PagePolicy, policyTags } from './page-options.ts'
import { hasTagFields, headerTags, TAG_FIELDS, withoutTags } from './page-tags.ts'
import type { RenderParts } from './render-parts.ts'
import { planReplacement, replacesOld, standsIn } from './replacement.ts'
import { type RevalidationFields, revalidationFields } from './revalidation.ts'
import type { StaleRule } from './stale-rule.ts'
import { ownWindows, siteStaleRule } from './stale-windows.ts'
import { incompleteReason, lateReason, type Storable } from './storable.ts'
import { invalidatedBy } from './unsafe-methods.ts'
import { coversVary, parseVary } from './vary.ts'

/** What is kept between the head and the end of the body. */
interface Candidate {
  readonly status: number
  readonly headers: HeaderList
  readonly vary: readonly string[]
  readonly ttl: Seconds
  readonly age: Seconds
  readonly tags: readonly string[]
  /** Of HTTP mode; in site mode the page's policy says, which may still change. */
  readonly stale: StaleRule | undefined
  readonly keepFor: Seconds
  /** Its body is stored already: only its head is new. */
  readonly old: StoredPage | undefined
}

/**
 * A page that the application has to render. Tell it of the head once, before it is sent, and then
 * of how the body ended: others may be waiting for it.
 */
export class PageRender {
  readonly kind = 'render'
  readonly #parts: RenderParts
  #policy: PagePolicy
  /** Where code below the handler speaks of this page; only of one that may be stored. */
  readonly #scope: PageScope | undefined
  readonly #startedMs: Milliseconds
  #candidate: Candidate | undefined
  #reason: string | undefined

  constructor(parts: RenderParts) {
    this.#parts = parts
    this.#policy = parts.policy
    this.#reason = parts.reason
    this.#startedMs = parts.clock.monotonic()
    this.#scope = parts.fill === undefined ? undefined : new PageScope(parts.tags)
  }

  /**
   * Whether the handler must not see `If-None-Match` and `If-Modified-Since`: it is to give the
   * whole page, which is then stored, and {@link PageRender.head} makes it a 304 for the client
   * that has it.
   */
  get hidesConditions(): boolean {
    return this.#parts.fill !== undefined || this.#parts.old?.isAsked === true
  }

  /**
   * The conditions that the handler is to see in their place: with a 304 it says that the stored page
   * is still right, which is then sent.
   */
  get conditions(): RevalidationFields {
    const { old } = this.#parts
    return old?.isAsked === true ? revalidationFields(old.page.headers) : {}
  }

  /** Whether {@link HeadChanges.replace} may come of the head: a 304 or a failure. */
  get mayReplace(): boolean {
    return this.#parts.old?.isAsked === true || this.canStandIn
  }

  /** Whether a stored page is sent if the handler fails: then its head is a 500. */
  get canStandIn(): boolean {
    const { old, clock } = this.#parts
    return old !== undefined && standsIn(old, clock.now())
  }

  /**
   * Whether it matters which request headers the handler reads. With a `vary` option it does not:
   * what that was made from cannot be told, nor whether it is enough.
   */
  get noticesReads(): boolean {
    const { fill, options, policy } = this.#parts
    return fill !== undefined && options.unkeyed === 'refuse' && policy.vary === undefined
  }

  /** What the page wants otherwise than its site: what it leaves out stays, and so do tags. */
  override(policy: PagePolicy): void {
    this.#policy = { ...this.#policy, ...policy }
    if (policy.name !== undefined) this.#parts.endEvent.rename(policy.name)
    this.#scope?.addTags(policyTags(policy.tags))
  }

  /** Runs the handler, so that what it calls can speak of this page. */
  run<T>(handler: () => T): T {
    return this.#scope === undefined ? handler() : this.#scope.run(handler)
  }

  /** Decides, and says what to put on the response. */
  head(head: ResponseHead): HeadChanges {
    const changes = this.#decide(head)
    if (this.#parts.options.exposeTags || !hasTagFields(head.headers)) return changes
    return { ...changes, remove: [...changes.remove, ...TAG_FIELDS] }
  }

  #decide(head: ResponseHead): HeadChanges {
    const parts = this.#planParts()
    if (this.#isBypass) {
      const { request, options, invalidate } = this.#parts
      invalidate?.(invalidatedBy(request, head.status, head.headers, options.origin))
      return untouched(head, parts)
    }
    const tags = headerTags(head.headers)
    const refused = this.#scope?.refusal(tags)
    const replaced = this.#replace(head, parts, tags, refused)
    if (replaced !== undefined) return replaced
    if (refused !== undefined) {
      this.#settle(refused, true)
      return untouched(head, { ...parts, reason: refused })
    }
    const { changes, verdict, headers } = planHead(head, parts)
    if (verdict.verdict !== 'store') {
      if (replacesOld(head.status)) void this.#parts.fill?.discardOld(this.#parts.old)
      this.#settle(verdict.reason, true)
    } else if (changes.keepBytes > 0) this.#keep(verdict, head.status, headers, tags, undefined)
    else if (parts.mayStore) this.#settle('too-large', true)
    return changes
  }

  /** A stored page in place of what the handler answered; `undefined`: there is none. */
  #replace(
    head: ResponseHead,
    parts: PlanParts,
    tags: readonly string[],
    refused: string | undefined,
  ): HeadChanges | undefined {
    const { old, endEvent } = this.#parts
    const plan = old && planReplacement(head, parts, old)
    if (plan === undefined) return undefined
    const { changes, verdict, headers } = plan
    if (verdict.verdict === 'store' && refused === undefined && parts.mayStore) {
      this.#keep(verdict, old?.page.status ?? head.status, headers, tags, old?.page)
      return changes
    }
    const reason = verdict.verdict === 'store' ? refused : verdict.reason
    endEvent(head.status === 304 ? 'revalidated' : 'stale', reason)
    this.#settle(reason ?? 'busy', head.status !== 304)
    return changes
  }

  #keep(
    verdict: Extract<Storable, { verdict: 'store' }>,
    status: number,
    headers: HeaderList,
    tags: readonly string[],
    old: StoredPage | undefined,
  ): void {
    const { vary, ttl, age, stale, keepFor = 0 } = verdict
    const kept = this.#parts.options.exposeTags ? headers : withoutTags(headers)
    this.#candidate = { status, headers: kept, vary, ttl, age, tags, stale, keepFor, old }
  }

  #planParts(): PlanParts {
    const { options, request, clock, fill, forward, reason } = this.#parts
    const own = this.#scope?.ttl ?? this.#policy.ttl
    const now = clock.now()
    return {
      ...{ options, request, forward, reason, now },
      ownTtl: own === undefined ? undefined : parseDuration('ttl', own),
      ownStale: ownWindows(this.#policy),
      mayStore: fill !== undefined,
      hidConditions: this.hidesConditions,
      covered: fill?.covered ?? [],
      requestedAt: fill?.createdAt ?? now,
    }
  }

  /**
   * Tells what the head was in the end. A middleware further out may have added to it after {@link
   * PageRender.head}: a cookie then forbids storing as if it had been there from the start.
   */
  sent(headers: HeaderList): void {
    const candidate = this.#candidate
    if (candidate === undefined) return
    const { mode, targeted } = this.#parts.options
    const reason = lateReason(candidate.status, headers, mode === 'http' ? { targeted } : undefined)
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
    this.#took()
    const candidate = this.#candidate
    const scope = this.#scope
    if (fill === undefined || candidate === undefined || scope === undefined) {
      this.#settle(this.#reason ?? 'no-head', false)
      return
    }
    const { status, vary, age } = candidate
    const { old } = candidate
    const incomplete = old
      ? undefined
      : incompleteReason(candidate.headers, body.length, options.maxBodyBytes)
    const ttl = Math.min(candidate.ttl, (scope.ttl ?? Infinity) - age)
    const isOver = ttl <= 0 && candidate.ttl > 0
    const refused = incomplete ?? scope.refusal(candidate.tags) ?? (isOver ? 'ttl' : undefined)
    if (refused !== undefined) {
      this.refuse(refused)
      return
    }
    this.#candidate = undefined
    const tags = scope.tagsWith(candidate.tags)
    const tag = headerValue(candidate.headers, 'etag') ?? bodyTag(body)
    const tagged =
      tag === undefined ? candidate.headers : withHeader(candidate.headers, 'ETag', tag)
    const headers = storedFields(tagged, clock.now())
    const stale = candidate.stale ?? siteStaleRule(headers, this.#policy, options)
    const keepFor = Math.max(candidate.keepFor, stale.whileRevalidate, stale.ifError)
    const head = { status, headers, createdAt: fill.createdAt, age, ttl }
    const kept = old ?? { body, codings: await makeCodings(headers, body, options) }
    const bodies = { body: kept.body, codings: kept.codings }
    const page = { ...head, ...(keepFor > 0 ? { stale } : {}), ...bodies }
    const failure = await fill.store(page, vary, keepFor, tags)
    const result = old === undefined ? 'stored' : 'revalidated'
    endEvent(failure === undefined ? result : 'not-stored', failure)
  }

  /** The response did not end well, or never will. */
  abandon(reason: string): void {
    this.#took()
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

  #took(): void {
    this.#parts.endEvent.took(this.#parts.clock.monotonic() - this.#startedMs)
  }
}
