import type { Found, TagVersions } from '../cache/backend.ts'
import { withCarried } from '../cache/fill-tags.ts'
import type { Version } from '../cache/keys.ts'
import type { Lease } from '../cache/lease.ts'
import { type FragmentContext, fragmentChannel, publishError, traced } from '../channels.ts'
import { CacheError } from '../errors.ts'
import { holeNonce } from '../http/page-context.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import { decodeContent, encodeContent, type FragmentContent, type Part } from './content.ts'
import type { PlacedFragment } from './fragment-options.ts'
import type { Contained, Frame } from './frame.ts'

/** What a read found, be it a look-up or one ahead of it. */
type FreshEntry = Pick<Found, 'value' | 'ageMs' | 'tags'>

/** What is known of one fragment during one render. */
export class FragmentSlot implements Contained {
  /**
   * From `noted` to `text`, through `busy` (somebody else is rendering it) or `open` (its body may
   * run here).
   */
  state: 'noted' | 'busy' | 'open' | 'text' = 'noted'
  parts: readonly Part[] = []
  expiresAtMs: Milliseconds = Infinity
  tags: TagVersions | 'unknown' | undefined
  /** What its body threw. */
  error: unknown
  /** Its text was read before the page's first pass. */
  isReadAhead = false
  readonly placed: PlacedFragment
  readonly #holes: ReadonlySet<string> | undefined
  /** Held from the read that won it until the text is sent. */
  #lease: Lease | undefined
  #ttl: Seconds
  #renderMs: Milliseconds | undefined
  #result: NonNullable<FragmentContext['result']> = 'not-stored'

  /** `holes`: names of the uncached parts that its place can fill. */
  constructor(placed: PlacedFragment, holes: Iterable<string> | undefined) {
    this.placed = placed
    this.#holes = holes === undefined ? undefined : new Set(holes)
    this.#ttl = placed.ttl
  }

  get cache(): PlacedFragment['cache'] {
    return this.placed.cache
  }

  get holdsLease(): boolean {
    return this.#lease !== undefined
  }

  /** Whether its text is an old one that may be served. */
  get isStale(): boolean {
    return this.#result === 'stale'
  }

  /** Whether the next one to ask for it will find it, as far as this render can tell. */
  get isKept(): boolean {
    return this.#result !== 'not-stored'
  }

