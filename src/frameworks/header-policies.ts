/**
 * Django's header decorators: they change what a handler sent, whatever it set.
 *
 * @module
 */

import { systemClock } from '../clock.ts'
import { type CacheControlDirectives, patchCacheControl } from '../http/cache-control.ts'
import { formatHttpDate } from '../http/http-date.ts'
import { patchVary } from '../http/vary.ts'

/** The header fields of a response, as `ServerResponse` has them. */
export interface ResponseFields {
  getHeader(name: string): unknown
  setHeader(name: string, value: string): unknown
  hasHeader(name: string): boolean
}

/** What a policy does to a response before its head is sent. */
export type Policy = (response: ResponseFields) => void

export function neverCachePolicy(response: ResponseFields): void {
  if (!response.hasHeader('expires')) {
    response.setHeader('Expires', formatHttpDate(systemClock.now()))
  }
  patch(response, {
    maxAge: 0,
    noCache: true,
    noStore: true,
    mustRevalidate: true,
    private: true,
  })
}

export function cacheControlPolicy(directives: CacheControlDirectives): Policy {
  return (response) => patch(response, directives)
}

export function varyPolicy(names: readonly string[]): Policy {
  return (response) => {
    response.setHeader('Vary', patchVary(fieldOf(response, 'vary'), names))
  }
}

function patch(response: ResponseFields, directives: CacheControlDirectives): void {
  const value = patchCacheControl(fieldOf(response, 'cache-control'), directives)
  response.setHeader('Cache-Control', value)
}

function fieldOf(response: ResponseFields, name: string): string | undefined {
  const value = response.getHeader(name)
  return value === undefined ? undefined : String(value)
}
