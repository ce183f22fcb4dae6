/**
 * One response on its way out, as the page cache sees it.
 *
 * @module
 */

import { publishError } from '../channels.ts'
import type { Milliseconds } from '../units.ts'
import {
  type HeadChanges,
  type PlanParts,
  planHead,
  type ResponseHead,
  untouched,
} from './head-plan.ts'
import type { HoleFill } from './hole-fill.ts'
import { hidesHoles, holedChanges, unfillable, withoutBytes } from './holed-head.ts'
import type { HeaderList } from './message.ts'
import { outsidePage, PageScope } from './page-context.ts'
import type { StoredPage } from './page-entry.ts'
import { HoleMarks } from './page-holes.ts'
import { type PagePolicy, policyTags } from './page-options.ts'
import { hasTagFields, headerTags, TAG_FIELDS, withoutTags } from './page-tags.ts'
import { type Candidate, planParts, type RenderParts } from './render-parts.ts'
import { bodyReason, renderedPage, sentReason } from './rendered-page.ts'
import { planReplacement, replacesOld, standsIn } from './replacement.ts'
import { type RevalidationFields, revalidationFields } from './revalidation.ts'
import type { Storable } from './storable.ts'
import { invalidatedBy } from './unsafe-methods.ts'

/**
 * A page that the application has to render. Tell it of the head once, before it is sent, and then
 * of how the body ended: others may be waiting for it.
 */
export class PageRender {
  readonly kind = 'render'
  readonly #parts: RenderParts
  #policy: PagePolicy
  /** Where code below the handler speaks of this page: of one that may be stored, or has holes. */
  #scope: PageScope | undefined
  readonly #startedMs: Milliseconds
  #candidate: Candidate | undefined
  #reason: string | undefined
  #fill: HoleFill | undefined

  constructor(parts: RenderParts) {
    this.#parts = parts
    this.#policy = parts.policy
    this.#reason = parts.reason
    this.#startedMs = parts.clock.monotonic()
    const marks = parts.policy.holes && new HoleMarks(parts.policy.holes)
    this.#scope = parts.fill || marks ? new PageScope(parts.tags, marks) : undefined
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
    return this.#parts.old?.isAsked === true || this.canStandIn || this.holes !== undefined
  }

  /** The holes that were asked for so far; `undefined`: none. */
  get holes(): HoleMarks | undefined {
    const holes = this.#scope?.holes
    return holes?.hasAny === true ? holes : undefined
  }

  /** Goes on with the holes of a page cache further out, whose placeholders may be in use. */
  adopt(holes: HoleMarks): void {
    holes.extend(this.#policy.holes ?? {})
    this.#scope ??= new PageScope()
    this.#scope.holes = holes
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
    try {
      this.#scope?.addTags(policyTags(policy.tags))
    } catch (error) {
      publishError({ error, operation: 'page' })
      // It could not be purged by them.
      this.#scope?.refuse('error')
    }
  }

  /** Runs the handler: what it calls can speak of this page. */
  run<T>(handler: () => T): T {
    return this.#scope === undefined ? handler() : this.#scope.run(handler)
  }

  /** Decides, and says what to put on the response. */
  head(head: ResponseHead): HeadChanges {
    const { holes } = this
    this.#scope?.holes?.close()
    if (holes === undefined) return this.#told(head)
    try {
      if (!hidesHoles(head)) return this.#holed(head, holes)
    } catch (error) {
      publishError({ error, operation: 'page' })
    }
    this.#settle('hole', true)
    return unfillable(head)
  }

  #holed(head: ResponseHead, holes: HoleMarks): HeadChanges {
    const changes = this.#told(withoutBytes(head))
    if (changes.replace !== undefined) return changes
    const { request, options } = this.#parts
    // Reads of a hole are no reads of the page: what was read is judged by now.
    const holed = outsidePage(() => holedChanges(changes, head, holes, request.method, options))
    this.#fill = holed.fill
    return holed
  }

  #told(head: ResponseHead): HeadChanges {
    const changes = this.#decide(head)
    if (this.#parts.options.exposeTags || !hasTagFields(head.headers)) return changes
    return { ...changes, remove: [...changes.remove, ...TAG_FIELDS] }
  }

  #decide(head: ResponseHead): HeadChanges {
    const parts = planParts(this.#parts, this.#policy, this.#scope, this.hidesConditions)
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
      // The bytes are the old ones: whoever purges by what they show must find them.
      const all = [...new Set([...(old?.page.tags ?? []), ...tags])]
      this.#keep(verdict, old?.page.status ?? head.status, headers, all, old?.page)
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

  /**
   * Tells what the head was in the end. A middleware further out may have added to it after {@link
   * PageRender.head}: a cookie then forbids storing as if it had been there from the start.
   */
  sent(headers: HeaderList): void {
    const candidate = this.#candidate
    if (candidate === undefined) return
    const reason = sentReason(candidate, headers, this.#parts.options, this.#fill)
    if (reason !== undefined) this.refuse(reason)
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
    const { vary, age, old } = candidate
    const incomplete = bodyReason(candidate, body, options, this.#fill)
    const ttl = Math.min(candidate.ttl, (scope.ttl ?? Infinity) - age)
    const isOver = ttl <= 0 && candidate.ttl > 0
    const refused = incomplete ?? scope.refusal(candidate.tags) ?? (isOver ? 'ttl' : undefined)
    if (refused !== undefined) {
      this.refuse(refused)
      return
    }
    this.#candidate = undefined
    const tags = scope.tagsWith(candidate.tags)
    scope.end()
    const how = { options, policy: this.#policy, createdAt: fill.createdAt, ttl, now: clock.now() }
    const { page, keepFor } = await renderedPage({ ...candidate, tags }, body, how, this.#fill)
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
    this.#scope?.end()
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
    this.#scope?.end()
    this.#reason ??= reason
    void this.#parts.fill?.giveUp(isUnstorable)
    this.#parts.endEvent(this.#isBypass ? 'bypass' : 'not-stored', this.#reason)
  }

  #took(): void {
    this.#parts.endEvent.took(this.#parts.clock.monotonic() - this.#startedMs)
  }
}
