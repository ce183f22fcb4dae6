/**
 * Watches what a handler sends through a `ServerResponse`: chunks go on as they come, and a copy is
 * kept.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { publishError } from '../channels.ts'
import { BodyCopy } from '../http/body-copy.ts'
import type { HeaderList } from '../http/message.ts'
import type { PageCache } from '../http/page-cache.ts'
import type { PagePolicy } from '../http/page-options.ts'
import type { PageRender } from '../http/page-render.ts'
import { watchReads } from './header-watch.ts'
import { beforeHead, bytesOf, headerList, type OutgoingHead, setHeaderList } from './node-head.ts'

const captures = new WeakMap<ServerResponse, Capture>()

/** The page cache further out that already watches this response. */
export function captureOf(response: ServerResponse): Capture | undefined {
  return captures.get(response)
}

/**
 * Starts to watch `response` for `render`; or goes on for it, where another page cache watched so
 * far.
 */
export function startCapture(
  request: IncomingMessage,
  response: ServerResponse,
  pages: PageCache,
  render: PageRender,
  outer: HeaderList = headerList(response),
): void {
  if (render.hidesConditions) {
    delete request.headers['if-none-match']
    delete request.headers['if-modified-since']
  }
  const running = captures.get(response)
  const reads = render.noticesReads ? watchReads(request) : undefined
  if (running !== undefined) {
    running.take(pages, render, reads, outer)
    return
  }
  const capture = new Capture(response, pages, render, reads, outer)
  captures.set(response, capture)
  // A response that waits for its turn on a pipelined connection has no socket yet, and Node does
  // not close it with the connection: the request is all that is told.
  if (response.socket === null) request.once('close', () => capture.endIfGone(request.socket))
}

/** One response being watched. */
export class Capture {
  readonly #response: ServerResponse
  #pages: PageCache
  /** `undefined`: handed over, and whoever took over answers from its cache or is still looking. */
  #render: PageRender | undefined
  #reads: ReadonlySet<string> | undefined
  /** What was on the response before: a middleware further out sets it for each hit anew. */
  #outer: HeaderList
  #copy: BodyCopy | undefined
  #state: 'open' | 'ending' | 'ended' = 'open'

  constructor(
    response: ServerResponse,
    pages: PageCache,
    render: PageRender,
    reads: ReadonlySet<string> | undefined,
    outer: HeaderList,
  ) {
    this.#response = response
    this.#reads = reads
    this.#pages = pages
    this.#render = render
    this.#outer = outer
    beforeHead(response, (head) => this.#head(head))
    this.#hookWrite()
    this.#hookEnd()
    response.once('close', () => {
      if (this.#state !== 'ended') this.#abandon('aborted')
    })
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

  take(
    pages: PageCache,
    render: PageRender,
    reads: ReadonlySet<string> | undefined,
    outer: HeaderList,
  ): void {
    this.#pages = pages
    this.#render = render
    this.#reads = reads
    this.#outer = outer
  }

  /** The client has gone although nobody closed the response. */
  endIfGone(socket: { readonly destroyed: boolean }): void {
    if (socket.destroyed && this.#state !== 'ended') this.#abandon('aborted')
  }

  #head(head: OutgoingHead): (() => void) | undefined {
    const response = this.#response
    const render = this.#render
    if (render === undefined) return undefined
    const headers = headerList(response)
    const { status, body } = head
    const outer = this.#outer
    const changes = render.head({ status, headers, outer, body, reads: this.#reads })
    for (const name of changes.remove) response.removeHeader(name)
    setHeaderList(response, changes.set)
    head.status = changes.status
    this.#copy = changes.keepBytes > 0 ? new BodyCopy(changes.keepBytes) : undefined
    return () => render.sent(headerList(response))
  }

  #hookWrite(): void {
    const response = this.#response
    const write = response.write as (...args: unknown[]) => boolean
    response.write = (...args: unknown[]): boolean => {
      // First, because it sends the head, which decides whether there is a copy at all.
      const hasRoom = write.apply(response, args)
      // What an `end` further out passes to `write` was counted when it came.
      if (this.#state === 'open') this.#keep(args[0], args[1])
      return hasRoom
    }
  }

  #hookEnd(): void {
    const response = this.#response
    const end = response.end as (...args: unknown[]) => ServerResponse
    response.end = (...args: unknown[]): ServerResponse => {
      if (this.#state !== 'open') return end.apply(response, args)
      this.#state = 'ending'
      // A response that is broken off can still be ended: what it has by then is not the page.
      const isWhole = !response.destroyed
      try {
        end.apply(response, args)
      } catch (error) {
        this.#state = 'open'
        throw error
      }
      this.#keep(args[0], args[1])
      this.#state = 'ended'
      if (isWhole) this.#finish()
      else this.#abandon('aborted')
      return response
    }
  }

  #keep(chunk: unknown, encoding: unknown): void {
    const bytes = this.#copy === undefined ? undefined : bytesOf(chunk, encoding)
    if (bytes === undefined || this.#copy?.push(bytes) !== false) return
    this.#copy = undefined
    this.#render?.refuse('too-large')
  }

  #finish(): void {
    const body = this.#copy?.whole() ?? Buffer.alloc(0)
    this.#copy = undefined
    this.#render?.end(body).catch((error: unknown) => {
      publishError({ error, operation: 'page' })
    })
  }

  #abandon(reason: string): void {
    this.#state = 'ended'
    this.#copy = undefined
    this.#render?.abandon(reason)
  }
}
