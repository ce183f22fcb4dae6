import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { HeadChanges, ResponseHead } from '../http/head-plan.ts'
import { filterHeaders, type HeaderList } from '../http/message.ts'
import type { PageCache } from '../http/page-cache.ts'
import type { HoleMarks } from '../http/page-holes.ts'
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
  readonly #context: Context
  readonly #pages: PageCache
  /** `undefined`: handed over. */
  #render: PageRender | undefined
  /** Of a page that was handed over: its placeholders may be in use. */
  holes: HoleMarks | undefined
  readonly #outer: HeaderList
  readonly #reads: Set<string>

  constructor(context: Context, pages: PageCache, render: PageRender) {
    this.#context = context
    this.#pages = pages
    this.#render = render
    const holes = renders.get(context)?.holes
    if (holes !== undefined) render.adopt(holes)
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
    const isOurs = policy.vary === undefined && policy.holes === undefined
    if (isOurs && this.#pages.sharesKeysWith(pages)) {
      this.#render?.override(policy)
      return true
    }
    this.holes = this.#render?.holes
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

  /**
   * Middleware further out changes the answer when this one has returned. What it does to a page it
   * does to a hit as well; but a cookie that it sets shows that the page is somebody's own.
   */
  async end(body: Buffer): Promise<void> {
    await answered(this.#context)
    // Hono's `cors()` varies what it adds to each answer, a hit too, and not the page.
    const told = filterHeaders([...this.#context.res.headers].flat(), (name) => name !== 'vary')
    this.#render?.sent(told)
    await this.#render?.end(body)
  }

  abandon(reason: string): void {
    this.#render?.abandon(reason)
  }
}

/**
 * Resolves when middleware further out has had its say. A body that ends is usually being sent by
 * then; that of a 304, and one that Hono's `etag()` reads, ends while others are still to come.
 */
async function answered({ env }: Context): Promise<void> {
  const outgoing: unknown = Object(env).outgoing
  const incoming: unknown = Object(env).incoming
  if (!isOutgoing(outgoing) || !isIncoming(incoming)) {
    await new Promise((resolve) => setTimeout(resolve))
    return
  }
  if (outgoing.headersSent || outgoing.destroyed) return
  const { socket } = incoming
  await new Promise<void>((resolve) => {
    const settle = () => {
      outgoing.off('close', settle)
      socket.off('close', settle)
      resolve()
    }
    outgoing.once('close', settle)
    // A response that waits for its turn on a pipelined connection does not close with it.
    socket.once('close', settle)
  })
}

function isOutgoing(outgoing: unknown): outgoing is ServerResponse {
  return typeof Object(outgoing).headersSent === 'boolean'
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
