/**
 * Django's header decorators as hooks on a `ServerResponse`: they change what the handler sent,
 * whatever it set.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import { systemClock } from '../clock.ts'
import { type CacheControlDirectives, patchCacheControl } from '../http/cache-control.ts'
import { formatHttpDate } from '../http/http-date.ts'
import { patchVary } from '../http/vary.ts'
import { beforeHead } from './node-head.ts'

/** What a policy does to a response before its head is sent. */
export type Policy = (response: ServerResponse) => void

export function applyPolicy(response: ServerResponse, policy: Policy): void {
  beforeHead(response, () => {
    policy(response)
    return undefined
  })
}

export function neverCachePolicy(response: ServerResponse): void {
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

function patch(response: ServerResponse, directives: CacheControlDirectives): void {
  const value = patchCacheControl(fieldOf(response, 'cache-control'), directives)
  response.setHeader('Cache-Control', value)
}

function fieldOf(response: ServerResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  return value === undefined ? undefined : String(value)
}
