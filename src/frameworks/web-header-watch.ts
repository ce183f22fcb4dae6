/**
 * Notices which headers of a web-standard `Request` a handler reads.
 *
 * @module
 */

import type { RevalidationFields } from '../http/revalidation.ts'
import { withConditions } from '../http/web.ts'
import { WATCHED } from './header-watch.ts'

/**
 * From now on adds the names of watched headers that are asked for to `reads`. Whoever copies all of
 * them, by a loop or by another `Request`, is taken to read none.
 */
export function noticeReads(headers: Headers, reads: Set<string>): void {
  const noticed =
    <T>(read: (name: string) => T) =>
    (name: string): T => {
      const lower = String(name).toLowerCase()
      if (WATCHED.has(lower)) reads.add(lower)
      return read.call(headers, name)
    }
  Object.defineProperties(headers, {
    get: { value: noticed(headers.get) },
    has: { value: noticed(headers.has) },
  })
}

/**
 * Puts `conditions` in the place of what makes an answer a 304. The headers of `request` become a
 * copy, because a platform may not let those that came be changed.
 */
export function replaceWebConditions(request: Request, conditions: RevalidationFields): void {
  const headers = withConditions(request.headers, conditions)
  // Not an assignment: a request has a getter only.
  Object.defineProperty(request, 'headers', { value: headers, configurable: true })
}
