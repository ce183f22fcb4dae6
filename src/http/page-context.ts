/**
 * What code anywhere below a handler has to say about the page that it works for.
 *
 * @module
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Duration, parseDuration, type Seconds } from '../units.ts'
import { areTags, checkPageTags } from './page-tags.ts'

/** What was said about one page that is being rendered. */
export class PageScope {
  readonly #tags: Set<string>
  #isRefused = false
  #ttl: Seconds | undefined

  constructor(tags: readonly string[] = []) {
    this.#tags = new Set(tags)
  }

  /** The least of what was asked for. */
  get ttl(): Seconds | undefined {
    return this.#ttl
  }

  /** Why the page must not be stored, with the tags of its headers; `undefined`: it may. */
  refusal(tags: readonly string[]): string | undefined {
    if (this.#isRefused) return 'no-page-cache'
    return areTags(this.tagsWith(tags)) ? undefined : 'tags'
  }

  /** All tags of the page, with those of its headers. */
  tagsWith(tags: readonly string[]): readonly string[] {
    return [...new Set([...this.#tags, ...tags])]
  }

  refuse(): void {
    this.#isRefused = true
  }

  addTags(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.add(tag)
  }

  limitTtl(ttl: Seconds): void {
    this.#ttl = Math.min(ttl, this.#ttl ?? ttl)
  }

  /** Runs what renders the page: whatever it calls, now or later, speaks of this one. */
  run<T>(render: () => T): T {
    return current.run(this, render)
  }
}

const current = new AsyncLocalStorage<PageScope>()

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
  current.getStore()?.refuse()
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
