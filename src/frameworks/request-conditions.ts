/**
 * What a handler sees in the place of the conditions that its client sent.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { RevalidationFields } from '../http/revalidation.ts'

const replaced = new WeakMap<IncomingMessage, RevalidationFields>()

/** Takes `If-None-Match` and `If-Modified-Since` from `request`, and puts `conditions` there. */
export function replaceConditions(request: IncomingMessage, conditions: RevalidationFields): void {
  delete request.headers['if-none-match']
  delete request.headers['if-modified-since']
  Object.assign(request.headers, conditions)
  replaced.set(request, conditions)
}

/**
 * The conditions that were put on `request`, for who makes other headers of those that came;
 * `undefined`: they are the client's own.
 */
export function conditionsOf(request: IncomingMessage): RevalidationFields | undefined {
  return replaced.get(request)
}
