import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PageCache } from '../http/page-cache.ts'
import type { PagePolicy } from '../http/page-options.ts'
import { fastifyAddress } from './fastify-address.ts'
import { fieldList } from './node-head.ts'
import { serve } from './node-serve.ts'

/**
 * Answers from `pages`, past Fastify: `true`; or `false`, and the route is to answer: its response is
 * watched. A promise only where the cache has to be waited for.
 */
export function serveFastify(
  request: FastifyRequest,
  reply: FastifyReply,
  pages: PageCache,
  policy: PagePolicy,
): boolean | Promise<boolean> {
  const served = serve({
    request: request.raw,
    response: reply.raw,
    pages,
    policy,
    address: fastifyAddress(request),
    // Fastify keeps them to itself until it sends.
    outer: () => fieldList(reply.getHeaders()),
  })
  const told = (isAnswered: boolean): boolean => {
    if (isAnswered) reply.hijack()
    else keepHeadersWatched(request)
    return isAnswered
  }
  return served instanceof Promise ? served.then(told) : told(served)
}

/**
 * Fastify gives whoever assigns `request.headers` a copy with those added at each read, and nobody
 * would notice which ones were read.
 */
function keepHeadersWatched(request: FastifyRequest): void {
  const { raw } = request
  if (request.headers !== raw.headers) Object.assign(raw.headers, request.headers)
  Object.defineProperty(request, 'headers', {
    configurable: true,
    enumerable: true,
    get: () => raw.headers,
    set: (headers: object) => Object.assign(raw.headers, headers),
  })
}
