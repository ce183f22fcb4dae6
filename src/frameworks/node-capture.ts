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
import type { HoleMarks } from '../http/page-holes.ts'
import type { PagePolicy } from '../http/page-options.ts'
import type { PageRender } from '../http/page-render.ts'
import { FilledWrites } from './filled-writes.ts'
import { watchReads } from './header-watch.ts'
import {
  beforeHead,
  bytesOf,
  headerList,
  isCallback,
  type OutgoingHead,
  sendHeadFirst,
  setHeaderList,
} from './node-head.ts'
import { replaceConditions } from './request-conditions.ts'
import { keepContext } from './stream-context.ts'

const captures = new WeakMap<ServerResponse, Capture>()

/** The page cache further out that already watches this response. */
export function captureOf(response: ServerResponse): Capture | undefined {
  return captures.get(response)
}

/** Runs what answers `response`, so that what it calls can speak of the page that is watched. */
export function runPage<T>(response: ServerResponse, handler: () => T): T {
  const capture = captures.get(response)
  return capture === undefined ? handler() : capture.run(handler)
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
  if (render.hidesConditions) replaceConditions(request, render.conditions)
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

type End = (...args: unknown[]) => ServerResponse

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
  /** A stored page was sent in place of what the handler sends, which goes nowhere. */
  #isReplaced = false
  /** Of a page that was handed over: its placeholders may be in use. */
  #holes: HoleMarks | undefined
  /** What the handler sends has holes. */
  #filled: FilledWrites | undefined
  #write: (chunk: Buffer) => boolean = () => true

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
    this.#hookDestroy()
    keepContext(response, (read) => this.run(read))
    response.once('close', () => {
      if (this.#state !== 'ended') this.#abandon('aborted')
    })
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
    this.#holes = this.#render?.holes
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
    if (this.#holes !== undefined) render.adopt(this.#holes)
    this.#pages = pages
    this.#render = render
    this.#reads = reads
    this.#outer = outer
  }

  /** Runs what answers, so that what it calls can speak of this page. */
  run<T>(handler: () => T): T {
    return this.#render === undefined ? handler() : this.#render.run(handler)
  }

  /** Sends a stored page for a handler that failed before it sent anything, if there is one. */
  standIn(): boolean {
    const response = this.#response
    if (this.#state !== 'open' || response.headersSent || response.destroyed) return false
    if (this.#render?.canStandIn !== true) return false
    response.statusCode = 500
    response.end()
    return true
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
    const { replace, fill, keepBytes } = changes
    const send = (chunk: Buffer) => this.#write(chunk)
    this.#filled = fill === undefined ? undefined : new FilledWrites(response, send, fill)
    this.#copy = keepBytes > 0 && fill === undefined ? new BodyCopy(keepBytes) : undefined
    this.#isReplaced = replace !== undefined
    return () => {
      render.sent(headerList(response))
      if (replace !== undefined && replace.length > 0) this.#write(replace)
    }
  }

  /** What may be replaced must not be on its way when that is decided. */
  #decide(chunk: unknown, encoding: unknown, isWhole: boolean): void {
    if (this.#response.headersSent || this.#render?.mayReplace !== true) return
    sendHeadFirst(
      this.#response,
      isWhole ? (bytesOf(chunk, encoding) ?? Buffer.alloc(0)) : undefined,
    )
  }

  #hookWrite(): void {
    const response = this.#response
    const write = response.write as (...args: unknown[]) => boolean
    this.#write = (chunk) => write.call(response, chunk)
    response.write = (...args: unknown[]): boolean => {
      if (this.#state === 'open') this.#decide(args[0], args[1], false)
      if (this.#isReplaced) {
        for (const callback of args.filter(isCallback)) process.nextTick(callback)
        return true
      }
      if (this.#filled?.isDone === false) {
        return this.#filled.write(bytesOf(args[0], args[1]), args.find(isCallback))
      }
      // First, because it sends the head, which decides whether there is a copy at all.
      const hasRoom = write.apply(response, args)
      // What an `end` further out passes to `write` was counted when it came.
      if (this.#state === 'open') this.#keep(args[0], args[1])
      return hasRoom
    }
  }

  #hookEnd(): void {
    const response = this.#response
    const end = response.end as End
    response.end = (...args: unknown[]): ServerResponse => {
      if (this.#state !== 'open') {
        return this.#filled?.isDone === false ? response : end.apply(response, args)
      }
      this.#state = 'ending'
      // A response that is broken off can still be ended: what it has by then is not the page.
      const isWhole = !response.destroyed
      try {
        if (isWhole) this.#decide(args[0], args[1], true)
        if (isWhole && this.#filled !== undefined) {
          this.#endFilled(this.#filled, args, end)
          return response
        }
        end.apply(response, this.#isReplaced ? args.filter(isCallback) : args)
      } catch (error) {
        this.#state = 'open'
        throw error
      }
      this.#keep(args[0], args[1])
      this.#state = 'ended'
      if (isWhole) this.#finish(this.#copy?.whole() ?? Buffer.alloc(0))
      else this.#abandon('aborted')
      return response
    }
  }

  #endFilled(filled: FilledWrites, args: unknown[], end: End): void {
    filled.end(bytesOf(args[0], args[1]), (body) => {
      if (this.#state === 'ended') return
      end.apply(this.#response, args.filter(isCallback))
      this.#state = 'ended'
      this.#finish(body)
    })
  }

  /** A handler that breaks off before it has sent anything has failed. */
  #hookDestroy(): void {
    const response = this.#response
    const destroy = response.destroy
    response.destroy = (error?: Error) => {
      const isGone = this.#state !== 'open' || response.socket?.destroyed !== false
      if (isGone || !(this.#isReplaced || this.standIn())) return destroy.call(response, error)
      if (this.#isReplaced && this.#state === 'open') response.end()
      return response
    }
  }

  #keep(chunk: unknown, encoding: unknown): void {
    const bytes = this.#copy === undefined ? undefined : bytesOf(chunk, encoding)
    if (bytes === undefined || this.#copy?.push(bytes) !== false) return
    this.#copy = undefined
    this.#render?.refuse('too-large')
  }

  #finish(body: Buffer): void {
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
