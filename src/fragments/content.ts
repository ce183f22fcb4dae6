/**
 * What a fragment consists of and how it lies in the cache: text, and the places in it that are
 * rendered each time.
 *
 * Most fragments are nothing but text and are stored as that text, so that any other reader of the
 * key, `cache.get` or Django, finds it. Others are a record.
 *
 * @module
 */

import type { Storable } from '../cache/backend.ts'
import type { Seconds } from '../units.ts'

/** What a hole was given where it stood, such as the id of its row. */
export type HoleValues = Readonly<Record<string, Storable>>

/** A place in a cached text that is rendered each time. */
export interface Hole {
  readonly hole: string
  readonly values: HoleValues
}

export type Part = string | Hole

export interface FragmentContent {
  readonly parts: readonly Part[]
  /** Its lifetime, where what it contains shortens it. */
  readonly ttl?: Seconds | undefined
}

interface StoredContent extends FragmentContent {
  /** The version of this form. */
  readonly fragment: 1
}

/** Returns what to store. */
export function encodeContent({ parts, ttl }: FragmentContent): Storable {
  const [only = '', ...others] = parts
  if (typeof only === 'string' && others.length === 0 && ttl === undefined) return only
  const stored: StoredContent = { fragment: 1, parts, ...(ttl === undefined ? {} : { ttl }) }
  return stored
}

/** Returns what was stored; `undefined`: it is somebody else's value, or a later form. */
export function decodeContent(stored: unknown): FragmentContent | undefined {
  if (typeof stored === 'string') return { parts: [stored] }
  return isContent(stored) ? stored : undefined
}

function isContent(stored: unknown): stored is StoredContent {
  if (typeof stored !== 'object' || stored === null) return false
  const { fragment, parts, ttl } = stored as Partial<Record<keyof StoredContent, unknown>>
  if (fragment !== 1 || !Array.isArray(parts)) return false
  return (ttl === undefined || typeof ttl === 'number') && parts.every(isPart)
}

function isPart(part: unknown): part is Part {
  if (typeof part === 'string') return true
  if (typeof part !== 'object' || part === null) return false
  const { hole, values } = part as Partial<Record<keyof Hole, unknown>>
  return typeof hole === 'string' && typeof values === 'object' && values !== null
}
