/**
 * What the page caches of all Node frameworks have in common.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderList, PageRequest } from '../http/message.ts'
import type { PageHit } from '../http/page-answer.ts'
import type { PageCache } from '../http/page-cache.ts'
import type { PagePolicy } from '../http/page-options.ts'
import type { PageRender } from '../http/page-render.ts'
import { captureOf, startCapture } from './node-capture.ts'
import { setHeaderList } from './node-head.ts'

/** What a framework knows better than Node: which address the application takes a request for. */
export interface Address {
  readonly scheme: string
  readonly host: string
  readonly target: string
  readonly trustsProxy: boolean
}

/** A request on its way to the application, and what is to be told to the page cache. */
export interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly pages: PageCache
  readonly policy: PagePolicy
  readonly address: Address
  /**
   * Fields that are to be sent with whatever comes, where the framework keeps them to itself until
   * then; else those on the response.
   */
  readonly outer?: () => HeaderList
}

/**
 * Answers from `pages`: `true`; or `false`, and the application is to answer: its response is watched.
 * A promise only where the cache has to be waited for.
 */
export function serve(visit: Visit): boolean | Promise<boolean> {
  const found = findPage(visit)
  return found instanceof Promise ? found.then((hit) => send(visit, hit)) : send(visit, found)
}

function send({ response, outer }: Visit, hit: PageHit | undefined): boolean {
  if (hit === undefined) return false
  if (response.headersSent || response.destroyed) return true
  if (outer !== undefined) setHeaderList(response, outer())
  sendHit(response, hit)
  return true
}

/** The page, for who sends it another way; `undefined`: the application's response is watched. */
export function findPage(visit: Visit): PageHit | undefined | Promise<PageHit | undefined> {
  const { request, response, pages, policy, address } = visit
  if (captureOf(response)?.leaves(pages, policy) === true) return undefined
  const opened = pages.openShared(nodePageRequest(request, address), policy)
  return opened instanceof Promise
    ? opened.then((waited) => hitOrWatch(visit, waited))
    : hitOrWatch(visit, opened)
}

function hitOrWatch(visit: Visit, opened: PageHit | PageRender): PageHit | undefined {
  if (opened.kind === 'hit') return opened
  const { request, response, pages, outer } = visit
  if (response.headersSent || response.destroyed) opened.abandon('aborted')
  else startCapture(request, response, pages, opened, outer?.())
  return undefined
}

/** The address of a request as Node has it. */
export function nodeAddress(request: IncomingMessage): Address {
  const isEncrypted = 'encrypted' in request.socket && request.socket.encrypted === true
  const authority = request.headers[':authority']
  return {
    scheme: isEncrypted ? 'https' : 'http',
    // RFC 9113 section 8.3.1: it takes precedence over `Host`.
    host: typeof authority === 'string' ? authority : (request.headers.host ?? ''),
    target: request.url ?? '',
    trustsProxy: false,
  }
}

/** A request of Node as the page cache sees it. */
export function nodePageRequest(request: IncomingMessage, address: Address): PageRequest {
  const bodyFollows = 'stream' in request && !endsAfterHeaders(request.stream)
  return new NodeRequest(request.method ?? '', address, request.headers, bodyFollows)
}

/** In HTTP/2 no header has to tell that a body follows. */
function endsAfterHeaders(stream: unknown): boolean {
  return Object(stream).endAfterHeaders === true
}

class NodeRequest implements PageRequest {
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly target: string
  readonly trustsProxy: boolean
  readonly bodyFollows: boolean
  readonly #headers: IncomingMessage['headers']

  constructor(
    method: string,
    { scheme, host, target, trustsProxy }: Address,
    headers: IncomingMessage['headers'],
    bodyFollows: boolean,
  ) {
    this.method = method
    this.scheme = scheme
    this.host = host
    this.target = target
    this.trustsProxy = trustsProxy
    this.bodyFollows = bodyFollows
    this.#headers = headers
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    if (typeof value === 'string' || value === undefined) return value
    // `Vary: constructor` names a header, not what every object inherits.
    if (!Object.hasOwn(this.#headers, name)) return undefined
    return value.join(', ')
  }

  snapshot(): PageRequest {
    return new NodeRequest(this.method, this, { ...this.#headers }, this.bodyFollows)
  }
}

/** Sends a page on a response that nobody has answered. */
export function sendHit(response: ServerResponse, { status, headers, body }: PageHit): void {
  // On a bare response Node takes the list as it is; beside headers that were set it would keep one
  // line of each name.
  if (response.getHeaderNames().length === 0) {
    // Node only reads it.
    response.writeHead(status, headers as string[])
  } else {
    setHeaderList(response, headers)
    response.writeHead(status)
  }
  // Not even an empty chunk: where no body may be, a strict server refuses that as well.
  response.end(body.length === 0 ? undefined : body)
}
