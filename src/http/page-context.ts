/**
 * What code anywhere below a handler has to say about the page that it works for.
 *
 * @module
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { CacheError } from '../errors.ts'
import { type Duration, parseDuration, type Seconds } from '../units.ts'
import type { HoleMarks, PageHoleValues } from './page-holes.ts'
import { areTags, checkPageTags } from './page-tags.ts'

/** What was said about one page that is being rendered. */
export class PageScope {
  readonly #tags: Set<string>
  /** Of a page that may have holes. */
  holes: HoleMarks | undefined
  #refusal: string | undefined
  #ttl: Seconds | undefined
  #state: 'new' | 'entered' | 'ended' = 'new'

  constructor(tags: readonly string[] = [], holes?: HoleMarks) {
    this.#tags = new Set(tags)
    this.holes = holes
  }

  /** The least of what was asked for. */
  get ttl(): Seconds | undefined {
    return this.#ttl
  }

  /** Why the page must not be stored, with the tags of its headers; `undefined`: it may. */
  refusal(tags: readonly string[]): string | undefined {
    if (this.#refusal !== undefined) return this.#refusal
    return areTags(this.tagsWith(tags)) ? undefined : 'tags'
  }

  /** All tags of the page, with those of its headers. */
  tagsWith(tags: readonly string[]): readonly string[] {
    return [...new Set([...this.#tags, ...tags])]
  }

  refuse(reason: string): void {
    this.#refusal ??= reason
  }

  addTags(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.add(tag)
  }

  limitTtl(ttl: Seconds): void {
    this.#ttl = Math.min(ttl, this.#ttl ?? ttl)
  }

  /** Runs what renders the page: whatever it calls, now or later, speaks of this one. */
  run<T>(render: () => T): T {
    if (this.#state === 'ended') return render()
    if (this.#state === 'new') {
      this.#state = 'entered'
      entered++
    }
    return current.run(this, render)
  }

  /** Nothing that is said from now on counts. */
  end(): void {
    const wasEntered = this.#state === 'entered'
    this.#state = 'ended'
    if (!wasEntered) return
    entered--
    // On Node 20 one that is enabled makes every promise and every request of the process dearer:
    // a hit of a page by half (bench/pages). The next page that is rendered enables it again.
    if (entered === 0) current.disable()
  }
}

const current = new AsyncLocalStorage<PageScope>()

/** Pages that are being rendered, whose code may speak of them. */
let entered = 0

/** Runs what is not part of the page, whatever it is called from. */
export function outsidePage<T>(run: () => T): T {
  return current.exit(run)
}

/**
 * The digits that stand for holes in the page that is being rendered; `undefined`: it has none. A text
 * with them in it is good for this page alone.
 */
export function holeNonce(): string | undefined {
  const holes = current.getStore()?.holes
  return holes?.hasAny === true ? holes.nonce : undefined
}

/**
 * Keeps the page that is being rendered out of the cache: from anywhere below its handler, also
 * after an `await` and while its body is streamed. Its headers are as without a cache, if they were
 * not sent before.
 *
 * Outside of a page, and for one that would not be stored anyway, it does nothing.
 *
 * @example
 * ```ts
 * import { noPageCache } from 'reprise/http'
 *
 * export function greeting(user: { name: string } | undefined) {
 *   if (user === undefined) return 'Welcome'
 *   noPageCache()
 *   return `Welcome, ${user.name}`
 * }
 * ```
 */
export function noPageCache(): void {
  current.getStore()?.refuse('no-page-cache')
}

/**
 * Adds tags to the page that is being rendered, by which `purgeTags` finds it: from anywhere below
 * its handler, also after an `await` and while its body is streamed. At most 100 for a page, each of
 * at most 1000 characters.
 *
 * Whoever invalidates *any* tag of the cache while the page is rendered keeps it from being stored,
 * since nobody knew its tags by then; those of the `tags` option are known before.
 *
 * Outside of a page, and for one that is not stored, it does nothing.
 *
 * @example
 * ```ts
 * import { pageTags } from 'reprise/http'
 *
 * export async function loadCity(id: number) {
 *   pageTags(`city:${id}`)
 *   return { id, name: 'Lagos' }
 * }
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for what is no tag, inside a page.
 */
export function pageTags(...tags: string[]): void {
  current.getStore()?.addTags(checkPageTags(tags))
}

/**
 * Sets the lifetime of the page that is being rendered, in seconds or as text: from anywhere below
 * its handler. It beats what the page's options and headers say; of several the least counts. 0 or
 * less: not stored. Once the head of the page was sent, it can only shorten it, and browsers have
 * been told the longer one.
 *
 * Outside of a page, and for one that is not stored, it does nothing.
 *
 * @example
 * ```ts
 * import { pageTtl } from 'reprise/http'
 *
 * export function stock(count: number) {
 *   if (count < 10) pageTtl(5)
 *   return `${count} left`
 * }
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function pageTtl(ttl: Duration): void {
  const seconds = parseDuration('ttl', ttl)
  current.getStore()?.limitTtl(seconds)
}

/**
 * Returns a text to be put into the page where the hole `name` of its options goes: it stands for what
 * that gives for each request, and never reaches a client. Digits only, so that no escaping changes it.
 * `values` are stored with the page and handed to the hole each time: what is one visitor's own must not be
 * among them.
 *
 * Works from anywhere below the handler, until the head of the page is sent; also for a page that is not
 * stored. Put it into the page and nowhere else: not into a header, nor into something that is cached.
 *
 * @example
 * ```ts
 * import { pageHole } from 'reprise/http'
 *
 * export const heading = () => `<h1>Cities</h1><p>${pageHole('greeting')}</p>`
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for a hole that the page does not have, outside of a
 *   page, and once the head of the page was sent.
 */
export function pageHole(name: string, values: PageHoleValues = {}): string {
  const holes = current.getStore()?.holes
  if (holes !== undefined) return holes.mark(name, values)
  const message =
    'No page with `holes` is being rendered here: name the hole in the options of `cacheSite` or `cachePage`, and call `pageHole` below its handler.'
  throw new CacheError('ERR_OPTION_INVALID', message)
}