  /** Another one for the same place, which has the lease from now on. */
  handOver(): FragmentSlot {
    const next = new FragmentSlot(this.placed, this.#holes)
    next.state = 'open'
    next.#lease = this.#lease
    this.#lease = undefined
    return next
  }

  /** Its text is one that somebody else in this process has just made. */
  join(): void {
    this.#result = 'hit'
  }

  /** Asks the cache, where there is something left to ask. One round trip. */
  async read(): Promise<void> {
    if (this.state !== 'noted' && this.state !== 'busy') return
    if (await this.#look()) return
    // Of another version of the template, which had other holes.
    await this.cache.delete(this.placed.key, this.#versioned())
    if (!(await this.#look())) this.state = 'open'
  }

  /** Resolves to whether what was found, if anything, can be used. */
  async #look(): Promise<boolean> {
    const { key, tags } = this.placed
    const found = await this.cache.lookup(key, {
      ...this.#versioned(),
      ...(tags.length > 0 && { tags }),
    })
    switch (found.state) {
      case 'won':
        this.#lease = found.lease
        this.state = 'open'
        return true
      case 'busy':
        this.state = 'busy'
        return true
      case 'unavailable':
        this.state = 'open'
        return true
      case 'stale': {
        this.#lease = found.lease
        const content = decodeContent(found.value)
        const isUsable =
          content !== undefined && this.#isWithin(found.staleMs) && this.#fits(content)
        if (isUsable) this.#keep(content, 0, undefined, 'stale')
        if (found.lease !== undefined) this.state = 'open'
        else this.state = isUsable ? 'text' : 'busy'
        return true
      }
      case 'fresh':
        return this.#take(found, this.cache.clock.now())
      default:
        return found satisfies never
    }
  }

  /** Takes a fresh entry that was read at `readAtMs`, where it is of use. */
  takeAhead(found: FreshEntry, readAtMs: Milliseconds): void {
    this.isReadAhead = this.#take(found, readAtMs)
  }

  /** Returns whether it is of use. */
  #take({ value, ageMs = 0, tags }: FreshEntry, nowMs: Milliseconds): boolean {
    const content = decodeContent(value)
    if (content !== undefined && !this.#fits(content)) return false
    // Not text: somebody else's value under the key of a fragment. It is left alone.
    this.state = content === undefined ? 'open' : 'text'
    if (content === undefined) return true
    const left = (content.ttl ?? this.placed.ttl) * 1000 - ageMs
    this.#keep(content, nowMs + left, tags, 'hit')
    return true
  }

  /** Takes what its body has rendered. It is complete: nothing in it was still unknown. */
  finish(parts: readonly Part[], frame: Frame): void {
    const { placed } = this
    checkPageHoles(placed.name, parts)
    const startedMs = this.#lease?.createdAtMs ?? this.cache.clock.now()
    this.parts = parts
    this.expiresAtMs = Math.min(startedMs + placed.ttl * 1000, frame.expiresAtMs)
    this.#ttl = Math.min(placed.ttl, (frame.expiresAtMs - startedMs) / 1000)
    this.tags = this.#tagsWith(frame)
    this.state = 'text'
    this.#result = 'not-stored'
  }

  /** Of one that is rendered each time: so is what contains it. */
  passOn(parts: readonly Part[]): void {
    this.parts = parts
    this.expiresAtMs = 0
    this.state = 'text'
  }

  #tagsWith({ tags }: Frame): FragmentSlot['tags'] {
    if (tags === 'unknown') return tags
    const isUnread = this.#lease === undefined && this.placed.tags.length > 0
    const own = isUnread ? 'unknown' : this.#lease?.tags
    return tags === undefined ? own : withCarried(own, tags)
  }

  /** Stores the text, where this render has made it and holds the lease. One round trip. */
  async fill(): Promise<void> {
    if (this.state !== 'text' || this.#lease === undefined) return
    const lease = this.#lease
    this.#lease = undefined
    try {
      // With an old text in it, or one whose tags nobody knows, it would be served for too long.
      if (this.tags === 'unknown' || this.#ttl <= 0) return await lease.release()
      const isShortened = this.#ttl < this.placed.ttl
      const content = { parts: this.parts, ttl: isShortened ? this.#ttl : undefined }
      const isStored = await lease.fill(encodeContent(content), {
        ttl: this.#ttl,
        staleWhileRevalidate: this.placed.staleWhileRevalidate,
        carries: this.tags,
      })
      if (isStored) this.#result = 'stored'
    } catch (error) {
      // The page is rendered: it does not fail for a fragment that could not be kept.
      this.#publishError(error)
    }
  }

  async release(): Promise<void> {
    const lease = this.#lease
    this.#lease = undefined
    try {
      await lease?.release()
    } catch (error) {
      this.#publishError(error)
    }
  }

  /** Runs a body, and tells how long it took where somebody listens. */
  run<T>(body: () => T): T {
    const { clock } = this.cache
    const startedMs = fragmentChannel.hasSubscribers ? clock.monotonic() : undefined
    try {
      return body()
    } catch (error) {
      this.error = error
      throw error
    } finally {
      if (startedMs !== undefined) this.#renderMs = clock.monotonic() - startedMs
    }
  }

  /** {@link FragmentSlot.run} of an asynchronous body. */
  async runAsync<T>(body: () => Promise<T>): Promise<T> {
    const { clock } = this.cache
    const startedMs = fragmentChannel.hasSubscribers ? clock.monotonic() : undefined
    try {
      return await body()
    } catch (error) {
      this.error = error
      throw error
    } finally {
      if (startedMs !== undefined) this.#renderMs = clock.monotonic() - startedMs
    }
  }

  /** Publishes what became of it. Rejects where its body threw: so a tracing channel tells it. */
  publish(): Promise<void> {
    const { cache, name } = this.placed
    const makeContext = (): FragmentContext => ({ alias: cache.alias, name })
    return traced(fragmentChannel, makeContext, async (context) => {
      if (context !== undefined) {
        context.result = this.#result
        if (this.#renderMs !== undefined) context.renderMs = this.#renderMs
      }
      if (this.error !== undefined) throw this.error
    })
  }

  #keep(
    content: FragmentContent,
    expiresAtMs: Milliseconds,
    tags: TagVersions | undefined,
    result: 'hit' | 'stale',
  ): void {
    this.parts = content.parts
    this.expiresAtMs = expiresAtMs
    this.tags = tags
    this.#result = result
  }

  #fits({ parts }: FragmentContent): boolean {
    return parts.every((part) => typeof part === 'string' || this.#holes?.has(part.hole) === true)
  }

  /** `undefined`: it was invalidated, nobody knows when. */
  #isWithin(staleMs: Milliseconds | undefined): boolean {
    const { staleWhileRevalidate } = this.placed
    return staleWhileRevalidate > 0 && (staleMs ?? 0) <= staleWhileRevalidate * 1000
  }

  #versioned(): { readonly version?: Version } {
    const { version } = this.placed
    return version === undefined ? {} : { version }
  }

  #publishError(error: unknown): void {
    publishError({ error, operation: 'fragment', alias: this.cache.alias })
  }
}

/** What stands for a hole of the page is good for this one page: another would show it as it is. */
function checkPageHoles(name: string, parts: readonly Part[]): void {
  const nonce = holeNonce()
  if (nonce === undefined) return
  if (!parts.some((part) => typeof part === 'string' && part.includes(nonce))) return
  const message = `The fragment "${name}" is cached and has a \`pageHole\` in it: put that outside, or into an uncached part of the fragment.`
  throw new CacheError('ERR_OPTION_INVALID', message)
}
