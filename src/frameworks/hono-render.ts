import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { HeadChanges, ResponseHead } from '../http/head-plan.ts'
import type { HeaderList } from '../http/message.ts'
import type { PageCache } from '../http/page-cache.ts'
import type { PagePolicy } from '../http/page-options.ts'
import type { PageRender } from '../http/page-render.ts'
import type { RevalidationFields } from '../http/revalidation.ts'
import type { WatchedRender } from '../http/web.ts'
import { watchReads } from './header-watch.ts'
import { noticeReads, replaceWebConditions } from './web-header-watch.ts'

const renders = new WeakMap<Context, HonoRender>()

/** The page cache further out that already watches what this context answers. */
export function renderOf(context: Context): HonoRender | undefined {
  return renders.get(context)
}

/**
 * A page that Hono renders: a {@link PageRender} that knows which headers the handler reads, and
 * that a page cache further in may take over.
 */
export class HonoRender implements WatchedRender {
  readonly kind = 'render'
  /** They are hidden on the request that the context has: nobody has to build another. */
  readonly hidesConditions = false
  readonly #pages: PageCache
  /** `undefined`: handed over. */
  #render: PageRender | undefined
  readonly #outer: HeaderList
  readonly #reads: Set<string>

  constructor(context: Context, pages: PageCache, render: PageRender) {
    this.#pages = pages
    this.#render = render
    renders.set(context, this)
    // What is set before there is an answer Hono keeps for whatever will come.
    this.#outer = [...context.body(null).headers].flat()
    const request = context.req.raw
    if (render.hidesConditions) replaceWebConditions(request, render.conditions)
    this.#reads = render.noticesReads ? watch(context, request) : new Set()
  }

  /**
   * Whether a page cache further in may leave its page to this one, under its own policy. Where the
   * keys differ this one steps back.
   */
  leaves(pages: PageCache, policy: PagePolicy): boolean {
    if (this.#pages.sharesKeysWith(pages) && policy.vary === undefined) {
      this.#render?.override(policy)
      return true
    }
    this.#render?.handOver()
    this.#render = undefined
    return false
  }

  run<T>(handler: () => T): T {
    return this.#render === undefined ? handler() : this.#render.run(handler)
  }

  get conditions(): RevalidationFields {
    return {}
  }

  get canStandIn(): boolean {
    return this.#render?.canStandIn === true
  }

  head(head: ResponseHead): HeadChanges {
    const render = this.#render
    if (render === undefined) return { status: head.status, set: [], remove: [], keepBytes: 0 }
    return render.head({ ...head, outer: this.#outer, reads: this.#reads })
  }

  sent(headers: HeaderList): void {
    this.#render?.sent(headers)
  }

  refuse(reason: string): void {
    this.#render?.refuse(reason)
  }

  async end(body: Buffer): Promise<void> {
    await this.#render?.end(body)
  }

  abandon(reason: string): void {
    this.#render?.abandon(reason)
  }
}

/** On Node a handler may look at what Hono was given as well. */
function watch(context: Context, request: Request): Set<string> {
  const incoming: unknown = Object(context.env).incoming
  const reads = isIncoming(incoming) ? watchReads(incoming) : new Set<string>()
  noticeReads(request.headers, reads)
  return reads
}

function isIncoming(incoming: unknown): incoming is IncomingMessage {
  return typeof Object(incoming).headers === 'object'
}
