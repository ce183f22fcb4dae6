import type { RequestListener, ServerResponse } from 'node:http'
import { countRequest, type RequestFigures } from './request-figures.ts'

/**
 * Says with each response what this very request cost, also where the page comes from the cache.
 *
 * A cached page keeps its bytes, with the figures of the request that rendered it. What it cost to
 * hand it out is in headers that are added on the way out, after the cache has taken its copy:
 * `Server-Timing` for the browser's script, `X-Atlas-Queries` for tests and load drivers.
 */
export function reportDelivery(listener: RequestListener): RequestListener {
  return (request, response) => {
    countRequest((figures) => {
      addHeadersLate(response, figures)
      listener(request, response)
    })
  }
}

type WriteHead = (this: ServerResponse, ...args: unknown[]) => ServerResponse

function addHeadersLate(response: ServerResponse, figures: RequestFigures): void {
  const writeHead = response.writeHead as WriteHead
  const writeHeadWithFigures: WriteHead = function (...args) {
    const cacheStatus = headerOf(response, args.at(-1), 'cache-status')
    const age = headerOf(response, args.at(-1), 'age')
    response.setHeader('Server-Timing', serverTiming(figures, cacheStatus, age))
    response.setHeader('X-Atlas-Queries', figures.queries)
    return writeHead.apply(this, args)
  }
  response.writeHead = writeHeadWithFigures as typeof response.writeHead
}

/** A header that is set already, or about to be by a `writeHead` that was given `headers`. */
function headerOf(response: ServerResponse, headers: unknown, name: string): string {
  if (typeof headers === 'object' && headers !== null) {
    // `writeHead` takes an object, or names and values in turn.
    const pairs = Array.isArray(headers)
      ? headers.map((field, index) => [field, headers[index + 1]]).filter((_, i) => i % 2 === 0)
      : Object.entries(headers)
    for (const [field, value] of pairs) {
      if (String(field).toLowerCase() === name) return String(value)
    }
  }
  return String(response.getHeader(name) ?? '')
}

// Source: RFC 9211 section 2: `hit`, or `fwd=` and why the request went past the cache.
function serverTiming(figures: RequestFigures, cacheStatus: string, age: string): string {
  const went = /;\s*fwd=([\w-]+)/.exec(cacheStatus)?.[1]
  const outcome = /;\s*hit\b/.test(cacheStatus) ? 'hit' : (went ?? 'off')
  const totalMs = performance.now() - figures.startedMs
  return [
    `cache;desc="${outcome}"`,
    `age;desc="${Number(age) || 0}"`,
    `sql;desc="${figures.queries}"`,
    `total;dur=${totalMs.toFixed(2)}`,
  ].join(', ')
}
