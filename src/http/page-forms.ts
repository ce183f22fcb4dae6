/**
 * The forms that a stored page can be sent in: as the handler sent it, and in its codings.
 *
 * @module
 */

import { acceptsCoding, chooseCoding } from './accept-encoding.ts'
import type { Coding } from './encodings.ts'
import { filterHeaders, type HeaderList, headerValue, withHeader } from './message.ts'
import type { StoredPage } from './page-entry.ts'
import { hasVary, patchVary } from './vary.ts'

/** One form of a page, made once and not for each hit. */
export interface PageForm {
  readonly coding: Coding | 'identity'
  readonly etag: string | undefined
  /** Without `Content-Length`, `Age` and `Cache-Status`. */
  readonly headers: HeaderList
}

/** What a page says in all of its forms, and the forms that were asked for so far. */
interface Prepared {
  readonly lastModified: string | undefined
  /** What caches further in said of it: `Cache-Status`. */
  readonly cacheStatus: string | undefined
  /** Without it. */
  readonly headers: HeaderList
  readonly forms: Map<string, PageForm>
}

/** By the header list, which many readings of one page share. */
const preparedBy = new WeakMap<HeaderList, Prepared>()

export function preparedOf({ headers }: StoredPage): Prepared {
  const known = preparedBy.get(headers)
  if (known !== undefined) return known
  const prepared = {
    lastModified: headerValue(headers, 'last-modified'),
    cacheStatus: headerValue(headers, 'cache-status'),
    headers: filterHeaders(headers, (name) => name !== 'cache-status'),
    forms: new Map<string, PageForm>(),
  }
  preparedBy.set(headers, prepared)
  return prepared
}

/** The form that this client likes best. */
export function chosenForm(page: StoredPage, acceptEncoding: string | undefined): PageForm {
  const { codings } = page
  if (codings.length === 0) return plainForm(preparedOf(page))
  const names = codings.map(({ coding }) => coding)
  return formIn(page, chooseCoding(acceptEncoding, names))
}

/**
 * All forms that this client takes, the best first: it may hold one that it got on other terms, and
 * that one is current as well. Which it does not take it cannot be told to use (RFC 9110 section
 * 12.5.3), as a shared cache with several of them would.
 */
export function acceptedForms(
  page: StoredPage,
  acceptEncoding: string | undefined,
): readonly PageForm[] {
  const chosen = chosenForm(page, acceptEncoding)
  const others = (['identity', ...page.codings.map(({ coding }) => coding)] as const).filter(
    (coding) => coding !== chosen.coding && acceptsCoding(acceptEncoding, coding),
  )
  return page.codings.length === 0
    ? [chosen]
    : [chosen, ...others.map((coding) => formIn(page, coding))]
}

export function bodyIn(page: StoredPage, wanted: Coding | 'identity'): Buffer {
  if (wanted === 'identity') return page.body
  return page.codings.find(({ coding }) => coding === wanted)?.body ?? page.body
}

/** Of a page that has no codings, which says nothing of them. */
function plainForm({ headers, forms }: Prepared): PageForm {
  const known = forms.get('plain')
  if (known !== undefined) return known
  const form: PageForm = { coding: 'identity', etag: headerValue(headers, 'etag'), headers }
  forms.set('plain', form)
  return form
}

function formIn(page: StoredPage, coding: Coding | 'identity'): PageForm {
  const { headers, forms } = preparedOf(page)
  const known = forms.get(coding)
  if (known !== undefined) return known
  const varied = withVary(headers)
  const form =
    coding === 'identity'
      ? { coding, etag: headerValue(headers, 'etag'), headers: varied }
      : codedForm(varied, coding)
  forms.set(coding, form)
  return form
}

/** Fields that hold for the bytes as the handler sent them, and for no others. */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-digest',
  'content-md5',
  'digest',
  'etag',
  'repr-digest',
])

function codedForm(headers: HeaderList, coding: Coding): PageForm {
  const etag = codedTag(headerValue(headers, 'etag'), coding)
  const kept = filterHeaders(headers, (name) => !OF_THE_BYTES.has(name))
  if (etag !== undefined) kept.push('ETag', etag)
  return { coding, etag, headers: [...kept, 'Content-Encoding', coding] }
}

/**
 * Other bytes have another strong tag (RFC 9110 section 8.8.3.3): `"x"` is `"x-br"`. What is no tag
 * has none.
 */
function codedTag(etag: string | undefined, coding: Coding): string | undefined {
  const [, opaque] = /^((?:W\/)?"[^"]*)"$/.exec(etag?.trim() ?? '') ?? []
  return opaque === undefined ? undefined : `${opaque}-${coding}"`
}

/** A handler's 304 may have brought another `Vary` than was stored. */
function withVary(headers: HeaderList): HeaderList {
  const vary = headerValue(headers, 'vary')
  return hasVary(vary, 'accept-encoding') || hasVary(vary, '*')
    ? headers
    : withHeader(headers, 'Vary', patchVary(vary, ['Accept-Encoding']))
}
