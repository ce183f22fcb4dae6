/**
 * The head of a page with holes that was just rendered. Pure but for the holes, which start here.
 *
 * @module
 */

import { publishError } from '../channels.ts'
import { CacheError } from '../errors.ts'
import { CONTENT_FIELDS } from './announce.ts'
import { hasOwnCoding } from './encodings.ts'
import type { HeadChanges, ResponseHead } from './head-plan.ts'
import { HoleFill } from './hole-fill.ts'
import { holedControl, NOT_OF_HOLED, staysOnHoled } from './holed-page.ts'
import { filterHeaders, type HeaderList, headerFields, headerValues } from './message.ts'
import { type HoleMarks, renderHoles } from './page-holes.ts'

/** As the page cache is to judge it: without what says something of its bytes. */
export function withoutBytes({ body: _body, ...head }: ResponseHead): ResponseHead {
  return { ...head, headers: filterHeaders(head.headers, (name) => !NOT_OF_HOLED.has(name)) }
}

/**
 * Whether the placeholders are out of sight: somebody between cache and page has compressed them. Nor
 * can holes be in a part of a page.
 */
export function hidesHoles({ status, headers }: ResponseHead): boolean {
  return hasOwnCoding(headers) || status === 206
}

/** In place of a page whose holes cannot be filled: nothing of it may be sent. */
export function unfillable({ headers }: ResponseHead): HeadChanges {
  const message =
    'A page has holes, and comes compressed or in part: they cannot be filled. Compress further out than the page cache.'
  publishError({ error: new CacheError('ERR_OPTION_INVALID', message), operation: 'page' })
  const remove = [...CONTENT_FIELDS, ...removedFrom(headers, [])]
  const set = ['Cache-Control', 'no-store', 'Content-Length', '0']
  return { status: 500, set, remove, keepBytes: 0, replace: Buffer.alloc(0) }
}

/** `changes` for a page whose body goes through a {@link HoleFill}; starts to render its holes. */
export function holedChanges(
  changes: HeadChanges,
  { headers }: ResponseHead,
  marks: HoleMarks,
  method: string,
  { targeted }: { readonly targeted: readonly string[] },
): HeadChanges & { readonly fill: HoleFill } {
  const set = filterHeaders(changes.set, (name) => staysOnHoled(name, targeted))
  // Also where no field has it yet: `@hono/node-server` tells it to Node by another way.
  const remove = [...changes.remove, ...removedFrom(headers, targeted), 'Content-Length']
  // A HEAD has no body for them.
  const calls = method === 'HEAD' ? [] : marks.calls
  const texts = renderHoles(calls, marks.holes)
  const fill = new HoleFill(marks.nonce, marks.calls, texts, {
    keepBytes: changes.keepBytes,
    promised: headerValues(headers, 'content-length'),
  })
  return { ...changes, set: [...set, 'Cache-Control', holedControl(headers)], remove, fill }
}

function removedFrom(headers: HeaderList, targeted: readonly string[]): string[] {
  return headerFields(headers)
    .map(([name]) => name)
    .filter((name) => !staysOnHoled(name.toLowerCase(), targeted))
}
