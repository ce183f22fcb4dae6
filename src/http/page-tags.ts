/**
 * The tags of a page.
 *
 * @module
 */

import { isWellFormed } from '../cache/keys.ts'
import { optionError } from '../errors.ts'
import { filterHeaders, type HeaderList, headerValues } from './message.ts'

/** Each of them is read with the page, in the same round trip: so many are no more than a page. */
export const MAX_PAGE_TAGS = 100
const MAX_TAG_LENGTH = 1000

/** The headers in which a response names its tags, as CDNs have them. */
export const TAG_FIELDS: readonly string[] = ['Cache-Tag', 'Surrogate-Key']

/** Whether there is a header with tags. */
export function hasTagFields(headers: HeaderList): boolean {
  return headers.some((name, i) => i % 2 === 0 && /^(?:cache-tag|surrogate-key)$/i.test(name))
}

/** The tags of a response's headers: `Cache-Tag` parted by commas, `Surrogate-Key` by blanks. */
export function headerTags(headers: HeaderList): string[] {
  const lists = headerValues(headers, 'cache-tag').flatMap((value) => value.split(','))
  const keys = headerValues(headers, 'surrogate-key').flatMap((value) => value.split(/\s+/))
  return [...lists, ...keys].map((tag) => tag.trim()).filter((tag) => tag !== '')
}

/** `headers` without those of tags. */
export function withoutTags(headers: HeaderList): HeaderList {
  if (!hasTagFields(headers)) return headers
  return filterHeaders(headers, (name) => name !== 'cache-tag' && name !== 'surrogate-key')
}

/** Whether a page may have these: one that could not be purged by each of them is not stored. */
export function areTags(tags: readonly string[]): boolean {
  return tags.length <= MAX_PAGE_TAGS && tags.every(isTag)
}

/**
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function checkPageTags(tags: readonly string[]): readonly string[] {
  const wrong = tags.find((tag) => !isTag(tag))
  if (wrong === undefined) return tags
  const allowed = `a well-formed string of 1 to ${MAX_TAG_LENGTH} characters`
  throw optionError('tags', wrong, allowed)
}

function isTag(tag: unknown): boolean {
  return typeof tag === 'string' && tag !== '' && tag.length <= MAX_TAG_LENGTH && isWellFormed(tag)
}
